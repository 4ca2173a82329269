/* The timer structure: a hierarchical wheel of 11 levels of 64 slots, at the full resolution of a
 * nanosecond. See wheel.c. */
#ifndef BIGHTI_BASE_WHEEL_H
#define BIGHTI_BASE_WHEEL_H

#include "list.h"
#include <stdbool.h>
#include <stdint.h>

enum { BIGHTI_WHEEL_LEVELS = 11, BIGHTI_WHEEL_SLOTS = 64 };

typedef struct bighti_wheel_entry {
    bighti_link link; /* in a slot, in a list of the caller's, or in none */
    uint64_t deadline;
    uint16_t slot; /* where in the wheel, or BIGHTI_WHEEL_OUTSIDE */
} bighti_wheel_entry;

enum { BIGHTI_WHEEL_OUTSIDE = UINT16_MAX };

typedef struct bighti_wheel {
    uint64_t now; /* all slots are placed in relation to this; it never decreases */
    uint64_t occupied[BIGHTI_WHEEL_LEVELS];
    bighti_link slots[BIGHTI_WHEEL_LEVELS * BIGHTI_WHEEL_SLOTS];
    uint64_t earliest[BIGHTI_WHEEL_LEVELS * BIGHTI_WHEEL_SLOTS]; /* lower bound in the slot */
} bighti_wheel;

void bighti_wheel_init(bighti_wheel *wheel, uint64_t now);

static inline void bighti_wheel_entry_init(bighti_wheel_entry *entry)
{
    bighti_link_init(&entry->link);
    entry->deadline = UINT64_MAX;
    entry->slot = BIGHTI_WHEEL_OUTSIDE;
}

/* Put an entry that is in no list into the wheel. A deadline that has passed expires next. */
void bighti_wheel_add(bighti_wheel *wheel, bighti_wheel_entry *entry, uint64_t deadline);

/* Take an entry out of the wheel, or out of the list that bighti_wheel_expire() put it in. */
void bighti_wheel_remove(bighti_wheel *wheel, bighti_wheel_entry *entry);

/* Move the entries that are due at `now` to the end of `due`, ordered by deadline; entries with
 * equal deadlines keep the order in which they were added. */
void bighti_wheel_expire(bighti_wheel *wheel, uint64_t now, bighti_link *due);

/* When to expire next: never later than the earliest deadline; earlier only if the earliest timer
 * was removed. UINT64_MAX when empty. */
uint64_t bighti_wheel_next(const bighti_wheel *wheel);

#endif

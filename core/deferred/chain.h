/* What a deferred is made of. Promise and deferred are two faces of one block of 128 bytes, room
 * for three steps included: the state decides which of the pointers in the union is meant, and what
 * was the place of the producer's cancel function is later that of the result.
 *
 * The block lives while any of these holds: the waiting side (HELD), a promise, a result that is
 * yet to come, or a call on the stack that works on it (RUNNING, CANCELLING). bighti_chain_settle()
 * is the one place that looks at all of them. */
#ifndef BIGHTI_DEFERRED_CHAIN_H
#define BIGHTI_DEFERRED_CHAIN_H

#include <bight/deferred.h>
#include <stddef.h>
#include <stdint.h>

enum { BIGHTI_INLINE_STEPS = 3 };

typedef enum bighti_state {
    BIGHTI_PENDING, /* the promise is to be completed: `producer` */
    BIGHTI_WAITING, /* a step returned a deferred: `inner` */
    BIGHTI_GIVEN,   /* a running step has the result, or an outer chain took it */
    BIGHTI_VALUE,   /* `worked` */
    BIGHTI_ERROR    /* `failed` */
} bighti_state;

enum {
    BIGHTI_HELD = 1,       /* somebody will free the waiting side */
    BIGHTI_RUNNING = 2,    /* steps run further down the stack */
    BIGHTI_CANCELLING = 4, /* the producer's cancel function runs further down the stack */
    BIGHTI_CANCELLED = 8,  /* the waiting side gave up: its error is no news to it */
    BIGHTI_GIVE_UP = 16,   /* cancelled while a step ran: cancel what it waits for */
    BIGHTI_GROWN = 32      /* the steps are in `many` */
};

/* Special steps are told by the function in on_value; see run.c. */
typedef struct bighti_step {
    bight_step_fn on_value, on_error;
    void *data;
    const char *where;
} bighti_step;

struct bight_deferred {
    union {
        struct {
            void *value;
            bight_destroy_fn destroy;
        } worked;
        struct {
            bight_error *error;
        } failed;
        struct {
            bight_cancel_fn fn;
            void *data;
        } producer;
        bight_deferred *inner;
    };
    const char *where;
    uint8_t state; /* bighti_state */
    uint8_t flags;
    uint16_t promises;   /* references to the promise */
    uint8_t first, last; /* of few */
    union {
        bighti_step few[BIGHTI_INLINE_STEPS];
        struct {
            bighti_step *steps;
            size_t first, last, capacity;
        } many;
    };
};

/* Add a step behind the others. False without memory. */
bool bighti_chain_append(bight_deferred *chain, const bighti_step *step);

/* The first of the steps that wait, or NULL. Valid until the chain changes. */
bighti_step *bighti_chain_peek(bight_deferred *chain);

/* Drop the first of the steps that wait; there must be one. */
void bighti_chain_pop(bight_deferred *chain);

/* How many steps wait. */
size_t bighti_chain_count(const bight_deferred *chain);

/* Give the chain its result. PENDING, WAITING or GIVEN before; `result` holds no deferred. */
void bighti_chain_set(bight_deferred *chain, bight_result result);

/* Take the result out: GIVEN after. */
bight_result bighti_chain_take(bight_deferred *chain);

/* Free what nobody needs any more: the result, whose error is reported, then the block. */
void bighti_chain_settle(bight_deferred *chain);

/* Run what can run of a chain, and of those that wait for it. The chain may be gone after. */
void bighti_run(bight_deferred *chain);

/* Break off: the producer is told, the innermost chain goes on with the error. */
void bighti_break_off(bight_deferred *chain, bight_error *take_error);

static inline bool bighti_has_result(const bight_deferred *chain)
{
    return chain->state >= BIGHTI_VALUE;
}

/* Whether a call on the stack works on the chain, and will run what is added meanwhile. */
static inline bool bighti_is_busy(const bight_deferred *chain)
{
    return (chain->flags & (BIGHTI_RUNNING | BIGHTI_CANCELLING)) != 0;
}

#endif

/* Bells: calls from other threads that need no memory, so that they cannot fail. What a worker has
 * to say must arrive. */
#ifndef BIGHTI_REACTOR_BELL_H
#define BIGHTI_REACTOR_BELL_H

#include "../base/list.h"
#include <bight/reactor.h>

typedef struct bighti_bell {
    bighti_link link; /* in rung, bells or none; under the reactor's lock */
    bight_reactor *reactor;
    void (*fn)(struct bighti_bell *bell);
} bighti_bell;

/* The function of a bell runs once in a turn after it was rung, however often that was, and behind
 * what the same thread has posted before. It brackets the callbacks that it runs, with
 * bighti_call_begin(). */
void bighti_bell_init(bighti_bell *bell, bight_reactor *reactor, void (*fn)(bighti_bell *));
void bighti_bell_deinit(bighti_bell *bell);

/* From any thread, while the reactor lives. */
void bighti_bell_ring(bighti_bell *bell);

/* Run the function once more in this turn; for the bell that is running. */
void bighti_bell_again(bighti_bell *bell);

#endif

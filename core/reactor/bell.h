/* Bells: wake-ups that any thread may send. They need no memory, so they cannot fail, because a
 * message of a worker must arrive. */
#ifndef BIGHTI_REACTOR_BELL_H
#define BIGHTI_REACTOR_BELL_H

#include "../base/list.h"
#include <bight/reactor.h>

typedef struct bighti_bell {
    bighti_link link; /* in rung, bells or none; under the reactor's lock */
    bight_reactor *reactor;
    void (*fn)(struct bighti_bell *bell);
} bighti_bell;

/* After a bell was rung, its function runs once in the next turn, however often it was rung, and
 * after the calls that the same thread has posted before. The function has to call
 * bighti_call_begin() around each callback that it runs. */
void bighti_bell_init(bighti_bell *bell, bight_reactor *reactor, void (*fn)(bighti_bell *));
void bighti_bell_deinit(bighti_bell *bell);

/* From any thread, while the reactor lives. */
void bighti_bell_ring(bighti_bell *bell);

/* Run the function again in this turn; only for the bell that is running. */
void bighti_bell_again(bighti_bell *bell);

#endif

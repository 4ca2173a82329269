/* A promise in a queue: who waits for a permit, an item, or room for one. Cancelling takes it out.
 *
 * A queue of waiters is served in a loop, never from inside a step that one of them runs: a million
 * waiters that each pass the turn on at once must not be a million calls deep. */
#ifndef BIGHTI_DEFERRED_WAITER_H
#define BIGHTI_DEFERRED_WAITER_H

#include "../base/list.h"
#include <bight/deferred.h>

typedef struct bighti_waiter {
    bighti_link link;
    bight_promise *promise;
    size_t *count;       /* of the queue it is in */
    bight_result result; /* what it brings along; freed with it */
} bighti_waiter;

/* Queue up. Without memory NULL, and `take_result` is freed. Cancelling frees the waiter. */
bight_deferred *bighti_waiter_new(bighti_link *queue, size_t *count, bight_result take_result,
                                  const char *where);

/* Take the first one out of a queue, or NULL; it is to be completed or freed. */
bighti_waiter *bighti_waiter_pop(bighti_link *queue);

/* What it brought along; the caller's. */
bight_result bighti_waiter_take(bighti_waiter *waiter);

/* Complete and free one that was popped. */
void bighti_waiter_fire(bighti_waiter *waiter, bight_result result);

/* Fail all of a queue with BIGHT_ERROR_CLOSED. */
void bighti_waiters_close(bighti_link *queue, const char *what);

#endif

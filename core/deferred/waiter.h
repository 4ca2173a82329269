/* A promise in a queue, which waits for a permit, an item, or room for one. Cancelling removes it.
 *
 * A queue of waiters is served in a loop, never inside a step that one of them runs: a million
 * waiters that each serve the next at once must not nest a million calls. */
#ifndef BIGHTI_DEFERRED_WAITER_H
#define BIGHTI_DEFERRED_WAITER_H

#include "../base/list.h"
#include <bight/deferred.h>

typedef struct bighti_waiter {
    bighti_link link;
    bight_promise *promise;
    size_t *count;       /* the counter of its queue */
    bight_result result; /* a value that it carries; freed with it */
} bighti_waiter;

/* Append a waiter. When out of memory returns NULL, and `take_result` is freed. Cancelling frees
 * the waiter. */
bight_deferred *bighti_waiter_new(bighti_link *queue, size_t *count, bight_result take_result,
                                  const char *where);

/* Take the first waiter out of a queue, or NULL; the caller has to complete or free it. */
bighti_waiter *bighti_waiter_pop(bighti_link *queue);

/* Take the value that it carries; the caller owns it. */
bight_result bighti_waiter_take(bighti_waiter *waiter);

/* Complete and free a waiter that was popped. */
void bighti_waiter_fire(bighti_waiter *waiter, bight_result result);

/* Fail all waiters of a queue with BIGHT_ERROR_CLOSED. */
void bighti_waiters_close(bighti_link *queue, const char *what);

#endif

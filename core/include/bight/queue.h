/** @file bight/queue.h
 * Values from those who make them to those who use them, in order, through a queue that has a
 * bound: who puts too fast waits until there is room. All of it belongs to one thread.
 */
#ifndef BIGHT_QUEUE_H
#define BIGHT_QUEUE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** A queue. */
typedef struct bight_queue bight_queue;

/**
 * Make a queue.
 *
 * @param limit  how many values it holds; 0 hands each over from put to get directly
 * @errors       NULL without memory
 * @owner        the caller; freed with bight_queue_free()
 */
BIGHT_API BIGHT_MUST_USE bight_queue *bight_queue_new(size_t limit);

/** Close, free what is in it, and let go. Legal in any step. NULL is ignored. */
BIGHT_API void bight_queue_free(bight_queue *queue);

/**
 * Nothing more comes. What is in the queue, and what waits to be put, can still be taken; who waits
 * for more fails with BIGHT_ERROR_CLOSED.
 */
BIGHT_API void bight_queue_close(bight_queue *queue);

/**
 * Put a value at the end.
 *
 * @param value    consumed, also on failure
 * @param destroy  frees it; NULL if nobody has to
 * @return         fires with NULL when it is in the queue, or was taken: go on with the next then.
 *                 Cancelling takes back one that waits for room, and frees it
 * @errors         through the deferred: BIGHT_ERROR_CLOSED; NULL without memory
 */
#define bight_queue_put(queue, value, destroy)                                                     \
    bight_queue_put_at((queue), (value), (destroy), BIGHT_HERE)

/**
 * Put a value at the end if there is room for it now.
 *
 * @param value  the caller's if this fails
 * @errors       BIGHT_ERROR_LIMIT: no room; BIGHT_ERROR_CLOSED; BIGHT_ERROR_NO_MEMORY
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_queue_try_put(bight_queue *queue, void *value,
                                                          bight_destroy_fn destroy);

/**
 * Take the first value.
 *
 * @return  fires with the value when there is one; who asked first gets it. Cancelling takes the
 *          request back
 * @errors  through the deferred: BIGHT_ERROR_CLOSED when it is closed and empty; NULL without
 *          memory
 */
#define bight_queue_get(queue) bight_queue_get_at((queue), BIGHT_HERE)

/** Take the first value if there is one. @param result set on success @return whether there was */
BIGHT_API BIGHT_MUST_USE bool bight_queue_try_get(bight_queue *queue, bight_result *result);

/** How many values are in it, without those that wait for room. */
BIGHT_API size_t bight_queue_get_size(const bight_queue *queue);

/** How many wait for room. */
BIGHT_API size_t bight_queue_get_putting(const bight_queue *queue);

/** How many wait for a value. */
BIGHT_API size_t bight_queue_get_getting(const bight_queue *queue);

/** bight_queue_put() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_queue_put_at(bight_queue *queue, void *value, bight_destroy_fn destroy, const char *where);

/** bight_queue_get() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_queue_get_at(bight_queue *queue, const char *where);

BIGHT_END_DECLS

#endif

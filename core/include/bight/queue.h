/** @file bight/queue.h
 * A bounded queue that passes values from producers to consumers, in order: a producer that is too
 * fast waits until there is room. All of it belongs to one thread.
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
 * @param limit  how many values it holds; with 0 each value passes directly from put to get
 * @errors       NULL when out of memory
 * @owner        the caller; freed with bight_queue_free()
 */
BIGHT_API BIGHT_MUST_USE bight_queue *bight_queue_new(size_t limit);

/** Close the queue and free it with its values. Legal in any step. NULL is ignored. */
BIGHT_API void bight_queue_free(bight_queue *queue);

/**
 * Close the queue: nothing more can be put. Values in the queue, and values that wait to be put,
 * can still be taken; a get that finds none fails with BIGHT_ERROR_CLOSED.
 */
BIGHT_API void bight_queue_close(bight_queue *queue);

/**
 * Put a value at the end.
 *
 * @param value    consumed, also on failure
 * @param destroy  frees it; NULL if it needs no freeing
 * @return         fires with NULL when the value is in the queue or was taken: then put the next
 *                 one. Cancelling withdraws a value that waits for room, and frees it
 * @errors         through the deferred: BIGHT_ERROR_CLOSED; NULL when out of memory
 */
#define bight_queue_put(queue, value, destroy)                                                     \
    bight_queue_put_at((queue), (value), (destroy), BIGHT_HERE)

/**
 * Put a value at the end if there is room for it now.
 *
 * @param value  still owned by the caller if this fails
 * @errors       BIGHT_ERROR_LIMIT: no room; BIGHT_ERROR_CLOSED; BIGHT_ERROR_NO_MEMORY
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_queue_try_put(bight_queue *queue, void *value,
                                                          bight_destroy_fn destroy);

/**
 * Take the first value.
 *
 * @return  fires with the value when there is one; the oldest request gets it. Cancelling
 *          withdraws the request
 * @errors  through the deferred: BIGHT_ERROR_CLOSED when it is closed and empty; NULL when out of
 *          memory
 */
#define bight_queue_get(queue) bight_queue_get_at((queue), BIGHT_HERE)

/** Take the first value if there is one. @param result set on success @return whether there was */
BIGHT_API BIGHT_MUST_USE bool bight_queue_try_get(bight_queue *queue, bight_result *result);

/** How many values it holds, without those that wait for room. */
BIGHT_API size_t bight_queue_get_size(const bight_queue *queue);

/** How many values wait for room. */
BIGHT_API size_t bight_queue_get_putting(const bight_queue *queue);

/** How many requests wait for a value. */
BIGHT_API size_t bight_queue_get_getting(const bight_queue *queue);

/** bight_queue_put() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_queue_put_at(bight_queue *queue, void *value, bight_destroy_fn destroy, const char *where);

/** bight_queue_get() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_queue_get_at(bight_queue *queue, const char *where);

BIGHT_END_DECLS

#endif

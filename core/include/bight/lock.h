/** @file bight/lock.h
 * Semaphores and locks for deferreds. A semaphore hands out permits in the order in which they
 * were requested; a lock is a semaphore with one permit. They order chains on one thread; they are
 * not mutexes.
 *
 *     bight_deferred *saved = bight_semaphore_run(lock, save_document, document);
 *
 * runs save_document when the lock is free, and releases the lock when the deferred that
 * save_document returns is done, successfully or not. A permit that has to pass along a chain is a
 * value whose destroy function releases it: it cannot be lost in an error, a cancel or a dropped
 * step.
 */
#ifndef BIGHT_LOCK_H
#define BIGHT_LOCK_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** Hands out permits. */
typedef struct bight_semaphore bight_semaphore;

/** Runs while the permit is held. @return a result; if it waits, the permit is held until then */
typedef bight_result (*bight_guarded_fn)(void *data);

/**
 * Make a semaphore.
 *
 * @param permits  how many may be held at a time, at least 1; with 1 it is a lock
 * @errors         NULL when out of memory; 0 permits is misuse and aborts
 * @owner          the caller; freed with bight_semaphore_free()
 * @thread         all of it belongs to one thread */
BIGHT_API BIGHT_MUST_USE bight_semaphore *bight_semaphore_new(size_t permits);

/** Make a lock: a semaphore with one permit. */
BIGHT_API BIGHT_MUST_USE bight_semaphore *bight_lock_new(void);

/**
 * Free. Waiting requests fail with BIGHT_ERROR_CLOSED; permits that are held stay valid until they
 * are released. NULL is ignored.
 */
BIGHT_API void bight_semaphore_free(bight_semaphore *semaphore);

/**
 * Request a permit. Cancelling withdraws the request.
 *
 * @return  fires with the permit, whose destroy function is bight_semaphore_release(): take it out
 *          of the result to keep it, free the result to release it
 * @errors  through the deferred: BIGHT_ERROR_CLOSED when the semaphore is freed; NULL when out of
 *          memory
 */
#define bight_semaphore_acquire(semaphore) bight_semaphore_acquire_at((semaphore), BIGHT_HERE)

/** Take a permit if one is free and nobody waits for it. @return whether it was taken */
BIGHT_API BIGHT_MUST_USE bool bight_semaphore_try(bight_semaphore *semaphore);

/**
 * Release a permit; the oldest waiting request gets it before this returns.
 *
 * @param semaphore  the value of the permit
 * @errors           releasing more than was handed out is misuse and aborts
 */
BIGHT_API void bight_semaphore_release(void *semaphore);

/**
 * Call a function with a permit held, as soon as one is free.
 *
 * @param data  passed to @p fn; must live until the deferred is done
 * @return      fires or fails with the result of @p fn, after the permit was released. If no
 *              permit can be obtained, @p fn is not called
 * @errors      see bight_semaphore_acquire()
 */
#define bight_semaphore_run(semaphore, fn, data)                                                   \
    bight_semaphore_run_at((semaphore), (fn), (data), BIGHT_HERE)

/** How many permits are free. */
BIGHT_API size_t bight_semaphore_get_free(const bight_semaphore *semaphore);

/** How many requests wait for a permit. */
BIGHT_API size_t bight_semaphore_get_waiting(const bight_semaphore *semaphore);

/** bight_semaphore_acquire() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_semaphore_acquire_at(bight_semaphore *semaphore,
                                                                    const char *where);

/** bight_semaphore_run() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_semaphore_run_at(bight_semaphore *semaphore,
                                                                bight_guarded_fn fn, void *data,
                                                                const char *where);

BIGHT_END_DECLS

#endif

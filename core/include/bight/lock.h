/** @file bight/lock.h
 * One at a time, or a few: a semaphore hands out permits, in the order they were asked for. A lock
 * is a semaphore with one permit. These order chains on one thread; they are no mutexes.
 *
 *     bight_deferred *saved = bight_semaphore_run(lock, save_document, document);
 *
 * runs save_document when the lock is free, and frees it again when the deferred that this returns
 * is done, whatever comes of it. Where the permit has to travel along a chain, it is a value, which
 * gives itself back when it is freed: it cannot be lost in an error, a cancel or a dropped step.
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
 * @param permits  how many may be out at a time, at least 1; with 1 it is a lock
 * @errors         NULL without memory; 0 permits is misuse and aborts
 * @owner          the caller; freed with bight_semaphore_free()
 * @thread         all of it belongs to one thread
 */
BIGHT_API BIGHT_MUST_USE bight_semaphore *bight_semaphore_new(size_t permits);

/** Make a lock: a semaphore with one permit. */
BIGHT_API BIGHT_MUST_USE bight_semaphore *bight_lock_new(void);

/**
 * Let go. Whoever waits gets BIGHT_ERROR_CLOSED; permits that are out are good until they are
 * released. NULL is ignored.
 */
BIGHT_API void bight_semaphore_free(bight_semaphore *semaphore);

/**
 * Ask for a permit. Cancelling takes the request back.
 *
 * @return  fires with the permit, whose destroy function is bight_semaphore_release(): take it out
 *          of the result to keep it, free the result to release it
 * @errors  through the deferred: BIGHT_ERROR_CLOSED when the semaphore is freed; NULL without
 *          memory
 */
#define bight_semaphore_acquire(semaphore) bight_semaphore_acquire_at((semaphore), BIGHT_HERE)

/** Take a permit if one is free and nobody waits for it. @return whether it was taken */
BIGHT_API BIGHT_MUST_USE bool bight_semaphore_try(bight_semaphore *semaphore);

/**
 * Give a permit back; who waits longest gets it before this returns.
 *
 * @param semaphore  the value that a permit is
 * @errors           releasing more than was handed out is misuse and aborts
 */
BIGHT_API void bight_semaphore_release(void *semaphore);

/**
 * Call a function with a permit held, as soon as there is one.
 *
 * @param data  passed to @p fn; must live until the deferred is done
 * @return      fires or fails with what @p fn returns, when the permit was given back. If no permit
 *              can be had, @p fn is not called
 * @errors      see bight_semaphore_acquire()
 */
#define bight_semaphore_run(semaphore, fn, data)                                                   \
    bight_semaphore_run_at((semaphore), (fn), (data), BIGHT_HERE)

/** How many permits are free. */
BIGHT_API size_t bight_semaphore_get_free(const bight_semaphore *semaphore);

/** How many wait for one. */
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

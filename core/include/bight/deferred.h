/** @file bight/deferred.h
 * One value that comes later, or the error that came instead.
 *
 * Two roles: who makes the value holds a promise and fires or fails it, once; who waits for it
 * holds a deferred, and adds steps or cancels. Steps run in the order they were added, each with
 * the result of the one before.
 *
 * When a step runs: inside the call that completes the promise; or, if the result is there already,
 * inside the call that adds the step.
 */
#ifndef BIGHT_DEFERRED_H
#define BIGHT_DEFERRED_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/error.h>
#include <bight/status.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/** The side that waits. */
typedef struct bight_deferred bight_deferred;

/** The side that completes. */
typedef struct bight_promise bight_promise;

/** What a step gets from the one before, and hands to the next. Exactly one of three. */
typedef struct bight_result {
    void *value;              /**< worked: the value, which may be NULL */
    bight_destroy_fn destroy; /**< frees the value; NULL if nobody has to */
    bight_error *error;       /**< failed: the error, owned by the result */
    bight_deferred *wait;     /**< go on when this one has its result; owned by the result */
} bight_result;

/**
 * One step of a chain.
 *
 * @param in  owned by the step: pass it on, free it or take it apart
 * @return    what the next step gets
 */
typedef bight_result (*bight_step_fn)(bight_result in, void *data);

/** Told that the waiting side gave up. Complete the promise now or later, or just let it be. */
typedef void (*bight_cancel_fn)(bight_promise *promise, void *data);

/** A result that holds a value nobody has to free. @thread any */
BIGHT_API bight_result bight_result_value(void *value);

/** A result that holds a value and its destroy function. @thread any */
BIGHT_API bight_result bight_result_take(void *value, bight_destroy_fn destroy);

/** A result that failed. @param take_error consumed @thread any */
BIGHT_API bight_result bight_result_error(bight_error *take_error);

/** A result that has to be waited for. @param take_wait consumed; NULL is out of memory */
BIGHT_API bight_result bight_result_wait(bight_deferred *take_wait);

/** Free what a result owns. @thread the deferred's */
BIGHT_API void bight_result_free(bight_result result);

/**
 * Make a promise and its deferred.
 *
 * @param promise  the completing side, set only on success; consumed by fire and fail
 * @errors         NULL without memory; every function takes NULL for a deferred that failed with
 *                 BIGHT_ERROR_NO_MEMORY
 * @owner          the caller owns both sides
 * @thread         both sides belong to the thread that made them
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_deferred_new(bight_promise **promise);

/** A deferred that has its value already. @errors NULL without memory; the value is freed then */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_deferred_fired(void *value,
                                                              bight_destroy_fn destroy);

/** A deferred that has failed already. @param take_error consumed */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_deferred_failed(bight_error *take_error);

/**
 * Add a step.
 *
 * @param on_value  run when the result is a value; NULL hands it on
 * @param on_error  run when the result is an error; NULL hands it on
 * @param data      passed to both; must live until the step ran or was dropped
 * @errors          BIGHT_ERROR_NO_MEMORY does not lose the chain: the step runs at the end with
 *                  that error
 * @return          @p deferred, to add the next
 * @reentrancy      the step runs before this returns if the result is there already
 */
BIGHT_API bight_deferred *bight_deferred_then(bight_deferred *deferred, bight_step_fn on_value,
                                              bight_step_fn on_error, void *data);

/** Add a step that gets the result whatever it is. See bight_deferred_then(). */
BIGHT_API bight_deferred *bight_deferred_both(bight_deferred *deferred, bight_step_fn step,
                                              void *data);

/**
 * Give up: the producer is told, and the chain goes on with BIGHT_ERROR_CANCELLED. A chain that has
 * its result already is left alone.
 */
BIGHT_API void bight_deferred_cancel(bight_deferred *deferred);

/** Whether the result is there and every step has run. */
BIGHT_API bool bight_deferred_is_done(const bight_deferred *deferred);

/**
 * Let go of the waiting side. The steps that were added still run; this is no cancel. An error that
 * no step handled is then reported through the log hook. NULL is ignored.
 */
BIGHT_API void bight_deferred_free(bight_deferred *deferred);

/** Complete with a value. The first completion wins; the value of a later one is freed. */
BIGHT_API void bight_promise_fire(bight_promise *take_promise, void *value,
                                  bight_destroy_fn destroy);

/** Complete with an error. @param take_error consumed */
BIGHT_API void bight_promise_fail(bight_promise *take_promise, bight_error *take_error);

/** Be told when the waiting side cancels; at most one function, NULL for none. */
BIGHT_API void bight_promise_on_cancel(bight_promise *promise, bight_cancel_fn fn, void *data);

BIGHT_END_DECLS

#endif

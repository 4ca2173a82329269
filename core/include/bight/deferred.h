/** @file bight/deferred.h
 * An asynchronous result: one value that arrives later, or an error instead.
 *
 * There are two roles. The producer holds a promise and fires or fails it, once. The consumer
 * holds a deferred, and adds steps or cancels. Steps run in the order in which they were added,
 * each with the result of the one before.
 *
 * A step runs inside the call that completes the promise or, if the result is already there,
 * inside the call that adds the step. It never runs later, and never on another thread.
 *
 * The functions that make a chain or a step remember the line on which they were called, for the
 * report of an error that nobody handled. They are macros over functions whose names end in `_at`;
 * a language binding calls those.
 */
#ifndef BIGHT_DEFERRED_H
#define BIGHT_DEFERRED_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/error.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** The consumer's side. */
typedef struct bight_deferred bight_deferred;

/** The producer's side. */
typedef struct bight_promise bight_promise;

/** The result that a step receives from the one before and passes to the next: exactly one of a
 * value, an error, or a deferred to wait for. */
typedef struct bight_result {
    void *value;              /**< on success: the value, which may be NULL */
    bight_destroy_fn destroy; /**< frees the value; NULL if it needs no freeing */
    bight_error *error;       /**< on failure: the error, owned by the result */
    bight_deferred *wait;     /**< a deferred to wait for; owned by the result */
} bight_result;

/**
 * One step of a chain.
 *
 * @param in  owned by the step, which passes it on, frees it or takes its contents
 * @return    the result for the next step
 */
typedef bight_result (*bight_step_fn)(bight_result in, void *data);

/** Called at a certain point of a chain; see bight_deferred_always(). */
typedef void (*bight_always_fn)(void *data);

/**
 * Called when the consumer cancels. Complete the promise here or later: the chain continues with
 * BIGHT_ERROR_CANCELLED in either case. If the promise fails here with an error of that status,
 * the chain receives this error.
 */
typedef void (*bight_cancel_fn)(bight_promise *promise, void *data);

/** The place in the source where it is written, "file.c:12". */
#define BIGHT_HERE __FILE__ ":" BIGHT_HERE_TEXT(__LINE__)
/** Part of BIGHT_HERE. */
#define BIGHT_HERE_TEXT(line) BIGHT_HERE_QUOTE(line)
/** Part of BIGHT_HERE. */
#define BIGHT_HERE_QUOTE(line) #line

/** A result that holds a value that needs no freeing. @thread any */
BIGHT_API bight_result bight_result_value(void *value);

/** A result that holds a value and its destroy function. @thread any */
BIGHT_API bight_result bight_result_take(void *value, bight_destroy_fn destroy);

/** A result that failed. @param take_error consumed @thread any */
BIGHT_API bight_result bight_result_error(bight_error *take_error);

/** A result that has to be waited for. @param take_wait consumed; NULL is out of memory */
BIGHT_API bight_result bight_result_wait(bight_deferred *take_wait);

/**
 * Free what a result owns. A deferred in it is cancelled and freed.
 *
 * @thread the deferred's
 */
BIGHT_API void bight_result_free(bight_result result);

/**
 * Make a promise and its deferred.
 *
 * @param promise  the completing side, set only on success; consumed by fire, fail and free
 * @errors         NULL when out of memory; every function treats NULL as a deferred that failed
 *                 with BIGHT_ERROR_NO_MEMORY
 * @owner          the caller owns both sides
 * @thread         both sides belong to the thread that made them
 */
#define bight_deferred_new(promise) bight_deferred_new_at((promise), BIGHT_HERE)

/** A deferred that has its value already. @errors NULL when out of memory, and then the value is
 * freed */
#define bight_deferred_fired(value, destroy) bight_deferred_fired_at((value), (destroy), BIGHT_HERE)

/** A deferred that has failed already. @param take_error consumed */
#define bight_deferred_failed(take_error) bight_deferred_failed_at((take_error), BIGHT_HERE)

/** A deferred made from a result: the deferred to wait for, or one that is done already. */
#define bight_deferred_of(take_result) bight_deferred_of_at((take_result), BIGHT_HERE)

/**
 * Add a step.
 *
 * @param on_value  called when the result is a value; NULL passes it on
 * @param on_error  called when the result is an error; NULL passes it on. It recovers by returning
 *                  a value
 * @param data      passed to both; must live until the step has run or was dropped
 * @errors          when out of memory the chain fails with BIGHT_ERROR_NO_MEMORY; the error passes
 *                  through the steps and reaches this one last
 * @return          @p deferred, to add the next
 * @reentrancy      the step runs before this returns if the result is there already; if a step of
 *                  the same chain adds it, it runs after the steps that are already queued
 */
#define bight_deferred_then(deferred, on_value, on_error, data)                                    \
    bight_deferred_then_at((deferred), (on_value), (on_error), (data), BIGHT_HERE)

/** Add a step for values and errors alike. See bight_deferred_then(). */
#define bight_deferred_both(deferred, step, data)                                                  \
    bight_deferred_both_at((deferred), (step), (data), BIGHT_HERE)

/**
 * Add a function that is called when the chain reaches it, whether with a value or an error; the
 * result passes unchanged. Use it to stop a spinner or to enable a button again, for example. It
 * is dropped with the other steps when an owner ends (bight/owner.h).
 *
 * @errors  as bight_deferred_then(): the function is called in any case
 */
#define bight_deferred_always(deferred, fn, data)                                                  \
    bight_deferred_always_at((deferred), (fn), (data), BIGHT_HERE)

/**
 * Keep the data of the preceding steps until the chain has passed them, then free it, also if they
 * were dropped because an owner ended (bight/owner.h).
 *
 * @param destroy  called once with @p data
 * @errors         as bight_deferred_then(): the function is called in any case
 */
#define bight_deferred_keep(deferred, data, destroy)                                               \
    bight_deferred_keep_at((deferred), (data), (destroy), BIGHT_HERE)

/**
 * Add a step for values and errors alike that is never dropped: when an owner ends it receives
 * BIGHT_ERROR_CANCELLED. It is for code that has to learn of the end in any case, such as a bridge
 * to another kind of future. See bight_deferred_then().
 */
#define bight_deferred_listen(deferred, step, data)                                                \
    bight_deferred_listen_at((deferred), (step), (data), BIGHT_HERE)

/**
 * Add a step for values and errors alike that runs as a loop: it runs again with the result of
 * each deferred that it returns to wait for, until it returns a value or an error. Neither the
 * stack nor memory grows while it loops. bight/coroutine.h is another way to write a loop.
 *
 * @errors  as bight_deferred_then(); if the step continues after every error, the chain never ends
 */
#define bight_deferred_loop(deferred, step, data)                                                  \
    bight_deferred_loop_at((deferred), (step), (data), BIGHT_HERE)

/** bight_deferred_new() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_deferred_new_at(bight_promise **promise,
                                                               const char *where);

/** bight_deferred_fired() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_deferred_fired_at(void *value, bight_destroy_fn destroy, const char *where);

/** bight_deferred_failed() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_deferred_failed_at(bight_error *take_error,
                                                                  const char *where);

/** bight_deferred_of() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_deferred_of_at(bight_result take_result,
                                                              const char *where);

/** bight_deferred_then() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_then_at(bight_deferred *deferred, bight_step_fn on_value,
                                                 bight_step_fn on_error, void *data,
                                                 const char *where);

/** bight_deferred_both() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_both_at(bight_deferred *deferred, bight_step_fn step,
                                                 void *data, const char *where);

/** bight_deferred_always() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_always_at(bight_deferred *deferred, bight_always_fn fn,
                                                   void *data, const char *where);

/** bight_deferred_keep() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_keep_at(bight_deferred *deferred, void *data,
                                                 bight_destroy_fn destroy, const char *where);

/** bight_deferred_listen() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_listen_at(bight_deferred *deferred, bight_step_fn fn,
                                                   void *data, const char *where);

/** bight_deferred_loop() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_deferred_loop_at(bight_deferred *deferred, bight_step_fn fn,
                                                 void *data, const char *where);

/**
 * Cancel: the producer is notified, and the chain continues with BIGHT_ERROR_CANCELLED. A chain
 * that waits for another deferred cancels that deferred and continues with its result. A chain
 * that already has its result is left alone. If a step of the chain is running, the deferred that
 * the step returns to wait for is cancelled.
 *
 * @reentrancy  steps run before this returns; the deferred stays the caller's
 */
BIGHT_API void bight_deferred_cancel(bight_deferred *deferred);

/** Whether the result is there and every step has run. */
BIGHT_API bool bight_deferred_is_done(const bight_deferred *deferred);

/**
 * Take the result out of a deferred that is done, as a step added now would receive it. The value
 * NULL is left in it.
 *
 * @param result  set only when it is done; the caller owns its contents
 * @return        whether it is done
 */
BIGHT_API BIGHT_MUST_USE bool bight_deferred_take(bight_deferred *deferred, bight_result *result);

/**
 * Write the trail of an error that the deferred holds, or that a running step of the chain has
 * just received: "failed in the step at a.c:12, went by the step at a.c:13". Steps and chains are
 * named by the place where they were made. Places after the first 32 are only counted.
 *
 * @param size  of @p buffer; the text is cut to fit and always ends in NUL if size > 0
 * @return      the length of the whole text, 0 if there is no error
 */
BIGHT_API size_t bight_deferred_format_trail(const bight_deferred *deferred, char *buffer,
                                             size_t size);

/**
 * Release the deferred. This does not cancel: the steps that were added still run. If no step
 * handles an error, it is reported through the log hook, unless it comes from a cancel that the
 * consumer asked for. With bight_log_abort() such a report ends a test. NULL is ignored.
 *
 * @reentrancy  legal in a step, also in one of this chain
 */
BIGHT_API void bight_deferred_free(bight_deferred *deferred);

/** Complete with a value. The first completion wins; the value of a later one is freed. */
BIGHT_API void bight_promise_fire(bight_promise *take_promise, void *value,
                                  bight_destroy_fn destroy);

/** Complete with an error. The first completion wins. @param take_error consumed */
BIGHT_API void bight_promise_fail(bight_promise *take_promise, bight_error *take_error);

/**
 * Complete with any kind of result, as a step would return it. If it holds a deferred to wait for,
 * the chain continues with the result of that deferred, and a cancel is passed to it.
 *
 * @param take_result  consumed
 */
BIGHT_API void bight_promise_complete(bight_promise *take_promise, bight_result take_result);

/**
 * Release a promise. If it was the last reference and nothing has completed it, the consumer gets
 * BIGHT_ERROR_CANCELLED with the message "the promise was broken". NULL is ignored.
 */
BIGHT_API void bight_promise_free(bight_promise *take_promise);

/**
 * Take one more reference, for a second place that may complete the promise: an answer and a
 * timeout, for example. Each reference is consumed separately, by fire, fail or free.
 *
 * @return  @p promise
 */
BIGHT_API bight_promise *bight_promise_ref(bight_promise *promise);

/** Whether a completion would still count: false once it was completed or cancelled. */
BIGHT_API bool bight_promise_is_wanted(const bight_promise *promise);

/**
 * Set the function that is called when the consumer cancels; there is at most one, and NULL
 * removes it. It is not called after the promise was completed.
 */
BIGHT_API void bight_promise_on_cancel(bight_promise *promise, bight_cancel_fn fn, void *data);

BIGHT_END_DECLS

#endif

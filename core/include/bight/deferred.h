/** @file bight/deferred.h
 * One value that comes later, or the error that came instead.
 *
 * Two roles: who makes the value holds a promise and fires or fails it, once; who waits for it
 * holds a deferred, and adds steps or cancels. Steps run in the order they were added, each with
 * the result of the one before.
 *
 * When a step runs: inside the call that completes the promise; or, if the result is there already,
 * inside the call that adds the step. Never later, never on another thread.
 *
 * The functions that make a chain or a step remember the line they are called on, for the report of
 * an error that nobody handled. They are macros over functions whose names end in `_at`; a language
 * binding calls those.
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

/** Called at a certain point of a chain; see bight_deferred_always(). */
typedef void (*bight_always_fn)(void *data);

/**
 * Told that the waiting side gave up. Complete the promise here or later: the chain goes on with
 * BIGHT_ERROR_CANCELLED in either case. An error of that status given here is what it sees.
 */
typedef void (*bight_cancel_fn)(bight_promise *promise, void *data);

/** The place in the source it is written at, "file.c:12". */
#define BIGHT_HERE __FILE__ ":" BIGHT_HERE_TEXT(__LINE__)
/** Part of BIGHT_HERE. */
#define BIGHT_HERE_TEXT(line) BIGHT_HERE_QUOTE(line)
/** Part of BIGHT_HERE. */
#define BIGHT_HERE_QUOTE(line) #line

/** A result that holds a value nobody has to free. @thread any */
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
 * @errors         NULL without memory; every function takes NULL for a deferred that failed with
 *                 BIGHT_ERROR_NO_MEMORY
 * @owner          the caller owns both sides
 * @thread         both sides belong to the thread that made them
 */
#define bight_deferred_new(promise) bight_deferred_new_at((promise), BIGHT_HERE)

/** A deferred that has its value already. @errors NULL without memory; the value is freed then */
#define bight_deferred_fired(value, destroy) bight_deferred_fired_at((value), (destroy), BIGHT_HERE)

/** A deferred that has failed already. @param take_error consumed */
#define bight_deferred_failed(take_error) bight_deferred_failed_at((take_error), BIGHT_HERE)

/** A deferred of what a step would return: the one to wait for, or one that is done already. */
#define bight_deferred_of(take_result) bight_deferred_of_at((take_result), BIGHT_HERE)

/**
 * Add a step.
 *
 * @param on_value  run when the result is a value; NULL hands it on
 * @param on_error  run when the result is an error; NULL hands it on. It recovers by returning a
 *                  value
 * @param data      passed to both; must live until the step ran or was dropped
 * @errors          BIGHT_ERROR_NO_MEMORY does not lose the chain: it is broken off with that error,
 *                  which goes through the steps and reaches this one at the end
 * @return          @p deferred, to add the next
 * @reentrancy      the step runs before this returns if the result is there already; added by a
 *                  step of the same chain, it runs after those that wait
 */
#define bight_deferred_then(deferred, on_value, on_error, data)                                    \
    bight_deferred_then_at((deferred), (on_value), (on_error), (data), BIGHT_HERE)

/** Add a step that gets the result whatever it is. See bight_deferred_then(). */
#define bight_deferred_both(deferred, step, data)                                                  \
    bight_deferred_both_at((deferred), (step), (data), BIGHT_HERE)

/**
 * Add a function that is called when the chain gets there, with a value or an error, which goes by:
 * a spinner stops, a button can be pressed again. It is dropped with the other steps when an owner
 * goes.
 *
 * @errors  as bight_deferred_then(): the function is called in any case
 */
#define bight_deferred_always(deferred, fn, data)                                                  \
    bight_deferred_always_at((deferred), (fn), (data), BIGHT_HERE)

/**
 * Keep the data of the steps before until the chain has passed them, then free it: also when an
 * owner has gone and they were dropped (bight/owner.h).
 *
 * @param destroy  called once with @p data
 * @errors         as bight_deferred_then(): the function is called in any case
 */
#define bight_deferred_keep(deferred, data, destroy)                                               \
    bight_deferred_keep_at((deferred), (data), (destroy), BIGHT_HERE)

/**
 * Add a step that gets the result whatever it is, and is never dropped: when an owner has gone it
 * gets BIGHT_ERROR_CANCELLED. For what has to hear of the end in any case: a bridge to another kind
 * of future, say. See bight_deferred_then().
 */
#define bight_deferred_listen(deferred, step, data)                                                \
    bight_deferred_listen_at((deferred), (step), (data), BIGHT_HERE)

/**
 * Add a step that gets the result whatever it is, and runs again with the result of each deferred
 * that it returns to wait for, until it returns a value or an error. As long as it goes on, neither
 * stack nor memory grow. bight/coroutine.h is another way to write one.
 *
 * @errors  as bight_deferred_then(); a step that goes on and on after errors never lets the chain
 *          end
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
 * Give up: the producer is told, and the chain goes on with BIGHT_ERROR_CANCELLED. A chain that
 * waits for another cancels that one, and goes on with what comes of it. A chain that has its
 * result already is left alone; one whose step is running just now cancels what that step returns
 * to wait for.
 *
 * @reentrancy  steps run before this returns; the deferred stays the caller's
 */
BIGHT_API void bight_deferred_cancel(bight_deferred *deferred);

/** Whether the result is there and every step has run. */
BIGHT_API bool bight_deferred_is_done(const bight_deferred *deferred);

/**
 * Take the result out of a deferred that is done, as a step would that is added now; what is left
 * in it is the value NULL.
 *
 * @param result  set only when it is done; the caller owns what is in it
 * @return        whether it is done
 */
BIGHT_API BIGHT_MUST_USE bool bight_deferred_take(bight_deferred *deferred, bight_result *result);

/**
 * Write down the way of an error that is there now, or that a step of the chain has been given just
 * now: "failed in the step at a.c:12, went by the step at a.c:13". Steps and chains are named by
 * the place where they were made. After 32 places the others are counted only.
 *
 * @param size  of @p buffer; the text is cut to fit and always ends in NUL if size > 0
 * @return      the length of the whole text, 0 if there is no error
 */
BIGHT_API size_t bight_deferred_format_trail(const bight_deferred *deferred, char *buffer,
                                             size_t size);

/**
 * Let go of the waiting side. The steps that were added still run; this is no cancel. An error that
 * no step handled is then reported through the log hook, unless it is that of a cancel which the
 * waiting side asked for. bight_log_abort() makes a test end there. NULL is ignored.
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
 * Complete with a result of any kind, as a step would return it. With a deferred to wait for, the
 * chain goes on with what becomes of that one, and a cancel reaches it.
 *
 * @param take_result  consumed
 */
BIGHT_API void bight_promise_complete(bight_promise *take_promise, bight_result take_result);

/**
 * Let go of a promise. If it was the last reference and nothing has completed it, the waiting side
 * gets BIGHT_ERROR_CANCELLED with the message "the promise was broken". NULL is ignored.
 */
BIGHT_API void bight_promise_free(bight_promise *take_promise);

/**
 * One more reference, for a second place that may complete it: an answer and a time limit, say.
 * Each is consumed on its own, by fire, fail or free.
 *
 * @return  @p promise
 */
BIGHT_API bight_promise *bight_promise_ref(bight_promise *promise);

/** Whether a completion would still count: false once it was completed or cancelled. */
BIGHT_API bool bight_promise_is_wanted(const bight_promise *promise);

/**
 * Be told when the waiting side cancels; at most one function, NULL for none. It is not called once
 * the promise was completed.
 */
BIGHT_API void bight_promise_on_cancel(bight_promise *promise, bight_cancel_fn fn, void *data);

BIGHT_END_DECLS

#endif

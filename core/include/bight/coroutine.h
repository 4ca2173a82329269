/** @file bight/coroutine.h
 * Straight-line code over deferreds, in C: a function that goes on, after each deferred it waits
 * for, where it was. Its variables live in a structure of its own, the frame, since the stack is
 * gone meanwhile.
 *
 *     struct greet {
 *         bight_co co;
 *         bight_reactor *reactor;
 *         int times;
 *     };
 *
 *     static bight_result greet(bight_co *co, void *frame)
 *     {
 *         struct greet *self = frame;
 *
 *         BIGHT_CO_BEGIN(co);
 *         while (self->times-- > 0) {
 *             BIGHT_CO_TRY(co, bight_delay(self->reactor, BIGHT_SEC(1)));
 *             puts("hello");
 *         }
 *         BIGHT_CO_END(co);
 *     }
 *
 *     bight_deferred *done = bight_co_start(greet, frame, &frame->co, free);
 *
 * Rules: one BEGIN and one END in the function, nothing but declarations before BEGIN; a local
 * variable does not keep its value over a wait; no wait inside a `switch` of your own. A debugger
 * steps through it as through any other function: a wait is a `return`, and going on is a jump to
 * the line after it.
 */
#ifndef BIGHT_COROUTINE_H
#define BIGHT_COROUTINE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>

BIGHT_BEGIN_DECLS

/** Where a coroutine is, and what it waited for came to: a member of its frame. */
typedef struct bight_co {
    int line;            /**< private: where to go on */
    bight_result result; /**< of the last wait; freed at the next one and at the end */
} bight_co;

/**
 * The function of a coroutine, written with the macros below.
 *
 * @return  made by the macros; a plain `return` of a result that holds no deferred ends it as well
 */
typedef bight_result (*bight_co_fn)(bight_co *co, void *frame);

/**
 * Start a coroutine. It runs until its first wait before this returns.
 *
 * @param frame    passed to @p fn
 * @param co       the frame's; set by this
 * @param destroy  called once with @p frame after the end, also on failure; NULL for nothing
 * @return         fires or fails with what the coroutine returns. Cancelling it cancels what the
 *                 coroutine waits for just now; the coroutine sees the error, and goes on with it
 *                 as it likes: BIGHT_CO_TRY() ends
 * @errors         NULL without memory; the function was not called then
 * @owner          the caller owns the deferred
 */
#define bight_co_start(fn, frame, co, destroy)                                                     \
    bight_co_start_at((fn), (frame), (co), (destroy), BIGHT_HERE)

/** Begin the body. */
#define BIGHT_CO_BEGIN(co)                                                                         \
    switch ((co)->line) {                                                                          \
    case 0:

/** Wait for a deferred, which is consumed; then its result is in `(co)->result`. */
#define BIGHT_CO_AWAIT(co, deferred)                                                               \
    do {                                                                                           \
        (co)->line = __LINE__;                                                                     \
        return bight_result_wait(deferred);                                                        \
    case __LINE__:;                                                                                \
    } while (0)

/** Wait for a deferred; an error ends the coroutine with it. */
#define BIGHT_CO_TRY(co, deferred)                                                                 \
    do {                                                                                           \
        BIGHT_CO_AWAIT(co, deferred);                                                              \
        if ((co)->result.error != NULL)                                                            \
            return bight_co_take(co);                                                              \
    } while (0)

/** End the body; a coroutine that gets here returns the value NULL. */
#define BIGHT_CO_END(co)                                                                           \
    }                                                                                              \
    return bight_result_value(NULL)

/** Take the result of the last wait, to keep its value or to return it. @owner the caller */
BIGHT_API bight_result bight_co_take(bight_co *co);

/** bight_co_start() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_co_start_at(bight_co_fn fn, void *frame,
                                                           bight_co *co, bight_destroy_fn destroy,
                                                           const char *where);

BIGHT_END_DECLS

#endif

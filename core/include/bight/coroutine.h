/** @file bight/coroutine.h
 * Coroutines over deferreds, in C: a function that waits for a deferred and then resumes where it
 * was. Its variables live in a structure, the frame, because the stack does not survive a wait.
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
 * Rules: a function has one BEGIN and one END, with only declarations before BEGIN; a local
 * variable does not keep its value over a wait; a wait must not stand inside a `switch` of your
 * own. A debugger steps through it as through any other function: a wait is a `return`, and
 * resuming is a jump to the line after it.
 */
#ifndef BIGHT_COROUTINE_H
#define BIGHT_COROUTINE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>

BIGHT_BEGIN_DECLS

/** The position of a coroutine and the result of its last wait; a member of its frame. */
typedef struct bight_co {
    int line;            /**< private: where to resume */
    bight_result result; /**< of the last wait; freed at the next one and at the end */
} bight_co;

/**
 * The function of a coroutine, written with the macros below.
 *
 * @return  supplied by the macros; a plain `return` of a result that holds no deferred also ends
 *          the coroutine
 */
typedef bight_result (*bight_co_fn)(bight_co *co, void *frame);

/**
 * Start a coroutine. It runs until its first wait before this returns.
 *
 * @param frame    passed to @p fn
 * @param co       the member of the frame; initialised by this function
 * @param destroy  called once with @p frame after the end, also on failure; NULL for nothing
 * @return         fires or fails with what the coroutine returns. Cancelling it cancels the
 *                 deferred that the coroutine is waiting for. The coroutine then receives the
 *                 error and may continue; BIGHT_CO_TRY() ends it
 * @errors         NULL when out of memory; in that case the function was not called
 * @owner          the caller owns the deferred
 */
#define bight_co_start(fn, frame, co, destroy)                                                     \
    bight_co_start_at((fn), (frame), (co), (destroy), BIGHT_HERE)

/** Begin the body. */
#define BIGHT_CO_BEGIN(co)                                                                         \
    switch ((co)->line) {                                                                          \
    case 0:

/** Wait for a deferred, which is consumed; afterwards `(co)->result` holds its result. */
#define BIGHT_CO_AWAIT(co, deferred) BIGHT_CO_AWAIT_AT(co, deferred, __COUNTER__ + 1)

/** Private: of BIGHT_CO_AWAIT(). Each wait has a number of its own, also on one line. */
#define BIGHT_CO_AWAIT_AT(co, deferred, place)                                                     \
    do {                                                                                           \
        (co)->line = (place);                                                                      \
        return bight_result_wait(deferred);                                                        \
    case (place):;                                                                                 \
    } while (0)

/** Wait for a deferred; if it fails, the coroutine ends with that error. */
#define BIGHT_CO_TRY(co, deferred)                                                                 \
    do {                                                                                           \
        BIGHT_CO_AWAIT(co, deferred);                                                              \
        if ((co)->result.error != NULL)                                                            \
            return bight_co_take(co);                                                              \
    } while (0)

/** End the body; a coroutine that reaches it returns the value NULL. */
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

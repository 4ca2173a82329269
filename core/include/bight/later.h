/** @file bight/later.h
 * Deferreds and time: delays, timeouts, repetition and retries. All of them use a reactor's clock,
 * so that a test with bight/crank.h runs through an hour of them in no time.
 */
#ifndef BIGHT_LATER_H
#define BIGHT_LATER_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/**
 * A deferred that fires with NULL when some time has passed. Cancelling it stops the timer.
 *
 * @param duration  nanoseconds; 0 fires in the next turn
 * @errors          NULL when out of memory; through the deferred BIGHT_ERROR_CANCELLED when the
 *                  reactor is freed first
 * @owner           the caller owns the deferred
 * @thread          the reactor's
 * @reentrancy      never fires before this returns
 */
#define bight_delay(reactor, duration) bight_delay_at((reactor), (duration), BIGHT_HERE)

/**
 * Set a timeout on a deferred. When it expires, the deferred is cancelled, and the steps that are
 * added after this call receive BIGHT_ERROR_TIMED_OUT. The steps before receive
 * BIGHT_ERROR_CANCELLED, and may still recover with a value.
 *
 * @param duration  nanoseconds from now
 * @errors          BIGHT_ERROR_NO_MEMORY: the chain fails with it at once
 * @return          @p deferred
 * @thread          the reactor's
 */
#define bight_timeout(deferred, reactor, duration)                                                 \
    bight_timeout_at((deferred), (reactor), (duration), BIGHT_HERE)

/** One beat of bight_repeat(). */
typedef struct bight_beat {
    uint64_t number; /**< the beat is due at start + number * interval; the first is 1 */
    uint64_t missed; /**< beats skipped since the last one, because the loop or the work was
                          late */
    bool last;       /**< set it to end: the repeating deferred fires with the returned value */
} bight_beat;

/** Called at each beat. @return a result; while it waits, no further beat comes */
typedef bight_result (*bight_beat_fn)(bight_beat *beat, void *data);

/**
 * Call a function repeatedly, without drift. The next beat comes only after the result of the last
 * is available; beats that were due meanwhile are skipped and counted.
 *
 * @param interval  nanoseconds, at least 1; the first beat comes after one
 * @param data      passed to @p fn; must live until the deferred is done
 * @return          fires after the last beat; fails when a beat fails. Cancelling it ends the
 *                  beats
 * @errors          NULL when out of memory, also later through the deferred; an interval of 0 is
 *                  misuse and aborts
 * @thread          the reactor's
 */
#define bight_repeat(reactor, interval, fn, data)                                                  \
    bight_repeat_at((reactor), (interval), (fn), (data), BIGHT_HERE)

/** Makes one attempt. @param attempt 1, 2, ... @return a value ends it, an error asks for
 * another */
typedef bight_result (*bight_attempt_fn)(unsigned attempt, void *data);

/**
 * How to try again. Start from BIGHT_RETRY_OPTIONS_INIT.
 *
 * The delay after attempt n is first_delay * factor^(n - 1), but at most longest_delay. A random
 * part of it is subtracted, so that a thousand clients of a server that was down do not come back
 * at the same moment.
 */
typedef struct bight_retry_options {
    size_t size;            /**< sizeof(bight_retry_options): lets the structure grow */
    uint64_t first_delay;   /**< nanoseconds; 500 ms */
    uint64_t longest_delay; /**< nanoseconds; 60 s */
    double factor;          /**< at least 1; 2 */
    double jitter;          /**< the largest part that may be subtracted, 0 to 1; 0.5 */
    unsigned attempts;      /**< the most attempts; 0, which is no limit */
    uint64_t time;          /**< nanoseconds after which no attempt begins; 0, which is no limit */
    /** Whether to try again after an error; NULL: always. Not called for a cancel. */
    bool (*again)(const bight_error *error, void *data);
    /** Called before each delay, to inform a person; NULL for nothing. */
    void (*waiting)(unsigned attempt, uint64_t delay, const bight_error *error, void *data);
    /** Returns 64 random bits; NULL: the system's random numbers. */
    uint64_t (*random)(void *data);
    void *data; /**< passed to the three; must live until the deferred is done */
} bight_retry_options;

/** The defaults. */
#define BIGHT_RETRY_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(bight_retry_options), BIGHT_MSEC(500), BIGHT_SEC(60), 2.0, 0.5, 0, 0, NULL, NULL,   \
            NULL, NULL                                                                             \
    }

/**
 * Retry until an attempt succeeds, with growing delays.
 *
 * @param options  copied; NULL for the defaults
 * @param fn       the first attempt is made before this returns
 * @param data     passed to @p fn; must live until the deferred is done
 * @return         fires with the value of the attempt that succeeded. Fails with the error for
 *                 which `again` returned false or, when attempts or time are used up, with an
 *                 error that has the last error as its cause and the same status. Cancelling it
 *                 cancels the attempt or the delay
 * @errors         NULL when out of memory; options of an unknown size, a factor below 1 or a
 *                 jitter that is not from 0 to 1 are misuse and abort
 * @thread         the reactor's
 */
#define bight_retry(reactor, options, fn, data)                                                    \
    bight_retry_at((reactor), (options), (fn), (data), BIGHT_HERE)

/** bight_delay() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_delay_at(bight_reactor *reactor, uint64_t duration,
                                                        const char *where);

/** bight_timeout() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_timeout_at(bight_deferred *deferred, bight_reactor *reactor,
                                           uint64_t duration, const char *where);

/** bight_repeat() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_repeat_at(bight_reactor *reactor, uint64_t interval,
                                                         bight_beat_fn fn, void *data,
                                                         const char *where);

/** bight_retry() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_retry_at(bight_reactor *reactor,
                                                        const bight_retry_options *options,
                                                        bight_attempt_fn fn, void *data,
                                                        const char *where);

BIGHT_END_DECLS

#endif

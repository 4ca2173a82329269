/** @file bight/timer.h
 * Timers, one-shot and repeating. Starting and stopping a timer allocates no memory and takes
 * constant time, even with a million timers; a timer that is not running costs nothing.
 */
#ifndef BIGHT_TIMER_H
#define BIGHT_TIMER_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A timer. */
typedef struct bight_timer bight_timer;

/** The timer is due. It may be started again, stopped or freed here. */
typedef void (*bight_timer_fn)(bight_timer *timer, void *data);

/**
 * Make a timer; it does not run yet.
 *
 * @param data  passed to @p fn; must live as long as the timer
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @owner       the caller; freed with bight_timer_free()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_timer_new(bight_reactor *reactor, bight_timer_fn fn,
                                                      void *data, bight_timer **timer);

/**
 * Start a timer that fires once; a running timer gets the new delay.
 *
 * @param delay  nanoseconds from now; 0 fires in the next turn
 * @errors       none: everything that can fail was done by bight_timer_new()
 * @thread       the reactor's
 * @reentrancy   the function never runs before this returns
 */
BIGHT_API void bight_timer_start(bight_timer *timer, uint64_t delay);

/**
 * Start a timer that fires repeatedly, without drift: beat n is due at start + n * interval. Beats
 * that were due while the loop was blocked are skipped and counted.
 *
 * @param interval  nanoseconds, at least 1
 * @errors          none; an interval of 0 is misuse and aborts
 * @thread          the reactor's
 */
BIGHT_API void bight_timer_start_repeating(bight_timer *timer, uint64_t interval);

/** Stop a timer; one that does not run is left alone. @thread the reactor's */
BIGHT_API void bight_timer_stop(bight_timer *timer);

/** Whether it will fire. @thread the reactor's */
BIGHT_API bool bight_timer_is_running(const bight_timer *timer);

/** When it will fire, on the reactor's clock; BIGHT_NEVER if stopped. @thread the reactor's */
BIGHT_API uint64_t bight_timer_get_deadline(const bight_timer *timer);

/** Beats of a repeating timer that were skipped since it was started. @thread the reactor's */
BIGHT_API uint64_t bight_timer_get_skipped(const bight_timer *timer);

/** A name for the watchdog's reports. @param name a constant string @thread the reactor's */
BIGHT_API void bight_timer_set_name(bight_timer *timer, const char *name);

/** Stop and free. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_timer_free(bight_timer *timer);

BIGHT_END_DECLS

#endif

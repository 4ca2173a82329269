/** @file bight/crank.h
 * A reactor on a crank: a manual clock, which stands still until the test advances it. Tests with
 * it are exact and never sleep. With the transport pair of bight/pair.h they need no socket
 * either.
 *
 * bight_reactor_run() works too: when nothing is ready it moves the clock straight to the next
 * timer, so that an hour passes in no time.
 */
#ifndef BIGHT_CRANK_H
#define BIGHT_CRANK_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/**
 * Make a reactor on a virtual clock that starts at BIGHT_SEC(1).
 *
 * @errors  NULL when out of memory or descriptors
 * @owner   the caller; freed with bight_reactor_free()
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_crank_reactor_new(void);

/**
 * Dispatch until nothing is ready, without moving the clock.
 *
 * @errors  none; it aborts after 100,000 turns in which something was still ready, because then a
 *          callback schedules itself forever
 * @thread  the reactor's
 */
BIGHT_API void bight_crank_settle(bight_reactor *reactor);

/**
 * Move the clock forward, stopping at each timer on the way to run it at its exact time, and settle
 * after each.
 *
 * @param duration  nanoseconds
 * @thread          the reactor's; not in a callback
 */
BIGHT_API void bight_crank_advance(bight_reactor *reactor, uint64_t duration);

BIGHT_END_DECLS

#endif

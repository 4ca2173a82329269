/** @file bight/time.h
 * Time is a number of nanoseconds; points in time are measured on a reactor's own clock, which
 * never jumps.
 */
#ifndef BIGHT_TIME_H
#define BIGHT_TIME_H

#include <bight/api.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Nanoseconds in the usual units. */
#define BIGHT_USEC(n) ((uint64_t)(n)*UINT64_C(1000))
#define BIGHT_MSEC(n) ((uint64_t)(n)*UINT64_C(1000000))
#define BIGHT_SEC(n) ((uint64_t)(n)*UINT64_C(1000000000))

/** A point in time that is never reached. */
#define BIGHT_NEVER UINT64_MAX

/** Nanoseconds of CLOCK_MONOTONIC. A reactor's time is bight_reactor_now(). @thread any */
BIGHT_API uint64_t bight_monotonic_now(void);

BIGHT_END_DECLS

#endif

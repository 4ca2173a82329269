/* Times in the system's structure. */
#ifndef BIGHTI_BASE_TIMESPEC_H
#define BIGHTI_BASE_TIMESPEC_H

#include <bight/time.h>
#include <time.h>

/* Where time_t has 32 bits, a time behind its end becomes that end, which is 68 years: whoever
 * waits for it looks again then. */
static inline struct timespec bighti_timespec_of(uint64_t nanoseconds)
{
    uint64_t seconds = nanoseconds / BIGHT_SEC(1);
    struct timespec time = {.tv_nsec = (long)(nanoseconds % BIGHT_SEC(1))};

    if (sizeof(time.tv_sec) < sizeof(int64_t) && seconds > INT32_MAX)
        seconds = INT32_MAX;
    time.tv_sec = (time_t)seconds;
    return time;
}

#endif

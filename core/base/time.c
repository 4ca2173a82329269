#include <bight/time.h>
#include <time.h>

uint64_t bight_monotonic_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * BIGHT_SEC(1) + (uint64_t)now.tv_nsec;
}

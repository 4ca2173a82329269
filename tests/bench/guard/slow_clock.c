/* Clocks that pass at a thousandth of their speed, those of processor time too, to be preloaded
 * into a server that callgrind or strace slows down. What the server does once in a stretch of time
 * would else be in most of its messages, and how often depends on how busy the machine is. */
#include <dlfcn.h>
#include <stdint.h>
#include <time.h>

typedef int (*clock_fn)(clockid_t clock, struct timespec *now);

enum { SLOWNESS = 1000, NANOSECONDS = 1000000000 };

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    static clock_fn system_clock;
    uint64_t slow;
    int status;

    if (system_clock == NULL)
        *(void **)&system_clock = dlsym(RTLD_NEXT, "clock_gettime");
    status = system_clock(clock, now);
    if (status != 0 || clock == CLOCK_REALTIME)
        return status;
    slow = ((uint64_t)now->tv_sec * NANOSECONDS + (uint64_t)now->tv_nsec) / SLOWNESS;
    now->tv_sec = (time_t)(slow / NANOSECONDS);
    now->tv_nsec = (long)(slow % NANOSECONDS);
    return 0;
}

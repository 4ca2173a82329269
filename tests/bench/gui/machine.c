#include "machine.h"
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double moment = 0.3, quiet = 0.1; /* seconds; processors that are busy */

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double machine_busy(void)
{
    unsigned long long user, nice, system, idle, wait, irq, soft, steal;
    FILE *file = fopen("/proc/stat", "r");
    int count = 0;

    if (file == NULL)
        return 0;
    count = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
                   &idle, &wait, &irq, &soft, &steal);
    fclose(file);
    if (count != 8)
        return 0;
    return (double)(user + nice + system + irq + soft + steal) / (double)sysconf(_SC_CLK_TCK);
}

double machine_used_by(pid_t pid)
{
    clockid_t clock;

    return clock_getcpuclockid(pid, &clock) == 0 ? seconds_of(clock) : 0;
}

void machine_wait_for_pause(double most)
{
    double end = seconds_of(CLOCK_MONOTONIC) + most;

    while (seconds_of(CLOCK_MONOTONIC) < end) {
        double busy = machine_busy();

        usleep((useconds_t)(moment * 1e6));
        if (machine_busy() - busy < quiet * moment)
            return;
    }
}

/* The system calls of a process while something is done to it, counted by strace. */
#ifndef BENCH_ECHO_CALLS_H
#define BENCH_ECHO_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct calls {
    pid_t tracer;
    char path[64]; /* what strace writes */
} calls;

/* False when there is no strace, or it may not trace. */
bool calls_begin(calls *self, pid_t process);
long calls_end(calls *self);

#endif

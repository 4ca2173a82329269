/* Whether anybody else is using the machine. */
#ifndef BENCH_GUI_MACHINE_H
#define BENCH_GUI_MACHINE_H

#include <sys/types.h>

/* Seconds that the processors have been busy so far, all of them together. */
double machine_busy(void);

/* Seconds of processor time that a process has used, 0 if it is gone. */
double machine_used_by(pid_t pid);

/* Wait until the processors have been idle for a moment, or so many seconds. */
void machine_wait_for_pause(double most);

#endif

/* In which process something was made: a forked child has a copy of its parent's memory, but must
 * not act on the kernel's objects that it shares with the parent. Reading this costs two memory
 * accesses, while getpid() would cost a system call. */
#ifndef BIGHTI_REACTOR_PROCESS_H
#define BIGHTI_REACTOR_PROCESS_H

#include <stdbool.h>

typedef struct bighti_process_mark {
    const volatile unsigned *number; /* of the process that looks; 0 in a new child */
    unsigned own;                    /* of the process that made this */
} bighti_process_mark;

/* Mark as made by this process. */
void bighti_process_mark_set(bighti_process_mark *mark);

/* Mark as made by another process. */
void bighti_process_mark_disown(bighti_process_mark *mark);

static inline bool bighti_process_is_other(const bighti_process_mark *mark)
{
    return __atomic_load_n(mark->number, __ATOMIC_RELAXED) != mark->own;
}

#endif

/* The poller: one kernel object that holds every descriptor and is itself pollable. The build
 * chooses the file that implements it. */
#ifndef BIGHTI_REACTOR_POLLER_H
#define BIGHTI_REACTOR_POLLER_H

#include "process.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef struct bighti_poller {
    int fd;                   /* -1 after it was closed: all operations then do nothing */
    bighti_process_mark mark; /* the process that made it */
    bool coarse;              /* the kernel has no wait with nanoseconds */
} bighti_poller;

/* Whether this is a forked child's copy, which refers to its parent's set: all operations do
 * nothing until it is renewed. */
static inline bool bighti_poller_is_inherited(const bighti_poller *poller)
{
    return bighti_process_is_other(&poller->mark);
}

/* A ready event: .events, and .data.ptr as it was passed to add. */
typedef struct epoll_event bighti_poll_event;

/* All return 0, or a negative errno. */
int bighti_poller_init(bighti_poller *poller);
int bighti_poller_add(bighti_poller *poller, int fd, uint32_t events, void *data);
int bighti_poller_modify(bighti_poller *poller, int fd, uint32_t events, void *data);
void bighti_poller_remove(bighti_poller *poller, int fd);
bool bighti_poller_is_ready(const bighti_poller *poller);
void bighti_poller_close(bighti_poller *poller);

/* Make a new, empty set for this process, under the same number. */
int bighti_poller_renew(bighti_poller *poller);

/* Wait up to `timeout` nanoseconds; 0 does not wait, UINT64_MAX waits without a limit. Returns the
 * number of events; 0 if a signal interrupts the wait. */
int bighti_poller_wait(bighti_poller *poller, bighti_poll_event *events, int most,
                       uint64_t timeout);

#endif

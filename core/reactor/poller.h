/* The poller: one kernel object that holds every descriptor and is itself pollable. The build
 * chooses the file that implements it. */
#ifndef BIGHTI_REACTOR_POLLER_H
#define BIGHTI_REACTOR_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef struct bighti_poller {
    int fd;              /* -1 after it was closed: all operations then do nothing */
    volatile char *mark; /* 1, and 0 in a forked child; NULL if the kernel does not support that */
} bighti_poller;

/* Whether this is a forked child's copy, which refers to its parent's set: all operations do
 * nothing until it is renewed. */
static inline bool bighti_poller_is_inherited(const bighti_poller *poller)
{
    return poller->mark != NULL && *poller->mark == 0;
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

/* Called after the close: until this call it is known whether the poller is inherited. */
void bighti_poller_deinit(bighti_poller *poller);

/* Make a new, empty set for this process, under the same number. */
int bighti_poller_renew(bighti_poller *poller);

/* The child's set could not be filled: it counts as inherited again. */
void bighti_poller_disown(bighti_poller *poller);

/* Wait up to `timeout` nanoseconds; 0 does not wait, UINT64_MAX waits without a limit. Returns the
 * number of events; 0 if a signal interrupts the wait. */
int bighti_poller_wait(bighti_poller *poller, bighti_poll_event *events, int most,
                       uint64_t timeout);

#endif

/* The poller: one kernel object that holds every descriptor and is itself pollable. Which file
 * implements this is chosen by the build. */
#ifndef BIGHTI_REACTOR_POLLER_H
#define BIGHTI_REACTOR_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef struct bighti_poller {
    int fd;              /* -1 once closed: all that is asked of it then does nothing */
    volatile char *mark; /* 1, and 0 in a forked child; NULL where the kernel cannot do that */
} bighti_poller;

/* Whether this is a forked child's copy. It names its parent's set: what is asked of it does
 * nothing until it is renewed. */
static inline bool bighti_poller_is_inherited(const bighti_poller *poller)
{
    return poller->mark != NULL && *poller->mark == 0;
}

/* What is ready: .events, and .data.ptr as it was given to add. */
typedef struct epoll_event bighti_poll_event;

/* All return 0, or a negative errno. */
int bighti_poller_init(bighti_poller *poller);
int bighti_poller_add(bighti_poller *poller, int fd, uint32_t events, void *data);
int bighti_poller_modify(bighti_poller *poller, int fd, uint32_t events, void *data);
void bighti_poller_remove(bighti_poller *poller, int fd);
bool bighti_poller_is_ready(const bighti_poller *poller);
void bighti_poller_close(bighti_poller *poller);

/* After the close: whether it is inherited is known until now. */
void bighti_poller_deinit(bighti_poller *poller);

/* A new, empty set of this process's own, under the same number. */
int bighti_poller_renew(bighti_poller *poller);

/* The child's set could not be filled: it counts as inherited still. */
void bighti_poller_disown(bighti_poller *poller);

/* Wait up to `timeout` nanoseconds; 0 does not wait, UINT64_MAX waits without an end. Returns the
 * number of events; an interruption by a signal is none. */
int bighti_poller_wait(bighti_poller *poller, bighti_poll_event *events, int most,
                       uint64_t timeout);

#endif

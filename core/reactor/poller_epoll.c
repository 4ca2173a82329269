#include "poller.h"
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

int bighti_poller_init(bighti_poller *poller)
{
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    return poller->fd >= 0 ? 0 : -errno;
}

static int control(bighti_poller *poller, int operation, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    if (poller->fd < 0)
        return 0;
    return epoll_ctl(poller->fd, operation, fd, &event) == 0 ? 0 : -errno;
}

int bighti_poller_add(bighti_poller *poller, int fd, uint32_t events, void *data)
{
    return control(poller, EPOLL_CTL_ADD, fd, events, data);
}

int bighti_poller_modify(bighti_poller *poller, int fd, uint32_t events, void *data)
{
    return control(poller, EPOLL_CTL_MOD, fd, events, data);
}

/* Also done before a close: were it left to the close, a child that was forked and has not yet
 * executed would keep the descriptor in the set, and its events would name freed memory. */
void bighti_poller_remove(bighti_poller *poller, int fd)
{
    control(poller, EPOLL_CTL_DEL, fd, 0, NULL);
}

bool bighti_poller_is_ready(const bighti_poller *poller)
{
    struct pollfd entry = {.fd = poller->fd, .events = POLLIN};

    return poll(&entry, 1, 0) > 0;
}

void bighti_poller_close(bighti_poller *poller)
{
    if (poller->fd >= 0)
        close(poller->fd);
    poller->fd = -1;
}

/* Kernels before 5.11 have no nanosecond wait: round up, or the loop would spin before a deadline.
 */
static int wait_milliseconds(int fd, bighti_poll_event *events, int most, uint64_t timeout)
{
    uint64_t milliseconds = timeout / 1000000 + (timeout % 1000000 != 0);

    return epoll_wait(fd, events, most, milliseconds > 86400000 ? 86400000 : (int)milliseconds);
}

int bighti_poller_wait(bighti_poller *poller, bighti_poll_event *events, int most, uint64_t timeout)
{
    int count;

    if (timeout == 0 || timeout == UINT64_MAX) {
        count = epoll_wait(poller->fd, events, most, timeout == 0 ? 0 : -1);
    } else {
        struct timespec wait = {.tv_sec = (time_t)(timeout / 1000000000),
                                .tv_nsec = (long)(timeout % 1000000000)};

        count = epoll_pwait2(poller->fd, events, most, &wait, NULL);
        if (count < 0 && errno == ENOSYS)
            count = wait_milliseconds(poller->fd, events, most, timeout);
    }
    if (count >= 0)
        return count;
    return errno == EINTR ? 0 : -errno;
}

/* An epoll set outlives a fork as one object that parent and child share: a child that took a
 * descriptor out of it would take it from its parent. So the poller remembers the process that
 * made it, and does nothing in another. */
#include "../base/timespec.h"
#include "poller.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

int bighti_poller_init(bighti_poller *poller)
{
    bighti_process_mark_set(&poller->mark);
    poller->coarse = false;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    return poller->fd < 0 ? -errno : 0;
}

static int control(bighti_poller *poller, int operation, int fd, uint32_t events, void *data)
{
    struct epoll_event event = {.events = events, .data.ptr = data};

    if (poller->fd < 0 || bighti_poller_is_inherited(poller))
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

/* This is also called before a close. If the removal were left to the close, a forked child that
 * has not yet executed another program would keep the descriptor in the set, and its events would
 * refer to freed memory. */
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

int bighti_poller_renew(bighti_poller *poller)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    int result;

    if (fd < 0)
        return -errno;
    result = dup3(fd, poller->fd, O_CLOEXEC) < 0 ? -errno : 0;
    close(fd);
    if (result == 0)
        bighti_process_mark_set(&poller->mark);
    return result;
}

/* glibc before 2.35 and musl have no function for this system call. The kernel's structure has 64
 * bits for both fields on every machine. */
static int wait_nanoseconds(int fd, bighti_poll_event *events, int most,
                            const struct timespec *timeout)
{
#if defined(BIGHT_HAVE_EPOLL_PWAIT2)
    return epoll_pwait2(fd, events, most, timeout, NULL);
#elif defined(SYS_epoll_pwait2)
    struct {
        int64_t seconds, nanoseconds;
    } wait = {timeout->tv_sec, timeout->tv_nsec};

    return (int)syscall(SYS_epoll_pwait2, fd, events, most, &wait, NULL, sizeof(uint64_t));
#else
    (void)fd, (void)events, (void)most, (void)timeout;
    errno = ENOSYS;
    return -1;
#endif
}

/* The set is itself pollable, and ppoll(2) has always waited to the nanosecond. */
static int wait_in_two_calls(int fd, bighti_poll_event *events, int most,
                             const struct timespec *timeout)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    int count = ppoll(&entry, 1, timeout, NULL);

    return count > 0 ? epoll_wait(fd, events, most, 0) : count;
}

/* Kernels before 5.11 lack the call, and sandboxes that do not know it forbid it. It is tried once
 * for each poller. */
static int wait_until(bighti_poller *poller, bighti_poll_event *events, int most, uint64_t timeout)
{
    struct timespec wait = bighti_timespec_of(timeout);
    int count = -1;

    if (!poller->coarse) {
        count = wait_nanoseconds(poller->fd, events, most, &wait);
        poller->coarse = count < 0 && (errno == ENOSYS || errno == EPERM);
    }
    if (poller->coarse)
        count = wait_in_two_calls(poller->fd, events, most, &wait);
    return count;
}

int bighti_poller_wait(bighti_poller *poller, bighti_poll_event *events, int most, uint64_t timeout)
{
    int count;

    if (timeout == 0 || timeout == UINT64_MAX)
        count = epoll_wait(poller->fd, events, most, timeout == 0 ? 0 : -1);
    else
        count = wait_until(poller, events, most, timeout);
    if (count >= 0)
        return count;
    return errno == EINTR ? 0 : -errno;
}

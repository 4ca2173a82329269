/* An epoll set outlives a fork as one object that parent and child share: a child that took a
 * descriptor out of it would take it from its parent. So the poller has a mark, in a page that the
 * kernel fills with zeros in a forked child, and does nothing while the mark is 0. Reading it
 * costs a memory access, while getpid() would cost a system call. */
#include "poller.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MARK_SIZE = 1 }; /* the kernel rounds it up to a page */

/* Kernels before 4.14 do not wipe pages; on these a child that does not rebuild is not
 * detected. */
static int make_mark(bighti_poller *poller)
{
    char *page = mmap(NULL, MARK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return -errno;
    if (madvise(page, MARK_SIZE, MADV_WIPEONFORK) != 0) {
        munmap(page, MARK_SIZE);
        return 0;
    }
    *page = 1;
    poller->mark = page;
    return 0;
}

int bighti_poller_init(bighti_poller *poller)
{
    int result;

    poller->mark = NULL;
    poller->fd = epoll_create1(EPOLL_CLOEXEC);
    if (poller->fd < 0)
        return -errno;
    result = make_mark(poller);
    if (result < 0)
        bighti_poller_close(poller);
    return result;
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

void bighti_poller_deinit(bighti_poller *poller)
{
    if (poller->mark != NULL)
        munmap((void *)poller->mark, MARK_SIZE);
    poller->mark = NULL;
}

int bighti_poller_renew(bighti_poller *poller)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    int result;

    if (fd < 0)
        return -errno;
    result = dup3(fd, poller->fd, O_CLOEXEC) < 0 ? -errno : 0;
    close(fd);
    if (result == 0 && poller->mark != NULL)
        *poller->mark = 1;
    return result;
}

void bighti_poller_disown(bighti_poller *poller)
{
    if (poller->mark != NULL)
        *poller->mark = 0;
}

/* Kernels before 5.11 have no wait with nanoseconds, and sandboxes may forbid it. Round up, or the
 * loop would spin before a deadline. */
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
        if (count < 0 && (errno == ENOSYS || errno == EPERM))
            count = wait_milliseconds(poller->fd, events, most, timeout);
    }
    if (count >= 0)
        return count;
    return errno == EINTR ? 0 : -errno;
}

/* A reactor in a forked child.
 *
 * Fork copies the memory but shares the kernel's objects: the epoll set, the wake-up and the timer
 * descriptor are one for parent and child. Until the child has its own, all operations on them do
 * nothing (bighti_is_inherited()), so that the child can free objects without effect on the
 * parent. Then each of the three is replaced under its old number, so that a host that polls by
 * number, and a signal handler that wakes the reactor, continue to work without notification. */
#include "../base/check.h"
#include "../base/options.h"
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Replaces `fd` by `fresh`, which may be a negative errno. */
static int replace(int fresh, int fd)
{
    int result;

    if (fresh < 0)
        return -errno;
    result = dup3(fresh, fd, O_CLOEXEC) < 0 ? -errno : 0;
    close(fresh);
    return result;
}

static int replace_descriptors(bight_reactor *reactor)
{
    int result = replace(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), reactor->wake_fd);

    if (result == 0 && reactor->timer_fd >= 0)
        result =
            replace(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), reactor->timer_fd);
    if (result == 0)
        result = bighti_poller_renew(&reactor->poller);
    return result;
}

static void tell_host(bight_reactor *reactor)
{
    const bight_host_ops *ops = reactor->host_ops;

    if (ops != NULL && BIGHTI_SLOT(ops, bight_host_ops, forked) != NULL)
        ops->forked(reactor, reactor->host);
}

bight_status bight_reactor_rebuild(bight_reactor *reactor)
{
    bool passed;
    int result;

    BIGHTI_REQUIRE_REACTOR(reactor);
    passed = bighti_is_inherited(reactor);
    if (reactor->shared.dead)
        return BIGHT_ERROR_STATE;
    result = replace_descriptors(reactor);
    reactor->shared.mark = reactor->poller.mark;
    if (result == 0)
        result = bighti_reactor_join_own(reactor);
    if (result < 0) {
        bighti_process_mark_disown(&reactor->poller.mark);
        reactor->shared.mark = reactor->poller.mark;
        errno = -result;
        return bight_status_from_errno(-result);
    }
    reactor->generation += passed ? 1 : 0;
    reactor->shared.thread = bighti_this_thread();
    reactor->poked = false;
    reactor->now_valid = false;
    reactor->armed = BIGHT_NEVER;
    bighti_posts_reopen(reactor);
    bighti_watches_rejoin(reactor);
    bighti_members_rejoin(reactor);
    bighti_timers_arm(reactor);
    tell_host(reactor);
    bighti_fork_watches_tell(reactor);
    if (bighti_work_remains(reactor))
        bighti_poke(reactor);
    return BIGHT_OK;
}

/* Used if the run loop cannot watch an epoll descriptor. The kernel's asynchronous poll
 * (IOCB_CMD_POLL) on that descriptor reports to an eventfd, which every CoreFoundation can watch.
 * One poll makes one report, so it must be requested again before each wait. This file uses the
 * Linux system calls directly; it does not need libaio. */
#include "internal.h"
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int bighti_relay_open(bighti_relay *relay, int watched_fd)
{
    *relay = (bighti_relay){.watched_fd = watched_fd};
    relay->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (relay->event_fd < 0)
        return -errno;
    if (syscall(SYS_io_setup, 4, &relay->context) < 0) {
        int result = -errno;

        close(relay->event_fd);
        relay->context = 0;
        return result;
    }
    return 0;
}

/* Without this, the ring of answers would fill up. */
static void discard_answers(bighti_relay *relay)
{
    struct io_event answers[4];
    struct timespec none = {0, 0};

    while (syscall(SYS_io_getevents, relay->context, 0, 4, answers, &none) > 0) {
    }
}

void bighti_relay_arm(bighti_relay *relay)
{
    struct iocb request, *requests[1] = {&request};

    if (relay->armed)
        return;
    discard_answers(relay);
    memset(&request, 0, sizeof(request));
    request.aio_lio_opcode = IOCB_CMD_POLL;
    request.aio_fildes = (uint32_t)relay->watched_fd;
    request.aio_buf = POLLIN;
    request.aio_flags = IOCB_FLAG_RESFD;
    request.aio_resfd = (uint32_t)relay->event_fd;
    relay->armed = syscall(SYS_io_submit, relay->context, 1, requests) == 1;
    /* When out of memory for the request, check again soon. */
    if (!relay->armed)
        (void)eventfd_write(relay->event_fd, 1);
}

void bighti_relay_fired(bighti_relay *relay)
{
    relay->armed = false;
}

void bighti_relay_close(bighti_relay *relay)
{
    if (relay->context == 0)
        return;
    syscall(SYS_io_destroy, relay->context);
    close(relay->event_fd);
    relay->context = 0;
}

/* O_NONBLOCK belongs to the open file description, which a shell shares with every program that it
 * starts: setting it on standard input changes it for the shell, and for all programs on the same
 * terminal. So it is avoided:
 *
 * - Calls on a socket take a flag.
 * - A pipe, a FIFO or a terminal is opened once more by its name in /proc, which gives a file
 *   description of our own. The given descriptor stays open as well, because its number may be
 *   used, and because the reader of a pipe must not see the last writer go before we end.
 * - A file is always ready, so it needs nothing.
 * - Opening a device once more may have an effect (/dev/ptmx makes a new terminal; others allow
 *   only one user). For devices the flag is set, and cleared at the end; the same is done if /proc
 *   is missing. */
#include "port.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_DROPPED_READS = 16 };

/* -- Opening -- */

static bool is_pseudo_terminal_master(int fd)
{
    unsigned number;

    return ioctl(fd, TIOCGPTN, &number) == 0;
}

static bighti_port_kind port_kind_of(int fd, mode_t mode)
{
    if (S_ISSOCK(mode))
        return BIGHTI_PORT_SOCKET;
    if (S_ISFIFO(mode))
        return BIGHTI_PORT_PIPE;
    if (S_ISREG(mode) || S_ISBLK(mode))
        return BIGHTI_PORT_FILE;
    if (isatty(fd) && !is_pseudo_terminal_master(fd))
        return BIGHTI_PORT_TERMINAL;
    return BIGHTI_PORT_DEVICE;
}

bight_status bighti_socket_check(int fd)
{
    int type = 0, listens = 0;
    socklen_t size = sizeof(type);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM)
        return BIGHT_ERROR_UNSUPPORTED;
    size = sizeof(listens);
    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    return listens != 0 ? BIGHT_ERROR_INVALID : BIGHT_OK;
}

static bool is_open_for(int flags, int access)
{
    int allowed = flags & O_ACCMODE;

    return allowed == O_RDWR || allowed == access;
}

/* Returns -1 if that is not possible. */
static int open_once_more(int fd, int access)
{
    char name[32];

    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    return open(name, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int port_choose_descriptor(const bighti_port *port, int flags)
{
    bool is_shared = port->kind == BIGHTI_PORT_PIPE || port->kind == BIGHTI_PORT_TERMINAL;
    int own = -1;

    if (is_shared && (flags & O_NONBLOCK) == 0)
        own = open_once_more(port->given, port->access);
    return own >= 0 ? own : port->given;
}

bight_status bighti_port_open(bighti_port *port, int fd, int access)
{
    int flags = fcntl(fd, F_GETFL);
    struct stat about;

    if (flags < 0 || fstat(fd, &about) != 0 || !is_open_for(flags, access))
        return BIGHT_ERROR_INVALID;
    if (S_ISDIR(about.st_mode))
        return BIGHT_ERROR_UNSUPPORTED;
    *port = (bighti_port){
        .kind = port_kind_of(fd, about.st_mode), .access = access, .given = fd, .flags = -1};
    if (port->kind == BIGHTI_PORT_SOCKET) {
        bight_status status = bighti_socket_check(fd);

        if (status != BIGHT_OK) {
            port->kind = BIGHTI_PORT_NONE;
            return status;
        }
    }
    port->fd = port_choose_descriptor(port, flags);
    return BIGHT_OK;
}

static void port_set_non_blocking(bighti_port *port)
{
    int flags = fcntl(port->fd, F_GETFL);

    if (port->fd != port->given || port->kind == BIGHTI_PORT_SOCKET || (flags & O_NONBLOCK) != 0)
        return;
    if (fcntl(port->fd, F_SETFL, flags | O_NONBLOCK) == 0)
        port->flags = flags;
}

/* A FIFO that was opened once more does not report that its last writer was already gone; the
 * given descriptor does. */
static bool port_has_ended_already(const bighti_port *port)
{
    struct pollfd given = {.fd = port->given, .events = POLLIN};

    return port->fd != port->given && port->kind == BIGHTI_PORT_PIPE && poll(&given, 1, 0) > 0;
}

bight_status bighti_port_watch(bighti_port *port, bight_reactor *reactor, uint32_t interest,
                               void (*fn)(bighti_watch *, uint32_t))
{
    int result;

    if (port->kind == BIGHTI_PORT_FILE)
        return BIGHT_OK;
    result = bighti_watch_init(&port->watch, reactor, port->fd, interest | EPOLLET, fn);
    if (result == -EPERM) {
        port->kind = BIGHTI_PORT_FILE; /* for example /dev/null */
        return BIGHT_OK;
    }
    if (result < 0)
        return bight_status_from_errno(-result);
    port_set_non_blocking(port);
    if ((interest & EPOLLIN) != 0 && port_has_ended_already(port))
        bighti_watch_again(&port->watch, EPOLLIN);
    return BIGHT_OK;
}

/* -- Moving bytes -- */

ssize_t bighti_port_read(const bighti_port *port, void *buffer, size_t size)
{
    ssize_t count;

    do
        count = port->kind == BIGHTI_PORT_SOCKET ? recv(port->fd, buffer, size, MSG_DONTWAIT)
                                                 : read(port->fd, buffer, size);
    while (count < 0 && errno == EINTR);
    if (count >= 0)
        return count;
    /* A terminal reports EIO when nobody has its other end any more. */
    return errno == EIO && isatty(port->fd) ? 0 : -errno;
}

static ssize_t send_to_socket(int fd, const struct iovec *parts, int count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};

    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static bool sigpipe_is_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

/* Writing to a pipe without a reader raises SIGPIPE on the writing thread. The signal is blocked
 * there and then removed, unless one was already pending. Other threads are not affected. */
void bighti_sigpipe_hold(bighti_held_sigpipe *held)
{
    sigset_t broken;

    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, &held->before);
    held->is_foreign = sigismember(&held->before, SIGPIPE) == 1 && sigpipe_is_pending();
}

void bighti_sigpipe_release(const bighti_held_sigpipe *held, bool broken)
{
    static const struct timespec now;
    sigset_t raised;
    int errnum = errno;

    sigemptyset(&raised);
    sigaddset(&raised, SIGPIPE);
    if (broken && !held->is_foreign)
        while (sigtimedwait(&raised, NULL, &now) < 0 && errno == EINTR) {
        }
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
    errno = errnum;
}

static ssize_t write_without_sigpipe(int fd, const struct iovec *parts, int count)
{
    bighti_held_sigpipe held;
    ssize_t result;

    bighti_sigpipe_hold(&held);
    result = writev(fd, parts, count);
    bighti_sigpipe_release(&held, result < 0 && errno == EPIPE);
    return result;
}

ssize_t bighti_port_write(const bighti_port *port, const struct iovec *parts, int count)
{
    ssize_t sent;

    do {
        if (port->kind == BIGHTI_PORT_SOCKET)
            sent = send_to_socket(port->fd, parts, count);
        else if (port->kind == BIGHTI_PORT_PIPE)
            sent = write_without_sigpipe(port->fd, parts, count);
        else
            sent = writev(port->fd, parts, count);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : -errno;
}

/* -- Closing -- */

void bighti_descriptor_close(int fd)
{
    int null = fd <= STDERR_FILENO ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;

    if (null < 0 || dup2(null, fd) < 0)
        close(fd);
    if (null >= 0)
        close(null);
}

/* In a forked child the parent shares the file description, which therefore must not be
 * changed. */
static void port_give_up(bighti_port *port, bool inherited)
{
    bighti_watch_deinit(&port->watch);
    if (port->fd != port->given)
        close(port->fd);
    if (port->flags >= 0 && !inherited)
        fcntl(port->given, F_SETFL, port->flags);
    port->kind = BIGHTI_PORT_NONE;
}

void bighti_port_abandon(bighti_port *port)
{
    if (port->kind != BIGHTI_PORT_NONE)
        port_give_up(port, false);
}

/* A close with unread bytes would reset the connection. */
static void drop_unread(int fd)
{
    char bytes[4096];

    for (int i = 0; i < MOST_DROPPED_READS; i++)
        if (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
            return;
}

/* Other processes may have the socket too, so a close alone would not notify the peer of the
 * end. */
static void end_socket(const bighti_port *port)
{
    if (port->access == O_WRONLY)
        shutdown(port->fd, SHUT_WR);
    else
        drop_unread(port->fd);
}

void bighti_port_close(bighti_port *port, bool inherited)
{
    int given = port->given;

    if (port->kind == BIGHTI_PORT_NONE)
        return;
    if (port->kind == BIGHTI_PORT_SOCKET && !inherited)
        end_socket(port);
    port_give_up(port, inherited);
    bighti_descriptor_close(given);
}

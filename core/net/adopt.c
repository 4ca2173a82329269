/* Transports over descriptors of the program: one port for each direction (port.c). Input is read
 * until read(2) reports EAGAIN or the end. A short read does not mean that there is no more: a
 * terminal returns a line at a time, and devices differ.
 *
 * A socket for both directions is an ordinary stream (stream.c). */
#include "../reactor/task.h"
#include "close.h"
#include "port.h"
#include "reading.h"
#include "stream.h"
#include <bight/adopt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct duct {
    bight_transport transport;
    bighti_port in, out;
    bool answers;       /* there is a peer that sees the end of our output and has an end of its
                           own */
    bight_task reading; /* for a descriptor that is always ready: one buffer a turn */
} duct;

static duct *duct_of(bight_transport *transport)
{
    return BIGHTI_CONTAINER(transport, duct, transport);
}

static bool duct_is_inherited(const duct *self)
{
    return bighti_is_inherited(self->transport.reactor);
}

/* -- Receiving -- */

static bool duct_is_broken(const duct *self)
{
    return (self->transport.flags & BIGHTI_BROKEN) != 0;
}

static size_t duct_read_once(bight_transport *transport, uint8_t *buffer, size_t size)
{
    ssize_t count = bighti_port_read(&duct_of(transport)->in, buffer, size);

    if (count > 0)
        return (size_t)count;
    bighti_read_nothing(transport, count);
    return 0;
}

/* A file is always ready, so one buffer is read in each turn. */
static bool duct_goes_on_later(bight_transport *transport, size_t total)
{
    duct *self = duct_of(transport);
    bool is_file = self->in.kind == BIGHTI_PORT_FILE;

    if (is_file ? total == 0 : !bighti_reading_is_spent(transport->reactor, total))
        return false;
    if (is_file)
        bight_task_schedule(&self->reading);
    else
        bighti_watch_again(&self->in.watch, EPOLLIN);
    return true;
}

static void duct_read_some(duct *self)
{
    bighti_read_some(&self->transport, duct_read_once, duct_goes_on_later);
}

/* The caller holds the transport. Connected comes before the first bytes. */
static void duct_receive(duct *self)
{
    bight_transport *transport = &self->transport;

    transport->flags |= BIGHTI_READABLE;
    if ((transport->flags & BIGHTI_OWES_CONNECTED) != 0)
        bighti_transport_tell(transport);
    if (bighti_transport_reads(&self->transport))
        duct_read_some(self);
}

static void on_duct_readable(bighti_watch *watch, uint32_t events)
{
    duct *self = BIGHTI_CONTAINER(watch, duct, in.watch);

    (void)events;
    bighti_transport_hold(&self->transport);
    duct_receive(self);
    bighti_transport_unhold(&self->transport);
}

/* Without this check an endless file would keep a transport alive whose output has failed. */
static void on_duct_turn(bight_task *task, void *data)
{
    duct *self = data;

    (void)task;
    bighti_transport_hold(&self->transport);
    if (duct_is_broken(self))
        bighti_transport_finish(&self->transport, NULL, false);
    else
        duct_receive(self);
    bighti_transport_unhold(&self->transport);
}

/* -- Sending -- */

static ssize_t duct_send(bight_transport *transport, const struct iovec *parts, int count)
{
    duct *self = duct_of(transport);
    ssize_t sent = bighti_port_write(&self->out, parts, count);

    if (sent == -EAGAIN)
        bighti_watch_set_interest(&self->out.watch, EPOLLOUT | EPOLLET);
    return sent;
}

/* If the transport also reads, only a write reports that the reader is gone, because the input may
 * continue without it. */
static void on_duct_writable(bighti_watch *watch, uint32_t events)
{
    duct *self = BIGHTI_CONTAINER(watch, duct, out.watch);
    bight_transport *transport = &self->transport;

    bighti_transport_hold(transport);
    if ((transport->flags & BIGHTI_OWES_CONNECTED) != 0)
        bighti_transport_tell(transport);
    if ((transport->flags & (BIGHTI_BLOCKED | BIGHTI_OVER)) == BIGHTI_BLOCKED)
        bighti_transport_writable(transport);
    if ((events & EPOLLERR) != 0 && self->in.kind == BIGHTI_PORT_NONE)
        bighti_transport_finish(
            transport,
            bight_error_new_errno(EPIPE, "write to %s", bighti_transport_name(transport)), false);
    bighti_transport_unhold(transport);
}

/* -- Operations of the transport -- */

static void duct_shutdown(bight_transport *transport)
{
    duct *self = duct_of(transport);

    bighti_port_close(&self->out, duct_is_inherited(self));
}

static void duct_resume(bight_transport *transport)
{
    duct *self = duct_of(transport);

    if (self->in.kind == BIGHTI_PORT_FILE)
        bight_task_schedule(&self->reading);
    else if (self->in.kind != BIGHTI_PORT_NONE &&
             ((transport->flags & BIGHTI_READABLE) != 0 || duct_is_broken(self)))
        bighti_watch_again(&self->in.watch, EPOLLIN);
}

static void duct_close(bight_transport *transport)
{
    const duct *self = duct_of(transport);

    if (!self->answers || duct_is_inherited(self) ||
        (transport->flags & (BIGHTI_BROKEN | BIGHTI_PEER_ENDED)) != 0) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    duct_shutdown(transport);
    transport->flags |= BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE;
    bighti_transport_linger(transport);
}

static void duct_disconnect(bight_transport *transport, bool reset)
{
    duct *self = duct_of(transport);
    bool inherited = duct_is_inherited(self);

    (void)reset;
    bight_task_cancel(&self->reading);
    bighti_port_close(&self->out, inherited);
    bighti_port_close(&self->in, inherited);
}

static void duct_release(bight_transport *transport)
{
    bighti_task_deinit(&duct_of(transport)->reading);
    free(duct_of(transport));
}

static void duct_rejoin(bight_transport *transport)
{
    bighti_watch_rejoin(&duct_of(transport)->in.watch);
    bighti_watch_rejoin(&duct_of(transport)->out.watch);
}

/* This side is named by its descriptor numbers, the other side by the system's name:
 * "pipe:[4711]", "/dev/pts/1". */
static void duct_describe(bight_transport *transport, bool peer, const bight_address *address,
                          char *text, size_t size)
{
    const duct *self = duct_of(transport);
    const bighti_port *port = self->out.kind != BIGHTI_PORT_NONE ? &self->out : &self->in;
    char link[32];
    ssize_t length;

    (void)address;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", port->given);
    length = peer ? readlink(link, text, size - 1) : -1;
    if (length >= 0)
        text[length] = '\0';
    else
        snprintf(text, size, "fd:%d", port->given);
}

static const bighti_transport_ops duct_ops = {
    .send = duct_send,
    .shutdown = duct_shutdown,
    .resume = duct_resume,
    .close = duct_close,
    .disconnect = duct_disconnect,
    .release = duct_release,
    .rejoin = duct_rejoin,
    .describe = duct_describe,
};

/* -- Adopting -- */

/* Opens the transport; connected follows in a later turn. */
static void begin_adopted(bight_transport *transport)
{
    bighti_transport_open(transport);
    transport->flags |= BIGHTI_OWES_CONNECTED;
    bighti_transport_ask(transport);
}

static bight_status duct_watch(duct *self, bight_reactor *reactor)
{
    bight_status status = BIGHT_OK;

    if (self->in.kind != BIGHTI_PORT_NONE)
        status = bighti_port_watch(&self->in, reactor, EPOLLIN | EPOLLRDHUP, on_duct_readable);
    if (status == BIGHT_OK && self->out.kind != BIGHTI_PORT_NONE)
        status = bighti_port_watch(&self->out, reactor, 0, on_duct_writable);
    return status;
}

static bight_status duct_open(duct *self, bight_reactor *reactor, int read_fd, int write_fd)
{
    bight_status status = BIGHT_OK;

    if (read_fd >= 0)
        status = bighti_port_open(&self->in, read_fd, O_RDONLY);
    if (status == BIGHT_OK && write_fd >= 0)
        status = bighti_port_open(&self->out, write_fd, O_WRONLY);
    if (status == BIGHT_OK)
        status = duct_watch(self, reactor);
    if (status == BIGHT_OK)
        return BIGHT_OK;
    bighti_port_abandon(&self->out);
    bighti_port_abandon(&self->in);
    return status;
}

/* A missing direction has ended from the start. */
static void duct_begin(duct *self, bight_reactor *reactor, bight_protocol *protocol)
{
    bight_transport *transport = &self->transport;

    bighti_transport_init(transport, &duct_ops, reactor, protocol);
    bighti_task_init(&self->reading, reactor, on_duct_turn, self);
    if (self->in.kind == BIGHTI_PORT_NONE)
        transport->flags |= BIGHTI_PEER_ENDED;
    if (self->out.kind == BIGHTI_PORT_NONE)
        transport->flags |= BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE;
    self->answers = bighti_port_has_peer(&self->in) && bighti_port_has_peer(&self->out);
    begin_adopted(transport);
    if (self->in.kind == BIGHTI_PORT_FILE)
        bight_task_schedule(&self->reading);
}

static bight_status adopt_two(bight_reactor *reactor, int read_fd, int write_fd,
                              bight_protocol *protocol, bight_transport **out)
{
    duct *self = calloc(1, sizeof(*self));
    bight_status status = BIGHT_ERROR_NO_MEMORY;

    if (self != NULL)
        status = duct_open(self, reactor, read_fd, write_fd);
    if (status != BIGHT_OK) {
        free(self);
        return status;
    }
    duct_begin(self, reactor, protocol);
    *out = &self->transport;
    return BIGHT_OK;
}

/* The poller accepts a descriptor only once, but there are two ports. */
static bight_status adopt_one(bight_reactor *reactor, int fd, bight_protocol *protocol,
                              bight_transport **out)
{
    int second = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    bight_status status;

    if (second < 0)
        return bight_status_from_errno(errno);
    status = adopt_two(reactor, fd, second, protocol, out);
    if (status != BIGHT_OK)
        close(second);
    return status;
}

/* A stream closes its descriptor, which therefore must not be a standard one. */
static bight_status adopt_socket(bight_reactor *reactor, int fd, bight_protocol *protocol,
                                 bight_transport **out)
{
    bool is_standard = fd <= STDERR_FILENO;
    bight_status status = bighti_socket_check(fd);
    int used = fd;

    if (status != BIGHT_OK)
        return status;
    if (is_standard)
        used = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (used < 0)
        return bight_status_from_errno(errno);
    status = bighti_stream_new(reactor, used, protocol, NULL, NULL, out);
    if (status == BIGHT_OK)
        begin_adopted(*out);
    else if (is_standard)
        close(used);
    if (status == BIGHT_OK && is_standard)
        bighti_descriptor_close(fd);
    return status;
}

static bool is_socket(int fd)
{
    struct stat about;

    return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

bight_status bight_transport_adopt(bight_reactor *reactor, int read_fd, int write_fd,
                                   bight_protocol *protocol, bight_transport **transport)
{
    bight_transport *made = NULL;
    bight_status status;

    bighti_check_thread(reactor);
    if (read_fd < 0 && write_fd < 0)
        return BIGHT_ERROR_INVALID;
    if (read_fd != write_fd)
        status = adopt_two(reactor, read_fd, write_fd, protocol, &made);
    else if (is_socket(read_fd))
        status = adopt_socket(reactor, read_fd, protocol, &made);
    else
        status = adopt_one(reactor, read_fd, protocol, &made);
    if (status == BIGHT_OK && transport != NULL)
        *transport = made;
    return status;
}

/* A stream socket in the poller's set, edge-triggered: one epoll_ctl(2) to add it, one to remove
 * it. Write readiness is requested only after the first time that there was no room. Requested
 * from the start, it would be reported for every new socket at once, which costs a turn of the
 * loop for each accepted connection. BIGHTI_READABLE remembers the read edge until a read came
 * back short. Bytes are read into a buffer of the reactor, so an idle connection owns none. */
#include "stream.h"
#include "close.h"
#include "endpoint.h"
#include "port.h"
#include "reading.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

/* The callback for the outcome of a connect. */
typedef struct waiting {
    bighti_connecting_fn fn;
    void *data;
} waiting;

/* After a reset the system no longer knows the peer's address, which the error has to name, so a
 * copy is kept. UNIX sockets keep theirs, and a copy would be long. */
typedef union peer_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
} peer_address;

typedef struct stream {
    bight_transport transport;
    bighti_watch watch;
    union {
        waiting connecting; /* while BIGHTI_CONNECTING */
        peer_address peer;
    } of;
} stream;

enum { MOST_DISCARDED_READS = 16 };

static const uint32_t reading = EPOLLIN | EPOLLRDHUP | EPOLLET;

static stream *stream_of(bight_transport *transport)
{
    return BIGHTI_CONTAINER(transport, stream, transport);
}

/* -- Receiving -- */

static void stream_receive_failed(stream *self, int errnum)
{
    bight_transport *transport = &self->transport;

    bighti_transport_finish(
        transport, bight_error_new_errno(errnum, "read from %s", bighti_transport_name(transport)),
        false);
}

static bool stream_is_broken(const stream *self)
{
    return (self->transport.flags & BIGHTI_BROKEN) != 0;
}

/* A peer on this machine that has half-closed and then closes: the system says so, while on TCP
 * only a write finds out. Nothing can be sent to it any more. The descriptor is asked, as the event
 * may have come while reading was paused. */
__attribute__((cold)) static void stream_check_hang_up(stream *self)
{
    const unsigned asked = BIGHTI_PEER_ENDED | BIGHTI_SHUT_DONE | BIGHTI_OVER | BIGHTI_BROKEN;
    struct pollfd state = {.fd = self->watch.fd, .events = 0};

    if ((self->transport.flags & asked) != BIGHTI_PEER_ENDED ||
        self->of.peer.any.sa_family != AF_UNSPEC)
        return;
    if (poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) == POLLHUP)
        bighti_transport_finish(&self->transport, NULL, false);
}

/* A short read means that the socket is empty and that the next bytes cause a new edge, except if
 * the end was already reported: then the end has yet to be read. */
static inline size_t stream_read_once(bight_transport *transport, uint8_t *buffer, size_t size)
{
    const unsigned reads_on = BIGHTI_ENDING | BIGHTI_BROKEN;
    ssize_t count;

    do
        count = recv(stream_of(transport)->watch.fd, buffer, size, MSG_DONTWAIT);
    while (count < 0 && errno == EINTR);
    if (count <= 0) {
        bighti_read_nothing(transport, count < 0 ? -errno : 0);
        if (count == 0)
            stream_check_hang_up(stream_of(transport));
        return 0;
    }
    if ((size_t)count < size && (transport->flags & reads_on) == 0)
        transport->flags &= ~(unsigned)BIGHTI_READABLE;
    return (size_t)count;
}

static bool stream_goes_on_later(bight_transport *transport, size_t total)
{
    if (!bighti_reading_is_spent(transport->reactor, total))
        return false;
    bighti_watch_again(&stream_of(transport)->watch, EPOLLIN);
    return true;
}

static void stream_read_some(stream *self)
{
    bighti_read_some(&self->transport, stream_read_once, stream_goes_on_later);
}

/* While reading is paused, an error would not be noticed by a read. */
static void check_broken(stream *self)
{
    int errnum = 0;
    socklen_t size = sizeof(errnum);

    getsockopt(self->watch.fd, SOL_SOCKET, SO_ERROR, &errnum, &size);
    if (errnum != 0)
        stream_receive_failed(self, errnum);
}

static void on_stream_connected(stream *self)
{
    waiting connecting = self->of.connecting;
    int errnum = 0;
    socklen_t size = sizeof(errnum);

    self->transport.flags &= ~(unsigned)BIGHTI_CONNECTING;
    self->of.peer.any.sa_family = AF_UNSPEC;
    getsockopt(self->watch.fd, SOL_SOCKET, SO_ERROR, &errnum, &size);
    connecting.fn(&self->transport, errnum, connecting.data);
}

/* Called before the first bytes. An adopted stream is already connected, and connected has yet to
 * be called. This happens once for each stream, so it is kept out of the code for each event. */
__attribute__((cold)) static void begin_stream(stream *self)
{
    if ((self->transport.flags & BIGHTI_CONNECTING) != 0)
        on_stream_connected(self);
    else
        bighti_transport_tell(&self->transport);
}

static void on_stream_ready(bighti_watch *watch, uint32_t events)
{
    stream *self = BIGHTI_CONTAINER(watch, stream, watch);
    bight_transport *transport = &self->transport;

    if ((transport->flags & (BIGHTI_CONNECTING | BIGHTI_OWES_CONNECTED)) != 0) {
        bool *gone = watch->gone;

        begin_stream(self);
        if (*gone)
            return;
    }
    bighti_transport_hold(transport);
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        transport->flags |= BIGHTI_READABLE;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        transport->flags |= BIGHTI_ENDING;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0 &&
        (transport->flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_writable(transport);
    if (bighti_transport_reads(&self->transport))
        stream_read_some(self);
    else if ((events & EPOLLERR) != 0 && (transport->flags & BIGHTI_OVER) == 0 &&
             !bighti_transport_owes_unread(transport))
        check_broken(self);
    else if ((events & EPOLLHUP) != 0)
        stream_check_hang_up(self);
    bighti_transport_unhold(transport);
}

/* -- Operations of the transport -- */

static int no_room_or_failed(stream *self, int errnum)
{
    if (errnum == EAGAIN)
        bighti_watch_set_interest(&self->watch, reading | EPOLLOUT);
    return -errnum;
}

static ssize_t stream_send(bight_transport *transport, const struct iovec *parts, int count)
{
    /* A socket from the program may be blocking and shared with other processes. */
    const int sending = MSG_NOSIGNAL | MSG_DONTWAIT;
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    int fd = stream_of(transport)->watch.fd;
    ssize_t sent;

    do
        sent = count == 1 ? send(fd, parts->iov_base, parts->iov_len, sending)
                          : sendmsg(fd, &message, sending);
    while (sent < 0 && errno == EINTR);
    return sent >= 0 ? sent : no_room_or_failed(stream_of(transport), errno);
}

static bool is_non_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

/* sendfile(2) takes no flags: so a blocking socket is written to instead, and SIGPIPE is
 * blocked. */
static ssize_t stream_send_file(bight_transport *transport, int fd, uint64_t offset, size_t size)
{
    int to = stream_of(transport)->watch.fd;
    off_t from = (off_t)offset;
    bighti_held_sigpipe held;
    ssize_t sent;

    if (!is_non_blocking(to))
        return -EOPNOTSUPP;
    bighti_sigpipe_hold(&held);
    do
        sent = sendfile(to, fd, &from, size);
    while (sent < 0 && errno == EINTR);
    bighti_sigpipe_release(&held, sent < 0 && errno == EPIPE);
    return sent >= 0 ? sent : no_room_or_failed(stream_of(transport), errno);
}

static void stream_shutdown(bight_transport *transport)
{
    shutdown(stream_of(transport)->watch.fd, SHUT_WR);
}

static void stream_resume(bight_transport *transport)
{
    stream *self = stream_of(transport);

    if ((transport->flags & BIGHTI_READABLE) != 0 || stream_is_broken(self))
        bighti_watch_again(&self->watch, EPOLLIN);
}

/* In a forked child the connection belongs to the parent: only the child's own descriptor is
 * closed. */
static bool is_of_the_parent(const stream *self)
{
    return bighti_is_inherited(self->transport.reactor);
}

/* A close with unread bytes would send a reset, and the peer might lose the last bytes of our
 * output. */
static void discard_unread(stream *self)
{
    char bytes[4096];

    if ((self->transport.flags & BIGHTI_PEER_ENDED) != 0 || is_of_the_parent(self))
        return;
    for (int i = 0; i < MOST_DISCARDED_READS; i++) {
        if (recv(self->watch.fd, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0)
            return;
    }
}

/* In a forked child this process must not end the connection and expects nothing from the peer; a
 * connection that is broken or has ended sends nothing any more. */
static void stream_close(bight_transport *transport)
{
    stream *self = stream_of(transport);

    if (stream_is_broken(self) || is_of_the_parent(self) ||
        (transport->flags & BIGHTI_PEER_ENDED) != 0) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    if ((transport->flags & BIGHTI_SHUT_DONE) == 0)
        stream_shutdown(transport);
    transport->flags |= BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE;
    bighti_transport_linger(transport);
}

static void close_socket(stream *self)
{
    bighti_watch_deinit(&self->watch);
    close(self->watch.fd);
    self->watch.fd = -1;
}

/* The close that follows sends a reset, on TCP. */
static void set_reset(stream *self)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (is_of_the_parent(self))
        return;
    setsockopt(self->watch.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void stream_disconnect(bight_transport *transport, bool reset)
{
    stream *self = stream_of(transport);

    if (reset)
        set_reset(self);
    else
        discard_unread(self);
    close_socket(self);
}

static int stream_steal(bight_transport *transport)
{
    stream *self = stream_of(transport);
    int fd = self->watch.fd;

    bighti_watch_deinit(&self->watch);
    self->watch.fd = -1;
    return fd;
}

static void stream_rejoin(bight_transport *transport)
{
    bighti_watch_rejoin(&stream_of(transport)->watch);
}

static void stream_release(bight_transport *transport)
{
    free(stream_of(transport));
}

/* For a peer whose address is kept, the size is that of the largest possible address. */
static bight_address stream_locate(bight_transport *transport, bool peer)
{
    stream *self = stream_of(transport);
    int fd = self->watch.fd, result = 0;
    bighti_socket_address address = {.size = sizeof(address.of)};

    if (peer && self->of.peer.any.sa_family != AF_UNSPEC)
        memcpy(&address.of, &self->of.peer, sizeof(self->of.peer));
    else
        result = peer ? getpeername(fd, &address.of.any, &address.size)
                      : getsockname(fd, &address.of.any, &address.size);
    if (result != 0)
        address.size = 0;
    return bighti_address_of_socket(&address);
}

static void stream_describe(bight_transport *transport, bool peer, const bight_address *address,
                            char *text, size_t size)
{
    (void)transport;
    (void)peer;
    bighti_endpoint_format(address, text, size);
}

/* UNIX sockets do not have this option; the calls fail without effect. */
static void stream_set_no_delay(bight_transport *transport, bool on)
{
    int value = on;

    setsockopt(stream_of(transport)->watch.fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value));
}

static void stream_set_keepalive(bight_transport *transport, unsigned idle_seconds)
{
    int fd = stream_of(transport)->watch.fd;
    int on = idle_seconds != 0, idle = (int)idle_seconds;

    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (on)
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
}

static const bighti_transport_ops stream_ops = {
    .send = stream_send,
    .shutdown = stream_shutdown,
    .resume = stream_resume,
    .close = stream_close,
    .disconnect = stream_disconnect,
    .release = stream_release,
    .steal = stream_steal,
    .rejoin = stream_rejoin,
    .locate = stream_locate,
    .describe = stream_describe,
    .send_file = stream_send_file,
    .set_no_delay = stream_set_no_delay,
    .set_keepalive = stream_set_keepalive,
};

bight_status bighti_stream_new(bight_reactor *reactor, int fd, bight_protocol *protocol,
                               bighti_connecting_fn connecting, void *data, bight_transport **out)
{
    stream *self = malloc(sizeof(*self));
    uint32_t interest = connecting != NULL ? reading | EPOLLOUT : reading;
    int result;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    if (connecting != NULL)
        self->of.connecting = (waiting){connecting, data};
    else
        self->of.peer.any.sa_family = AF_UNSPEC;
    result = bighti_watch_init(&self->watch, reactor, fd, interest, on_stream_ready);
    if (result < 0) {
        free(self);
        return bight_status_from_errno(-result);
    }
    bighti_transport_init(&self->transport, &stream_ops, reactor, protocol);
    if (connecting != NULL)
        self->transport.flags |= BIGHTI_CONNECTING;
    *out = &self->transport;
    return BIGHT_OK;
}

void bighti_stream_set_peer(bight_transport *transport, const bighti_socket_address *peer)
{
    stream *self = stream_of(transport);
    int family = peer->of.any.sa_family;

    if (family == AF_INET || family == AF_INET6)
        memcpy(&self->of.peer, &peer->of, sizeof(self->of.peer));
}

void bighti_stream_discard(bight_transport *transport)
{
    stream *self = stream_of(transport);

    close_socket(self);
    bighti_transport_deinit(transport);
    free(self);
}

/* Listening on sockets, and accepting.
 *
 * When the process is out of descriptors or memory, accept(2) would fail repeatedly while the
 * connection waits in the system's queue, and the loop would spin. So the listener then pauses for
 * a tenth of a second; the connections stay in the queue meanwhile.
 *
 * The socket is edge-triggered like the streams, so that for edge-triggered loops the poller need
 * not be asked again after each turn. If connections are left in the queue, this code requests
 * another turn, or removes the socket from the poller's set, which reports it again when it is
 * added back. */
#include "../reactor/watch.h"
#include "endpoint.h"
#include "sockets.h"
#include "stream.h"
#include "transport.h"
#include "unix_path.h"
#include <bight/scheme.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_LEAVES = 2 };

/* A listening socket of a door. */
typedef struct leaf {
    struct door *door;
    bighti_listed_watch watch;
} leaf;

typedef struct door {
    bight_listener *listener;
    bight_reactor *reactor; /* a reference is held by the timer */
    leaf leaves[MOST_LEAVES];
    unsigned count;
    bight_timer *rest;
    bool paused, resting;
    bighti_unix_path made; /* of a UNIX socket */
} door;

enum { ACCEPTS_PER_TURN = 64, MOST_PORTS_TRIED = 16 };

#define REST BIGHT_MSEC(100)

static const uint32_t accepting = EPOLLIN | EPOLLET;

/* -- Accepting -- */

static void door_set_interest(door *self)
{
    bool active = !self->paused && !self->resting;

    for (unsigned i = 0; i < self->count; i++)
        bighti_watch_set_interest(&self->leaves[i].watch.core, active ? accepting : 0);
}

static void door_rest(door *self)
{
    self->resting = true;
    bight_timer_start(self->rest, REST);
    door_set_interest(self);
}

static void on_rested(bight_timer *timer, void *data)
{
    door *self = data;

    (void)timer;
    self->resting = false;
    door_set_interest(self);
}

static void reset_and_close(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

/* This calls functions of the program, which may free the listener: hence `gone`. */
static void listen_let_in(door *self, int fd, const bighti_socket_address *peer, const bool *gone)
{
    bight_transport *transport;

    if (bighti_stream_new(self->reactor, fd, NULL, NULL, NULL, &transport) != BIGHT_OK) {
        reset_and_close(fd);
        door_rest(self);
        return;
    }
    bighti_stream_set_peer(transport, peer);
    bighti_transport_open(transport);
    if (bight_listener_accept(self->listener, transport) != BIGHT_OK && !*gone)
        door_rest(self);
}

static bool is_passing(int errnum)
{
    switch (errnum) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENOPROTOOPT:
    case ENONET:
        return true;
    default:
        return false;
    }
}

static void on_door_ready(bighti_watch *watch, uint32_t events)
{
    door *self = BIGHTI_CONTAINER(watch, leaf, watch.core)->door;
    bight_reactor *reactor = bighti_reactor_ref(self->reactor);
    bool *gone = watch->gone;

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && !self->paused && !self->resting; i++) {
        bighti_socket_address peer = {.size = sizeof(peer.of)};
        int fd = accept4(watch->fd, &peer.of.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            listen_let_in(self, fd, &peer, gone);
        else if (errno == EAGAIN)
            break;
        else if (!is_passing(errno))
            door_rest(self);
        if (*gone || bighti_is_dead(reactor))
            break;
        if (i + 1 == ACCEPTS_PER_TURN)
            bighti_watch_again(watch, EPOLLIN);
    }
    bighti_reactor_unref(reactor);
}

/* -- Opening -- */

/* Options that accepted sockets inherit save a system call for each of them. */
static int set_tcp_options(int fd, const bighti_socket_address *address,
                           const bight_listen_options *options)
{
    int on = 1, off = 0, no_delay = options->no_delay;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return -errno;
    if (options->reuse_port && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
        return -errno;
    if (options->ipv6_only && address->of.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    else if (address->of.any.sa_family == AF_INET6 &&
             IN6_IS_ADDR_UNSPECIFIED(&address->of.in6.sin6_addr))
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof(no_delay));
    return 0;
}

/* Listening sockets and a file, or the reason of a failure. */
typedef struct opening {
    int fds[MOST_LEAVES]; /* of `count` */
    unsigned count;
    bighti_unix_path made;
    const char *why; /* a clause for the message */
} opening;

/* Nobody can connect between bind(2) and listen(2), so the file gets its mode in time. */
static int bind_and_listen(int fd, const bighti_socket_address *address,
                           const bight_listen_options *options, opening *opened)
{
    int backlog = options->backlog < INT_MAX ? (int)options->backlog : INT_MAX;
    int result = 0;

    if (address->of.any.sa_family != AF_UNIX)
        result = set_tcp_options(fd, address, options);
    if (result == 0)
        result = bighti_unix_path_bind(fd, address, &opened->made, &opened->why);
    if (result == 0)
        result =
            bighti_unix_path_permit(&opened->made, options->mode, options->owner, options->group);
    if (result == 0 && listen(fd, backlog) != 0)
        result = -errno;
    return result;
}

/* 0 or a negative errno. */
static int open_socket(const bight_address *where, const bight_listen_options *options,
                       opening *opened)
{
    bighti_socket_address address = bighti_socket_address_of(where);
    int fd = socket(address.of.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result;

    if (fd < 0)
        return -errno;
    result = bind_and_listen(fd, &address, options, opened);
    if (result < 0)
        bighti_unix_path_close(&opened->made, fd);
    else
        opened->fds[opened->count++] = fd;
    return result;
}

static void opening_close(opening *opened)
{
    while (opened->count > 0)
        bighti_unix_path_close(&opened->made, opened->fds[--opened->count]);
}

/* This machine does not support the family, for example with IPv6 switched off. */
static bool is_missing_family(int result)
{
    return result == -EAFNOSUPPORT || result == -EADDRNOTAVAIL;
}

/* The next address is tried only if there is no such family. */
static int open_first(const bighti_target *target, const bight_listen_options *options,
                      opening *opened)
{
    int result = -EAFNOSUPPORT;

    for (unsigned i = 0; i < target->count && is_missing_family(result); i++)
        result = open_socket(&target->addresses[i], options, opened);
    return result;
}

/* The port that the system has chosen for the first socket. */
static uint16_t opening_get_port(const opening *opened)
{
    bighti_socket_address address = {.size = sizeof(address.of)};
    bight_address where;

    if (getsockname(opened->fds[0], &address.of.any, &address.size) != 0)
        return 0;
    where = bighti_address_of_socket(&address);
    return bight_address_get_port(&where);
}

/* All addresses with the same port; a family that is missing is left out. */
static int open_all(const bighti_target *target, const bight_listen_options *options,
                    opening *opened)
{
    int result = -EAFNOSUPPORT;

    for (unsigned i = 0; i < target->count; i++) {
        bight_address where = target->addresses[i];

        if (opened->count > 0)
            bight_address_set_port(&where, opening_get_port(opened));
        result = open_socket(&where, options, opened);
        if (result < 0 && !is_missing_family(result)) {
            opening_close(opened);
            return result;
        }
    }
    return opened->count > 0 ? 0 : result;
}

/* If the system chooses the port, it may be taken in the other family. Then another one is tried.
 */
static int open_localhost(const bighti_target *target, const bight_listen_options *options,
                          opening *opened)
{
    int result = open_all(target, options, opened);

    for (int i = 1; i < MOST_PORTS_TRIED && result == -EADDRINUSE && target->port == 0; i++)
        result = open_all(target, options, opened);
    return result;
}

static bight_status name_listener(bight_listener *listener, int fd)
{
    bighti_socket_address address = {.size = sizeof(address.of)};
    char text[BIGHTI_ENDPOINT_SIZE];
    bight_address where;

    if (getsockname(fd, &address.of.any, &address.size) != 0)
        return BIGHT_OK;
    where = bighti_address_of_socket(&address);
    bighti_endpoint_format(&where, text, sizeof(text));
    return bight_listener_set_endpoint(listener, text, &where);
}

/* -- The scheme -- */

static int door_watch(door *self, const opening *opened)
{
    int result = 0;

    while (result == 0 && self->count < opened->count) {
        leaf *one = &self->leaves[self->count];

        one->door = self;
        result = bighti_listed_watch_init(&one->watch, self->reactor, opened->fds[self->count],
                                          accepting, on_door_ready);
        if (result == 0)
            self->count++;
    }
    return result;
}

/* The sockets stay the caller's. */
static void door_free(door *self)
{
    while (self->count > 0)
        bighti_listed_watch_deinit(&self->leaves[--self->count].watch);
    bight_timer_free(self->rest);
    free(self);
}

static bight_status door_new(bight_listener *listener, const opening *opened, door **out)
{
    bight_reactor *reactor = bight_listener_get_reactor(listener);
    door *self = calloc(1, sizeof(*self));
    bight_status status;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *self = (door){.listener = listener, .reactor = reactor, .made = opened->made};
    status = name_listener(listener, opened->fds[0]);
    if (status == BIGHT_OK)
        status = bight_timer_new(reactor, on_rested, self, &self->rest);
    if (status == BIGHT_OK)
        status = bight_status_from_errno(-door_watch(self, opened));
    if (status == BIGHT_OK)
        *out = self;
    else
        door_free(self);
    return status;
}

/* Checks for options that cannot be combined. */
static bight_error *listen_check_options(const bighti_target *target,
                                         const bight_listen_options *options)
{
    bight_view name = bight_address_get_bytes(&target->addresses[0]);
    bool has_file = bight_address_get_family(&target->addresses[0]) == BIGHT_ADDRESS_UNIX &&
                    name.size > 0 && name.data[0] != '\0';

    if (has_file || (options->mode == 0 && options->owner == BIGHT_OWNER_KEEP &&
                     options->group == BIGHT_OWNER_KEEP))
        return NULL;
    return bight_error_new(BIGHT_ERROR_INVALID, "a mode or an owner needs a socket with a path");
}

static bight_error *open_door(bight_listener *listener, const bight_endpoint *endpoint,
                              const bight_listen_options *options, void **state)
{
    const char *name = endpoint->text;
    bighti_target target;
    opening opened = {.why = ""};
    bight_error *error = bighti_target_parse(endpoint, true, &target);
    bight_status status;
    int result;

    if (error == NULL)
        error = listen_check_options(&target, options);
    if (error != NULL)
        return bight_error_new_caused(error, bight_error_get_status(error), "listen on %s", name);
    result = target.is_localhost ? open_localhost(&target, options, &opened)
                                 : open_first(&target, options, &opened);
    if (result < 0)
        return bight_error_new_errno(-result, "listen on %s%s", name, opened.why);
    status = door_new(listener, &opened, (door **)state);
    if (status == BIGHT_OK)
        return NULL;
    opening_close(&opened);
    return bight_error_new(status, "listen on %s: %s", name, bight_status_text(status));
}

bight_error *bighti_sockets_listen(bight_listener *listener, const bight_endpoint *endpoint,
                                   const bight_listen_options *options, void *data, void **state)
{
    (void)data;
    return open_door(listener, endpoint, options, state);
}

void bighti_sockets_pause(void *state, bool paused)
{
    door *self = state;

    self->paused = paused;
    door_set_interest(self);
}

void bighti_sockets_close(void *state)
{
    door *self = state;
    bool inherited = bighti_is_inherited(self->reactor);

    while (self->count > 0) {
        leaf *one = &self->leaves[--self->count];
        int fd = one->watch.core.fd;

        bighti_listed_watch_deinit(&one->watch);
        if (inherited)
            bighti_unix_path_leave(&self->made, fd);
        else
            bighti_unix_path_close(&self->made, fd);
    }
    door_free(self);
}

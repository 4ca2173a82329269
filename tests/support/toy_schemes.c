#include "toy_schemes.h"
#include <bight/adopt.h>
#include <bight/watch.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* -- toy:NAME -- */

static socklen_t toy_address(const bight_endpoint *endpoint, struct sockaddr_un *address)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 +
                       (size_t)snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
                                        "bight-toy-%s", bight_endpoint_get_place(endpoint)));
}

static bight_error *toy_check(const bight_endpoint *endpoint)
{
    const char *place = bight_endpoint_get_place(endpoint);

    if (*place != '\0' && strlen(place) < 80)
        return NULL;
    return bight_endpoint_new_error(endpoint, place, "a name of %d to %d characters", 1, 79);
}

static bight_deferred *toy_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                   const bight_connect_options *options, bight_protocol *protocol,
                                   void *data)
{
    bight_error *error = toy_check(endpoint);
    bight_transport *transport;
    struct sockaddr_un address;
    bight_status status;
    int fd;

    (void)options;
    (void)data;
    if (error != NULL)
        return bight_deferred_failed(error);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, toy_address(endpoint, &address)) != 0) {
        error = bight_error_new_errno(errno, "the toy");
        if (fd >= 0)
            close(fd);
        return bight_deferred_failed(error);
    }
    status = bight_transport_adopt(reactor, fd, fd, protocol, &transport);
    if (status == BIGHT_OK)
        return bight_scheme_made(transport);
    close(fd);
    return bight_deferred_failed(bight_error_new(status, "the toy cannot be adopted"));
}

typedef struct toy_listener {
    bight_listener *listener;
    bight_watch *watch;
    int fd;
} toy_listener;

static void toy_ignore(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    (void)bytes;
    (void)size;
}

static const bight_protocol_ops toy_nobody_ops = {
    .size = sizeof(bight_protocol_ops), .name = "toy", .received = toy_ignore};
static bight_protocol toy_nobody = {&toy_nobody_ops};

/* The listener may be freed in the call that hands a connection over. */
static void toy_on_ready(bight_watch *watch, unsigned events, void *data)
{
    toy_listener *self = data;
    bight_transport *transport;
    int fd = accept4(self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)watch;
    (void)events;
    if (fd < 0)
        return;
    if (bight_transport_adopt(bight_listener_get_reactor(self->listener), fd, fd, &toy_nobody,
                              &transport) == BIGHT_OK)
        (void)!bight_listener_accept(self->listener, transport);
    else
        close(fd);
}

static bight_error *toy_listen(bight_listener *listener, const bight_endpoint *endpoint,
                               const bight_listen_options *options, void *data, void **state)
{
    bight_error *error = toy_check(endpoint);
    toy_listener *self = error == NULL ? calloc(1, sizeof(*self)) : NULL;
    struct sockaddr_un address;

    (void)options;
    (void)data;
    if (error != NULL)
        return error;
    if (self == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for a toy");
    self->listener = listener;
    self->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (self->fd < 0 ||
        bind(self->fd, (struct sockaddr *)&address, toy_address(endpoint, &address)) != 0 ||
        listen(self->fd, 64) != 0)
        error = bight_error_new_errno(errno, "the toy");
    else if (bight_watch_new(bight_listener_get_reactor(listener), self->fd, BIGHT_WATCH_READ,
                             toy_on_ready, self, &self->watch) != BIGHT_OK)
        error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory to watch a toy");
    if (error == NULL) {
        *state = self;
        return NULL;
    }
    if (self->fd >= 0)
        close(self->fd);
    free(self);
    return error;
}

static void toy_pause(void *state, bool paused)
{
    bight_watch_set_events(((toy_listener *)state)->watch, paused ? 0 : BIGHT_WATCH_READ);
}

static void toy_close(void *state)
{
    toy_listener *self = state;

    bight_watch_free(self->watch);
    close(self->fd);
    free(self);
}

static const bight_scheme_ops toy_ops = {.size = sizeof(bight_scheme_ops),
                                         .name = "toy",
                                         .connect = toy_connect,
                                         .listen = toy_listen,
                                         .pause = toy_pause,
                                         .close = toy_close};

/* -- hop:HOST:PORT -- */

typedef struct hop {
    bight_protocol protocol;
    bight_promise *promise;
    bight_deferred *connecting; /* to the proxy; NULL when that is done */
    bight_transport *transport; /* NULL before it is connected */
    char answer[3];
    size_t size;
    char request[];
} hop;

static void hop_end(hop *self, bight_transport *made, bight_error *take_error)
{
    bight_promise *promise = self->promise;
    bight_deferred *connecting = self->connecting;
    bight_transport *left = made == NULL ? self->transport : NULL;

    self->promise = NULL;
    self->connecting = NULL;
    bight_promise_on_cancel(promise, NULL, NULL);
    bight_deferred_cancel(connecting);
    bight_deferred_free(connecting);
    bight_transport_free(left);
    free(self);
    if (made != NULL)
        bight_promise_fire(promise, made, NULL);
    else
        bight_promise_fail(promise, take_error);
}

static void hop_connected(bight_protocol *protocol, bight_transport *transport)
{
    hop *self = (hop *)protocol;

    self->transport = transport;
    bight_transport_write(transport, self->request, strlen(self->request));
}

/* What stands behind the answer is the program's. */
static void hop_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    hop *self = (hop *)protocol;
    size_t more = sizeof(self->answer) - self->size;

    if (more > size)
        more = size;
    memcpy(self->answer + self->size, bytes, more);
    self->size += more;
    if (self->size < sizeof(self->answer))
        return;
    if (memcmp(self->answer, "ok\n", 3) != 0) {
        hop_end(self, NULL, bight_error_new(BIGHT_ERROR_DENIED, "the hop says no"));
        return;
    }
    if (size > more)
        bight_transport_unread(self->transport, bytes + more, size - more);
    hop_end(self, self->transport, NULL);
}

static void hop_closed(bight_protocol *protocol, const bight_error *reason)
{
    hop *self = (hop *)protocol;

    self->transport = NULL;
    hop_end(self, NULL, bight_error_ref(reason));
}

static const bight_protocol_ops hop_protocol = {.size = sizeof(bight_protocol_ops),
                                                .name = "hop",
                                                .connected = hop_connected,
                                                .received = hop_received,
                                                .closed = hop_closed};

static void hop_on_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    hop_end(data, NULL, bight_error_new(BIGHT_ERROR_CANCELLED, "the hop was cancelled"));
}

static bight_result hop_on_connect(bight_result in, void *data)
{
    hop *self = data;
    bight_deferred *connecting = self->connecting;

    if (self->promise == NULL || in.error == NULL) {
        if (self->promise != NULL) {
            self->connecting = NULL;
            bight_deferred_free(connecting);
        }
        return in;
    }
    self->connecting = NULL;
    bight_deferred_free(connecting);
    hop_end(self, NULL, bight_error_ref(in.error));
    bight_result_free(in);
    return bight_result_value(NULL);
}

static bight_deferred *hop_reach(bight_reactor *reactor, const bight_endpoint *via,
                                 const bight_endpoint *target, const bight_connect_options *options,
                                 bight_protocol *protocol, void *data)
{
    const char *greeting = bight_endpoint_get_option(via, "greeting");
    char host[BIGHT_HOST_SIZE], proxy[BIGHT_HOST_SIZE + 16];
    size_t room = BIGHT_HOST_SIZE + 16 + (greeting != NULL ? strlen(greeting) : 0);
    bight_deferred *deferred;
    uint16_t port;
    bight_error *error = bight_endpoint_get_host(via, host, &port);
    hop *self;

    (void)protocol;
    (void)data;
    snprintf(proxy, sizeof(proxy), strchr(host, ':') != NULL ? "tcp:[%s]:%u" : "tcp:%s:%u", host,
             port);
    if (error == NULL)
        error = bight_endpoint_get_host(target, host, &port);
    if (error != NULL)
        return bight_deferred_failed(error);
    self = calloc(1, sizeof(*self) + room);
    deferred = self != NULL ? bight_deferred_new(&self->promise) : NULL;
    if (deferred == NULL) {
        free(self);
        return NULL;
    }
    self->protocol.ops = &hop_protocol;
    snprintf(self->request, room, "%s%s:%u\n", greeting != NULL ? greeting : "", host, port);
    bight_promise_on_cancel(self->promise, hop_on_cancel, self);
    self->connecting = bight_connect_with(reactor, proxy, options, &self->protocol);
    bight_deferred_both(self->connecting, hop_on_connect, self);
    return deferred;
}

static const char *const hop_options[] = {"greeting=", NULL};

static const bight_scheme_ops hop_ops = {
    .size = sizeof(bight_scheme_ops), .name = "hop", .options = hop_options, .reach = hop_reach};

/* -- alias:ENDPOINT -- */

static bight_deferred *alias_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                     const bight_connect_options *options, bight_protocol *protocol,
                                     void *data)
{
    (void)data;
    return bight_connect_with(reactor, bight_endpoint_get_place(endpoint), options, protocol);
}

static const bight_scheme_ops alias_ops = {.size = sizeof(bight_scheme_ops),
                                           .name = "alias",
                                           .goes_through = true,
                                           .takes_tls = true,
                                           .connect = alias_connect};

bight_status bight_toy_add_schemes(bight_reactor *reactor)
{
    bight_status status = bight_reactor_add_scheme(reactor, &toy_ops, NULL, NULL);

    if (status == BIGHT_OK)
        status = bight_reactor_add_scheme(reactor, &hop_ops, NULL, NULL);
    return status == BIGHT_OK ? bight_reactor_add_scheme(reactor, &alias_ops, NULL, NULL) : status;
}

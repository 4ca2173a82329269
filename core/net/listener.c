/* Listening and accepting.
 *
 * Out of descriptors or memory, accept would fail again and again while the connection waits in the
 * system's queue, and the loop would spin. So the listener rests for a tenth of a second then; the
 * connections stay in the queue meanwhile.
 *
 * Edge-triggered like the streams, so that a loop that is told by edges need not be asked after
 * each accept whether there is more: who leaves the queue with something in it asks for another
 * turn, or takes the socket out of the poller's set, which tells anew when it is put back. */
#include "../base/check.h"
#include "stream.h"
#include "tls.h"
#include "unix_path.h"
#include <bight/endpoint.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bight_listener {
    bight_reactor *reactor; /* a reference is held by the timer */
    bighti_resident resident;
    bighti_listed_watch watch; /* its reactor is NULL once closed */
    bight_timer *rest;
    bight_serve_fn serve;
    void *data;
    bool paused, resting;
    bight_tls *tls;         /* on top, or NULL */
    bighti_link handshakes; /* those that are not done */
    bighti_unix_path made;  /* of a UNIX socket */
    bight_address address;
    char endpoint[BIGHTI_ENDPOINT_SIZE + 4];
};

enum { ACCEPTS_PER_TURN = 64, BACKLOG = 4096 };

#define REST BIGHT_MSEC(100)

static const uint32_t accepting = EPOLLIN | EPOLLET;

/* -- Accepting -- */

static void set_interest(bight_listener *listener)
{
    bool active = !listener->paused && !listener->resting;

    if (listener->watch.core.reactor != NULL)
        bighti_watch_set_interest(&listener->watch.core, active ? accepting : 0);
}

static void rest(bight_listener *listener)
{
    listener->resting = true;
    bight_timer_start(listener->rest, REST);
    set_interest(listener);
}

static void on_rested(bight_timer *timer, void *data)
{
    bight_listener *listener = data;

    (void)timer;
    listener->resting = false;
    set_interest(listener);
}

static void reset_and_close(int fd)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
}

static bight_protocol *ask_for_protocol(bight_listener *listener, bight_transport *transport)
{
    bight_reactor *reactor = listener->reactor;
    bighti_call call = {.name = "bight: accept"};
    bight_protocol *protocol;

    bighti_call_begin(reactor, &call);
    protocol = listener->serve(listener, transport, listener->data);
    bighti_call_end(reactor, &call);
    return protocol;
}

/* Has the connection ended meanwhile, the protocol sees connected all the same, and closed. If the
 * reactor was freed there is no later turn for it. */
static void begin_serving(bight_transport *transport, bight_protocol *protocol)
{
    transport->protocol = protocol;
    bight_transport_resume(transport);
    bighti_transport_tell_connected(transport);
    if ((transport->flags & BIGHTI_OVER) == 0)
        return;
    if (transport->reactor->dead)
        bighti_transport_tell(transport);
    else
        bighti_transport_ask(transport);
}

const bight_protocol bighti_unserved = {&bighti_nobody_ops};

/* A nested loop in serve must not deliver to nobody, nor tell nobody of the end. */
static void welcome(bight_listener *listener, bight_transport *transport)
{
    bight_protocol *protocol;

    bighti_transport_hold(transport);
    transport->protocol = (bight_protocol *)&bighti_unserved;
    transport->flags |= BIGHTI_PAUSED | BIGHTI_TELLING | BIGHTI_SERVING;
    protocol = ask_for_protocol(listener, transport);
    transport->flags &= ~(unsigned)(BIGHTI_TELLING | BIGHTI_SERVING);
    if (protocol != NULL)
        begin_serving(transport, protocol);
    else
        bight_transport_free(transport);
    bighti_transport_unhold(transport);
}

/* -- TLS on top: the program hears of a connection when the handshake is done -- */

typedef struct handshake {
    bight_protocol protocol;
    bight_listener *listener;
    bighti_link link;
    bight_transport *transport;
} handshake;

static handshake *handshake_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, handshake, protocol);
}

static void end_handshake(handshake *self)
{
    bighti_link_unlink(&self->link);
    free(self);
}

static void on_secured(bight_protocol *protocol, bight_transport *transport)
{
    bight_listener *listener = handshake_of(protocol)->listener;

    end_handshake(handshake_of(protocol));
    welcome(listener, transport);
}

static void on_insecure(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    end_handshake(handshake_of(protocol));
}

static const bight_protocol_ops handshake_ops = {
    .name = "bight: handshake", .connected = on_secured, .closed = on_insecure};

static void secure(bight_listener *listener, bight_transport *stream)
{
    handshake *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        bight_transport_free(stream);
        rest(listener);
        return;
    }
    self->protocol.ops = &handshake_ops;
    self->listener = listener;
    bighti_list_append(&listener->handshakes, &self->link);
    if (bight_tls_start_server(stream, listener->tls, &self->protocol, &self->transport) ==
        BIGHT_OK)
        return;
    bight_transport_free(stream);
    end_handshake(self);
    rest(listener);
}

static void drop_handshakes(bight_listener *listener)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&listener->handshakes)) != NULL) {
        handshake *self = BIGHTI_CONTAINER(link, handshake, link);

        bight_transport_free(self->transport);
        free(self);
    }
}

/* The program's functions are called here, and may free the listener: the caller looks. */
static void serve(bight_listener *listener, int fd, const bighti_socket_address *peer)
{
    bight_transport *transport;

    if (bighti_stream_new(listener->reactor, fd, NULL, NULL, NULL, &transport) != BIGHT_OK) {
        reset_and_close(fd);
        rest(listener);
        return;
    }
    bighti_stream_set_peer(transport, peer);
    bighti_transport_open(transport);
    if (listener->tls != NULL)
        secure(listener, transport);
    else
        welcome(listener, transport);
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

static void on_ready(bighti_watch *watch, uint32_t events)
{
    bight_listener *listener = BIGHTI_CONTAINER(watch, bight_listener, watch.core);
    bight_reactor *reactor = bighti_reactor_ref(listener->reactor);
    bool *gone = watch->gone;

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN && !listener->paused && !listener->resting; i++) {
        bighti_socket_address peer = {.size = sizeof(peer.of)};
        int fd = accept4(watch->fd, &peer.of.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            serve(listener, fd, &peer);
        else if (errno == EAGAIN)
            break;
        else if (!is_passing(errno))
            rest(listener);
        if (*gone || reactor->dead)
            break;
        if (i + 1 == ACCEPTS_PER_TURN)
            bighti_watch_again(watch, EPOLLIN);
    }
    bighti_reactor_unref(reactor);
}

/* -- Opening -- */

static int set_options(int fd, const bighti_socket_address *address)
{
    int on = 1, off = 0;

    if (address->of.any.sa_family == AF_UNIX)
        return 0;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
        return -errno;
    if (address->of.any.sa_family == AF_INET6 &&
        IN6_IS_ADDR_UNSPECIFIED(&address->of.in6.sin6_addr))
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    /* Accepted sockets inherit it, which saves a system call for each. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return 0;
}

/* A socket that listens, and its file; or what kept it from it. */
typedef struct opening {
    int fd;
    bighti_unix_path made;
    const char *why; /* a clause for the message */
} opening;

/* 0 or a negative errno. */
static int open_socket(const bight_address *where, opening *opened)
{
    bighti_socket_address address = bighti_socket_address_of(where);
    int fd = socket(address.of.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int result;

    *opened = (opening){.fd = fd, .why = ""};
    if (fd < 0)
        return -errno;
    result = set_options(fd, &address);
    if (result == 0)
        result = bighti_unix_path_bind(fd, &address, &opened->made, &opened->why);
    if (result == 0 && listen(fd, BACKLOG) != 0)
        result = -errno;
    if (result < 0)
        bighti_unix_path_close(&opened->made, fd);
    return result;
}

/* The next address is tried only where the kind is missing here: IPv6 switched off. */
static int open_first(const bighti_endpoint *endpoint, opening *opened)
{
    int result = -EAFNOSUPPORT;

    *opened = (opening){.why = ""};
    for (unsigned i = 0; i < endpoint->count; i++) {
        result = open_socket(&endpoint->addresses[i], opened);
        if (result != -EAFNOSUPPORT && result != -EADDRNOTAVAIL)
            break;
    }
    return result;
}

/* With TLS "tls:" stands for "tcp:", and in front of all else. */
static void name_endpoint(bight_listener *listener)
{
    const bight_address *address = &listener->address;
    size_t room = sizeof(listener->endpoint);
    char *name = listener->endpoint;

    if (listener->tls != NULL && bight_address_get_family(address) == BIGHT_ADDRESS_UNIX)
        name += 4;
    bighti_endpoint_format(address, name, room - (size_t)(name - listener->endpoint));
    if (listener->tls != NULL)
        memcpy(listener->endpoint, "tls:", 4);
}

static void name_listener(bight_listener *listener, int fd)
{
    bighti_socket_address address = {.size = sizeof(address.of)};

    if (getsockname(fd, &address.of.any, &address.size) != 0)
        return;
    listener->address = bighti_address_of_socket(&address);
    name_endpoint(listener);
}

static void close_listener(bight_listener *listener)
{
    if (listener->watch.core.reactor == NULL)
        return;
    drop_handshakes(listener);
    bighti_link_unlink(&listener->resident.link);
    bighti_listed_watch_deinit(&listener->watch);
    if (bighti_is_inherited(listener->reactor))
        bighti_unix_path_leave(&listener->made, listener->watch.core.fd);
    else
        bighti_unix_path_close(&listener->made, listener->watch.core.fd);
}

static void evict(bighti_resident *resident)
{
    close_listener(BIGHTI_CONTAINER(resident, bight_listener, resident));
}

static bight_status make_listener(bight_reactor *reactor, int fd, bight_tls *tls,
                                  bight_listener **out)
{
    bight_listener *listener = calloc(1, sizeof(*listener));
    bight_status status;
    int result;

    if (listener == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    status = bight_timer_new(reactor, on_rested, listener, &listener->rest);
    if (status != BIGHT_OK) {
        free(listener);
        return status;
    }
    result = bighti_listed_watch_init(&listener->watch, reactor, fd, accepting, on_ready);
    if (result < 0) {
        bight_timer_free(listener->rest);
        free(listener);
        return bight_status_from_errno(-result);
    }
    listener->reactor = reactor;
    listener->resident.evict = evict;
    bighti_list_append(&reactor->residents, &listener->resident.link);
    bighti_link_init(&listener->handshakes);
    listener->tls = tls != NULL ? bight_tls_ref(tls) : NULL;
    name_listener(listener, fd);
    *out = listener;
    return BIGHT_OK;
}

static bight_status fail(bight_error *take_error, bight_error **error)
{
    bight_status status = bight_error_get_status(take_error);

    if (error != NULL)
        *error = take_error;
    else
        bight_error_unref(take_error);
    return status;
}

/* NULL and an error, which names the endpoint without its options. */
static bight_listener *open_listener(bight_reactor *reactor, const bighti_endpoint *endpoint,
                                     const char *text, bight_tls *tls, bight_error **error)
{
    int length = (int)strcspn(text, endpoint->tls ? "?" : "");
    bight_listener *listener = NULL;
    bight_status status;
    opening opened;
    int result = open_first(endpoint, &opened);

    if (result < 0) {
        *error = bight_error_new_errno(-result, "listen on %.*s%s", length, text, opened.why);
        return NULL;
    }
    status = make_listener(reactor, opened.fd, tls, &listener);
    if (listener != NULL) {
        listener->made = opened.made;
        return listener;
    }
    bighti_unix_path_close(&opened.made, opened.fd);
    *error = bight_error_new(status, "listen on %.*s", length, text);
    return NULL;
}

static bight_status listen_on(bight_reactor *reactor, const char *text, bight_tls *given,
                              bight_serve_fn serve_fn, void *data, bight_error **error,
                              bight_listener **out)
{
    bighti_endpoint endpoint;
    bight_listener *listener;
    bight_error *failure = NULL;
    bight_tls *tls = NULL;

    bighti_check_thread(reactor);
    if (bighti_endpoint_parse(text, true, &endpoint) != BIGHT_OK)
        return fail(bight_error_new(BIGHT_ERROR_INVALID, "\"%s\" is not an endpoint", text), error);
    if (endpoint.tls || given != NULL)
        failure = bighti_tls_of_server(&endpoint, given, &tls);
    if (failure != NULL)
        return fail(
            bight_error_new_caused(failure, bight_error_get_status(failure), "listen on %s", text),
            error);
    listener = open_listener(reactor, &endpoint, text, tls, &failure);
    bight_tls_unref(tls);
    if (listener == NULL)
        return fail(failure, error);
    listener->serve = serve_fn;
    listener->data = data;
    *out = listener;
    return BIGHT_OK;
}

bight_status bight_listen(bight_reactor *reactor, const char *text, bight_serve_fn serve_fn,
                          void *data, bight_error **error, bight_listener **out)
{
    bighti_check_thread(reactor);
    return listen_on(reactor, text, NULL, serve_fn, data, error, out);
}

bight_status bight_tls_listen(bight_reactor *reactor, const char *text, bight_tls *tls,
                              bight_serve_fn serve_fn, void *data, bight_error **error,
                              bight_listener **out)
{
    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(tls->is_server, "a client's context for a server");
    return listen_on(reactor, text, tls, serve_fn, data, error, out);
}

const char *bight_listener_get_endpoint(const bight_listener *listener)
{
    return listener->endpoint;
}

const bight_address *bight_listener_get_address(const bight_listener *listener)
{
    return &listener->address;
}

void bight_listener_pause(bight_listener *listener)
{
    listener->paused = true;
    set_interest(listener);
}

void bight_listener_resume(bight_listener *listener)
{
    listener->paused = false;
    set_interest(listener);
}

void bight_listener_free(bight_listener *listener)
{
    if (listener == NULL)
        return;
    bighti_check_thread(listener->reactor);
    close_listener(listener);
    bight_timer_free(listener->rest);
    bight_tls_unref(listener->tls);
    free(listener);
}

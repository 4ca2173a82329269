/* Connecting: look the name up if it is one, then try the addresses, as RFC 8305 has it ("happy
 * eyeballs"). The families take turns, each address has a moment to answer before the next is tried
 * beside it, or at once when it fails, and the first that works wins. So a network on which IPv6 is
 * broken costs a quarter of a second, not minutes.
 *
 * The first connect(2) to a number is made at once; what comes of it is told in a later turn, by
 * the stream's own watch or, where connect(2) itself has failed or was done already, by a task. */
#include "../base/check.h"
#include "addresses.h"
#include "stream.h"
#include "tls.h"
#include <bight/deferred.h>
#include <bight/endpoint.h>
#include <bight/resolver.h>
#include <bight/timer.h>
#include <bight/value.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* RFC 8305, section 8: the delay between two attempts. */
#define ATTEMPT_DELAY BIGHT_MSEC(250)
enum { MOST_RACING = 8 };

struct attempt;

/* One address on the way. */
typedef struct racer {
    struct attempt *attempt;
    const bight_address *address;
    bight_transport *stream; /* NULL while this one is free */
} racer;

typedef struct attempt {
    bight_reactor *reactor;
    bighti_resident resident;
    bight_task failed; /* tells of what connect(2) said at once */
    bight_promise *promise;
    bight_protocol *protocol;
    bight_deferred *lookup; /* of the name */
    bool looking_up;
    bight_timer *delay; /* until the next address is tried; NULL when there is but one */
    racer racers[MOST_RACING];
    bighti_endpoint endpoint;
    bight_address *addresses; /* the endpoint's, or `found` */
    bight_address *found;     /* what the name stands for */
    unsigned count;
    unsigned next;       /* the address to try next */
    bight_status status; /* of the last that failed, with its errno */
    int errnum;
    bight_error *error; /* of the lookup, or of what comes before it */
    bight_tls *tls;     /* with TLS on top */
    bight_protocol handshake;
    bight_transport *secured; /* not NULL while the handshake goes on */
    char name[];
} attempt;

static void drop_lookup(attempt *self)
{
    bight_deferred *lookup = self->lookup;

    if (!self->looking_up)
        return;
    self->looking_up = false; /* tells the step that nobody waits any more */
    self->lookup = NULL;
    bight_deferred_cancel(lookup);
    bight_deferred_free(lookup);
}

static void drop_racers(attempt *self)
{
    for (unsigned i = 0; i < MOST_RACING; i++) {
        if (self->racers[i].stream != NULL)
            bighti_stream_discard(self->racers[i].stream);
        self->racers[i].stream = NULL;
    }
    bight_timer_free(self->delay);
    self->delay = NULL;
}

static void free_attempt(attempt *self)
{
    drop_lookup(self);
    drop_racers(self);
    bight_transport_free(self->secured);
    bight_tls_unref(self->tls);
    bight_error_unref(self->error);
    bighti_link_unlink(&self->resident.link);
    bighti_task_deinit(&self->failed);
    free(self->found);
    free(self);
}

static void fail(attempt *self, bight_error *take_error)
{
    bight_promise *promise = self->promise;

    bight_promise_on_cancel(promise, NULL, NULL);
    free_attempt(self);
    bight_promise_fail(promise, take_error);
}

/* Which address it was is worth knowing only where a name stands for it. */
static bight_error *last_error(attempt *self)
{
    char address[BIGHTI_ENDPOINT_SIZE + 4] = "";
    bight_error *cause = self->error;

    self->error = NULL;
    if (cause != NULL)
        return bight_error_new_caused(cause, bight_error_get_status(cause), "connect to %s",
                                      self->name);
    if (self->found != NULL && self->next > 0) {
        char text[BIGHTI_ENDPOINT_SIZE];

        bighti_endpoint_format(&self->addresses[self->next - 1], text, sizeof(text));
        snprintf(address, sizeof(address), " (%s)", text);
    }
    if (self->errnum != 0)
        return bight_error_new_errno(self->errnum, "connect to %s%s", self->name, address);
    return bight_error_new(self->status, "connect to %s%s: %s", self->name, address,
                           self->status == BIGHT_ERROR_INVALID ? "not an endpoint"
                                                               : bight_status_text(self->status));
}

/* The program cancels in its connected function: the attempt is given up, the deferred fails, and
 * the protocol hears nothing more. */
static void on_late_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    bight_transport_free(data);
}

/* The protocol may do anything in connected. Whatever it does, the connect has worked: what becomes
 * of the connection after that is told by closed alone. The value is the transport as long as it is
 * there, which it is until closed has been told or the program has freed it. */
static void succeed(attempt *self, bight_transport *stream)
{
    bight_reactor *reactor = self->reactor;
    bight_promise *promise = self->promise;
    bighti_call call = {.name = "bight: steps after a connect"};

    stream->protocol = self->protocol;
    bight_promise_on_cancel(promise, on_late_cancel, stream);
    free_attempt(self);
    bighti_transport_hold(stream);
    bighti_transport_tell_connected(stream);
    bight_promise_on_cancel(promise, NULL, NULL);
    bighti_call_begin(reactor, &call);
    bight_promise_fire(promise, (stream->flags & BIGHTI_TOLD) == 0 ? stream : NULL, NULL);
    bighti_call_end(reactor, &call);
    bighti_transport_unhold(stream);
}

/* -- TLS on top -- */

static attempt *of_handshake(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, attempt, handshake);
}

static void on_secured(bight_protocol *protocol, bight_transport *transport)
{
    attempt *self = of_handshake(protocol);

    self->secured = NULL;
    succeed(self, transport);
}

static void on_insecure(bight_protocol *protocol, const bight_error *reason)
{
    attempt *self = of_handshake(protocol);

    self->secured = NULL;
    self->error = bight_error_ref(reason);
    fail(self, last_error(self));
}

/* Nothing is received in front of connected, and there the protocol becomes another. */
static const bight_protocol_ops handshake_ops = {
    .name = "bight: handshake", .connected = on_secured, .closed = on_insecure};

static void secure(attempt *self, bight_transport *stream)
{
    drop_racers(self);
    self->handshake.ops = &handshake_ops;
    self->status = bight_tls_start_client(stream, self->tls, self->endpoint.host, &self->handshake,
                                          &self->secured);
    if (self->status == BIGHT_OK)
        return;
    bight_transport_free(stream);
    bight_task_schedule(&self->failed);
}

static void try_next(attempt *self);

static void on_connecting(bight_transport *stream, int errnum, void *data)
{
    racer *one = data;
    attempt *self = one->attempt;

    one->stream = NULL;
    if (errnum == 0) {
        bighti_socket_address peer = bighti_socket_address_of(one->address);

        bighti_stream_set_peer(stream, &peer);
        bighti_transport_open(stream);
        if (self->tls != NULL)
            secure(self, stream);
        else
            succeed(self, stream);
        return;
    }
    bighti_stream_discard(stream);
    self->errnum = errnum;
    try_next(self);
}

/* Whether the attempt is under way. */
static bool try_address(attempt *self, racer *one, const bight_address *address)
{
    bighti_socket_address peer = bighti_socket_address_of(address);
    int family = peer.of.any.sa_family, on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    self->errnum = fd < 0 ? errno : 0;
    if (fd < 0)
        return false;
    if (family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, &peer.of.any, peer.size) != 0 && errno != EINPROGRESS) {
        self->errnum = errno;
        close(fd);
        return false;
    }
    self->status = bighti_stream_new(self->reactor, fd, NULL, on_connecting, one, &one->stream);
    if (self->status != BIGHT_OK) {
        close(fd);
        return false;
    }
    one->address = address;
    return true;
}

static racer *free_racer(attempt *self)
{
    for (unsigned i = 0; i < MOST_RACING; i++) {
        if (self->racers[i].stream == NULL)
            return &self->racers[i];
    }
    return NULL;
}

static bool is_racing(const attempt *self)
{
    for (unsigned i = 0; i < MOST_RACING; i++) {
        if (self->racers[i].stream != NULL)
            return true;
    }
    return false;
}

static void try_next(attempt *self)
{
    racer *one;

    while (self->next < self->count && (one = free_racer(self)) != NULL) {
        if (!try_address(self, one, &self->addresses[self->next++]))
            continue;
        if (self->next < self->count)
            bight_timer_start(self->delay, ATTEMPT_DELAY);
        return;
    }
    if (!is_racing(self))
        bight_task_schedule(&self->failed);
}

static void on_delay(bight_timer *timer, void *data)
{
    (void)timer;
    try_next(data);
}

static void on_failed(bight_task *task, void *data)
{
    attempt *self = data;

    (void)task;
    fail(self, last_error(self));
}

static void start(attempt *self, bight_address *addresses, unsigned count)
{
    self->addresses = addresses;
    self->count = count;
    if (count > 1) {
        self->status = bight_timer_new(self->reactor, on_delay, self, &self->delay);
        if (self->status != BIGHT_OK)
            self->count = 0;
    }
    try_next(self);
}

/* -- Names -- */

static bight_address_family family_at(const bight_addresses *found, size_t index)
{
    return bight_address_get_family(&found->items[index].address);
}

/* The index of the next address, from `index` on, that is of this family or, if `other`, is not. */
static size_t find_from(const bight_addresses *found, size_t index, bight_address_family family,
                        bool other)
{
    while (index < found->count && (family_at(found, index) == family) == other)
        index++;
    return index;
}

/* RFC 8305, section 4: in the order they came, but the families take turns, beginning with that of
 * the first. */
static void interleave(const bight_addresses *found, uint16_t port, bight_address *addresses)
{
    bight_address_family family = family_at(found, 0);
    size_t at[2] = {0, find_from(found, 0, family, true)};
    bool other = false;

    for (size_t i = 0; i < found->count; i++) {
        if (at[other] >= found->count)
            other = !other;
        addresses[i] = found->items[at[other]].address;
        bight_address_set_port(&addresses[i], port);
        at[other] = find_from(found, at[other] + 1, family, other);
        other = !other;
    }
}

static void use_addresses(attempt *self, const bight_addresses *found)
{
    self->found = calloc(found->count, sizeof(*self->found));
    if (self->found == NULL) {
        self->status = BIGHT_ERROR_NO_MEMORY;
        bight_task_schedule(&self->failed);
        return;
    }
    interleave(found, self->endpoint.port, self->found);
    start(self, self->found, (unsigned)found->count);
}

/* Always by the task: without memory this runs inside the call that adds it. */
static bight_result on_addresses(bight_result in, void *data)
{
    attempt *self = data;
    bight_deferred *lookup;

    if (!self->looking_up)
        return in;
    lookup = self->lookup;
    self->looking_up = false;
    self->lookup = NULL;
    bight_deferred_free(lookup);
    if (in.error == NULL) {
        use_addresses(self, BIGHT_VALUE(bight_addresses, in, bight_addresses_free));
    } else {
        self->error = bight_error_ref(in.error);
        bight_task_schedule(&self->failed);
    }
    bight_result_free(in);
    return bight_result_value(NULL);
}

static void look_up(attempt *self)
{
    bight_resolver *resolver;

    self->status = bight_resolver_get_default(self->reactor, &resolver);
    if (self->status != BIGHT_OK) {
        bight_task_schedule(&self->failed);
        return;
    }
    self->looking_up = true;
    self->lookup = bight_resolve(resolver, self->endpoint.name, BIGHT_FAMILY_ANY);
    bight_deferred_both(self->lookup, on_addresses, self);
}

/* -- The attempt -- */

static void on_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    fail(data, bight_error_new(BIGHT_ERROR_CANCELLED, "connect to %s was cancelled",
                               ((attempt *)data)->name));
}

static void evict(bighti_resident *resident)
{
    attempt *self = BIGHTI_CONTAINER(resident, attempt, resident);

    fail(self, bight_error_new(BIGHT_ERROR_CANCELLED, "connect to %s: the reactor was freed",
                               self->name));
}

/* The options are no part of the name that errors tell. */
static bight_status parse(attempt *self, bight_tls *tls)
{
    bight_status status = bighti_endpoint_parse(self->name, false, &self->endpoint);
    const char *options = self->endpoint.options;

    if (status != BIGHT_OK || (!self->endpoint.tls && tls == NULL))
        return status;
    self->error = bighti_tls_of_client(self->reactor, &self->endpoint, tls, &self->tls);
    if (options != NULL)
        self->name[options - self->name - 1] = '\0';
    return self->error == NULL ? BIGHT_OK : bight_error_get_status(self->error);
}

static void begin(attempt *self, bight_tls *tls)
{
    self->status = parse(self, tls);
    if (self->status == BIGHT_OK && self->endpoint.count == 0)
        look_up(self);
    else if (self->status == BIGHT_OK)
        start(self, self->endpoint.addresses, self->endpoint.count);
    else
        bight_task_schedule(&self->failed);
}

static bight_deferred *connect_to(bight_reactor *reactor, const char *text, bight_tls *tls,
                                  bight_protocol *protocol)
{
    size_t size = strlen(text) + 1;
    attempt *self = calloc(1, sizeof(*self) + size);
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    deferred = self != NULL ? bight_deferred_new(&self->promise) : NULL;
    if (deferred == NULL) {
        free(self);
        return NULL;
    }
    self->reactor = reactor;
    self->protocol = protocol;
    self->resident.evict = evict;
    memcpy(self->name, text, size);
    for (unsigned i = 0; i < MOST_RACING; i++)
        self->racers[i].attempt = self;
    bighti_task_init(&self->failed, reactor, on_failed, self);
    bighti_list_append(&reactor->residents, &self->resident.link);
    bight_promise_on_cancel(self->promise, on_cancel, self);
    begin(self, tls);
    return deferred;
}

bight_deferred *bight_connect(bight_reactor *reactor, const char *text, bight_protocol *protocol)
{
    bighti_check_thread(reactor);
    return connect_to(reactor, text, NULL, protocol);
}

bight_deferred *bight_tls_connect(bight_reactor *reactor, const char *text, bight_tls *tls,
                                  bight_protocol *protocol)
{
    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(!tls->is_server, "a server's context for a client");
    return connect_to(reactor, text, tls, protocol);
}

/* Connecting sockets: look the name up if there is one, then try the addresses according to RFC
 * 8305 ("happy eyeballs"). The address families alternate. Each address has a moment to answer
 * before the next one is tried in parallel; if it fails, the next is tried at once. The first that
 * succeeds wins. So broken IPv6 in a network costs a quarter of a second, not minutes.
 *
 * The first connect(2) to a numeric address is made at once. Its outcome is reported in a later
 * turn, by the stream's own watch or, if connect(2) itself has failed or completed, by a task. */
#include "../base/check.h"
#include "../reactor/task.h"
#include "addresses.h"
#include "endpoint.h"
#include "sockets.h"
#include "stream.h"
#include <bight/timer.h>
#include <bight/value.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* RFC 8305, section 8: the delay between two attempts. */
#define ATTEMPT_DELAY BIGHT_MSEC(250)
enum { MOST_RACING = 8 };

struct race;

/* One attempt to connect. */
typedef struct racer {
    struct race *race;
    const bight_address *address;
    bight_transport *stream; /* NULL while this one is free */
} racer;

typedef struct race {
    bight_reactor *reactor;
    bight_task failed; /* reports the immediate result of connect(2) */
    bight_promise *promise;
    bight_protocol *protocol; /* of the stream that wins */
    bight_deferred *lookup;   /* of the name */
    bool looking_up;
    bight_timer *delay; /* until the next address is tried; NULL if there is only one */
    racer racers[MOST_RACING];
    bighti_target target;
    bight_address local; /* where to connect from; BIGHT_ADDRESS_NONE for anywhere */
    bight_family family;
    bight_address *addresses; /* the target's, or `found` */
    bight_address *found;     /* the addresses of the name */
    unsigned count;
    unsigned next;       /* the address to try next */
    bight_status status; /* status of the last failure, with its errno */
    int errnum;
    bight_error *error; /* of the lookup, or of a step before it */
    char name[];
} race;

static void race_drop_lookup(race *self)
{
    bight_deferred *lookup = self->lookup;

    if (!self->looking_up)
        return;
    self->looking_up = false; /* tells the step that the result is no longer wanted */
    self->lookup = NULL;
    bight_deferred_cancel(lookup);
    bight_deferred_free(lookup);
}

static void race_drop_racers(race *self)
{
    for (unsigned i = 0; i < MOST_RACING; i++) {
        if (self->racers[i].stream != NULL)
            bighti_stream_discard(self->racers[i].stream);
        self->racers[i].stream = NULL;
    }
    bight_timer_free(self->delay);
    self->delay = NULL;
}

static void free_race(race *self)
{
    race_drop_lookup(self);
    race_drop_racers(self);
    bight_error_unref(self->error);
    bighti_task_deinit(&self->failed);
    free(self->found);
    free(self);
}

static void race_fail(race *self, bight_error *take_error)
{
    bight_promise *promise = self->promise;

    bight_promise_on_cancel(promise, NULL, NULL);
    free_race(self);
    bight_promise_fail(promise, take_error);
}

/* The address is mentioned only if the endpoint contains a name. */
static bight_error *race_error(race *self)
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
                           bight_status_text(self->status));
}

static void race_succeed(race *self, bight_transport *stream)
{
    bight_promise *promise = self->promise;

    stream->protocol = self->protocol;
    bight_promise_on_cancel(promise, NULL, NULL);
    free_race(self);
    bight_promise_fire(promise, stream, NULL);
}

static void race_try_next(race *self);

static void on_connecting(bight_transport *stream, int errnum, void *data)
{
    racer *one = data;
    race *self = one->race;

    one->stream = NULL;
    if (errnum == 0) {
        bighti_socket_address peer = bighti_socket_address_of(one->address);

        bighti_stream_set_peer(stream, &peer);
        bighti_transport_open(stream);
        race_succeed(self, stream);
        return;
    }
    bighti_stream_discard(stream);
    self->errnum = errnum;
    race_try_next(self);
}

/* With port 0 the system may choose the port at connect(2), when it knows both addresses, so that
 * it does not run out of ports. */
static int race_bind_socket(const race *self, int fd)
{
    bighti_socket_address local;
    int on = 1;

    if (bight_address_get_family(&self->local) == BIGHT_ADDRESS_NONE)
        return 0;
    local = bighti_socket_address_of(&self->local);
    if (bight_address_get_port(&self->local) == 0)
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(fd, &local.of.any, local.size) == 0 ? 0 : -errno;
}

/* Returns a connecting socket, or a negative errno. */
static int race_open_socket(const race *self, const bight_address *address)
{
    bighti_socket_address peer = bighti_socket_address_of(address);
    int family = peer.of.any.sa_family, on = 1, result;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    result = race_bind_socket(self, fd);
    if (result == 0 && connect(fd, &peer.of.any, peer.size) != 0 && errno != EINPROGRESS)
        result = -errno;
    if (result == 0)
        return fd;
    close(fd);
    return result;
}

/* Returns whether the connect is in progress. */
static bool race_try_address(race *self, racer *one, const bight_address *address)
{
    int fd = race_open_socket(self, address);

    self->errnum = fd < 0 ? -fd : 0;
    if (fd < 0)
        return false;
    self->status = bighti_stream_new(self->reactor, fd, NULL, on_connecting, one, &one->stream);
    if (self->status != BIGHT_OK) {
        close(fd);
        return false;
    }
    one->address = address;
    return true;
}

static racer *free_racer(race *self)
{
    for (unsigned i = 0; i < MOST_RACING; i++) {
        if (self->racers[i].stream == NULL)
            return &self->racers[i];
    }
    return NULL;
}

static bool is_racing(const race *self)
{
    for (unsigned i = 0; i < MOST_RACING; i++) {
        if (self->racers[i].stream != NULL)
            return true;
    }
    return false;
}

static void race_try_next(race *self)
{
    racer *one;

    while (self->next < self->count && (one = free_racer(self)) != NULL) {
        if (!race_try_address(self, one, &self->addresses[self->next++]))
            continue;
        if (self->next < self->count)
            bight_timer_start(self->delay, ATTEMPT_DELAY);
        return;
    }
    if (!is_racing(self))
        bight_task_schedule(&self->failed);
}

static void on_race_delay(bight_timer *timer, void *data)
{
    (void)timer;
    race_try_next(data);
}

static void on_race_failed(bight_task *task, void *data)
{
    race *self = data;

    (void)task;
    race_fail(self, race_error(self));
}

/* -- Which addresses are tried -- */

static bool race_is_wanted(const race *self, const bight_address *address)
{
    bight_address_family family = bight_address_get_family(address);
    bight_address_family local = bight_address_get_family(&self->local);

    if (family == BIGHT_ADDRESS_UNIX)
        return true;
    if (local != BIGHT_ADDRESS_NONE && family != local)
        return false;
    return self->family == BIGHT_FAMILY_ANY ||
           (family == BIGHT_ADDRESS_IPV4) == (self->family == BIGHT_FAMILY_IPV4);
}

static unsigned keep_wanted(const race *self, bight_address *addresses, unsigned count)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++)
        if (race_is_wanted(self, &addresses[i]))
            addresses[kept++] = addresses[i];
    return kept;
}

static void race_start(race *self, bight_address *addresses, unsigned count)
{
    self->addresses = addresses;
    self->count = keep_wanted(self, addresses, count);
    if (self->count == 0)
        self->error = bight_error_new(BIGHT_ERROR_NOT_FOUND, "no address of the wanted family");
    if (self->count > 1) {
        self->status = bight_timer_new(self->reactor, on_race_delay, self, &self->delay);
        if (self->status != BIGHT_OK)
            self->count = 0;
    }
    race_try_next(self);
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

/* RFC 8305, section 4: the order is kept, but the families alternate, beginning with that of the
 * first address. */
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

static void race_use_addresses(race *self, const bight_addresses *found)
{
    self->found = calloc(found->count, sizeof(*self->found));
    if (self->found == NULL) {
        self->status = BIGHT_ERROR_NO_MEMORY;
        bight_task_schedule(&self->failed);
        return;
    }
    interleave(found, self->target.port, self->found);
    race_start(self, self->found, (unsigned)found->count);
}

/* Always continues with the task: when out of memory this step runs inside the call that adds
 * it. */
static bight_result race_on_addresses(bight_result in, void *data)
{
    race *self = data;
    bight_deferred *lookup;

    if (!self->looking_up)
        return in;
    lookup = self->lookup;
    self->looking_up = false;
    self->lookup = NULL;
    bight_deferred_free(lookup);
    if (in.error == NULL) {
        race_use_addresses(self, BIGHT_VALUE(bight_addresses, in, bight_addresses_free));
    } else {
        self->error = bight_error_ref(in.error);
        bight_task_schedule(&self->failed);
    }
    bight_result_free(in);
    return bight_result_value(NULL);
}

static void race_look_up(race *self)
{
    bight_resolver *resolver;

    self->status = bight_resolver_get_default(self->reactor, &resolver);
    if (self->status != BIGHT_OK) {
        bight_task_schedule(&self->failed);
        return;
    }
    self->looking_up = true;
    self->lookup = bight_resolve(resolver, self->target.name, self->family);
    bight_deferred_both(self->lookup, race_on_addresses, self);
}

/* -- The race -- */

static void on_race_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    race_fail(data, bight_error_new(BIGHT_ERROR_CANCELLED, "connect to %s was cancelled",
                                    ((race *)data)->name));
}

static void race_take_options(race *self, const bight_connect_options *options)
{
    bool is_unix = self->target.count > 0 &&
                   bight_address_get_family(&self->target.addresses[0]) == BIGHT_ADDRESS_UNIX;

    self->local.family = BIGHT_ADDRESS_NONE;
    self->family = options->family;
    if (options->local == NULL)
        return;
    self->local = *options->local;
    if (is_unix || bight_address_get_family(options->local) == BIGHT_ADDRESS_UNIX)
        self->error = bight_error_new(BIGHT_ERROR_INVALID, "a local address is for TCP alone");
}

static void race_begin(race *self, const bight_endpoint *endpoint,
                       const bight_connect_options *options)
{
    self->error = bighti_target_parse(endpoint, false, &self->target);
    if (self->error == NULL)
        race_take_options(self, options);
    if (self->error != NULL)
        bight_task_schedule(&self->failed);
    else if (self->target.count == 0)
        race_look_up(self);
    else
        race_start(self, self->target.addresses, self->target.count);
}

bight_deferred *bighti_sockets_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                       const bight_connect_options *options,
                                       bight_protocol *protocol, void *data)
{
    size_t size = strlen(endpoint->text) + 1;
    race *self = calloc(1, sizeof(*self) + size);
    bight_deferred *deferred = self != NULL ? bight_deferred_new(&self->promise) : NULL;

    (void)data;
    if (deferred == NULL) {
        free(self);
        return NULL;
    }
    self->reactor = reactor;
    self->protocol = protocol;
    memcpy(self->name, endpoint->text, size);
    for (unsigned i = 0; i < MOST_RACING; i++)
        self->racers[i].race = self;
    bighti_task_init(&self->failed, reactor, on_race_failed, self);
    bight_promise_on_cancel(self->promise, on_race_cancel, self);
    race_begin(self, endpoint, options);
    return deferred;
}

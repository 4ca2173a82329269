/* Connecting sockets: look the name up if there is one, then try the addresses according to RFC
 * 8305 ("happy eyeballs"). The address families alternate. Each address has a moment to answer
 * before the next one is tried in parallel; if it fails, the next is tried at once. The first that
 * succeeds wins. So broken IPv6 in a network costs a quarter of a second, not minutes. An address
 * that does not answer never holds up the next: a name has at most 64 addresses, so that many
 * sockets may be open.
 *
 * The race begins with the addresses of one family if the other has not been answered yet. The
 * rest is looked up meanwhile, and tried if the race still goes on.
 *
 * connect(2) to a UNIX socket whose queue is full fails with EAGAIN. The system offers no event for
 * room in the queue, so it is tried again by a timer, for about as long as TCP would try.
 *
 * The first connect(2) to a numeric address is made at once. Its outcome is reported in a later
 * turn, by the stream's own watch or, if connect(2) itself has failed or completed, by a task. */
#include "../base/check.h"
#include "../deferred/abandon.h"
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

/* Between attempts to connect to a UNIX socket whose queue is full, doubled each time. */
#define FIRST_RETRY_DELAY BIGHT_MSEC(1)
#define LONGEST_RETRY_DELAY BIGHT_MSEC(64)
enum { MOST_RETRIES = 2000 };

struct race;

/* One attempt to connect. */
typedef struct racer {
    bighti_link link;
    struct race *race;
    bight_address address;
    bight_transport *stream;
} racer;

/* A lookup for a race. */
typedef struct scout {
    struct race *race;
    bight_deferred *lookup; /* NULL if it is not under way */
} scout;

typedef struct race {
    bight_reactor *reactor;
    bight_resolver *resolver;
    bight_task failed; /* reports the immediate result of connect(2) */
    bight_promise *promise;
    bight_protocol *protocol; /* of the stream that wins */
    scout first, rest;        /* for the name, and for the family that was missing */
    bight_timer *delay;       /* until the next attempt; NULL before it is needed */
    bighti_link racers;
    bighti_target target;
    bight_address local; /* where to connect from; BIGHT_ADDRESS_NONE for anywhere */
    bight_family family;
    bight_address *addresses; /* the target's, or `found` */
    bight_address *found;     /* the addresses of the name */
    unsigned count;
    unsigned next;       /* the address to try next */
    unsigned retries;    /* of a UNIX socket */
    bight_address last;  /* the address that failed last */
    bight_status status; /* status of the last failure, with its errno */
    int errnum;
    bight_error *error; /* of the lookup, or of a step before it */
    char name[];
} race;

static void free_racer(racer *self)
{
    bighti_link_unlink(&self->link);
    if (self->stream != NULL)
        bighti_stream_discard(self->stream);
    free(self);
}

static void race_drop_racers(race *self)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&self->racers)) != NULL)
        free_racer(BIGHTI_CONTAINER(link, racer, link));
    bight_timer_free(self->delay);
    self->delay = NULL;
}

static void free_race(race *self)
{
    bighti_deferred_abandon(&self->first.lookup);
    bighti_deferred_abandon(&self->rest.lookup);
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
    if (self->found != NULL && bight_address_get_family(&self->last) != BIGHT_ADDRESS_NONE) {
        char text[BIGHTI_ENDPOINT_SIZE];

        bighti_endpoint_format(&self->last, text, sizeof(text));
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

    if (errnum == 0) {
        bighti_socket_address peer = bighti_socket_address_of(&one->address);

        one->stream = NULL;
        bighti_stream_set_peer(stream, &peer);
        bighti_transport_open(stream);
        race_succeed(self, stream);
        return;
    }
    self->last = one->address;
    self->errnum = errnum;
    free_racer(one);
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
static bool race_try_address(race *self, const bight_address *address)
{
    int fd = race_open_socket(self, address);
    racer *one;

    self->last = *address;
    self->errnum = fd < 0 ? -fd : 0;
    if (fd < 0)
        return false;
    one = calloc(1, sizeof(*one));
    self->status = BIGHT_ERROR_NO_MEMORY;
    if (one != NULL)
        self->status = bighti_stream_new(self->reactor, fd, NULL, on_connecting, one, &one->stream);
    if (self->status != BIGHT_OK) {
        free(one);
        close(fd);
        return false;
    }
    one->race = self;
    one->address = *address;
    bighti_list_append(&self->racers, &one->link);
    return true;
}

static void on_race_delay(bight_timer *timer, void *data)
{
    (void)timer;
    race_try_next(data);
}

/* Without a timer, which there is no memory for, the next address has to wait for a failure. */
static void race_start_delay(race *self, uint64_t delay)
{
    if (self->delay == NULL &&
        bight_timer_new(self->reactor, on_race_delay, self, &self->delay) != BIGHT_OK)
        return;
    bight_timer_start(self->delay, delay);
}

/* Whether the queue of a UNIX socket was full, and it will be tried again. */
static bool race_waits_for_room(race *self, const bight_address *address)
{
    uint64_t delay = FIRST_RETRY_DELAY << (self->retries < 6 ? self->retries : 6);

    if (self->errnum != EAGAIN || bight_address_get_family(address) != BIGHT_ADDRESS_UNIX ||
        self->retries == MOST_RETRIES)
        return false;
    self->retries++;
    race_start_delay(self, delay < LONGEST_RETRY_DELAY ? delay : LONGEST_RETRY_DELAY);
    return self->delay != NULL;
}

static bool race_is_lost(const race *self)
{
    return self->next == self->count && bighti_list_is_empty(&self->racers) &&
           self->rest.lookup == NULL;
}

static void race_try_next(race *self)
{
    while (self->next < self->count) {
        const bight_address *address = &self->addresses[self->next];

        if (race_try_address(self, address)) {
            if (++self->next < self->count)
                race_start_delay(self, ATTEMPT_DELAY);
            return;
        }
        if (race_waits_for_room(self, address))
            return;
        self->next++;
    }
    if (race_is_lost(self))
        bight_task_schedule(&self->failed);
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

static void race_check_count(race *self)
{
    if (self->count == 0 && self->rest.lookup == NULL)
        self->error = bight_error_new(BIGHT_ERROR_NOT_FOUND, "no address of the wanted family");
}

static void race_start(race *self, bight_address *addresses, unsigned count)
{
    self->addresses = addresses;
    self->count = keep_wanted(self, addresses, count);
    race_check_count(self);
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

/* The addresses that come late alternate with those that are left, and begin, as the others had
 * their chance (RFC 8305, section 5). */
static void race_add_addresses(race *self, const bight_addresses *late)
{
    size_t left = self->count - self->next, from = self->next, to = 0;
    bight_address *merged = calloc(left + late->count, sizeof(*merged));

    if (merged == NULL)
        return;
    for (size_t i = 0; i < late->count || from < self->count; i++) {
        if (i < late->count) {
            merged[to] = late->items[i].address;
            bight_address_set_port(&merged[to++], self->target.port);
        }
        if (from < self->count)
            merged[to++] = self->found[from++];
    }
    free(self->found);
    self->found = self->addresses = merged;
    self->next = 0;
    self->count = keep_wanted(self, merged, (unsigned)to);
}

static bool scout_start(scout *self, race *owner, bight_deferred *lookup, bight_step_fn fn)
{
    self->race = owner;
    self->lookup = lookup;
    if (lookup != NULL)
        bight_deferred_both(lookup, fn, self);
    return lookup != NULL;
}

/* Whether the race still wants the result. */
static bool scout_has_returned(scout *self)
{
    bight_deferred *lookup = self->lookup;

    self->lookup = NULL;
    bight_deferred_free(lookup);
    return lookup != NULL;
}

/* The race goes on without the rest if there is none. */
static bight_result race_on_rest(bight_result in, void *data)
{
    scout *from = data;

    if (!scout_has_returned(from))
        return in;
    if (in.error == NULL)
        race_add_addresses(from->race, BIGHT_VALUE(bight_addresses, in, bight_addresses_free));
    race_check_count(from->race);
    if (bighti_list_is_empty(&from->race->racers))
        race_try_next(from->race);
    else if (from->race->next < from->race->count)
        race_start_delay(from->race, ATTEMPT_DELAY);
    bight_result_free(in);
    return bight_result_value(NULL);
}

/* Always continues with the task: when out of memory this step runs inside the call that adds
 * it. */
static bight_result race_on_addresses(bight_result in, void *data)
{
    scout *from = data;
    race *self = from->race;

    if (!scout_has_returned(from))
        return in;
    if (in.error == NULL) {
        bight_addresses *found = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);

        if (found->is_partial)
            scout_start(&self->rest, self,
                        bighti_resolve_rest(self->resolver, self->target.name, found),
                        race_on_rest);
        race_use_addresses(self, found);
    } else {
        self->error = bight_error_ref(in.error);
        bight_task_schedule(&self->failed);
    }
    bight_result_free(in);
    return bight_result_value(NULL);
}

static void race_look_up(race *self)
{
    self->status = bight_resolver_get_default(self->reactor, &self->resolver);
    if (self->status == BIGHT_OK &&
        !scout_start(&self->first, self,
                     bighti_resolve_eagerly(self->resolver, self->target.name, self->family),
                     race_on_addresses))
        self->status = BIGHT_ERROR_NO_MEMORY;
    if (self->status != BIGHT_OK)
        bight_task_schedule(&self->failed);
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
    bighti_link_init(&self->racers);
    bighti_task_init(&self->failed, reactor, on_race_failed, self);
    bight_promise_on_cancel(self->promise, on_race_cancel, self);
    race_begin(self, endpoint, options);
    return deferred;
}

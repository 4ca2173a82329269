/* c-ares does the asking; this carries it on a reactor.
 *
 * It opens and closes sockets as it needs them and tells through one callback what each waits for;
 * there is a watch for each. It keeps no time of its own but tells when it wants to be called next;
 * that is a timer, set anew after each call into it. It measures on the system's clock: on a
 * reactor with another clock the timer only brings it a look too many.
 *
 * In a forked child its sockets are the parent's, and an answer that was read here would be missed
 * there. c-ares is not called any more then but to be freed, which closes them.
 *
 * Nothing of the program's runs inside a call into c-ares, which does not bear that. What it cannot
 * be told, that a watch could not be made, is remembered and ends all questions afterwards. */
#include "names.h"
#include "../base/list.h"
#include <ares.h>
#include <bight/timer.h>
#include <bight/watch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

struct bighti_names {
    bight_reactor *reactor;
    ares_channel channel;
    bight_fork_watch *fork;
    bight_timer *timer;
    bighti_link sockets;
    bool broken; /* a socket could not be watched */
};

typedef struct name_socket {
    bighti_link link;
    bighti_names *names;
    bight_watch *watch;
} name_socket;

typedef struct question {
    bighti_names *names;
    bighti_names_fn fn;
    void *data;
    char name[];
} question;

/* -- Sockets and time -- */

/* After each call into c-ares. */
static void settle(bighti_names *self)
{
    struct timeval storage, *next;

    if (self->broken) {
        ares_cancel(self->channel);
        self->broken = false;
    }
    next = ares_timeout(self->channel, NULL, &storage);
    if (next == NULL)
        bight_timer_stop(self->timer);
    else
        bight_timer_start(self->timer,
                          BIGHT_SEC((uint64_t)next->tv_sec) + BIGHT_USEC((uint64_t)next->tv_usec));
}

static void on_time(bight_timer *timer, void *data)
{
    bighti_names *self = data;

    (void)timer;
    if (bighti_names_is_inherited(self))
        return;
    ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    settle(self);
}

static void on_ready(bight_watch *watch, unsigned events, void *data)
{
    bighti_names *self = ((name_socket *)data)->names;
    int fd = bight_watch_get_fd(watch);

    if (bighti_names_is_inherited(self))
        return;
    ares_process_fd(self->channel, (events & BIGHT_WATCH_READ) != 0 ? fd : ARES_SOCKET_BAD,
                    (events & BIGHT_WATCH_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    settle(self);
}

static name_socket *find_socket(bighti_names *self, int fd)
{
    for (bighti_link *link = self->sockets.next; link != &self->sockets; link = link->next) {
        name_socket *one = BIGHTI_CONTAINER(link, name_socket, link);

        if (bight_watch_get_fd(one->watch) == fd)
            return one;
    }
    return NULL;
}

static void add_socket(bighti_names *self, int fd, unsigned events)
{
    name_socket *one = malloc(sizeof(*one));

    if (one == NULL ||
        bight_watch_new(self->reactor, fd, events, on_ready, one, &one->watch) != BIGHT_OK) {
        free(one);
        self->broken = true;
        return;
    }
    one->names = self;
    bight_watch_set_name(one->watch, "bight: names");
    bighti_list_append(&self->sockets, &one->link);
}

static void on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
    bighti_names *self = data;
    unsigned events =
        (readable != 0 ? BIGHT_WATCH_READ : 0) | (writable != 0 ? BIGHT_WATCH_WRITE : 0);
    name_socket *one = find_socket(self, fd);

    if (one == NULL && events != 0) {
        add_socket(self, fd, events);
    } else if (one != NULL && events != 0) {
        bight_watch_set_events(one->watch, events);
    } else if (one != NULL) {
        bighti_link_unlink(&one->link);
        bight_watch_free(one->watch);
        free(one);
    }
}

/* -- Answers -- */

/* c-ares has some thirty; what a person cannot act on is left to its own words. */
static bight_status status_of(int answer)
{
    switch (answer) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
        return BIGHT_ERROR_NOT_FOUND;
    case ARES_ETIMEOUT:
        return BIGHT_ERROR_TIMED_OUT;
    case ARES_ECONNREFUSED: /* also for the following two, up to c-ares 1.18 at least */
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
        return BIGHT_ERROR_UNREACHABLE;
    case ARES_ENOMEM:
        return BIGHT_ERROR_NO_MEMORY;
    case ARES_EBADNAME:
        return BIGHT_ERROR_INVALID;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return BIGHT_ERROR_CANCELLED;
    default:
        return BIGHT_ERROR_PROTOCOL;
    }
}

static const char *text_of(int answer)
{
    switch (answer) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
        return "no such name";
    case ARES_ENODATA:
        return "the name has no such address";
    case ARES_ETIMEOUT:
        return "no name server has answered";
    case ARES_ECONNREFUSED:
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
        return "no name server is there, or none can tell now";
    case ARES_EBADNAME:
        return "not a name";
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return "given up";
    default:
        return ares_strerror(answer);
    }
}

static bight_error *error_of(const question *self, int answer)
{
    if (answer == ARES_ENOMEM || (answer == ARES_ECANCELLED && self->names->broken))
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "look up %s: no memory", self->name);
    return bight_error_new_code(BIGHT_DOMAIN_ARES, answer, status_of(answer), "look up %s: %s",
                                self->name, text_of(answer));
}

static bight_addresses *take_in(const struct ares_addrinfo *found)
{
    bight_addresses *addresses;
    size_t count = 0;

    for (const struct ares_addrinfo_node *node = found->nodes; node != NULL; node = node->ai_next)
        count++;
    if (count > BIGHTI_MOST_OF_A_NAME)
        count = BIGHTI_MOST_OF_A_NAME;
    addresses = bighti_addresses_new(count);
    if (addresses == NULL)
        return NULL;
    for (const struct ares_addrinfo_node *node = found->nodes;
         node != NULL && addresses->count < count; node = node->ai_next)
        bighti_addresses_add(addresses, node->ai_addr, node->ai_addrlen);
    return addresses;
}

static void on_answer(void *data, int answer, int timeouts, struct ares_addrinfo *found)
{
    question *self = data;
    bight_addresses *addresses = NULL;
    bight_error *error = NULL;

    (void)timeouts;
    if (answer == ARES_SUCCESS) {
        addresses = take_in(found);
        answer = addresses == NULL ? ARES_ENOMEM : ARES_ENODATA; /* should there be none */
    }
    if (addresses == NULL || addresses->count == 0) {
        bight_addresses_free(addresses);
        addresses = NULL;
        error = error_of(self, answer);
    }
    ares_freeaddrinfo(found);
    self->fn(self->data, addresses, error);
    free(self);
}

void bighti_names_ask(bighti_names *names, const char *name, int family, bighti_names_fn fn,
                      void *data)
{
    struct ares_addrinfo_hints hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    size_t size = strlen(name) + 1;
    question *self = malloc(sizeof(*self) + size);

    if (self == NULL) {
        fn(data, NULL, bight_error_new(BIGHT_ERROR_NO_MEMORY, "look up %s: no memory", name));
        return;
    }
    self->names = names;
    self->fn = fn;
    self->data = data;
    memcpy(self->name, name, size);
    ares_getaddrinfo(names->channel, self->name, NULL, &hints, on_answer, self);
    settle(names);
}

/* -- The life of it -- */

static bight_status make_channel(bighti_names *self, const bight_resolver_options *options)
{
    char lookups[] = "fb", *configuration = NULL; /* hosts, then servers, as nearly everywhere */
    struct ares_options wanted = {.timeout = (int)(options->timeout / BIGHT_MSEC(1)),
                                  .tries = (int)options->tries,
                                  .udp_port = options->port,
                                  .tcp_port = options->port,
                                  .lookups = lookups,
                                  .sock_state_cb = on_socket,
                                  .sock_state_cb_data = self};
    int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT |
               ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
    int result;

    if (options->configuration != NULL) {
        configuration = strdup(options->configuration);
        if (configuration == NULL)
            return BIGHT_ERROR_NO_MEMORY;
        wanted.resolvconf_path = configuration;
        mask |= ARES_OPT_RESOLVCONF;
    }
    result = ares_init_options(&self->channel, &wanted, mask);
    free(configuration);
    if (result != ARES_SUCCESS)
        return result == ARES_ENOMEM ? BIGHT_ERROR_NO_MEMORY : BIGHT_ERROR_SYSTEM;
    return BIGHT_OK;
}

static bight_status set_servers(bighti_names *self, const char *servers)
{
    int result = servers != NULL ? ares_set_servers_ports_csv(self->channel, servers) : 0;

    if (result == ARES_SUCCESS)
        return BIGHT_OK;
    return result == ARES_ENOMEM ? BIGHT_ERROR_NO_MEMORY : BIGHT_ERROR_INVALID;
}

bool bighti_names_is_inherited(const bighti_names *self)
{
    return bight_fork_watch_is_inherited(self->fork);
}

bight_status bighti_names_new(bight_reactor *reactor, const bight_resolver_options *options,
                              bight_fork_fn forked, void *data, bighti_names **names)
{
    bighti_names *self = calloc(1, sizeof(*self));
    bight_status status;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    self->reactor = reactor;
    bighti_link_init(&self->sockets);
    status = bight_timer_new(reactor, on_time, self, &self->timer);
    if (status == BIGHT_OK)
        status = bight_fork_watch_new(reactor, forked, data, &self->fork);
    if (status == BIGHT_OK)
        status = make_channel(self, options);
    if (status == BIGHT_OK)
        status = set_servers(self, options->servers);
    if (status != BIGHT_OK) {
        bighti_names_free(self);
        return status;
    }
    *names = self;
    return BIGHT_OK;
}

void bighti_names_free(bighti_names *self)
{
    if (self == NULL)
        return;
    if (self->channel != NULL)
        ares_destroy(self->channel);
    bight_timer_free(self->timer);
    bight_fork_watch_free(self->fork);
    free(self);
}

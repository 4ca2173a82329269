/* The queries are made by c-ares, which is a guest (bight/guest.h). It opens and closes sockets as
 * it needs them, and one callback reports what each socket waits for. It has no timer but reports
 * when it wants to be called next, so the timer is set again after each call into it. It uses the
 * system's clock: on a reactor with another clock the timer only causes additional calls.
 *
 * In a forked child its sockets belong to the parent, and an answer that was read in the child
 * would be missing in the parent. So in the child c-ares is only freed, which closes the sockets.
 *
 * No code of the program runs inside a call into c-ares, which does not support that. The failure
 * to make a watch cannot be reported to c-ares; it is remembered, and ends all queries
 * afterwards. */
#include "names.h"
#include <ares.h>
#include <bight/guest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

struct bighti_names {
    bight_guest *guest;
    ares_channel channel;
    bight_fork_fn forked;
    void *data;  /* of forked */
    bool broken; /* a socket could not be watched */
};

typedef struct question {
    bighti_names *names;
    bighti_names_fn fn;
    void *data;
    char name[];
} question;

/* -- Sockets and time -- */

static void names_process(bighti_names *self, int reads, int writes)
{
    if (!bight_guest_enter(self->guest))
        return;
    ares_process_fd(self->channel, reads, writes);
    bight_guest_leave(self->guest);
}

static void names_on_ready(bight_guest *guest, int fd, unsigned events, void *data)
{
    (void)guest;
    names_process(data, (events & BIGHT_WATCH_READ) != 0 ? fd : ARES_SOCKET_BAD,
                  (events & BIGHT_WATCH_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
}

static void names_on_time(bight_guest *guest, void *data)
{
    (void)guest;
    names_process(data, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

static void names_on_returned(bight_guest *guest, void *data)
{
    bighti_names *self = data;
    struct timeval storage, *next;

    if (self->broken) {
        ares_cancel(self->channel);
        self->broken = false;
    }
    next = ares_timeout(self->channel, NULL, &storage);
    if (next == NULL)
        bight_guest_stop_timer(guest);
    else
        bight_guest_start_timer(guest, BIGHT_SEC((uint64_t)next->tv_sec) +
                                           BIGHT_USEC((uint64_t)next->tv_usec));
}

/* c-ares reports that a socket waits for nothing when it is about to close it. */
static void names_on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
    bighti_names *self = data;
    unsigned events =
        (readable != 0 ? BIGHT_WATCH_READ : 0) | (writable != 0 ? BIGHT_WATCH_WRITE : 0);

    if (events == 0)
        bight_guest_unwatch(self->guest, fd);
    else if (bight_guest_watch(self->guest, fd, events) != BIGHT_OK)
        self->broken = true;
}

/* -- Answers -- */

/* c-ares has some thirty codes; those that a person cannot act on keep c-ares's message. */
static bight_status names_status_of(int answer)
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
    return bight_error_new_code(BIGHT_DOMAIN_ARES, answer, names_status_of(answer),
                                "look up %s: %s", self->name, text_of(answer));
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

static void names_on_answer(void *data, int answer, int timeouts, struct ares_addrinfo *found)
{
    question *self = data;
    bight_addresses *addresses = NULL;
    bight_error *error = NULL;

    (void)timeouts;
    if (answer == ARES_SUCCESS) {
        addresses = take_in(found);
        answer = addresses == NULL ? ARES_ENOMEM : ARES_ENODATA; /* if there are none */
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
    if (!bight_guest_enter(names->guest)) {
        names_on_answer(self, ARES_ECANCELLED, 0, NULL);
        return;
    }
    ares_getaddrinfo(names->channel, self->name, NULL, &hints, names_on_answer, self);
    bight_guest_leave(names->guest);
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
                                  .sock_state_cb = names_on_socket,
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
    return bight_guest_is_inherited(self->guest);
}

static void names_on_forked(bight_guest *guest, void *data)
{
    bighti_names *self = data;

    (void)guest;
    self->forked(self->data);
}

static void names_release(bight_guest *guest, void *data)
{
    bighti_names *self = data;

    (void)guest;
    if (self->channel != NULL)
        ares_destroy(self->channel);
    free(self);
}

static const bight_guest_ops names_ops = {
    .size = sizeof(bight_guest_ops),
    .name = "bight: names",
    .ready = names_on_ready,
    .timeout = names_on_time,
    .returned = names_on_returned,
    .forked = names_on_forked,
    .release = names_release,
};

bight_status bighti_names_new(bight_reactor *reactor, const bight_resolver_options *options,
                              bight_fork_fn forked, void *data, bighti_names **names)
{
    bighti_names *self = calloc(1, sizeof(*self));
    bight_status status;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    self->forked = forked;
    self->data = data;
    status = bight_guest_new(reactor, &names_ops, self, &self->guest);
    if (status != BIGHT_OK) {
        free(self);
        return status;
    }
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
    if (self != NULL)
        bight_guest_free(self->guest);
}

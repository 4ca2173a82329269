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
#include "resolv_conf.h"
#include <ares.h>
#include <bight/guest.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

struct bighti_names {
    bight_guest *guest;
    ares_channel channel;
    bight_fork_fn forked;
    void *data;  /* of forked */
    bool broken; /* a socket could not be watched */
};

typedef struct query {
    bighti_names *names;
    bighti_names_fn fn;
    void *data;
} query;

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

/* When c-ares wants to be called next; BIGHT_NEVER if not. On machines of 32 bits it may be built
 * with times of 32 bits, while ours have 64: then it fills only the first half. */
static uint64_t names_time_left(bighti_names *self)
{
    struct timeval left = {.tv_usec = -1};
    int32_t half[2];

    if (ares_timeout(self->channel, NULL, &left) == NULL)
        return BIGHT_NEVER;
    if (left.tv_usec == -1) {
        memcpy(half, &left, sizeof(half));
        left.tv_sec = half[0];
        left.tv_usec = half[1];
    }
    return BIGHT_SEC((uint64_t)left.tv_sec) + BIGHT_USEC((uint64_t)left.tv_usec);
}

static void names_on_returned(bight_guest *guest, void *data)
{
    bighti_names *self = data;
    uint64_t left;

    if (self->broken) {
        ares_cancel(self->channel);
        self->broken = false;
    }
    left = names_time_left(self);
    if (left == BIGHT_NEVER)
        bight_guest_stop_timer(guest);
    else
        bight_guest_start_timer(guest, left);
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

/* -- Queries -- */

static void names_on_answer(void *data, int code, int timeouts, unsigned char *bytes, int size)
{
    query *self = data;

    (void)timeouts;
    if (code == ARES_ECANCELLED && self->names->broken)
        code = ARES_ENOMEM;
    self->fn(self->data, code, (bight_view){bytes, bytes != NULL && size > 0 ? (size_t)size : 0});
    free(self);
}

void bighti_names_ask(bighti_names *names, const char *name, int type, bighti_names_fn fn,
                      void *data)
{
    query *self = malloc(sizeof(*self));

    if (self == NULL) {
        fn(data, ARES_ENOMEM, (bight_view){NULL, 0});
        return;
    }
    *self = (query){names, fn, data};
    if (!bight_guest_enter(names->guest)) {
        names_on_answer(self, ARES_ECANCELLED, 0, NULL, 0);
        return;
    }
    ares_search(names->channel, name, 1 /* IN */, type, names_on_answer, self);
    bight_guest_leave(names->guest);
}

/* -- Sockets for c-ares -- */

static ares_socket_t names_open_socket(int family, int type, int protocol, void *data)
{
    (void)data;
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

static int names_close_socket(ares_socket_t fd, void *data)
{
    (void)data;
    return close(fd);
}

static int names_connect_socket(ares_socket_t fd, const struct sockaddr *address,
                                ares_socklen_t size, void *data)
{
    (void)data;
    return connect(fd, address, size);
}

static ares_ssize_t names_receive(ares_socket_t fd, void *bytes, size_t size, int flags,
                                  struct sockaddr *from, ares_socklen_t *from_size, void *data)
{
    (void)data;
    return recvfrom(fd, bytes, size, flags, from, from_size);
}

/* Two questions go to a server whose port is closed. The refusal of the first is reported by the
 * send of the second: c-ares then takes the second to the next server, while the first waits for
 * its timeout. So such a send is repeated: its own refusal is reported by a receive, after which
 * c-ares takes both to the next server. */
static ares_ssize_t names_send(ares_socket_t fd, const struct iovec *parts, int count, void *data)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ares_ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);

    (void)data;
    if (sent < 0 && errno == ECONNREFUSED)
        sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    return sent;
}

static const struct ares_socket_functions names_sockets = {
    .asocket = names_open_socket,
    .aclose = names_close_socket,
    .aconnect = names_connect_socket,
    .arecvfrom = names_receive,
    .asendv = names_send,
};

/* -- The life of it -- */

enum { DEFAULT_TIMEOUT_MS = 3000, DEFAULT_TRIES = 3 };

/* What the program has set comes first, then what the file says. */
static int names_take_options(bighti_names *self, const bight_resolver_options *options,
                              const bighti_resolv_conf *conf, struct ares_options *wanted)
{
    unsigned timeout = conf->timeout > 0 ? conf->timeout * 1000 : DEFAULT_TIMEOUT_MS;
    unsigned tries = conf->attempts > 0 ? conf->attempts : DEFAULT_TRIES;

    *wanted = (struct ares_options){
        .flags = conf->edns0 ? ARES_FLAG_EDNS : 0,
        .timeout = (int)(options->timeout > 0 ? options->timeout / BIGHT_MSEC(1) : timeout),
        .tries = (int)(options->tries > 0 ? options->tries : tries),
        .ndots = (int)conf->ndots,
        .udp_port = options->port,
        .tcp_port = options->port,
        .sock_state_cb = names_on_socket,
        .sock_state_cb_data = self};
    return ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
           ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT | ARES_OPT_SOCK_STATE_CB |
           (conf->rotate ? ARES_OPT_ROTATE : ARES_OPT_NOROTATE);
}

static bight_status make_channel(bighti_names *self, const bight_resolver_options *options)
{
    const char *path = options->configuration != NULL ? options->configuration : BIGHTI_RESOLV_CONF;
    char *configuration = strdup(path);
    struct ares_options wanted;
    bighti_resolv_conf conf;
    int mask, result;

    if (configuration == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_resolv_conf_read(path, &conf);
    mask = names_take_options(self, options, &conf, &wanted);
    wanted.resolvconf_path = configuration;
    result = ares_init_options(&self->channel, &wanted, mask | ARES_OPT_RESOLVCONF);
    free(configuration);
    if (result != ARES_SUCCESS)
        return result == ARES_ENOMEM ? BIGHT_ERROR_NO_MEMORY : BIGHT_ERROR_SYSTEM;
    ares_set_socket_functions(self->channel, &names_sockets, NULL);
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

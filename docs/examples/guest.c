/* A foreign library on the reactor: c-ares looks up the mail servers of a domain, which
 * bight/resolver.h does not do. The name server is a socket of this program, so that the example
 * runs anywhere.
 *
 *     build/dev/examples/guest
 */
#include <ares.h>
#include <arpa/inet.h>
#include <bight/bight.h>
#include <bight/guest.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* -- The carrier of the library -- */

typedef struct mail_finder {
    bight_guest *guest;
    ares_channel channel;
    bool broken; /* a socket could not be watched */
} mail_finder;

/* The library has opened a socket, waits for other events on it, or is about to close it. */
static void on_socket(void *data, ares_socket_t fd, int reads, int writes)
{
    mail_finder *self = data;
    unsigned events = (reads ? BIGHT_WATCH_READ : 0) | (writes ? BIGHT_WATCH_WRITE : 0);

    if (events == 0)
        bight_guest_unwatch(self->guest, fd);
    else if (bight_guest_watch(self->guest, fd, events) != BIGHT_OK)
        self->broken = true;
}

static void on_ready(bight_guest *guest, int fd, unsigned events, void *data)
{
    mail_finder *self = data;

    if (!bight_guest_enter(guest))
        return;
    ares_process_fd(self->channel, (events & BIGHT_WATCH_READ) != 0 ? fd : ARES_SOCKET_BAD,
                    (events & BIGHT_WATCH_WRITE) != 0 ? fd : ARES_SOCKET_BAD);
    bight_guest_leave(guest);
}

static void on_time(bight_guest *guest, void *data)
{
    mail_finder *self = data;

    if (!bight_guest_enter(guest))
        return;
    ares_process_fd(self->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    bight_guest_leave(guest);
}

/* After each call: ask the library for its next timeout. */
static void on_returned(bight_guest *guest, void *data)
{
    mail_finder *self = data;
    struct timeval storage, *next;

    if (self->broken)
        ares_cancel(self->channel); /* each question is answered with ARES_ECANCELLED */
    self->broken = false;
    next = ares_timeout(self->channel, NULL, &storage);
    if (next == NULL)
        bight_guest_stop_timer(guest);
    else
        bight_guest_start_timer(guest, BIGHT_SEC((uint64_t)next->tv_sec) +
                                           BIGHT_USEC((uint64_t)next->tv_usec));
}

/* Missing answers are reported as ARES_EDESTRUCTION here. */
static void finder_release(bight_guest *guest, void *data)
{
    mail_finder *self = data;

    (void)guest;
    if (self->channel != NULL)
        ares_destroy(self->channel);
    free(self);
}

static const bight_guest_ops finder_ops = {.size = sizeof(bight_guest_ops),
                                           .name = "mail finder",
                                           .ready = on_ready,
                                           .timeout = on_time,
                                           .returned = on_returned,
                                           .release = finder_release};

static mail_finder *finder_new(bight_reactor *reactor, const char *servers)
{
    mail_finder *self = calloc(1, sizeof(*self));
    struct ares_options options = {.sock_state_cb = on_socket, .sock_state_cb_data = self};

    if (self == NULL || bight_guest_new(reactor, &finder_ops, self, &self->guest) != BIGHT_OK) {
        free(self);
        return NULL;
    }
    if (ares_init_options(&self->channel, &options, ARES_OPT_SOCK_STATE_CB) == ARES_SUCCESS &&
        ares_set_servers_ports_csv(self->channel, servers) == ARES_SUCCESS)
        return self;
    bight_guest_free(self->guest); /* this frees the finder too */
    return NULL;
}

/* -- A name server that knows one domain -- */

static void serve(bight_watch *watch, unsigned events, void *data)
{
    static const unsigned char answer[] = {
        0xc0, 12, 0, 15,  0,   1,   0,   0,    0,
        60,   0,  9,                                /* of the name in the question, MX, 9 bytes: */
        0,    10, 4, 'm', 'a', 'i', 'l', 0xc0, 12}; /* 10 mail.example.org */
    unsigned char packet[512];
    struct sockaddr_in asker;
    socklen_t size = sizeof(asker);
    ssize_t length = recvfrom(bight_watch_get_fd(watch), packet, sizeof(packet) - sizeof(answer), 0,
                              (struct sockaddr *)&asker, &size);

    (void)events;
    (void)data;
    if (length < 12)
        return;
    packet[2] |= 0x80; /* it is an answer, */
    packet[7] = 1;     /* with one record */
    memcpy(packet + length, answer, sizeof(answer));
    if (sendto(bight_watch_get_fd(watch), packet, (size_t)length + sizeof(answer), 0,
               (struct sockaddr *)&asker, size) < 0)
        perror("answer");
}

/* -- The program -- */

/* This runs inside the library. It may free the guest, which waits until the library returns. */
static void on_answer(void *data, int status, int timeouts, unsigned char *bytes, int size)
{
    struct ares_mx_reply *servers = NULL;

    (void)timeouts;
    if (status == ARES_SUCCESS)
        status = ares_parse_mx_reply(bytes, size, &servers);
    if (status != ARES_SUCCESS)
        printf("no mail server: %s\n", ares_strerror(status));
    for (struct ares_mx_reply *one = servers; one != NULL; one = one->next)
        printf("mail goes to %s\n", one->host);
    ares_free_data(servers);
    bight_reactor_stop(data);
}

static void ask(mail_finder *finder, const char *domain, bight_reactor *reactor)
{
    if (!bight_guest_enter(finder->guest))
        return;
    ares_query(finder->channel, domain, 1, 15, on_answer, reactor); /* class IN, type MX */
    bight_guest_leave(finder->guest);
}

/* Writes the address that the server listens on. */
static int open_server(char *where, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    snprintf(where, size, "127.0.0.1:%u", ntohs(address.sin_port));
    return fd;
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    char where[32];
    int fd = open_server(where, sizeof(where));
    bight_watch *server;
    mail_finder *finder;

    if (reactor == NULL || fd < 0 ||
        bight_watch_new(reactor, fd, BIGHT_WATCH_READ, serve, NULL, &server) != BIGHT_OK ||
        (finder = finder_new(reactor, where)) == NULL)
        return EXIT_FAILURE;
    ask(finder, "example.org", reactor);
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_guest_free(finder->guest);
    bight_watch_free(server);
    close(fd);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}

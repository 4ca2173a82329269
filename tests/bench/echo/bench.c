/* Echo servers side by side: what a message costs the server's processor, as a ratio to raw epoll.
 *
 *     bench-echo [--smoke] [--only NAME,NAME] [CONNECTIONS SIZE [ROUNDS]]
 *
 * A server is kept on the first processor, the load is made on the second. Rounds are interleaved,
 * A B C A B C, so that a machine that slows down slows all of them; the medians are printed. The
 * time of a server is that of its processor clock between the first and the last message of a
 * round. One that takes more than PATIENCE seconds for a round, with its connecting, has no other:
 * some need half a minute for 10,000 connections. */
#include "servers.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, PATIENCE = 15 };

typedef struct figures {
    int rounds; /* so far */
    bool is_slow;
    double cpu[MOST_ROUNDS]; /* nanoseconds a message */
    double rate[MOST_ROUNDS];
} figures;

typedef struct settings {
    int connections, rounds;
    size_t size;
    uint64_t messages;
    const char *only;
    server servers[MOST_SERVERS];
    figures figures[MOST_SERVERS];
    int count;
} settings;

typedef struct connection {
    int fd;
    size_t missing; /* bytes of the answer */
} connection;

static void say(connection *self, const char *message, size_t size)
{
    self->missing = size;
    while (size > 0) {
        ssize_t sent = send(self->fd, message, size, MSG_NOSIGNAL);

        if (sent < 0)
            die("send");
        message += sent;
        size -= (size_t)sent;
    }
}

/* Whether the whole answer has come. */
static bool hear(connection *self, char *buffer, size_t size)
{
    ssize_t count = recv(self->fd, buffer, size, MSG_DONTWAIT);

    if (count == 0 || (count < 0 && errno != EAGAIN))
        die("recv");
    if (count > 0)
        self->missing -= (size_t)count;
    return count > 0 && self->missing == 0;
}

/* Every connection has one message under way until all have been answered. */
static void talk(connection *connections, int count, int epoll_fd, size_t size, uint64_t messages)
{
    struct epoll_event events[EVENTS];
    char *message = calloc(1, size), *buffer = malloc(size);
    uint64_t said = 0, heard = 0;

    for (int i = 0; i < count; i++, said++)
        say(&connections[i], message, size);
    while (heard < said) {
        int ready = epoll_wait(epoll_fd, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            connection *one = events[i].data.ptr;

            if (!hear(one, buffer, size))
                continue;
            heard++;
            if (said < messages) {
                said++;
                say(one, message, size);
            }
        }
    }
    free(message);
    free(buffer);
}

static connection *connect_all(const settings *self, const server *target, int epoll_fd)
{
    connection *connections = calloc((size_t)self->connections, sizeof(*connections));

    for (int i = 0; i < self->connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};

        connections[i].fd = server_connect(target);
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connections[i].fd, &event) != 0)
            die("epoll_ctl");
    }
    return connections;
}

/* The server is started anew in each round: what one round leaves in its memory does not matter to
 * the next. */
static void run_round(const settings *self, server *target, figures *out)
{
    double begin = seconds(CLOCK_MONOTONIC), cpu, wall;
    int epoll_fd = epoll_create1(0), round = out->rounds++;
    connection *connections;

    server_start(target);
    connections = connect_all(self, target, epoll_fd);
    talk(connections, self->connections, epoll_fd, self->size, self->messages / 10);
    cpu = server_cpu(target);
    wall = seconds(CLOCK_MONOTONIC);
    talk(connections, self->connections, epoll_fd, self->size, self->messages);
    out->cpu[round] = (server_cpu(target) - cpu) * 1e9 / (double)self->messages;
    out->rate[round] = (double)self->messages / (seconds(CLOCK_MONOTONIC) - wall);
    for (int i = 0; i < self->connections; i++)
        close(connections[i].fd);
    close(epoll_fd);
    free(connections);
    server_stop(target);
    out->is_slow = seconds(CLOCK_MONOTONIC) - begin > PATIENCE;
}

static void print(settings *self)
{
    double floor = median(self->figures[0].cpu, self->figures[0].rounds);

    printf("%d connections, %zu bytes, %d rounds of %llu messages\n", self->connections, self->size,
           self->rounds, (unsigned long long)self->messages);
    printf("%-16s %8s %15s %6s %12s\n", "server", "CPU ns", "(range)", "ratio", "messages/s");
    for (int i = 0; i < self->count; i++) {
        figures *one = &self->figures[i];
        double cpu = median(one->cpu, one->rounds);
        char range[32];

        snprintf(range, sizeof(range), "(%.0f-%.0f)", one->cpu[0], one->cpu[one->rounds - 1]);
        printf("%-16s %8.0f %15s %6.2f %12.0f\n", self->servers[i].name, cpu, range, cpu / floor,
               median(one->rate, one->rounds));
    }
}

static bool parse(settings *self, int count, char **words)
{
    int number = 0;

    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--smoke") == 0) {
            self->messages = 500;
            self->rounds = 1;
        } else if (strcmp(words[i], "--only") == 0 && i + 1 < count) {
            self->only = words[++i];
        } else if (number++ == 0) {
            self->connections = atoi(words[i]);
        } else if (number == 2) {
            self->size = (size_t)atoi(words[i]);
        } else {
            self->rounds = atoi(words[i]);
        }
    }
    /* Alone a connection waits for each answer, and large messages take their time. With very many
     * connections the slow ones need minutes. */
    if (self->connections == 1 || self->size > 4096)
        self->messages /= 5;
    else if (self->connections > 1000)
        self->messages /= 2;
    return self->rounds > 0 && self->rounds <= MOST_ROUNDS && self->size > 0 &&
           self->connections > 0 && number <= 3;
}

int main(int count, char **words)
{
    static settings self = {.connections = 50, .size = 64, .rounds = 7, .messages = 100000};

    if (!parse(&self, count, words)) {
        fprintf(stderr, "usage: %s [--smoke] [--only NAME,NAME] [CONNECTIONS SIZE [ROUNDS]]\n",
                words[0]);
        return 2;
    }
    self.count = servers_all(self.servers, self.only);
    allow_many_descriptors();
    pin(1);
    for (int round = 0; round < self.rounds; round++) {
        for (int i = 0; i < self.count; i++) {
            if (!self.figures[i].is_slow)
                run_round(&self, &self.servers[i], &self.figures[i]);
        }
    }
    print(&self);
    return EXIT_SUCCESS;
}

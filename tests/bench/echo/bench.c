/* Echo servers side by side: what a message costs the server's processor, as a ratio to raw epoll.
 *
 *     bench-echo [--smoke] [CONNECTIONS SIZE [ROUNDS]] [-- SERVER [ARGS]]...
 *
 * Each server is a command that prints "listening tcp:127.0.0.1:PORT"; without any it is raw epoll
 * and `bight echo` on every host that is built. A server is kept on the first
 * processor, the load is made on the second. Rounds are interleaved, A B C A B C, so that a machine
 * that slows down slows all of them; the medians are printed. The time of a server is that of its
 * processor clock between the first and the last message of a round. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_SERVERS = 16, MOST_ROUNDS = 21, EVENTS = 256 };

typedef struct server {
    char **command;
    pid_t pid;
    FILE *output;
    uint16_t port;
    double cpu[MOST_ROUNDS]; /* nanoseconds a message */
    double rate[MOST_ROUNDS];
} server;

typedef struct settings {
    int connections, rounds;
    size_t size;
    uint64_t messages;
    server servers[MOST_SERVERS];
    int count;
} settings;

typedef struct connection {
    int fd;
    size_t missing; /* bytes of the answer */
} connection;

static void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    /* On one processor all share it: the figures are then only good as ratios. */
    sched_setaffinity(0, sizeof(set), &set);
}

static double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -- Servers -- */

static void stop(server *self)
{
    kill(self->pid, SIGTERM);
    waitpid(self->pid, NULL, 0);
    fclose(self->output);
}

/* False when it ends before it listens: a host that is not built. */
static bool start(server *self)
{
    int ends[2];
    unsigned port;

    if (pipe(ends) != 0)
        die("pipe");
    self->pid = fork();
    if (self->pid == 0) {
        pin(0);
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(self->command[0], self->command);
        die(self->command[0]);
    }
    close(ends[1]);
    self->output = fdopen(ends[0], "r");
    if (fscanf(self->output, "listening tcp:127.0.0.1:%u", &port) != 1) {
        stop(self);
        return false;
    }
    self->port = (uint16_t)port;
    return true;
}

/* -- Load -- */

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

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

static void run_round(const settings *self, server *target, int round)
{
    connection *connections = calloc((size_t)self->connections, sizeof(*connections));
    int epoll_fd = epoll_create1(0);
    clockid_t clock;
    double cpu, wall;

    for (int i = 0; i < self->connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &connections[i]};

        connections[i].fd = connect_to(target->port);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connections[i].fd, &event);
    }
    clock_getcpuclockid(target->pid, &clock);
    talk(connections, self->connections, epoll_fd, self->size, self->messages / 10);
    cpu = seconds(clock);
    wall = seconds(CLOCK_MONOTONIC);
    talk(connections, self->connections, epoll_fd, self->size, self->messages);
    target->cpu[round] = (seconds(clock) - cpu) * 1e9 / (double)self->messages;
    target->rate[round] = (double)self->messages / (seconds(CLOCK_MONOTONIC) - wall);
    for (int i = 0; i < self->connections; i++)
        close(connections[i].fd);
    close(epoll_fd);
    free(connections);
}

/* -- Figures -- */

static int by_size(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return values[count / 2];
}

static void print_row(server *self, int rounds, double floor)
{
    double cpu = median(self->cpu, rounds);
    char name[64] = "";

    for (char **word = self->command; *word != NULL; word++) {
        const char *slash = strrchr(*word, '/');
        size_t used = strlen(name);

        snprintf(name + used, sizeof(name) - used, "%s%s", used > 0 ? " " : "",
                 slash != NULL ? slash + 1 : *word);
    }
    printf("%-44s %7.0f (%.0f-%.0f) %6.2f %9.0f\n", name, cpu, self->cpu[0], self->cpu[rounds - 1],
           cpu / floor, median(self->rate, rounds));
}

static void print(settings *self)
{
    double floor = median(self->servers[0].cpu, self->rounds);

    printf("%d connections, %zu bytes, %d rounds of %llu messages\n", self->connections, self->size,
           self->rounds, (unsigned long long)self->messages);
    printf("%-44s %s\n", "server", "CPU ns a message (range), ratio, messages/s");
    for (int i = 0; i < self->count; i++)
        print_row(&self->servers[i], self->rounds, floor);
}

static void allow_many_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void parse(settings *self, int count, char **words)
{
    int i = 1, number = 0;

    for (; i < count && strcmp(words[i], "--") != 0; i++) {
        if (strcmp(words[i], "--smoke") == 0) {
            self->messages = 500;
            self->rounds = 1;
        } else if (number++ == 0) {
            self->connections = atoi(words[i]);
        } else if (number == 2) {
            self->size = (size_t)atoi(words[i]);
        } else {
            self->rounds = atoi(words[i]);
        }
    }
    for (; i < count && self->count < MOST_SERVERS; i++) {
        if (strcmp(words[i], "--") == 0) {
            words[i] = NULL;
            self->servers[self->count++].command = &words[i + 1];
        }
    }
}

static void use_all(settings *self)
{
    static char *commands[][6] = {
        {BIGHT_ECHO_RAW, NULL},
        {BIGHT_TOOL, "echo", "tcp:127.0.0.1:0", NULL},
        {BIGHT_TOOL, "--host", "glib", "echo", "tcp:127.0.0.1:0", NULL},
        {BIGHT_TOOL, "--host", "qt", "echo", "tcp:127.0.0.1:0", NULL},
    };

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        self->servers[self->count++].command = commands[i];
}

static void start_all(settings *self)
{
    int started = 0;

    for (int i = 0; i < self->count; i++) {
        server one = self->servers[i];

        if (start(&one))
            self->servers[started++] = one;
        else
            fprintf(stderr, "left out: %s %s\n", one.command[0],
                    one.command[1] != NULL ? one.command[2] : "");
    }
    self->count = started;
}

int main(int count, char **words)
{
    static settings self = {.connections = 50, .size = 64, .rounds = 7, .messages = 100000};

    parse(&self, count, words);
    if (self.count == 0)
        use_all(&self);
    if (self.rounds < 1 || self.rounds > MOST_ROUNDS || self.size == 0 || self.connections < 1) {
        fprintf(stderr, "usage: %s [CONNECTIONS SIZE [ROUNDS]] [-- SERVER [ARGS]]...\n", words[0]);
        return 2;
    }
    allow_many_descriptors();
    start_all(&self);
    if (self.count == 0)
        return EXIT_FAILURE;
    pin(1);
    for (int round = 0; round < self.rounds; round++) {
        for (int i = 0; i < self.count; i++)
            run_round(&self, &self.servers[i], round);
    }
    for (int i = 0; i < self.count; i++)
        stop(&self.servers[i]);
    print(&self);
    return EXIT_SUCCESS;
}

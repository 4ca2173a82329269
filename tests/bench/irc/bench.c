/* What flooders of a large channel do to the others on an IRC server: the latency of a message
 * between two people outside, on an idle server and while 200 of 400 in a channel flood it.
 *
 *     bench-irc [--smoke]
 *
 * The server is a process of its own on the first processor. A second process floods and reads all
 * that the channel hears; beside the idle server it reads too, so that its own load is in both
 * figures. This one measures. Each flooder writes ten lines a second, five times its
 * pace. Ends with 1 if the median under the flood is more than three times that of the idle
 * server. */
#include <arpa/inet.h>
#include <bight/irc_server.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CROWD = 400, FLOODERS = 200, PAIRS = 40, PINGS = 600, BURST = 15, LINE = 512 };

typedef struct settings {
    int crowd, flooders, pairs, pings;
} settings;

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
    sched_setaffinity(0, sizeof(set), &set); /* with one processor all share it */
}

static void allow_many_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        die("setrlimit");
}

/* -- The server -- */

/* Writes its port into the pipe, and runs until it is killed. */
static void serve(int out)
{
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    bight_irc_server *server;
    const char *endpoint;
    int port;

    pin(0);
    options.max_connections = options.max_per_address = 0;
    if (reactor == NULL || bight_irc_server_new(reactor, &options, &server) != BIGHT_OK ||
        bight_irc_server_listen(server, "tcp:127.0.0.1:0", NULL) != BIGHT_OK)
        die("server");
    endpoint = bight_irc_server_get_endpoint(server, 0);
    port = atoi(strrchr(endpoint, ':') + 1);
    if (write(out, &port, sizeof(port)) != sizeof(port) || bight_reactor_run(reactor) != BIGHT_OK)
        die("run");
}

static pid_t start_server(int *port)
{
    int ends[2];
    pid_t child;

    if (pipe(ends) != 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        serve(ends[1]);
    if (read(ends[0], port, sizeof(*port)) != sizeof(*port))
        die("the server's port");
    close(ends[0]);
    close(ends[1]);
    return child;
}

/* -- Clients -- */

static void say(int fd, const char *text)
{
    if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EPIPE &&
        errno != ECONNRESET)
        die("send");
}

/* Read up to a text. */
static void await(int fd, const char *part)
{
    char text[8192];
    size_t size = 0;

    for (;;) {
        ssize_t count = recv(fd, text + size, sizeof(text) - 1 - size, 0);

        if (count <= 0)
            die(part);
        size += (size_t)count;
        text[size] = '\0';
        if (strstr(text, part) != NULL)
            return;
        if (size > sizeof(text) / 2) {
            memmove(text, text + size - LINE, LINE);
            size = LINE;
        }
    }
}

static int join_as(int port, const char *prefix, int number, const char *channel)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    char text[LINE];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    snprintf(text, sizeof(text), "NICK %s%d\r\nUSER u 0 * :u\r\n", prefix, number);
    say(fd, text);
    await(fd, " 422 ");
    if (channel != NULL) {
        snprintf(text, sizeof(text), "JOIN %s\r\n", channel);
        say(fd, text);
        await(fd, " 366 ");
    }
    return fd;
}

/* -- The flood -- */

static void drain(int fd)
{
    static char bytes[65536];

    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
        continue;
}

/* Until it is killed. */
static void flood(const int *crowd, const settings *given)
{
    const struct timespec beat = {0, 10000000};

    pin(1);
    for (int round = 0;; round = (round + 1) % 10) {
        for (int i = round; i < given->flooders; i += 10)
            say(crowd[i], "PRIVMSG #crowd :nobody wants to read this, and everybody has to\r\n");
        for (int i = 0; i < given->crowd; i++)
            drain(crowd[i]);
        nanosleep(&beat, NULL);
    }
}

static pid_t start_flood(const int *crowd, const settings *given)
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child == 0)
        flood(crowd, given);
    return child;
}

/* -- The measurement -- */

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int doubles_compare(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;

    return (first > second) - (first < second);
}

/* Microseconds from one person to another; the pairs take turns, so that none is slowed by its own
 * pace. */
static double measure(const char *name, const int *speakers, const int *hearers,
                      const settings *given)
{
    const struct timespec rest = {0, 10000000};
    double took[PINGS];
    char line[LINE], word[32];

    for (int i = 0; i < given->pings; i++) {
        int pair = i % given->pairs;
        double begin;

        snprintf(word, sizeof(word), "%s-%d.", name, i);
        snprintf(line, sizeof(line), "PRIVMSG hear%d :%s\r\n", pair, word);
        begin = now();
        say(speakers[pair], line);
        await(hearers[pair], word);
        took[i] = (now() - begin) * 1e6;
        nanosleep(&rest, NULL);
    }
    qsort(took, (size_t)given->pings, sizeof(*took), doubles_compare);
    printf("%-8s median %8.0f us   95 %% %8.0f us   most %8.0f us\n", name, took[given->pings / 2],
           took[given->pings * 95 / 100], took[given->pings - 1]);
    return took[given->pings / 2];
}

/* So that the second measurement has the whole burst again. */
static void recover(void)
{
    const struct timespec burst = {BURST, 0};

    nanosleep(&burst, NULL);
}

int main(int argc, char **argv)
{
    bool smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    settings given = {CROWD, FLOODERS, PAIRS, PINGS}, silent;
    int crowd[CROWD], speakers[PAIRS], hearers[PAIRS], port;
    double idle, flooded;
    pid_t server, flooding;

    if (smoke)
        given = (settings){20, 10, 4, 8};
    allow_many_descriptors();
    server = start_server(&port);
    pin(1);
    for (int i = 0; i < given.pairs; i++) {
        speakers[i] = join_as(port, "say", i, NULL);
        hearers[i] = join_as(port, "hear", i, NULL);
    }
    for (int i = 0; i < given.crowd; i++)
        crowd[i] = join_as(port, "crowd", i, "#crowd");
    if (!smoke)
        recover();
    silent = given;
    silent.flooders = 0;
    flooding = start_flood(crowd, &silent);
    idle = measure("idle", speakers, hearers, &given);
    kill(flooding, SIGKILL);
    if (!smoke)
        recover();
    flooding = start_flood(crowd, &given);
    flooded = measure("flooded", speakers, hearers, &given);
    kill(flooding, SIGKILL);
    kill(server, SIGKILL);
    while (wait(NULL) > 0)
        continue;
    printf("the flood takes %.1f times as long as the idle server; at most 3 are allowed\n",
           flooded / idle);
    return !smoke && flooded > 3 * idle ? EXIT_FAILURE : EXIT_SUCCESS;
}

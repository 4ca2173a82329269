/* What a source costs: a file to a connection, and a connection to a file, beside the loop that one
 * would write by hand for blocking descriptors and that copies each piece once. Both run in turn,
 * so that the machine is the same for both. The other end of the connection is a process of its
 * own.
 *
 *     ./run bench source [MEBIBYTES]
 *
 * Prints medians of some rounds: MiB a second, the speed of the source as a part of that of the
 * loop, and the processor's time of the source in this process as a part of that of the loop, which
 * depends less on what else the machine does; and how much memory the whole has taken. With --smoke
 * it does little, to see that it works. */
#include <bight/adopt.h>
#include <bight/reactor.h>
#include <bight/source.h>
#include <bight/value.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, MOST_ROUNDS = 15, MEBIBYTE = 1024 * 1024 };

static size_t total = (size_t)1024 * MEBIBYTE;
static int rounds = 7;
static char from_path[64], to_path[64];

static void need(bool worked, const char *what)
{
    if (worked)
        return;
    fprintf(stderr, "bench-source: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static double now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* -- The other end, a process -- */

static void drain(int fd)
{
    char *buffer = malloc(PIECE);
    size_t size = 0;
    ssize_t count;

    while (buffer != NULL && (count = read(fd, buffer, PIECE)) > 0)
        size += (size_t)count;
    _exit(size == total ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void feed(int fd)
{
    char *buffer = calloc(1, PIECE);
    ssize_t count = 1;

    for (size_t left = total; buffer != NULL && left > 0 && count > 0; left -= (size_t)count)
        count = write(fd, buffer, left < PIECE ? left : PIECE);
    _exit(EXIT_SUCCESS);
}

typedef struct peer {
    pid_t process;
    int fd; /* our end */
} peer;

static peer peer_start(void (*run)(int fd))
{
    int ends[2];
    peer made;

    need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    made = (peer){.process = fork(), .fd = ends[0]};
    need(made.process >= 0, "fork");
    if (made.process == 0) {
        close(ends[0]);
        run(ends[1]);
    }
    close(ends[1]);
    return made;
}

static void peer_await(peer other)
{
    int status = 0;

    need(waitpid(other.process, &status, 0) == other.process, "waitpid");
    errno = EIO;
    need(status == 0, "the other end");
}

/* -- By hand -- */

/* Reads, copies once, writes; what a program does that keeps what it reads in pieces of its own. */
static void copy_by_hand(int from, int to)
{
    char *buffer = malloc(PIECE), *piece = malloc(PIECE);
    ssize_t count;

    need(buffer != NULL && piece != NULL, "memory");
    while ((count = read(from, buffer, PIECE)) > 0) {
        memcpy(piece, buffer, (size_t)count);
        for (ssize_t sent = 0; sent < count;) {
            ssize_t part = write(to, piece + sent, (size_t)(count - sent));

            need(part > 0, "write");
            sent += part;
        }
    }
    free(buffer);
    free(piece);
}

static void send_by_hand(void)
{
    peer sink = peer_start(drain);
    int file = open(from_path, O_RDONLY | O_CLOEXEC);

    need(file >= 0, from_path);
    copy_by_hand(file, sink.fd);
    close(file);
    close(sink.fd);
    peer_await(sink);
}

static void save_by_hand(void)
{
    peer feeder = peer_start(feed);
    int file = open(to_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    need(file >= 0, to_path);
    copy_by_hand(feeder.fd, file);
    close(file);
    close(feeder.fd);
    peer_await(feeder);
}

/* -- With sources -- */

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol, (void)bytes, (void)size;
}

static const bight_protocol_ops ops = {.size = sizeof(ops), .received = on_received};

static bight_result on_done(bight_result in, void *data)
{
    errno = EIO;
    need(in.error == NULL && bight_result_get_int(in) == (intptr_t)total, "a source");
    bight_reactor_stop(data);
    return in;
}

static bight_transport *adopt(bight_reactor *reactor, int fd, bight_protocol *protocol)
{
    bight_transport *transport = NULL;

    protocol->ops = &ops;
    fcntl(fd, F_SETFL, O_NONBLOCK); /* as sockets that Bight opens are */
    need(reactor != NULL &&
             bight_transport_adopt(reactor, fd, fd, protocol, &transport) == BIGHT_OK,
         "adopt");
    return transport;
}

static void run_until_done(bight_reactor *reactor, bight_deferred *take_deferred)
{
    bight_deferred_both(take_deferred, on_done, reactor);
    need(bight_reactor_run(reactor) == BIGHT_OK, "run");
    bight_deferred_free(take_deferred);
}

static void send_with_source(void)
{
    peer sink = peer_start(drain);
    bight_reactor *reactor = bight_reactor_new();
    bight_protocol protocol;
    bight_transport *transport = adopt(reactor, sink.fd, &protocol);
    bight_result opened = {0};
    bight_source *file;
    bight_deferred *opening = bight_source_open_file(reactor, from_path, NULL);

    need(bight_deferred_take(opening, &opened) && opened.error == NULL, from_path);
    file = bight_result_steal_source(&opened);
    run_until_done(reactor, bight_source_send(file, transport));
    bight_transport_close(transport);
    bight_source_free(file);
    bight_deferred_free(opening);
    bight_reactor_free(reactor);
    peer_await(sink);
}

static void save_with_source(void)
{
    peer feeder = peer_start(feed);
    bight_reactor *reactor = bight_reactor_new();
    bight_protocol protocol;
    bight_transport *transport = adopt(reactor, feeder.fd, &protocol);
    bight_source *received = bight_source_new_transport(transport);

    run_until_done(reactor, bight_source_to_file(received, to_path, NULL));
    bight_source_free(received);
    bight_reactor_free(reactor);
    peer_await(feeder);
}

/* -- Measuring -- */

typedef struct pass {
    double time, processor; /* seconds; of the processor those of this process alone */
} pass;

static pass pass_of(void (*run)(void))
{
    pass made = {now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID)};

    run();
    made.time = now(CLOCK_MONOTONIC) - made.time;
    made.processor = now(CLOCK_PROCESS_CPUTIME_ID) - made.processor;
    unlink(to_path);
    return made;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *values)
{
    qsort(values, (size_t)rounds, sizeof(*values), compare);
    return values[rounds / 2];
}

static void measure(const char *what, void (*by_hand)(void), void (*with_source)(void))
{
    double plain[MOST_ROUNDS], source[MOST_ROUNDS], speed[MOST_ROUNDS], work[MOST_ROUNDS];

    for (int i = 0; i < rounds; i++) {
        pass one = pass_of(by_hand), other = pass_of(with_source);

        plain[i] = (double)total / MEBIBYTE / one.time;
        source[i] = (double)total / MEBIBYTE / other.time;
        speed[i] = one.time / other.time;
        work[i] = other.processor / one.processor;
    }
    printf("%-20s %9.0f %9.0f %8.0f %% %9.0f %%\n", what, median(plain), median(source),
           100 * median(speed), 100 * median(work));
}

static void make_file(void)
{
    int file = open(from_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char *piece = malloc(MEBIBYTE);

    need(file >= 0 && piece != NULL, from_path);
    memset(piece, 'x', MEBIBYTE);
    for (size_t size = 0; size < total; size += MEBIBYTE)
        need(write(file, piece, MEBIBYTE) == MEBIBYTE, from_path);
    free(piece);
    close(file);
}

static void choose_paths(void)
{
    const char *folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    snprintf(from_path, sizeof(from_path), "%s/bench-source-%ld-from", folder, (long)getpid());
    snprintf(to_path, sizeof(to_path), "%s/bench-source-%ld-to", folder, (long)getpid());
}

int main(int count, char **words)
{
    struct rusage before, after;

    if (count == 2 && strcmp(words[1], "--smoke") == 0) {
        total = (size_t)4 * MEBIBYTE;
        rounds = 1;
    } else if (count == 2) {
        total = strtoul(words[1], NULL, 10) * MEBIBYTE;
    }
    choose_paths();
    make_file();
    getrusage(RUSAGE_SELF, &before);
    printf("%5zu MiB; MiB/s        by hand    source   of which   processor\n", total / MEBIBYTE);
    measure("file to connection", send_by_hand, send_with_source);
    measure("connection to file", save_by_hand, save_with_source);
    getrusage(RUSAGE_SELF, &after);
    printf("memory: %ld KiB more at the peak\n", after.ru_maxrss - before.ru_maxrss);
    unlink(from_path);
    return EXIT_SUCCESS;
}

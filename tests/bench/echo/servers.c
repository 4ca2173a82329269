#include "servers.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

void pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

double seconds(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void allow_many_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int by_size(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return values[count / 2];
}

/* -- One of them -- */

static void become(const server *self, int output)
{
    pin(0);
    dup2(output, STDOUT_FILENO);
    if (self->is_qt_unix)
        setenv("QT_NO_GLIB", "1", 1);
    execv(self->command[0], self->command);
    die(self->command[0]);
}

/* False when it ends before it listens. */
static bool start(server *self)
{
    int ends[2];
    unsigned port;

    if (pipe(ends) != 0)
        die("pipe");
    self->pid = fork();
    if (self->pid == 0) {
        close(ends[0]);
        become(self, ends[1]);
    }
    close(ends[1]);
    self->output = fdopen(ends[0], "r");
    if (fscanf(self->output, "listening %*[a-z]:127.0.0.1:%u", &port) != 1)
        return false;
    self->port = (uint16_t)port;
    return true;
}

void server_start(server *self)
{
    if (!start(self))
        die(self->name);
}

void server_stop(server *self)
{
    kill(self->pid, SIGKILL);
    waitpid(self->pid, NULL, 0);
    fclose(self->output);
}

double server_cpu(const server *self)
{
    clockid_t clock;

    if (clock_getcpuclockid(self->pid, &clock) != 0)
        die("the server's clock");
    return seconds(clock);
}

double server_memory(const server *self)
{
    char path[64], line[256];
    unsigned long kilobytes = 0, all = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)self->pid);
    file = fopen(path, "r");
    if (file == NULL)
        die(path);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (sscanf(line, "Private_%*[^:]: %lu kB", &kilobytes) == 1)
            all += kilobytes;
    }
    fclose(file);
    return (double)all * 1024;
}

int server_connect(const server *self)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(self->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

/* -- Which there are -- */

/* Whether `name` is among names with commas between them. */
static bool is_in(const char *name, const char *names)
{
    size_t length = strlen(name);

    for (const char *at = names; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return true;
    }
    return false;
}

/* Twisted may not be installed, and io_uring forbidden. */
static bool listens(server *self)
{
    bool result = start(self);

    server_stop(self);
    if (!result)
        fprintf(stderr, "left out: %s does not listen\n", self->name);
    return result;
}

/* What the table names is among the benchmark's servers, unless it is a path. */
static bool was_built(server *self)
{
    char path[512];

    if (self->command[0][0] == '/')
        return true;
    snprintf(path, sizeof(path), BENCH_SERVERS "/echo-%s", self->command[0]);
    self->command[0] = strdup(path);
    if (access(path, X_OK) == 0)
        return true;
    fprintf(stderr, "left out: %s was not built\n", self->name);
    return false;
}

int servers_choose(server chosen[MOST_SERVERS], const server *all, size_t size, const char *only)
{
    int count = 0;

    for (size_t i = 0; i < size; i++) {
        if (i > 0 && only != NULL && !is_in(all[i].name, only))
            continue;
        chosen[count] = all[i];
        if (was_built(&chosen[count]) && listens(&chosen[count]))
            count++;
    }
    return count;
}

int servers_all(server servers[MOST_SERVERS], const char *only)
{
    static const server all[] = {
        {.name = "raw", .command = {"raw"}},
        {.name = "uring", .command = {"uring"}},
        {.name = "uring-nested", .command = {"uring", "nested"}},
        {.name = "bight", .command = {"bight"}},
        {.name = "bight-glib", .command = {"bight-glib"}},
        {.name = "bight-qt", .command = {"bight-qt"}},
        {.name = "bight-qt-unix", .command = {"bight-qt"}, .is_qt_unix = true},
        {.name = "bight-cfrunloop", .command = {"bight-cfrunloop"}},
        {.name = "libev", .command = {"libev"}},
        {.name = "libuv", .command = {"libuv"}},
        {.name = "libevent", .command = {"libevent"}},
        {.name = "asio", .command = {"asio"}},
        {.name = "gsocket", .command = {"gsocket"}},
        {.name = "gio", .command = {"gio"}},
        {.name = "qtcpsocket", .command = {"qtcpsocket"}},
        {.name = "twisted", .command = {"/usr/bin/python3", BENCH_PEERS "/twisted_echo.py"}},
    };

    return servers_choose(servers, all, sizeof(all) / sizeof(all[0]), only);
}

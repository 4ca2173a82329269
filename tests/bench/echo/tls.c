/* Servers of TLS side by side: what a message and what a handshake cost the server's processor, as
 * a ratio to OpenSSL on raw epoll.
 *
 *     bench-tls [--smoke] [--quick] [--only NAME,NAME] [CASE [ROUNDS]]
 *
 * CASE is 1x64, 50x64 or 50x16384 for messages of so many bytes on so many connections, full or
 * resumed for handshakes; without one all are measured. All servers have the same certificate, the
 * same version and cipher. Processors, rounds and medians are as in bench-echo. System calls are
 * counted in a round of their own, since strace slows a server down. */
#include "calls.h"
#include "identity.h"
#include "servers.h"
#include "tls_load.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

typedef struct tls_case {
    const char *name;
    int connections;
    size_t size; /* 0: handshakes */
    bool full;
    uint64_t count;
    bool is_smoke;
} tls_case;

static const tls_case cases[] = {
    {"1x64", 1, 64, false, 5000, false},         {"50x64", 50, 64, false, 15000, true},
    {"50x16384", 50, 16384, false, 3000, false}, {"full", 16, 0, true, 150, false},
    {"resumed", 16, 0, false, 150, true},
};

enum { CASES = sizeof(cases) / sizeof(cases[0]), TRACED = 500 };

typedef struct figures {
    double cpu[MOST_ROUNDS]; /* nanoseconds a message or handshake */
    double rate[MOST_ROUNDS];
    double calls;   /* of a message; negative if they could not be counted */
    double resumed; /* per cent of the handshakes */
} figures;

typedef struct settings {
    int rounds;
    bool smoke, quick; /* 20 of each; a third in one round */
    const char *only, *name;
    server servers[MOST_SERVERS];
    int count;
} settings;

/* -- A round -- */

static uint64_t amount(const settings *self, const tls_case *what)
{
    if (self->smoke)
        return 20;
    return self->quick ? what->count / 3 : what->count;
}

/* Returns how many handshakes were resumed. */
static uint64_t act(tls_load *load, const tls_case *what, uint64_t count)
{
    if (what->size == 0)
        return tls_load_visit(load, what->full, count);
    tls_load_talk(load, what->size, count);
    return 0;
}

/* The server is started anew, and has done some of the same when `load` is returned. */
static void begin(tls_load *load, server *target, const tls_case *what, uint64_t count)
{
    server_start(target);
    tls_load_init(load, target, what->connections);
    if (what->size > 0)
        tls_load_connect(load);
    act(load, what, count / 10 + (uint64_t)what->connections);
}

static void end(tls_load *load, server *target)
{
    tls_load_deinit(load);
    server_stop(target);
}

static void run_round(server *target, const tls_case *what, uint64_t count, figures *out, int round)
{
    tls_load load;
    double cpu, wall;
    uint64_t resumed;

    begin(&load, target, what, count);
    cpu = server_cpu(target);
    wall = seconds(CLOCK_MONOTONIC);
    resumed = act(&load, what, count);
    out->cpu[round] = (server_cpu(target) - cpu) * 1e9 / (double)count;
    out->rate[round] = (double)count / (seconds(CLOCK_MONOTONIC) - wall);
    out->resumed = 100 * (double)resumed / (double)count;
    end(&load, target);
}

static void count_calls(server *target, const tls_case *what, uint64_t most, figures *out)
{
    uint64_t count = most < TRACED ? most : TRACED;
    tls_load load;
    calls tracer;

    begin(&load, target, what, 0);
    out->calls = -1;
    if (calls_begin(&tracer, target->pid)) {
        act(&load, what, count);
        out->calls = (double)calls_end(&tracer) / (double)count;
    }
    end(&load, target);
}

/* -- A case -- */

static void print_heading(const settings *self, const tls_case *what)
{
    const char *kind = what->full ? "full" : "resumed";

    if (what->size > 0)
        printf("TLS, %d connections, %zu bytes, %d rounds of %llu messages\n", what->connections,
               what->size, self->rounds, (unsigned long long)amount(self, what));
    else
        printf("TLS, %s handshakes, %d at once, %d rounds of %llu\n", kind, what->connections,
               self->rounds, (unsigned long long)amount(self, what));
    printf("%-16s %8s %17s %6s %12s %9s %8s\n", "server", "CPU ns", "(range)", "ratio",
           what->size > 0 ? "messages/s" : "handshakes/s", "calls", "resumed");
}

static void print_row(const settings *self, const server *one, figures *its, double floor)
{
    double cpu = median(its->cpu, self->rounds);
    char range[40], counted[16] = "-";

    snprintf(range, sizeof(range), "(%.0f-%.0f)", its->cpu[0], its->cpu[self->rounds - 1]);
    if (its->calls >= 0)
        snprintf(counted, sizeof(counted), "%.2f", its->calls);
    printf("%-16s %8.0f %17s %6.2f %12.0f %9s %7.0f%%\n", one->name, cpu, range, cpu / floor,
           median(its->rate, self->rounds), counted, its->resumed);
}

static void run_case(settings *self, const tls_case *what)
{
    static figures all[MOST_SERVERS];
    double floor;

    for (int i = 0; i < self->count; i++)
        count_calls(&self->servers[i], what, amount(self, what), &all[i]);
    for (int round = 0; round < self->rounds; round++) {
        for (int i = 0; i < self->count; i++)
            run_round(&self->servers[i], what, amount(self, what), &all[i], round);
    }
    floor = median(all[0].cpu, self->rounds);
    print_heading(self, what);
    for (int i = 0; i < self->count; i++)
        print_row(self, &self->servers[i], &all[i], floor);
}

static bool is_wanted(const settings *self, const tls_case *what)
{
    return self->name != NULL ? strcmp(self->name, what->name) == 0
                              : !self->smoke || what->is_smoke;
}

static bool run_cases(settings *self)
{
    bool found = false;

    for (int i = 0; i < CASES; i++) {
        if (!is_wanted(self, &cases[i]))
            continue;
        if (found)
            printf("\n");
        found = true;
        run_case(self, &cases[i]);
        fflush(stdout);
    }
    if (!found)
        fprintf(stderr, "there is no case %s\n", self->name);
    return found;
}

/* -- The whole -- */

static int find_servers(server found[MOST_SERVERS], const identity *own, const char *only)
{
    char *certificate = strdup(own->certificate), *key = strdup(own->key), *endpoint = malloc(512);

    snprintf(endpoint, 512, "tls:127.0.0.1:0?cert=%s&key=%s&least=1.3", certificate, key);
    const server all[] = {
        {.name = "raw", .command = {"raw-tls", certificate, key}},
        {.name = "bight", .command = {"bight", endpoint}},
        {.name = "bight-glib", .command = {"bight-glib", endpoint}},
        {.name = "bight-qt", .command = {"bight-qt", endpoint}},
        {.name = "bight-qt-unix", .command = {"bight-qt", endpoint}, .is_qt_unix = true},
        {.name = "bight-cfrunloop", .command = {"bight-cfrunloop", endpoint}},
        {.name = "libevent", .command = {"libevent-tls", certificate, key}},
        {.name = "qsslsocket", .command = {"qsslsocket", certificate, key}},
    };

    return servers_choose(found, all, sizeof(all) / sizeof(all[0]), only);
}

static bool is_there(const settings *self, const char *name)
{
    for (int i = 0; i < self->count; i++) {
        if (strcmp(self->servers[i].name, name) == 0)
            return true;
    }
    return false;
}

/* Everything is compared to the floor; and the smoke test is one of ours. */
static bool is_ready(const settings *self)
{
    if (is_there(self, "raw") && (!self->smoke || is_there(self, "bight")))
        return true;
    fprintf(stderr, "there is nothing to compare\n");
    return false;
}

static bool parse(settings *self, int count, char **words)
{
    int number = 0;

    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--smoke") == 0 || strcmp(words[i], "--quick") == 0) {
            self->smoke = self->smoke || strcmp(words[i], "--smoke") == 0;
            self->quick = true;
            self->rounds = 1;
        } else if (strcmp(words[i], "--only") == 0 && i + 1 < count) {
            self->only = words[++i];
        } else if (number++ == 0) {
            self->name = words[i];
        } else {
            self->rounds = atoi(words[i]);
        }
    }
    return self->rounds > 0 && self->rounds <= MOST_ROUNDS && number <= 2;
}

int main(int count, char **words)
{
    static settings self = {.rounds = 5};
    static identity own;
    bool done;

    if (!parse(&self, count, words)) {
        fprintf(stderr, "usage: %s [--smoke] [--quick] [--only NAME,NAME] [CASE [ROUNDS]]\n",
                words[0]);
        return 2;
    }
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    identity_make(&own);
    self.count = find_servers(self.servers, &own, self.only);
    allow_many_descriptors();
    pin(1);
    done = is_ready(&self) && run_cases(&self);
    identity_remove(&own);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

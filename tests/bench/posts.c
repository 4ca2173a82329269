/* What it costs to reach the reactor's thread: calls posted from one thread and from four, and
 * works of the pool and back. Where GLib is there, its own way to do the same stands beside. Prints
 * the best of some rounds. With --smoke it does little, to see that it works. */
#include <bight/reactor.h>
#include <bight/threads.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef BENCH_GLIB
#include <glib.h>
#endif

enum { ROUNDS = 9, MOST_POSTERS = 4, AT_ONCE = 1000 };

static size_t count = 2000000, works = 20000;
static int rounds = ROUNDS;

static void *need(void *pointer)
{
    if (pointer == NULL) {
        fputs("bench-posts: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return pointer;
}

static void need_status(bight_status status)
{
    if (status != BIGHT_OK) {
        fprintf(stderr, "bench-posts: %s\n", bight_status_text(status));
        exit(EXIT_FAILURE);
    }
}

/* -- Posts -- */

typedef struct flood {
    bight_reactor *reactor;
    size_t each, left;
#ifdef BENCH_GLIB
    GMainContext *context;
#endif
} flood;

static void on_post(void *data)
{
    flood *self = data;

    if (--self->left == 0)
        bight_reactor_stop(self->reactor);
}

static void *post_all(void *data)
{
    flood *self = data;

    for (size_t i = 0; i < self->each; i++)
        need_status(bight_reactor_post(self->reactor, on_post, self, NULL));
    return NULL;
}

static void run_bight(flood *self)
{
    need_status(bight_reactor_run(self->reactor));
}

static double cpu_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What the best round took, and what the least of processor time was, both sides together. */
typedef struct took {
    double seconds, cpu;
} took;

static void keep_best(took *best, double seconds, double cpu)
{
    if (seconds < best->seconds)
        best->seconds = seconds;
    if (cpu < best->cpu)
        best->cpu = cpu;
}

static void print_took(const char *name, const took *best, size_t times)
{
    printf("%-36s %8.2f million/s %8.0f ns %8.0f ns of processor\n", name,
           (double)times / best->seconds / 1e6, best->seconds * 1e9 / (double)times,
           best->cpu * 1e9 / (double)times);
}

/* Seconds for `count` calls from so many threads. */
static double flood_from(flood *self, unsigned threads, void *(*poster)(void *),
                         void (*run)(flood *))
{
    pthread_t posters[MOST_POSTERS];
    uint64_t begin = bight_monotonic_now();

    self->each = count / threads;
    self->left = self->each * threads;
    for (unsigned i = 0; i < threads; i++) {
        if (pthread_create(&posters[i], NULL, poster, self) != 0)
            exit(EXIT_FAILURE);
    }
    run(self);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(posters[i], NULL);
    return (double)(bight_monotonic_now() - begin) / 1e9;
}

static void print_flood(const char *name, flood *self, unsigned threads, void *(*poster)(void *),
                        void (*run)(flood *))
{
    took best = {1e9, 1e9};

    for (int i = 0; i < rounds; i++) {
        double cpu = cpu_now();
        double seconds = flood_from(self, threads, poster, run);

        keep_best(&best, seconds, cpu_now() - cpu);
    }
    print_took(name, &best, count);
}

static void measure_posts(void)
{
    flood self = {.reactor = need(bight_reactor_new())};

    print_flood("posts from one thread", &self, 1, post_all, run_bight);
    print_flood("posts from four threads", &self, MOST_POSTERS, post_all, run_bight);
    bight_reactor_free(self.reactor);
}

#ifdef BENCH_GLIB
static gboolean on_idle(gpointer data)
{
    --((flood *)data)->left;
    return G_SOURCE_REMOVE;
}

static void *invoke_all(void *data)
{
    flood *self = data;

    for (size_t i = 0; i < self->each; i++) {
        GSource *source = g_idle_source_new();

        g_source_set_callback(source, on_idle, self, NULL);
        g_source_attach(source, self->context);
        g_source_unref(source);
    }
    return NULL;
}

static void run_glib(flood *self)
{
    while (self->left > 0)
        g_main_context_iteration(self->context, TRUE);
}

static void measure_glib(void)
{
    flood self = {.context = g_main_context_new()};
    size_t all = count;

    count = all / 20;
    print_flood("idle sources of GLib from one thread", &self, 1, invoke_all, run_glib);
    count = all;
    g_main_context_unref(self.context);
}
#endif

/* -- The pool -- */

typedef struct chain {
    bight_reactor *reactor;
    bight_threads *threads;
    size_t left, given;
} chain;

static bight_result nothing(bight_work *work, void *data)
{
    (void)work;
    return bight_result_value(data);
}

static void give(chain *self);

static void on_result(void *data)
{
    chain *self = data;

    if (--self->left == 0)
        bight_reactor_stop(self->reactor);
    else if (self->given > 0)
        give(self);
}

static void give(chain *self)
{
    bight_deferred *deferred = bight_threads_run(self->threads, nothing, NULL, NULL);

    self->given--;
    bight_deferred_always(deferred, on_result, self);
    bight_deferred_free(deferred);
}

/* Seconds for all works while so many are under way. */
static double work_through(chain *self, size_t at_once)
{
    uint64_t begin = bight_monotonic_now();

    self->left = self->given = works;
    for (size_t i = 0; i < at_once && self->given > 0; i++)
        give(self);
    need_status(bight_reactor_run(self->reactor));
    return (double)(bight_monotonic_now() - begin) / 1e9;
}

static void print_works(const char *name, chain *self, size_t at_once)
{
    took best = {1e9, 1e9};

    for (int i = 0; i < rounds; i++) {
        double cpu = cpu_now();
        double seconds = work_through(self, at_once);

        keep_best(&best, seconds, cpu_now() - cpu);
    }
    print_took(name, &best, works);
}

static void measure_pool(unsigned threads, const char *alone, const char *many)
{
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;
    chain self = {.reactor = need(bight_reactor_new())};

    options.threads = threads;
    need_status(bight_threads_new(self.reactor, &options, &self.threads));
    if (alone != NULL)
        print_works(alone, &self, 1);
    print_works(many, &self, AT_ONCE);
    bight_threads_free(self.threads);
    bight_reactor_free(self.reactor);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--smoke") == 0) {
        count = 20000;
        works = 200;
        rounds = 1;
    }
    measure_posts();
#ifdef BENCH_GLIB
    measure_glib();
#endif
    measure_pool(1, "a work to the pool and back", "works, a thousand under way");
    measure_pool(4, NULL, "the same with four threads");
    return EXIT_SUCCESS;
}

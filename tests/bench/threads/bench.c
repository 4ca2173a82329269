/* The pool of threads beside libuv's, with the same number of threads: works that do nothing, so
 * that only the way there and back is measured. Prints the ratio to libuv, which should be 2 at
 * most. */
#include <bight/deferred.h>
#include <bight/reactor.h>
#include <bight/threads.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef BENCH_UV
#include <uv.h>
#endif

enum { THREADS = 4, MOST_IN_FLIGHT = 500 };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* -- Bight -- */

typedef struct ours {
    bight_reactor *reactor;
    bight_threads *threads;
    long left, under_way;
} ours;

static bight_result work(bight_work *self, void *data)
{
    (void)self;
    (void)data;
    return bight_result_value(NULL);
}

static bight_result on_done(bight_result in, void *data);

static void submit(ours *self)
{
    bight_deferred *deferred = bight_threads_run(self->threads, work, self, NULL);

    self->left--;
    self->under_way++;
    bight_deferred_both(deferred, on_done, self);
    bight_deferred_free(deferred);
}

static bight_result on_done(bight_result in, void *data)
{
    ours *self = data;

    bight_result_free(in);
    self->under_way--;
    if (self->left > 0)
        submit(self);
    else if (self->under_way == 0)
        bight_reactor_stop(self->reactor);
    return bight_result_value(NULL);
}

static double ours_run(long count, long in_flight)
{
    ours self = {bight_reactor_new(), NULL, count, 0};
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;
    double start;

    options.threads = THREADS;
    options.queue = MOST_IN_FLIGHT;
    if (bight_threads_new(self.reactor, &options, &self.threads) != BIGHT_OK)
        abort();
    start = seconds();
    for (long i = 0; i < in_flight; i++)
        submit(&self);
    if (bight_reactor_run(self.reactor) != BIGHT_OK)
        abort();
    start = seconds() - start;
    bight_threads_free(self.threads);
    bight_reactor_free(self.reactor);
    return start;
}

/* -- libuv -- */

#ifdef BENCH_UV

static long uv_left;

static void uv_work(uv_work_t *request)
{
    (void)request;
}

static void uv_on_done(uv_work_t *request, int status)
{
    (void)status;
    if (uv_left > 0) {
        uv_left--;
        uv_queue_work(request->loop, request, uv_work, uv_on_done);
    }
}

static double uv_run_all(long count, long in_flight)
{
    static uv_work_t requests[MOST_IN_FLIGHT];
    uv_loop_t *loop = uv_default_loop();
    double start = seconds();

    uv_left = count - in_flight;
    for (long i = 0; i < in_flight; i++)
        uv_queue_work(loop, &requests[i], uv_work, uv_on_done);
    uv_run(loop, UV_RUN_DEFAULT);
    return seconds() - start;
}

#else

static double uv_run_all(long count, long in_flight)
{
    (void)count;
    (void)in_flight;
    return 0;
}

#endif

int main(int argc, char **argv)
{
    bool smoke = argc > 1 && strcmp(argv[1], "--smoke") == 0;
    long count = smoke ? 5000 : argc > 1 ? atol(argv[1]) : 1000000;
    static const long in_flights[] = {1, 16, MOST_IN_FLIGHT};

    printf("works that do nothing, %d threads, in microseconds each\n", THREADS);
    printf("%10s %10s %10s %10s\n", "in flight", "bight", "libuv", "ratio");
    for (int i = 0; i < 3; i++) {
        long jobs = in_flights[i] == 1 ? count / 10 : count;
        double mine, other;

        if (jobs < in_flights[i])
            jobs = in_flights[i];
        other = uv_run_all(jobs, in_flights[i]);
        mine = ours_run(jobs, in_flights[i]);
        printf("%10ld %10.2f %10.2f %10.1f\n", in_flights[i], mine * 1e6 / (double)jobs,
               other * 1e6 / (double)jobs, other > 0 ? mine / other : 0.0);
    }
    return 0;
}

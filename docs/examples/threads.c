/* Work on other threads: all of docs/guides/threads.md in one program.
 *
 *     build/dev/examples/threads
 */
#include <bight/coroutine.h>
#include <bight/later.h>
#include <bight/reactor.h>
#include <bight/threads.h>
#include <bight/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* -- Work, and its result -- */

typedef struct search {
    int limit;
} search;

static bool is_prime(int number)
{
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return false;
    }
    return number > 1;
}

static bight_result count_primes(bight_work *work, void *data)
{
    search *self = data;
    int found = 0;

    for (int number = 1; number <= self->limit; number++) {
        if (bight_work_is_cancelled(work))
            break;
        found += is_prime(number);
        if (number % 1000 == 0)
            bight_work_report(work, bight_result_int(100 * number / self->limit).value, NULL);
    }
    return bight_result_int(found);
}

static void on_report(void *value, void *data)
{
    int *percent = data;

    *percent = (int)(intptr_t)value;
}

static bight_deferred *search_to(bight_threads *threads, int limit, int *percent)
{
    search *data = malloc(sizeof(*data));
    bight_work_options options = BIGHT_WORK_OPTIONS_INIT;

    if (data == NULL)
        return NULL;
    data->limit = limit;
    options.report = on_report;
    options.report_data = percent;
    return bight_threads_run_with(threads, &options, count_primes, data, free);
}

/* -- Cancellation -- */

static void write_to(void *data)
{
    int *ends = data;

    if (write(ends[1], "x", 1) != 1)
        perror("write");
}

static bight_result sit_in_read(bight_work *work, void *data)
{
    int *ends = data;
    char byte;

    bight_work_on_cancel(work, write_to, ends);
    if (read(ends[0], &byte, 1) != 1)
        return bight_result_error(bight_error_new(BIGHT_ERROR_CLOSED, "nothing to read"));
    return bight_result_value(NULL);
}

/* -- A lane: one work at a time -- */

typedef struct account {
    int cents;
} account;

static bight_result pay_in(bight_work *work, void *data)
{
    account *self = data;

    (void)work;
    self->cents += 1;
    return bight_result_int(self->cents);
}

/* -- Calling the loop's thread from a work -- */

typedef struct question {
    bight_reactor *reactor;
    const char *text;
} question;

static bight_result ask(void *data)
{
    question *self = data;

    printf("asked: %s\n", self->text);
    return bight_result_wait(bight_delay(self->reactor, BIGHT_MSEC(1)));
}

static bight_result remove_file(bight_work *work, void *data)
{
    question removal = {data, "remove it?"};
    bight_result answer = bight_work_call_and_wait(work, ask, &removal);

    if (answer.error != NULL)
        return answer;
    bight_result_free(answer);
    return bight_result_value("removed");
}

/* -- All of it, in a coroutine -- */

typedef struct tour {
    bight_co co;
    bight_reactor *reactor;
    bight_threads *threads;
    bight_work_options in_order;
    account account;
    int ends[2];
    int percent, left;
} tour;

static bight_deferred *read_for_a_moment(tour *self)
{
    bight_deferred *deferred = bight_threads_run(self->threads, sit_in_read, self->ends, NULL);

    bight_timeout(deferred, self->reactor, BIGHT_MSEC(5));
    return deferred;
}

static bight_result walk(bight_co *co, void *frame)
{
    tour *self = frame;

    BIGHT_CO_BEGIN(co);
    BIGHT_CO_TRY(co, search_to(self->threads, 20000, &self->percent));
    printf("%d primes, %d %%\n", (int)bight_result_get_int(co->result), self->percent);

    BIGHT_CO_AWAIT(co, read_for_a_moment(self));
    if (co->result.error != NULL)
        printf("failed: %s\n", bight_error_get_message(co->result.error));

    for (self->left = 100; self->left > 0; self->left--) {
        BIGHT_CO_TRY(co, bight_threads_wait_room(self->threads));
        bight_deferred_free(
            bight_threads_run_with(self->threads, &self->in_order, pay_in, &self->account, NULL));
    }
    BIGHT_CO_TRY(co, bight_threads_wait_room(self->threads));
    BIGHT_CO_TRY(
        co, bight_threads_run_with(self->threads, &self->in_order, pay_in, &self->account, NULL));
    printf("%d cents\n", (int)bight_result_get_int(co->result));

    BIGHT_CO_TRY(co, bight_threads_run(self->threads, remove_file, self->reactor, NULL));
    puts((const char *)co->result.value);

    BIGHT_CO_TRY(co, bight_threads_stop(self->threads));
    puts("stopped");
    BIGHT_CO_END(co);
}

static void tour_free(void *frame)
{
    tour *self = frame;

    bight_lane_free(self->in_order.lane);
    bight_threads_free(self->threads);
    if (self->ends[1] > 0) {
        close(self->ends[0]);
        close(self->ends[1]);
    }
    free(self);
}

static bool tour_begin(tour *self, bight_reactor *reactor)
{
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;

    options.threads = 2;
    options.queue = 4;
    self->reactor = reactor;
    if (bight_threads_new(reactor, &options, &self->threads) != BIGHT_OK)
        return false;
    self->in_order = (bight_work_options)BIGHT_WORK_OPTIONS_INIT;
    self->in_order.lane = bight_lane_new(self->threads);
    return self->in_order.lane != NULL && pipe(self->ends) == 0;
}

static void stop(void *reactor)
{
    bight_reactor_stop(reactor);
}

static void run_tour(bight_reactor *reactor, tour *self)
{
    bight_deferred *done = bight_co_start(walk, self, &self->co, tour_free);

    bight_deferred_always(done, stop, reactor);
    bight_deferred_free(done);
    if (bight_reactor_run(reactor) != BIGHT_OK)
        abort();
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    tour *self = reactor != NULL ? calloc(1, sizeof(*self)) : NULL;

    if (self == NULL)
        return EXIT_FAILURE;
    if (!tour_begin(self, reactor)) {
        tour_free(self);
        return EXIT_FAILURE;
    }
    run_tour(reactor, self);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}

/* Deferreds, from a promise to a coroutine: all of docs/guides/deferreds.md in one program.
 *
 *     build/dev/examples/deferreds
 */
#include <bight/coroutine.h>
#include <bight/gather.h>
#include <bight/later.h>
#include <bight/lock.h>
#include <bight/log.h>
#include <bight/owner.h>
#include <bight/queue.h>
#include <bight/reactor.h>
#include <bight/timer.h>
#include <bight/value.h>
#include <stdio.h>
#include <stdlib.h>

/* -- The producer: a thermometer that needs some time -- */

typedef struct thermometer {
    bight_promise *promise;
    bight_timer *timer;
    int degrees;
} thermometer;

static void thermometer_free(thermometer *self)
{
    bight_timer_free(self->timer);
    free(self);
}

static void on_measured(bight_timer *timer, void *data)
{
    thermometer *self = data;
    bight_promise *promise = self->promise;
    int degrees = self->degrees;

    (void)timer;
    thermometer_free(self);
    if (degrees > -100)
        bight_promise_complete(promise, bight_result_int(degrees));
    else
        bight_promise_fail(promise, bight_error_new(BIGHT_ERROR_PROTOCOL, "the line is broken"));
}

static void on_cancel(bight_promise *promise, void *data)
{
    thermometer_free(data);
    bight_promise_free(promise);
}

static bight_deferred *measure(bight_reactor *reactor, int degrees)
{
    thermometer *self = malloc(sizeof(*self));
    bight_deferred *deferred;

    if (self == NULL)
        return NULL;
    if (bight_timer_new(reactor, on_measured, self, &self->timer) != BIGHT_OK) {
        free(self);
        return NULL;
    }
    deferred = bight_deferred_new(&self->promise);
    if (deferred == NULL) {
        thermometer_free(self);
        return NULL;
    }
    self->degrees = degrees;
    bight_promise_on_cancel(self->promise, on_cancel, self);
    bight_timer_start(self->timer, BIGHT_MSEC(5));
    return deferred;
}

/* -- The consumer: a chain of steps -- */

typedef struct window {
    bight_owner owner;
    bight_reactor *reactor;
    bool spinning;
    int beats;
} window;

static bight_result to_fahrenheit(bight_result in, void *data)
{
    (void)data;
    return bight_result_int(bight_result_get_int(in) * 9 / 5 + 32);
}

static bight_result show(bight_result in, void *data)
{
    (void)data;
    printf("%d degrees\n", (int)bight_result_get_int(in));
    return in;
}

static bight_result show_failure(bight_result in, void *data)
{
    (void)data;
    printf("failed: %s\n", bight_error_get_message(in.error));
    bight_result_free(in);
    return bight_result_value(NULL);
}

static void stop_spinner(void *data)
{
    window *self = data;

    self->spinning = false;
}

static bight_deferred *chain(window *self, int degrees)
{
    bight_deferred *deferred = measure(self->reactor, degrees);

    self->spinning = true;
    bight_deferred_then(deferred, to_fahrenheit, NULL, NULL);
    bight_deferred_then(deferred, show, show_failure, self);
    bight_deferred_always(deferred, stop_spinner, self);
    return deferred;
}

/* -- A step that waits for another deferred -- */

static bight_result measure_inside(bight_result in, void *data)
{
    window *self = data;

    printf("outside: %d\n", (int)bight_result_get_int(in));
    bight_result_free(in);
    return bight_result_wait(measure(self->reactor, 22));
}

static bight_deferred *wait_for_another(window *self)
{
    bight_deferred *deferred = measure(self->reactor, 3);

    bight_deferred_then(deferred, measure_inside, NULL, self);
    bight_deferred_then(deferred, show, show_failure, self);
    return deferred;
}

/* -- A timeout -- */

static bight_deferred *limit(window *self)
{
    bight_deferred *deferred = measure(self->reactor, 21);

    bight_timeout(deferred, self->reactor, BIGHT_MSEC(1));
    bight_deferred_then(deferred, show, show_failure, self);
    return deferred;
}

/* -- Binding a chain to an owner -- */

static void close_window(window *self)
{
    window *other = malloc(sizeof(*other));
    bight_deferred *deferred;

    if (other == NULL)
        return;
    bight_owner_init(&other->owner);
    deferred = measure(self->reactor, 21);
    bight_deferred_bind(deferred, &other->owner);
    bight_deferred_then(deferred, show, show_failure, other);
    bight_deferred_free(deferred);

    bight_owner_deinit(&other->owner);
    free(other);
}

/* -- Waiting for several deferreds -- */

static bight_result show_all(bight_result in, void *data)
{
    bight_results *results = bight_result_get_results(in);

    (void)data;
    for (size_t i = 0; i < results->count; i++)
        printf("%zu: %d\n", results->items[i].index,
               (int)bight_result_get_int(results->items[i].result));
    return in;
}

static bight_deferred *gather(window *self)
{
    bight_deferred *places[] = {
        measure(self->reactor, 3),
        measure(self->reactor, 22),
        measure(self->reactor, 19),
    };
    bight_deferred *all = bight_gather_all(places, 3);

    bight_deferred_then(all, show_all, show_failure, self);
    return all;
}

/* -- Repeating -- */

static bight_result on_beat(bight_beat *beat, void *data)
{
    window *self = data;

    puts("beat");
    beat->last = ++self->beats == 2;
    return bight_result_wait(measure(self->reactor, 20));
}

static bight_result try_to_measure(unsigned attempt, void *data)
{
    window *self = data;

    printf("attempt %u\n", attempt);
    return bight_result_wait(measure(self->reactor, attempt < 3 ? -273 : 18));
}

static bight_deferred *retry(window *self)
{
    bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;
    bight_deferred *deferred;

    options.first_delay = BIGHT_MSEC(2);
    options.attempts = 5;
    deferred = bight_retry(self->reactor, &options, try_to_measure, self);
    bight_deferred_then(deferred, show, show_failure, self);
    return deferred;
}

/* -- A lock -- */

static bight_result use_line(void *data)
{
    window *self = data;

    puts("the line is ours");
    return bight_result_wait(measure(self->reactor, 17));
}

/* -- All of it, in a coroutine -- */

typedef struct tour {
    bight_co co;
    window window;
    bight_semaphore *line;
    bight_queue *queue;
    int left;
} tour;

static bight_result walk(bight_co *co, void *frame)
{
    tour *self = frame;

    BIGHT_CO_BEGIN(co);
    BIGHT_CO_TRY(co, chain(&self->window, 21));
    BIGHT_CO_TRY(co, chain(&self->window, -273));
    BIGHT_CO_TRY(co, wait_for_another(&self->window));
    BIGHT_CO_TRY(co, limit(&self->window));
    close_window(&self->window);
    BIGHT_CO_TRY(co, gather(&self->window));
    BIGHT_CO_TRY(co, bight_repeat(self->window.reactor, BIGHT_MSEC(10), on_beat, &self->window));
    BIGHT_CO_TRY(co, retry(&self->window));
    BIGHT_CO_TRY(co, bight_semaphore_run(self->line, use_line, &self->window));

    for (self->left = 3; self->left > 0; self->left--)
        BIGHT_CO_TRY(co, bight_queue_put(self->queue, "a value", NULL));
    while (bight_queue_get_size(self->queue) > 0) {
        BIGHT_CO_TRY(co, bight_queue_get(self->queue));
        printf("got %s\n", (const char *)co->result.value);
    }

    BIGHT_CO_AWAIT(co, measure(self->window.reactor, -273));
    if (co->result.error != NULL)
        printf("seen: %s\n", bight_error_get_message(co->result.error));
    BIGHT_CO_END(co);
}

static void tour_free(void *frame)
{
    tour *self = frame;

    bight_owner_deinit(&self->window.owner);
    bight_semaphore_free(self->line);
    bight_queue_free(self->queue);
    free(self);
}

static tour *tour_new(bight_reactor *reactor)
{
    tour *self = calloc(1, sizeof(*self));

    if (self == NULL)
        return NULL;
    self->window.reactor = reactor;
    bight_owner_init(&self->window.owner);
    self->line = bight_lock_new();
    self->queue = bight_queue_new(10);
    if (self->line != NULL && self->queue != NULL)
        return self;
    tour_free(self);
    return NULL;
}

static void stop(void *reactor)
{
    bight_reactor_stop(reactor);
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    tour *self = reactor != NULL ? tour_new(reactor) : NULL;
    bight_deferred *done;

    if (self == NULL)
        return EXIT_FAILURE;
    done = bight_co_start(walk, self, &self->co, tour_free);
    bight_deferred_always(done, stop, reactor);
    bight_deferred_free(done);
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;

    /* No step handles this error: it is reported, with the line that made the deferred. */
    bight_deferred_free(
        bight_deferred_failed(bight_error_new(BIGHT_ERROR_PROTOCOL, "the line is broken")));
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}

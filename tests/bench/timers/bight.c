#include "libraries.h"
#include <bight/reactor.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <stdlib.h>

static bight_reactor *reactor;
static bight_timer **timers;

static void on_timer(bight_timer *timer, void *data)
{
    (void)timer;
    (void)data;
}

static void open_all(size_t count)
{
    reactor = bight_reactor_new();
    timers = calloc(count, sizeof(*timers));
}

typedef struct work {
    void (*fn)(void *data);
    void *data;
} work;

static void on_task(bight_task *task, void *data)
{
    work *self = data;

    (void)task;
    self->fn(self->data);
}

static void inside(void (*fn)(void *), void *data)
{
    work self = {fn, data};
    bight_task *task;

    if (bight_task_new(reactor, on_task, &self, &task) != BIGHT_OK)
        abort();
    bight_task_schedule(task);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    bight_task_free(task);
}

static void create(size_t index, uint64_t delay)
{
    if (bight_timer_new(reactor, on_timer, NULL, &timers[index]) != BIGHT_OK)
        abort();
    bight_timer_start(timers[index], BIGHT_MSEC(delay));
}

static void again(size_t index, uint64_t delay)
{
    bight_timer_start(timers[index], BIGHT_MSEC(delay));
}

static void cancel(size_t index)
{
    bight_timer_free(timers[index]);
}

static void turn(void)
{
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
}

static void close_all(void)
{
    free(timers);
    bight_reactor_free(reactor);
}

static const library bight = {"bight", open_all, inside, create, again, cancel, turn, close_all};
const library *const bench_bight = &bight;

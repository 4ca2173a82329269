#include "libraries.h"
#include <ev.h>
#include <stdlib.h>

static struct ev_loop *loop;
static ev_timer **timers;

static void on_timer(struct ev_loop *of, ev_timer *timer, int events)
{
    (void)of;
    (void)timer;
    (void)events;
}

static void open_all(size_t count)
{
    loop = ev_loop_new(EVBACKEND_EPOLL);
    timers = calloc(count, sizeof(*timers));
}

static void create(size_t index, uint64_t delay)
{
    timers[index] = malloc(sizeof(**timers));
    ev_timer_init(timers[index], on_timer, (double)delay / 1e3, 0);
    ev_timer_start(loop, timers[index]);
}

static void again(size_t index, uint64_t delay)
{
    timers[index]->repeat = (double)delay / 1e3;
    ev_timer_again(loop, timers[index]);
}

static void cancel(size_t index)
{
    ev_timer_stop(loop, timers[index]);
    free(timers[index]);
}

static void turn(void)
{
    ev_run(loop, EVRUN_NOWAIT);
}

static void close_all(void)
{
    free(timers);
    ev_loop_destroy(loop);
}

static const library libev = {"libev", open_all, NULL, create, again, cancel, turn, close_all};
const library *const bench_libev = &libev;

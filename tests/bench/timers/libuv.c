#include "libraries.h"
#include <stdlib.h>
#include <uv.h>

static uv_loop_t loop;
static uv_timer_t **timers;

static void on_timer(uv_timer_t *timer)
{
    (void)timer;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void open_all(size_t count)
{
    uv_loop_init(&loop);
    timers = calloc(count, sizeof(*timers));
}

static void create(size_t index, uint64_t delay)
{
    timers[index] = malloc(sizeof(**timers));
    uv_timer_init(&loop, timers[index]);
    uv_timer_start(timers[index], on_timer, delay, 0);
}

static void again(size_t index, uint64_t delay)
{
    uv_timer_start(timers[index], on_timer, delay, 0);
}

/* Its memory goes in the next turn, which is not counted. */
static void cancel(size_t index)
{
    uv_close((uv_handle_t *)timers[index], on_closed);
}

static void turn(void)
{
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void close_all(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    free(timers);
}

static const library libuv = {"libuv", open_all, NULL, create, again, cancel, turn, close_all};
const library *const bench_libuv = &libuv;

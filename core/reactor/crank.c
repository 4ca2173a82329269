/* The host with a manual clock: the reactor is the same, only its clock is a number. */
#include "../base/check.h"
#include "internal.h"
#include <bight/crank.h>
#include <poll.h>
#include <stdlib.h>

enum { MOST_TURNS = 100000 };

typedef struct crank {
    uint64_t now;
    bighti_run *run; /* innermost run, or NULL */
} crank;

static uint64_t crank_now(void *data)
{
    return ((crank *)data)->now;
}

/* Nothing is ready: advance to the next timer, or wait for a descriptor if there is none. */
static void wait_or_move(bight_reactor *reactor, crank *self)
{
    uint64_t deadline;
    struct pollfd ready = {.fd = bight_reactor_fd(reactor), .events = POLLIN};

    bight_reactor_before_wait(reactor);
    deadline = bight_reactor_get_deadline(reactor);
    if (poll(&ready, 1, deadline == BIGHT_NEVER ? -1 : 0) == 0 && deadline > self->now)
        self->now = deadline;
}

static bight_status crank_run(bight_reactor *reactor, void *host)
{
    crank *self = host;
    bighti_run run = {.outer = self->run};

    bighti_reactor_ref(reactor);
    self->run = &run;
    while (!run.stop) {
        bight_turn turn = bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);

        if (!run.stop && turn == BIGHT_TURN_IDLE)
            wait_or_move(reactor, self);
    }
    if (!reactor->shared.dead)
        self->run = run.outer;
    bighti_reactor_unref(reactor);
    return BIGHT_OK;
}

static void crank_stop(bight_reactor *reactor, void *host)
{
    crank *self = host;

    (void)reactor;
    if (self->run != NULL)
        self->run->stop = true;
}

/* The time may still be read while the reactor is being freed. */
static uint64_t stopped_now(void *data)
{
    (void)data;
    return 0;
}

static void crank_detach(bight_reactor *reactor, void *host)
{
    crank *self = host;

    for (bighti_run *run = self->run; run != NULL; run = run->outer)
        run->stop = true;
    reactor->clock = (bight_clock){stopped_now, NULL};
    free(self);
}

static const bight_host_ops crank_ops = {
    .size = sizeof(bight_host_ops),
    .name = "crank",
    .run = crank_run,
    .stop = crank_stop,
    .detach = crank_detach,
};

bight_reactor *bight_crank_reactor_new(void)
{
    bight_reactor_options options = BIGHT_REACTOR_OPTIONS_INIT;
    bight_reactor *reactor = NULL;
    crank *host = calloc(1, sizeof(*host));

    if (host == NULL)
        return NULL;
    host->now = BIGHT_SEC(1);
    options.clock = (bight_clock){crank_now, host};
    if (bight_reactor_new_with(&options, &reactor) != BIGHT_OK) {
        free(host);
        return NULL;
    }
    reactor->host_ops = &crank_ops;
    reactor->host = host;
    reactor->shared.announces = true;
    return reactor;
}

static crank *crank_of(bight_reactor *reactor)
{
    BIGHTI_REQUIRE_REACTOR(reactor);
    BIGHTI_REQUIRE(reactor->host_ops == &crank_ops, "not a reactor that is cranked by hand");
    return reactor->host;
}

static bool is_ready(bight_reactor *reactor)
{
    struct pollfd ready = {.fd = bight_reactor_fd(reactor), .events = POLLIN};

    return bighti_work_remains(reactor) || poll(&ready, 1, 0) > 0;
}

void bight_crank_settle(bight_reactor *reactor)
{
    int turns = 0;

    crank_of(reactor);
    bighti_reactor_ref(reactor);
    do {
        BIGHTI_REQUIRE(turns++ < MOST_TURNS, "something schedules itself without end");
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    } while (!reactor->shared.dead && is_ready(reactor));
    bighti_reactor_unref(reactor);
}

void bight_crank_advance(bight_reactor *reactor, uint64_t duration)
{
    crank *self = crank_of(reactor);
    uint64_t end = self->now + duration;

    BIGHTI_REQUIRE(reactor->shared.depth == 0, "the clock is moved inside a callback");
    bighti_reactor_ref(reactor);
    bight_crank_settle(reactor);
    while (!reactor->shared.dead && bighti_wheel_next(&reactor->wheel) <= end) {
        uint64_t next = bighti_wheel_next(&reactor->wheel);

        if (next > self->now)
            self->now = next;
        bight_crank_settle(reactor);
    }
    if (!reactor->shared.dead) {
        self->now = end;
        bight_crank_settle(reactor);
    }
    bighti_reactor_unref(reactor);
}

/* The turn: collect all ready events, then run their callbacks one at a time.
 *
 * First every event of the poller is turned into a link in the `io` list, expired timers are moved
 * to `due`, tasks and posts of the last turn become those of this one. No callback has run until
 * then, so no event can refer to an object that a callback has freed. Then one callback is taken
 * from each list in rotation, until all are empty or the budget is used up. Work that a callback
 * adds goes to the lists of the next turn, so that a turn ends.
 *
 * A callback may run the loop again, as a modal dialog does: the inner turn finds the lists as the
 * outer turn has left them and continues. A nested loop must wake up for the entries of these
 * lists although the poller has already reported them. bight_reactor_before_wait() ensures that if
 * the host calls it. If the host does not, the wake-up descriptor is written before the first
 * callback if more than one callback is waiting.
 *
 * A loop may watch the reactor's descriptor edge-triggered (EPOLLET, a run loop of
 * CoreFoundation): it is notified when the descriptor becomes ready, but not while it stays ready.
 * If work is left over, the wake-up descriptor is written, which causes an edge. Two kinds of work
 * are known only to the poller: a level-triggered watch whose callback did not read everything,
 * and events that did not fit into one poll. So after a turn that may have left such work, the
 * poller is asked once, and the wake-up descriptor is written if the poller is ready. Streams are
 * edge-triggered themselves, so their turns do not need this poll, nor does a host that declares
 * itself level-triggered. */
#include "../base/check.h"
#include "../base/options.h"
#include "internal.h"
#include <stddef.h>
#include <unistd.h>

enum { EVENTS_PER_WAIT = 256 };

void bight_reactor_wake(bight_reactor *reactor)
{
    static const uint64_t one = 1;

    BIGHTI_REQUIRE_REACTOR(reactor);
    if (bighti_is_inherited(reactor))
        return;
    /* It fails only if the counter is at its maximum, and then a wake-up is pending anyway. */
    if (write(reactor->wake_fd, &one, sizeof(one)) < 0)
        return;
}

void bighti_poke(bight_reactor *reactor)
{
    if (reactor->poked || reactor->shared.dead)
        return;
    reactor->poked = true;
    bight_reactor_wake(reactor);
}

bool bighti_work_remains(const bight_reactor *reactor)
{
    return !bighti_list_is_empty(&reactor->io) || !bighti_list_is_empty(&reactor->io_next) ||
           !bighti_list_is_empty(&reactor->due) || !bighti_list_is_empty(&reactor->tasks) ||
           !bighti_list_is_empty(&reactor->tasks_next) || !bighti_list_is_empty(&reactor->news) ||
           !bighti_list_is_empty(&reactor->news_next) || bighti_posts_remain(reactor);
}

static void collect_events(bight_reactor *reactor, uint64_t timeout)
{
    bighti_poll_event events[EVENTS_PER_WAIT];
    int count;

    BIGHTI_REQUIRE(!bighti_is_inherited(reactor),
                   "this is a forked child: it has to call bight_reactor_rebuild() first");
    count = bighti_poller_wait(&reactor->poller, events, EVENTS_PER_WAIT, timeout);
    if (count < 0) {
        bighti_report_broken(reactor, "epoll_wait", -count);
        bight_reactor_stop(reactor);
    }
    reactor->overflowed = count == EVENTS_PER_WAIT;
    /* The edge of an earlier write has woken the loop, although its event may be among those that
     * did not fit. */
    reactor->poked = false;
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr != NULL)
            bighti_watch_collect(events[i].data.ptr, events[i].events);
    }
}

static void collect(bight_reactor *reactor, uint64_t timeout)
{
    collect_events(reactor, timeout);
    reactor->now_valid = false;
    reactor->collected_at = bight_reactor_now(reactor);
    bighti_wheel_expire(&reactor->wheel, reactor->collected_at, &reactor->due);
    bighti_list_splice(&reactor->tasks, &reactor->tasks_next);
    bighti_list_splice(&reactor->news, &reactor->news_next);
    bighti_list_splice(&reactor->io, &reactor->io_next);
    bighti_posts_collect(reactor);
    /* A callback may run a nested loop that waits for the next timer. For a host that announces
     * its waits, the descriptor is set only when that happens. */
    if (!reactor->shared.announces)
        bighti_timers_arm(reactor);
}

static bool run_one(bight_reactor *reactor)
{
    static bool (*const run[])(bight_reactor *) = {
        bighti_timer_run_one,
        bighti_task_run_one,
        bighti_posts_run_some,
        bighti_watch_run_one,
    };
    enum { QUEUES = sizeof(run) / sizeof(run[0]) };

    for (int tries = 0; tries < QUEUES; tries++) {
        reactor->rotation = (uint8_t)((reactor->rotation + 1) % QUEUES);
        if (run[reactor->rotation](reactor))
            return true;
    }
    return false;
}

bool bighti_is_spent(bight_reactor *reactor)
{
    if (reactor->yield)
        return true;
    if (reactor->callback_limit != 0 && reactor->shared.stats.callbacks >= reactor->callback_limit)
        return true;
    return reactor->time_limit != 0 && bight_reactor_now(reactor) >= reactor->time_limit;
}

static bool more_than_one_waits(const bight_reactor *reactor)
{
    const bighti_link *lists[] = {&reactor->io, &reactor->due, &reactor->tasks, &reactor->news};
    size_t waiting = reactor->posts.count - reactor->posts_done;

    /* One bell may run many callbacks. */
    if (!bighti_list_is_empty(&reactor->bells))
        return true;
    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (!bighti_list_is_empty(lists[i]))
            waiting += lists[i]->next->next != lists[i] ? 2 : 1;
    }
    return waiting > 1;
}

/* A nested turn has a budget of its own. */
static void run_ready(bight_reactor *reactor, bight_budget budget)
{
    uint64_t outer_time = reactor->time_limit, outer_callbacks = reactor->callback_limit;
    uint64_t done = reactor->shared.stats.callbacks;

    reactor->yield = false;
    reactor->time_limit = budget.time != 0 ? bight_reactor_now(reactor) + budget.time : 0;
    reactor->callback_limit = budget.callbacks != 0 ? done + budget.callbacks : 0;
    if (!reactor->shared.announces && reactor->shared.run == NULL && more_than_one_waits(reactor))
        bighti_poke(reactor);
    while (run_one(reactor) && !bighti_is_spent(reactor)) {
    }
    bighti_flush_all(reactor);
    reactor->time_limit = outer_time;
    reactor->callback_limit = outer_callbacks;
}

bight_turn bighti_turn(bight_reactor *reactor, bight_budget budget, uint64_t timeout)
{
    bight_turn result = BIGHT_TURN_IDLE;

    bighti_reactor_ref(reactor);
    bighti_flush_all(reactor);
    reactor->shared.depth++;
    reactor->shared.stats.turns++;
    if (reactor->shared.depth > reactor->shared.stats.deepest)
        reactor->shared.stats.deepest = reactor->shared.depth;
    collect(reactor, timeout);
    run_ready(reactor, budget);
    reactor->shared.depth--;
    reactor->now_valid = false;
    if (!reactor->shared.dead) {
        bighti_timers_arm(reactor);
        if (bighti_work_remains(reactor) || reactor->overflowed)
            result = BIGHT_TURN_MORE;
    }
    bighti_reactor_unref(reactor);
    return result;
}

static bool host_is_level_triggered(const bight_reactor *reactor)
{
    const bight_host_ops *ops = reactor->host_ops;

    return ops != NULL && BIGHTI_SLOT(ops, bight_host_ops, level_triggered);
}

static bool poller_needs_an_edge(bight_reactor *reactor)
{
    bool told = reactor->level_told || reactor->overflowed;

    reactor->level_told = false;
    return told && reactor->is_watched && !host_is_level_triggered(reactor) &&
           bighti_poller_is_ready(&reactor->poller);
}

void bighti_show_what_remains(bight_reactor *reactor)
{
    if (reactor->poked || reactor->shared.dead)
        return;
    if (bighti_work_remains(reactor) || poller_needs_an_edge(reactor))
        bighti_poke(reactor);
}

bight_turn bight_reactor_dispatch(bight_reactor *reactor, bight_budget budget)
{
    bighti_slice slice;
    bight_turn result;

    bighti_check_thread(reactor);
    if (reactor->shared.dead)
        return BIGHT_TURN_IDLE;
    bighti_reactor_ref(reactor);
    bighti_slice_begin(reactor, budget, &slice);
    do
        result = bighti_turn(reactor, slice.budget, 0);
    while (bighti_slice_goes_on(reactor, &slice));
    bighti_show_what_remains(reactor);
    if (!reactor->shared.dead)
        bighti_slice_end(reactor, &slice, result);
    bighti_reactor_unref(reactor);
    return result;
}

void bight_reactor_before_wait(bight_reactor *reactor)
{
    bighti_check_thread(reactor);
    if (reactor->shared.dead)
        return;
    reactor->shared.announces = true;
    bighti_flush_all(reactor);
    if (reactor->shared.depth == 0)
        return;
    bighti_timers_arm(reactor);
    bighti_show_what_remains(reactor);
}

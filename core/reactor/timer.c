/* Timers of the user, over the wheel.
 *
 * If a host watches the descriptor, a timer descriptor in the set is armed for the earliest
 * deadline. It is set again only when the earliest deadline moves earlier. A deadline that moves
 * later (an idle timeout, postponed by each message) costs no system call, only one unnecessary
 * wake-up at the old time. */
#include "../base/check.h"
#include "../base/timespec.h"
#include "internal.h"
#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>

/* A callback of a timer that is on the stack. */
typedef struct running {
    bool gone;   /* the timer was freed */
    bool parked; /* it expired meanwhile; queued again when the callback returns */
} running;

/* 88 bytes, from the reactor's slab, because there may be very many timers. */
struct bight_timer {
    bighti_wheel_entry entry;
    bight_reactor *reactor;
    bight_timer_fn fn;
    void *data;
    const char *name;
    uint64_t interval; /* 0: fires once */
    uint64_t skipped;
    running *running; /* or NULL */
};

static void set_descriptor(bight_reactor *reactor, uint64_t deadline)
{
    uint64_t time = deadline > 0 ? deadline : 1; /* 0 would disarm it */
    struct itimerspec when = {.it_value = bighti_timespec_of(time)};

    if (bighti_is_inherited(reactor))
        return;
    reactor->armed = deadline;
    if (timerfd_settime(reactor->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        bighti_report_broken(reactor, "timerfd_settime", errno);
}

void bighti_timers_arm(bight_reactor *reactor)
{
    uint64_t next;

    if (!reactor->is_watched || reactor->timer_fd < 0)
        return;
    /* The armed time has passed: the descriptor has fired, and is not armed any more. */
    if (reactor->armed <= reactor->wheel.now)
        reactor->armed = BIGHT_NEVER;
    next = bighti_wheel_next(&reactor->wheel);
    if (next < reactor->armed)
        set_descriptor(reactor, next);
}

static void arm(bight_timer *timer, uint64_t deadline)
{
    bight_reactor *reactor = timer->reactor;

    bighti_wheel_add(&reactor->wheel, &timer->entry, deadline);
    if (reactor->is_watched && reactor->timer_fd >= 0 && deadline < reactor->armed)
        set_descriptor(reactor, deadline);
}

static void disarm(bight_timer *timer)
{
    if (timer->running != NULL)
        timer->running->parked = false;
    bighti_wheel_remove(&timer->reactor->wheel, &timer->entry);
}

/* Start the timer for the next beat; beats that have passed already are counted. */
static void rearm(bight_timer *timer)
{
    uint64_t now = bight_reactor_now(timer->reactor);
    uint64_t next = timer->entry.deadline + timer->interval;

    if (next <= now) {
        uint64_t missed = (now - next) / timer->interval + 1;

        timer->skipped += missed;
        next += missed * timer->interval;
    }
    arm(timer, next);
}

static void timers_run(bight_timer *timer)
{
    bight_reactor *reactor = timer->reactor;
    bighti_call call = {.name = timer->name};
    running frame = {.gone = false};

    memcpy(&call.function, &timer->fn, sizeof(call.function));
    timer->running = &frame;
    bighti_call_begin(reactor, &call);
    if (timer->interval != 0)
        rearm(timer);
    timer->fn(timer, timer->data);
    bighti_call_end(reactor, &call);
    if (frame.gone)
        return;
    timer->running = NULL;
    if (frame.parked && !reactor->shared.dead)
        arm(timer, timer->entry.deadline);
}

bool bighti_timer_run_one(bight_reactor *reactor)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&reactor->due)) != NULL) {
        bighti_wheel_entry *entry = BIGHTI_CONTAINER(link, bighti_wheel_entry, link);
        bight_timer *timer = BIGHTI_CONTAINER(entry, bight_timer, entry);

        if (timer->running == NULL) {
            timers_run(timer);
            return true;
        }
        timer->running->parked = true;
    }
    return false;
}

void bighti_timers_init(bight_reactor *reactor)
{
    bighti_slab_init(&reactor->timers, sizeof(bight_timer));
}

bight_status bight_timer_new(bight_reactor *reactor, bight_timer_fn fn, void *data,
                             bight_timer **out)
{
    bight_timer *timer;

    bighti_check_thread(reactor);
    timer = bighti_slab_take(&reactor->timers);
    if (timer == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_wheel_entry_init(&timer->entry);
    timer->reactor = bighti_reactor_ref(reactor);
    timer->fn = fn;
    timer->data = data;
    timer->name = NULL;
    timer->interval = timer->skipped = 0;
    timer->running = NULL;
    *out = timer;
    return BIGHT_OK;
}

static void timer_start(bight_timer *timer, uint64_t delay, uint64_t interval)
{
    uint64_t now;

    disarm(timer);
    if (timer->reactor->shared.dead)
        return;
    now = bight_reactor_now(timer->reactor);
    timer->interval = interval;
    timer->skipped = 0;
    arm(timer, delay < BIGHT_NEVER - 1 - now ? now + delay : BIGHT_NEVER - 1);
}

void bight_timer_start(bight_timer *timer, uint64_t delay)
{
    bighti_check_thread(timer->reactor);
    timer_start(timer, delay, 0);
}

void bight_timer_start_repeating(bight_timer *timer, uint64_t interval)
{
    bighti_check_thread(timer->reactor);
    BIGHTI_REQUIRE(interval > 0, "a timer cannot repeat every 0 ns");
    timer_start(timer, interval, interval);
}

void bight_timer_stop(bight_timer *timer)
{
    bighti_check_thread(timer->reactor);
    disarm(timer);
}

bool bight_timer_is_running(const bight_timer *timer)
{
    bool parked = timer->running != NULL && timer->running->parked;

    return !timer->reactor->shared.dead && (parked || bighti_link_is_linked(&timer->entry.link));
}

uint64_t bight_timer_get_deadline(const bight_timer *timer)
{
    return bight_timer_is_running(timer) ? timer->entry.deadline : BIGHT_NEVER;
}

uint64_t bight_timer_get_skipped(const bight_timer *timer)
{
    return timer->skipped;
}

void bight_timer_set_name(bight_timer *timer, const char *name)
{
    timer->name = name;
}

void bight_timer_free(bight_timer *timer)
{
    bight_reactor *reactor;

    if (timer == NULL)
        return;
    reactor = timer->reactor;
    bighti_check_thread(reactor);
    disarm(timer);
    if (timer->running != NULL)
        timer->running->gone = true;
    bighti_slab_give(&reactor->timers, timer);
    bighti_reactor_unref(reactor);
}

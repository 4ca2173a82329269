#include "../reactor/resident.h"
#include "../reactor/shared.h"
#include <bight/later.h>
#include <bight/timer.h>
#include <stdlib.h>

typedef struct delay_timer {
    bighti_resident resident;
    bight_timer *timer;
    bight_promise *promise;
} delay_timer;

/* Frees the delay and returns its promise, which the caller owns. */
static bight_promise *delay_end(delay_timer *delay)
{
    bight_promise *promise = delay->promise;

    bighti_link_unlink(&delay->resident.link);
    bight_timer_free(delay->timer);
    free(delay);
    return promise;
}

static void on_due(bight_timer *timer, void *data)
{
    (void)timer;
    bight_promise_fire(delay_end(data), NULL, NULL);
}

static void delay_on_cancel(bight_promise *promise, void *data)
{
    delay_end(data);
    bight_promise_free(promise);
}

static bight_error *reactor_freed(void)
{
    return bight_error_new(BIGHT_ERROR_CANCELLED, "the reactor was freed");
}

static void delay_on_evict(bighti_resident *resident)
{
    bight_promise *promise = delay_end(BIGHTI_CONTAINER(resident, delay_timer, resident));

    bight_promise_on_cancel(promise, NULL, NULL);
    bight_promise_fail(promise, reactor_freed());
}

static bight_deferred *delay_start(bight_reactor *reactor, delay_timer *delay, uint64_t duration,
                                   const char *where)
{
    bight_deferred *deferred = bight_deferred_new_at(&delay->promise, where);

    if (deferred == NULL)
        return NULL;
    bight_timer_set_name(delay->timer, where != NULL ? where : "bight_delay()");
    bight_timer_start(delay->timer, duration);
    delay->resident.evict = delay_on_evict;
    bighti_resident_join(&delay->resident, reactor);
    bight_promise_on_cancel(delay->promise, delay_on_cancel, delay);
    return deferred;
}

bight_deferred *bight_delay_at(bight_reactor *reactor, uint64_t duration, const char *where)
{
    delay_timer *delay;
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    if (bighti_is_dead(reactor))
        return bight_deferred_failed_at(reactor_freed(), where);
    delay = malloc(sizeof(*delay));
    if (delay == NULL)
        return NULL;
    if (bight_timer_new(reactor, on_due, delay, &delay->timer) != BIGHT_OK) {
        free(delay);
        return NULL;
    }
    deferred = delay_start(reactor, delay, duration, where);
    if (deferred == NULL) {
        bight_timer_free(delay->timer);
        free(delay);
    }
    return deferred;
}

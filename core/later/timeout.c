#include "../base/check.h"
#include "../deferred/chain.h"
#include <bight/later.h>
#include <bight/timer.h>
#include <inttypes.h>
#include <stdlib.h>

typedef struct time_limit {
    bight_timer *timer;
    bight_deferred *deferred; /* lives as long as this structure, which its step frees */
    uint64_t duration;
    bool over;
} time_limit;

static void timeout_on_over(bight_timer *timer, void *data)
{
    time_limit *limit = data;

    (void)timer;
    limit->over = true;
    bight_deferred_cancel(limit->deferred);
}

static bight_result timeout_on_result(bight_result in, void *data)
{
    time_limit *limit = data;

    if (limit->over && in.error != NULL &&
        bight_error_get_status(in.error) == BIGHT_ERROR_CANCELLED)
        in.error =
            bight_error_new_caused(in.error, BIGHT_ERROR_TIMED_OUT, "not done after %" PRIu64 " ms",
                                   limit->duration / BIGHT_MSEC(1));
    bight_timer_free(limit->timer);
    free(limit);
    return in;
}

bight_deferred *bight_timeout_at(bight_deferred *deferred, bight_reactor *reactor,
                                 uint64_t duration, const char *where)
{
    time_limit *limit;

    BIGHTI_REQUIRE_REACTOR(reactor);
    if (bight_deferred_is_done(deferred))
        return deferred;
    limit = malloc(sizeof(*limit));
    if (limit == NULL ||
        bight_timer_new(reactor, timeout_on_over, limit, &limit->timer) != BIGHT_OK) {
        free(limit);
        bighti_break_off(deferred, bighti_no_memory());
        return deferred;
    }
    limit->deferred = deferred;
    limit->duration = duration;
    limit->over = false;
    bight_timer_set_name(limit->timer, where != NULL ? where : "bight_timeout()");
    bight_timer_start(limit->timer, duration);
    bight_deferred_listen_at(deferred, timeout_on_result, limit, where);
    return deferred;
}

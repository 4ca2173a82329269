/* The native loop: wait with the earliest deadline as the timeout, then dispatch. */
#include "internal.h"
#include <bight/log.h>
#include <bight/status.h>
#include <string.h>

static uint64_t time_to_wait(bight_reactor *reactor)
{
    uint64_t deadline, now;

    if (bighti_work_remains(reactor))
        return 0;
    deadline = bighti_wheel_next(&reactor->wheel);
    if (deadline == BIGHT_NEVER)
        return UINT64_MAX;
    now = bight_reactor_now(reactor);
    return deadline > now ? deadline - now : 0;
}

/* In a nested run, bytes that the callback below has written must be sent before this loop
 * waits. */
static bight_status run_native(bight_reactor *reactor)
{
    bighti_run run = {.outer = reactor->shared.run};
    bight_status status;

    bighti_reactor_ref(reactor);
    reactor->shared.run = &run;
    while (!run.stop)
        bighti_turn(reactor, BIGHT_BUDGET_UNLIMITED, time_to_wait(reactor));
    reactor->shared.run = run.outer;
    if (reactor->shared.run == NULL && (reactor->shared.depth == 0 || !reactor->shared.announces))
        bighti_show_what_remains(reactor);
    status = reactor->broken == 0 ? BIGHT_OK : BIGHT_ERROR_SYSTEM;
    bighti_reactor_unref(reactor);
    return status;
}

bight_status bight_reactor_run(bight_reactor *reactor)
{
    bighti_check_thread(reactor);
    if (reactor->shared.dead)
        return BIGHT_ERROR_STATE;
    if (reactor->host_ops == NULL)
        return run_native(reactor);
    if (reactor->host_ops->run == NULL)
        return BIGHT_ERROR_UNSUPPORTED;
    return reactor->host_ops->run(reactor, reactor->host);
}

/* Without its poller a reactor cannot go on, and nobody can be asked what to do; the rest of the
 * program can go on without it. The cause is said once: the call may fail in each turn. */
void bighti_report_broken(bight_reactor *reactor, const char *call, int errnum)
{
    if (reactor->broken == 0)
        bight_log(BIGHT_LOG_ERROR, "a reactor does not work any more: %s: %s", call,
                  strerror(errnum));
    reactor->broken = errnum;
}

void bight_reactor_stop(bight_reactor *reactor)
{
    bighti_check_thread(reactor);
    reactor->yield = true;
    if (reactor->host_ops != NULL && reactor->host_ops->stop != NULL)
        reactor->host_ops->stop(reactor, reactor->host);
    else if (reactor->shared.run != NULL)
        reactor->shared.run->stop = true;
}

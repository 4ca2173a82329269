/* Reports: only the newest is kept, in the work itself, so that reporting needs no memory and no
 * limit. */
#include "pool.h"

/* Replaces the report. Returns whether there was an old one, and sets it. */
static bool exchange(bight_work *work, bool has, bight_result with, bight_result *old)
{
    bool had;

    pthread_mutex_lock(&work->pool->lock);
    had = work->has_report;
    *old = work->report;
    work->has_report = has;
    work->report = with;
    if (has)
        bighti_work_send(work);
    pthread_mutex_unlock(&work->pool->lock);
    return had;
}

void bight_work_report(bight_work *work, void *value, bight_destroy_fn destroy)
{
    bight_result report = bight_result_take(value, destroy);

    bighti_work_check_thread(work);
    if (work->report_fn == NULL || bight_work_is_cancelled(work) ||
        exchange(work, true, report, &report))
        bight_result_free(report);
}

void bighti_report_deliver(bight_work *work)
{
    bight_result report;

    if (!exchange(work, false, bight_result_value(NULL), &report))
        return;
    if (work->promise != NULL)
        work->report_fn(report.value, work->report_data);
    bight_result_free(report);
}

void bighti_report_drop(bight_work *work)
{
    bight_result report;

    if (exchange(work, false, bight_result_value(NULL), &report))
        bight_result_free(report);
}

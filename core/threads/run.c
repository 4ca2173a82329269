/* A work on the reactor's thread: submitting, cancelling, completing. */
#include "../base/check.h"
#include "../base/options.h"
#include "../reactor/call.h"
#include "../reactor/shared.h"
#include "pool.h"
#include <stdlib.h>

static const bight_work_options defaults = BIGHT_WORK_OPTIONS_INIT;

#ifndef NDEBUG
void bighti_work_check_thread(const bight_work *work)
{
    BIGHTI_REQUIRE(pthread_equal(work->worker->self, pthread_self()),
                   "called on a thread that does not run the work");
}
#endif

void bighti_work_unref(bight_work *work)
{
    bight_threads *pool = work->pool;

    if (--work->references > 0)
        return;
    if (work->lane != NULL)
        bighti_lane_unref(work->lane);
    free(work);
    bighti_pool_unref(pool);
}

/* It may have new mail since this was scheduled. */
static void unlink_mail(bight_work *work)
{
    pthread_mutex_lock(&work->pool->lock);
    bighti_link_unlink(&work->mail);
    pthread_mutex_unlock(&work->pool->lock);
}

/* The steps run before the data is freed, because their result may point into it. */
void bighti_work_finish(bight_work *work)
{
    bight_promise *promise = work->promise;

    if (work->finished)
        return;
    work->finished = true;
    work->promise = NULL;
    bighti_link_unlink(&work->all_link);
    if (!work->settled) {
        unlink_mail(work);
        bighti_report_drop(work);
    }
    if (promise != NULL)
        bight_promise_complete(promise, work->result);
    else
        bight_result_free(work->result);
    if (work->destroy != NULL)
        work->destroy(work->data);
    bighti_work_unref(work);
}

void bighti_work_open_mail(const bighti_letter *letter)
{
    bight_work *work = letter->work;
    bight_reactor *reactor = work->pool->reactor;
    bighti_call call = {.name = work->where != NULL ? work->where : "bight_threads_run()"};

    bighti_call_begin(reactor, &call);
    if (letter->report)
        bighti_report_deliver(work);
    if (letter->call)
        bighti_call_serve(work);
    work->settled = letter->done;
    if (letter->done)
        bighti_work_finish(work);
    bighti_call_end(reactor, &call);
    /* The analyzer does not count references. */
    bighti_work_unref(work); /* NOLINT(clang-analyzer-unix.Malloc) */
}

/* Returns whether the work had not begun. */
static bool threads_cancel(bight_work *work)
{
    bight_threads *pool = work->pool;
    bool waits;

    pthread_mutex_lock(&pool->lock);
    atomic_store_explicit(&work->cancelled, true, memory_order_relaxed);
    waits = work->place == BIGHTI_IN_LANE || work->place == BIGHTI_READY;
    if (waits) {
        bighti_work_dequeue(work);
        if (work->place == BIGHTI_READY)
            bighti_lane_advance(work);
        work->place = BIGHTI_DONE;
    }
    pthread_mutex_unlock(&pool->lock);
    if (!waits) {
        bighti_work_ref(work);
        bighti_interrupt(work);
        bighti_call_give_up(work);
        bighti_work_unref(work);
    }
    return waits;
}

static void threads_on_cancel(bight_promise *promise, void *data)
{
    bight_work *work = data;

    if (bighti_pool_leave_parent(work->pool))
        return;
    work->promise = NULL;
    bighti_link_unlink(&work->all_link);
    if (threads_cancel(work))
        bighti_work_finish(work);
    bight_promise_free(promise);
}

void bighti_work_fail(bight_work *work, bight_error *take_error)
{
    bight_promise *promise = work->promise;
    bool waits;

    work->promise = NULL;
    bighti_link_unlink(&work->all_link);
    bight_promise_on_cancel(promise, NULL, NULL);
    waits = threads_cancel(work);
    bight_promise_fail(promise, take_error);
    if (waits)
        bighti_work_finish(work);
}

static bight_work *work_new(bight_threads *pool, const bight_work_options *options,
                            const char *where, bight_deferred **deferred)
{
    bight_work *work = calloc(1, sizeof(*work));

    if (work == NULL)
        return NULL;
    *deferred = bight_deferred_new_at(&work->promise, where);
    if (*deferred == NULL) {
        free(work);
        return NULL;
    }
    work->pool = bighti_pool_ref(pool);
    work->references = 1;
    work->where = where;
    work->report_fn = options->report;
    work->report_data = options->report_data;
    work->priority = (unsigned)(BIGHT_PRIORITY_HIGH - options->priority);
    bighti_link_init(&work->all_link);
    bighti_link_init(&work->link);
    bighti_link_init(&work->mail);
    if (options->lane != NULL) {
        work->lane = options->lane;
        work->lane->references++;
    }
    return work;
}

/* Called under the lock. Returns 0, or the reason why no work can be submitted. */
static bight_status why_refused(const bight_threads *pool)
{
    if (pool->stopping)
        return BIGHT_ERROR_CLOSED;
    return pool->queued >= pool->queue_limit ? BIGHT_ERROR_LIMIT : BIGHT_OK;
}

static void work_refuse(bight_work *work, bight_status status)
{
    work->result =
        bight_result_error(status == BIGHT_ERROR_CLOSED
                               ? bight_error_new(status, "the threads were stopped")
                               : bight_error_new(status, "%zu works wait for a thread already",
                                                 work->pool->queue_limit));
    bighti_work_finish(work);
}

static void enqueue(bight_work *work)
{
    bight_threads *pool = work->pool;
    bighti_summons summons = {NULL, false};
    bight_status status;
    int error;

    bighti_list_append(&pool->all, &work->all_link);
    bight_promise_on_cancel(work->promise, threads_on_cancel, work);
    pthread_mutex_lock(&pool->lock);
    status = why_refused(pool);
    if (status == BIGHT_OK) {
        pool->queued++;
        bighti_lane_add(work);
        if (work->place == BIGHTI_READY)
            summons = bighti_worker_summon(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    if (status != BIGHT_OK) {
        work_refuse(work, status);
        return;
    }
    error = bighti_worker_call_up(pool, summons);
    if (error != 0)
        bighti_work_fail(work, bight_error_new_errno(error, "start a thread"));
}

static void threads_check_options(bight_threads *pool, const bight_work_options *options)
{
    BIGHTI_REQUIRE(options->priority >= BIGHT_PRIORITY_LOW &&
                       options->priority <= BIGHT_PRIORITY_HIGH,
                   "there is no such priority");
    BIGHTI_REQUIRE(options->lane == NULL || options->lane->pool == pool,
                   "the lane is of another pool");
}

bight_deferred *bight_threads_run_with_at(bight_threads *threads, const bight_work_options *given,
                                          bight_work_fn fn, void *data, bight_destroy_fn destroy,
                                          const char *where)
{
    bight_work_options options;
    bight_deferred *deferred = NULL;
    bight_work *work;

    bighti_check_thread(threads->reactor);
    (void)bighti_pool_leave_parent(threads);
    BIGHTI_REQUIRE(bighti_options_read(given, &defaults, sizeof(options), &options),
                   "options of an unknown size");
    threads_check_options(threads, &options);
    work = work_new(threads, &options, where, &deferred);
    if (work == NULL) {
        if (destroy != NULL)
            destroy(data);
        return deferred;
    }
    work->fn = fn;
    work->data = data;
    work->destroy = destroy;
    enqueue(work);
    return deferred;
}

bool bight_work_is_cancelled(const bight_work *work)
{
    return atomic_load_explicit(&work->cancelled, memory_order_relaxed);
}

void *bight_work_steal_data(bight_work *work)
{
    bighti_work_check_thread(work);
    work->destroy = NULL;
    return work->data;
}

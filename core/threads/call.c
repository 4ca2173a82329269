/* Calls and interrupts, by which a running work and the reactor's thread interact.
 *
 * A call is a part of its work, since a work has at most one, so that requesting it needs no
 * memory. The worker sleeps until the state is ANSWERED, which is the last state that the
 * reactor's side writes. A cancel of the work answers a call that has not begun, or that waits for
 * a deferred; a function that is on the stack answers when it returns. */
#include "pool.h"

static bight_result cancelled(void)
{
    return bight_result_error(bight_error_new(BIGHT_ERROR_CANCELLED, "the work was cancelled"));
}

bight_result bight_work_call_and_wait(bight_work *work, bight_worker_call_fn fn, void *data)
{
    bight_threads *pool = work->pool;
    bight_result answer;

    bighti_work_check_thread(work);
    pthread_mutex_lock(&pool->lock);
    if (bight_work_is_cancelled(work)) {
        pthread_mutex_unlock(&pool->lock);
        return cancelled();
    }
    work->call_fn = fn;
    work->call_data = data;
    work->call = BIGHTI_CALL_ASKED;
    bighti_work_send(work);
    while (work->call != BIGHTI_CALL_ANSWERED)
        pthread_cond_wait(&work->worker->wake, &pool->lock);
    work->call = BIGHTI_CALL_NONE;
    answer = work->answer;
    pthread_mutex_unlock(&pool->lock);
    return answer;
}

/* Changes the state from one to another; false if the state is a different one. */
static bool move_on(bight_work *work, bighti_call_state from, bighti_call_state to)
{
    bool moves;

    pthread_mutex_lock(&work->pool->lock);
    moves = work->call == from;
    if (moves)
        work->call = to;
    pthread_mutex_unlock(&work->pool->lock);
    return moves;
}

/* A result that comes too late is freed. */
static void answer(bight_work *work, bighti_call_state from, bight_result result)
{
    bight_threads *pool = work->pool;
    bool asked;

    pthread_mutex_lock(&pool->lock);
    asked = work->call == from;
    if (asked) {
        work->answer = result;
        work->call = BIGHTI_CALL_ANSWERED;
        pthread_cond_signal(&work->worker->wake);
    }
    pthread_mutex_unlock(&pool->lock);
    if (!asked)
        bight_result_free(result);
}

static bight_result thread_call_on_result(bight_result in, void *data)
{
    bight_work *work = data;
    bight_deferred *waited = work->call_wait;

    work->call_wait = NULL;
    bight_deferred_free(waited);
    answer(work, BIGHTI_CALL_WAITS, in);
    bighti_work_unref(work);
    return bight_result_value(NULL);
}

static void thread_call_wait_for(bight_work *work, bight_deferred *deferred)
{
    move_on(work, BIGHTI_CALL_RUNS, BIGHTI_CALL_WAITS);
    work->call_wait = deferred;
    bighti_work_ref(work);
    bight_deferred_listen_at(deferred, thread_call_on_result, work, work->where);
}

void bighti_call_serve(bight_work *work)
{
    bight_threads *pool = work->pool;
    bight_result result;

    if (!move_on(work, BIGHTI_CALL_ASKED, BIGHTI_CALL_RUNS))
        return;
    bighti_pool_enter(pool);
    result = work->call_fn(work->call_data);
    if (result.wait != NULL && bight_work_is_cancelled(work)) {
        bight_result_free(result);
        result = cancelled();
    }
    if (result.wait != NULL)
        thread_call_wait_for(work, result.wait);
    else
        answer(work, BIGHTI_CALL_RUNS, result);
    bighti_pool_leave(pool);
}

/* The deferred of the call may continue in spite of the cancel; the worker does not wait for
 * that. */
void bighti_call_give_up(bight_work *work)
{
    bight_deferred *waited = work->call_wait;

    work->call_wait = NULL;
    bight_deferred_cancel(waited);
    bight_deferred_free(waited);
    if (move_on(work, BIGHTI_CALL_ASKED, BIGHTI_CALL_WAITS) || waited != NULL)
        answer(work, BIGHTI_CALL_WAITS, cancelled());
}

void bighti_interrupt(bight_work *work)
{
    bight_threads *pool = work->pool;
    bight_interrupt_fn fn;
    void *data;

    pthread_mutex_lock(&pool->lock);
    fn = work->interrupt;
    data = work->interrupt_data;
    work->interrupt = NULL;
    work->interrupting = fn != NULL;
    pthread_mutex_unlock(&pool->lock);
    if (fn == NULL)
        return;
    bighti_pool_enter(pool);
    fn(data);
    pthread_mutex_lock(&pool->lock);
    work->interrupting = false;
    pthread_cond_signal(&work->worker->wake);
    pthread_mutex_unlock(&pool->lock);
    bighti_pool_leave(pool);
}

void bight_work_on_cancel(bight_work *work, bight_interrupt_fn fn, void *data)
{
    bight_threads *pool = work->pool;
    bool too_late;

    bighti_work_check_thread(work);
    pthread_mutex_lock(&pool->lock);
    while (work->interrupting)
        pthread_cond_wait(&work->worker->wake, &pool->lock);
    too_late = bight_work_is_cancelled(work);
    work->interrupt = too_late ? NULL : fn;
    work->interrupt_data = data;
    pthread_mutex_unlock(&pool->lock);
    if (too_late && fn != NULL)
        fn(data);
}

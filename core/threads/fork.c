/* A pool in a forked child. The child has none of the threads, and one of them may have held the
 * lock when the memory was copied. Waiting for them would last for ever, so the first call that
 * uses the pool turns it into one that has ended. Data that a thread may have been changing is not
 * read: the shared lists are emptied, and the works to complete are found through the list of all
 * works, which only the reactor's thread uses. The data of a running work is neither used nor
 * freed, because the thread was working on it. */
#include "../deferred/abandon.h"
#include "pool.h"
#include <stdlib.h>

/* Their condition variables are not destroyed: that would wait for the threads that wait on
 * them. */
static void forget_threads(bight_threads *pool)
{
    bighti_link *link;

    pthread_mutex_init(&pool->lock, NULL);
    while ((link = bighti_list_pop(&pool->workers)) != NULL)
        free(BIGHTI_CONTAINER(link, bighti_worker, link));
    for (unsigned i = 0; i < BIGHTI_PRIORITIES; i++)
        bighti_link_init(&pool->ready[i]);
    bighti_link_init(&pool->idle);
    bighti_link_init(&pool->mail);
    pool->queued = pool->running = 0;
    pool->threads = pool->idle_count = pool->ended = 0;
    pool->rung = false;
    pool->stopping = true;
}

/* The call of a worker that does not exist needs no answer. */
static void forget_call(bight_work *work)
{
    work->call = BIGHTI_CALL_NONE;
    bighti_deferred_abandon(&work->call_wait);
}

static void pool_fork_cancel(bight_work *work)
{
    bight_promise *promise = work->promise;

    work->promise = NULL;
    bighti_link_unlink(&work->all_link);
    bighti_link_init(&work->link);
    bighti_link_init(&work->mail);
    if (work->lane != NULL)
        bighti_link_init(&work->lane->waiting);
    if (work->place == BIGHTI_AT_WORK) {
        work->destroy = NULL;
        work->has_report = false;
    }
    work->place = BIGHTI_DONE;
    atomic_store_explicit(&work->cancelled, true, memory_order_relaxed);
    forget_call(work);
    bight_promise_on_cancel(promise, NULL, NULL);
    bight_promise_fail(promise, bight_error_new(BIGHT_ERROR_CANCELLED,
                                                "the threads stayed with the process that forked"));
    bighti_work_finish(work);
}

bool bighti_pool_leave_parent(bight_threads *pool)
{
    if (pool->gone || !bighti_process_is_other(&pool->mark))
        return false;
    pool->gone = true;
    forget_threads(pool);
    bighti_pool_ref(pool);
    while (pool->letter_next < pool->letter_count)
        bighti_work_unref(pool->letters[pool->letter_next++].work);
    while (!bighti_list_is_empty(&pool->all))
        pool_fork_cancel(BIGHTI_CONTAINER(pool->all.next, bight_work, all_link));
    bighti_pool_end(pool);
    bighti_pool_unref(pool);
    return true;
}

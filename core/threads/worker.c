/* The threads: one is started when there is work and no idle thread, and ends after some time
 * without work. The thread that went to sleep last is woken first, so that the others can end. */
#include "../base/check.h"
#include "pool.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

/* After this many works the lower priorities have their turn. */
enum { LET_BY = 16 };

void bighti_pool_ring(bight_threads *pool)
{
    if (pool->deaf || pool->rung)
        return;
    pool->rung = true;
    bighti_bell_ring(&pool->bell);
}

void bighti_work_send(bight_work *work)
{
    if (!bighti_link_is_linked(&work->mail))
        bighti_list_append(&work->pool->mail, &work->mail);
    bighti_pool_ring(work->pool);
}

void bighti_work_make_ready(bight_work *work)
{
    work->place = BIGHTI_READY;
    bighti_list_append(&work->pool->ready[work->priority], &work->link);
}

void bighti_work_dequeue(bight_work *work)
{
    bighti_link_unlink(&work->link);
    work->pool->queued--;
    if (work->pool->room_wanted)
        bighti_pool_ring(work->pool);
}

static bight_work *worker_take(bight_threads *pool)
{
    unsigned first = 0;

    if (++pool->taken % LET_BY == 0)
        first = 1 + pool->taken / LET_BY % (BIGHTI_PRIORITIES - 1);
    for (unsigned i = 0; i < BIGHTI_PRIORITIES; i++) {
        bighti_link *list = &pool->ready[(first + i) % BIGHTI_PRIORITIES];

        if (!bighti_list_is_empty(list))
            return BIGHTI_CONTAINER(list->next, bight_work, link);
    }
    return NULL;
}

static void no_more_idle(bighti_worker *worker)
{
    bighti_link_unlink(&worker->idle);
    worker->pool->idle_count--;
}

/* Each ready work wakes a worker of its own, as works may wait for each other. A work that becomes
 * ready because another one has ended is taken by the worker that has ended it. */
static bighti_worker *idle_worker_take(bight_threads *pool)
{
    bighti_worker *worker;

    if (bighti_list_is_empty(&pool->idle))
        return NULL;
    worker = BIGHTI_CONTAINER(pool->idle.previous, bighti_worker, idle);
    no_more_idle(worker);
    return worker;
}

static void do_work(bighti_worker *worker, bight_work *work)
{
    bight_threads *pool = worker->pool;
    bight_result result;

    bighti_work_dequeue(work);
    work->worker = worker;
    work->place = BIGHTI_AT_WORK;
    pool->running++;
    pthread_mutex_unlock(&pool->lock);
    result = work->fn(work, work->data);
    BIGHTI_REQUIRE(result.wait == NULL, "a work returned a deferred, which belongs to no worker");
    pthread_mutex_lock(&pool->lock);
    while (work->interrupting)
        pthread_cond_wait(&worker->wake, &pool->lock);
    work->interrupt = NULL;
    work->result = result;
    work->place = BIGHTI_DONE;
    pool->running--;
    bighti_lane_advance(work);
    bighti_work_send(work);
}

static struct timespec after(uint64_t duration)
{
    const uint64_t second = BIGHT_SEC(1);
    uint64_t nanoseconds;
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    nanoseconds = (uint64_t)time.tv_nsec + duration % second;
    time.tv_sec += (time_t)(duration / second + nanoseconds / second);
    time.tv_nsec = (long)(nanoseconds % second);
    return time;
}

/* Sleeps until the worker is woken. Returns false after the idle time. */
static bool worker_rest(bighti_worker *worker)
{
    bight_threads *pool = worker->pool;
    struct timespec until = after(pool->idle_time);
    int result = 0;

    bighti_list_append(&pool->idle, &worker->idle);
    pool->idle_count++;
    while (bighti_link_is_linked(&worker->idle) && !pool->stopping && result != ETIMEDOUT) {
        if (pool->idle_time == BIGHT_NEVER)
            pthread_cond_wait(&worker->wake, &pool->lock);
        else
            result = pthread_cond_timedwait(&worker->wake, &pool->lock, &until);
    }
    if (!bighti_link_is_linked(&worker->idle))
        return true;
    no_more_idle(worker);
    return false;
}

static void *worker_main(void *data)
{
    bighti_worker *worker = data;
    bight_threads *pool = worker->pool;
    bool go_on = true;

    worker->self = pthread_self();
    pthread_setname_np(worker->self, pool->name);
    pthread_mutex_lock(&pool->lock);
    while (go_on) {
        bight_work *work = pool->stopping ? NULL : worker_take(pool);

        if (work != NULL)
            do_work(worker, work);
        else
            go_on = !pool->stopping && worker_rest(worker);
    }
    worker->ended = true;
    pool->threads--;
    pool->ended++;
    bighti_pool_ring(pool);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static bighti_worker *worker_new(bight_threads *pool)
{
    bighti_worker *worker = calloc(1, sizeof(*worker));
    pthread_condattr_t attributes;

    if (worker == NULL)
        return NULL;
    worker->pool = pool;
    bighti_link_init(&worker->link);
    bighti_link_init(&worker->idle);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&worker->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return worker;
}

static void worker_free(bighti_worker *worker)
{
    bighti_link_unlink(&worker->link);
    pthread_cond_destroy(&worker->wake);
    free(worker);
}

/* Signals are left to the program's own threads. */
static int create_thread(bighti_worker *worker)
{
    bight_threads *pool = worker->pool;
    pthread_attr_t attributes;
    sigset_t all, before;
    int result;

    result = pthread_attr_init(&attributes);
    if (result != 0)
        return result;
    if (pool->stack != 0)
        result = pthread_attr_setstacksize(&attributes, pool->stack);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (result == 0)
        result = pthread_create(&worker->thread, &attributes, worker_main, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
}

static int worker_start(bight_threads *pool)
{
    bighti_worker *worker = worker_new(pool);
    int result;

    if (worker == NULL)
        return ENOMEM;
    result = create_thread(worker);
    if (result != 0)
        worker_free(worker);
    else
        bighti_list_append(&pool->workers, &worker->link);
    return result;
}

/* Failing to start a thread is no error if others are working, because they will take the work
 * later. */
static int worker_add(bight_threads *pool)
{
    int result = worker_start(pool);

    if (result == 0)
        return 0;
    pthread_mutex_lock(&pool->lock);
    if (--pool->threads > 0)
        result = 0;
    pthread_mutex_unlock(&pool->lock);
    return result;
}

bighti_summons bighti_worker_summon(bight_threads *pool)
{
    bighti_summons summons = {.idle = idle_worker_take(pool)};

    if (summons.idle == NULL && bighti_list_is_empty(&pool->idle) && pool->threads < pool->limit) {
        pool->threads++;
        summons.add = true;
    }
    return summons;
}

/* Only this thread frees workers, so that the one that was found is still there. */
int bighti_worker_call_up(bight_threads *pool, bighti_summons summons)
{
    if (summons.idle != NULL)
        pthread_cond_signal(&summons.idle->wake);
    return summons.add ? worker_add(pool) : 0;
}

static bool worker_has_ended(bighti_worker *worker)
{
    bight_threads *pool = worker->pool;
    bool ended;

    pthread_mutex_lock(&pool->lock);
    ended = worker->ended;
    pthread_mutex_unlock(&pool->lock);
    return ended;
}

void bighti_workers_reap(bight_threads *pool, bool all)
{
    for (bighti_link *link = pool->workers.next, *next; link != &pool->workers; link = next) {
        bighti_worker *worker = BIGHTI_CONTAINER(link, bighti_worker, link);

        next = link->next;
        if (!all && !worker_has_ended(worker))
            continue;
        pthread_join(worker->thread, NULL);
        pthread_mutex_lock(&pool->lock);
        pool->ended--;
        pthread_mutex_unlock(&pool->lock);
        worker_free(worker);
    }
}

/* The life of a pool: making, stopping and ending it.
 *
 * It ends when bight_threads_free() is called, when its reactor is freed, or when it was stopped
 * and the last thread has ended by itself; whichever comes first ends it, in quit(), and the
 * others find it ended. Each begins with stop(), which completes all deferreds. The steps that run
 * then may do anything, for example free the pool or its reactor; therefore entries are taken from
 * the lists one by one, and the memory is reference-counted. */
#include "pool.h"
#include "../base/options.h"
#include "../deferred/waiter.h"
#include "../reactor/shared.h"
#include <stdlib.h>
#include <string.h>

static const bight_threads_options defaults = BIGHT_THREADS_OPTIONS_INIT;

void bighti_pool_unref(bight_threads *pool)
{
    if (--pool->references > 0)
        return;
    pthread_mutex_destroy(&pool->lock);
    bighti_reactor_unref(pool->reactor);
    free(pool);
}

static bool pool_has_room(bight_threads *pool)
{
    bool room;

    pthread_mutex_lock(&pool->lock);
    room = pool->queued < pool->queue_limit && !pool->stopping;
    pthread_mutex_unlock(&pool->lock);
    return room;
}

static void serve_rooms(bight_threads *pool)
{
    while (pool->waiting_rooms > 0 && pool_has_room(pool))
        bighti_waiter_fire(bighti_waiter_pop(&pool->rooms), bight_result_value(NULL));
    pthread_mutex_lock(&pool->lock);
    pool->room_wanted = pool->waiting_rooms > 0;
    pthread_mutex_unlock(&pool->lock);
}

/* A letter keeps its work until it is opened. */
static bighti_letter letter_of(bighti_link *link)
{
    bight_work *work = BIGHTI_CONTAINER(link, bight_work, mail);

    return (bighti_letter){bighti_work_ref(work), work->has_report, work->call == BIGHTI_CALL_ASKED,
                           work->place == BIGHTI_DONE};
}

/* Fetch some letters, and with them what else a bell may mean, in one stay under the lock. If the
 * bell is to run again anyway, workers need not ring it. */
static void letters_fetch(bight_threads *pool)
{
    bighti_link *link;

    pthread_mutex_lock(&pool->lock);
    pool->letter_next = pool->letter_count = 0;
    while (pool->letter_count < BIGHTI_LETTERS && (link = bighti_list_pop(&pool->mail)) != NULL)
        pool->letters[pool->letter_count++] = letter_of(link);
    pool->news = (bighti_news){pool->ended > 0, pool->room_wanted, pool->stopping};
    pool->rung = pool->runs_again = pool->letter_count > 1;
    pthread_mutex_unlock(&pool->lock);
}

/* The last letter was taken. Nobody has rung meanwhile: so the bell has to ring for the mail that
 * has come, which belongs to the next turn, and for everything else that it may mean. */
static void letters_end(bight_threads *pool)
{
    bool ring;

    pthread_mutex_lock(&pool->lock);
    pool->runs_again = false;
    ring = !bighti_list_is_empty(&pool->mail) || pool->ended > 0 || pool->room_wanted ||
           pool->stopping;
    pool->rung = ring;
    pthread_mutex_unlock(&pool->lock);
    if (ring)
        bighti_bell_ring(&pool->bell);
}

/* The next letter, or none. The others wait in this turn, also for a loop that a step nests. */
static bighti_letter next_mail(bight_threads *pool)
{
    bighti_letter letter;

    if (pool->letter_next == pool->letter_count)
        letters_fetch(pool);
    if (pool->letter_count == 0)
        return (bighti_letter){.work = NULL};
    letter = pool->letters[pool->letter_next++];
    if (pool->deaf || !pool->runs_again)
        return letter;
    if (pool->letter_next < pool->letter_count)
        bighti_bell_again(&pool->bell);
    else
        letters_end(pool);
    return letter;
}

/* No thread can notify the reactor from here on. */
static void hang_up(bight_threads *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->deaf = true;
    pthread_mutex_unlock(&pool->lock);
    bighti_bell_deinit(&pool->bell);
    bighti_link_unlink(&pool->resident.link);
}

static void finish_all(bight_threads *pool)
{
    bight_work *work;

    while ((work = next_mail(pool).work) != NULL) {
        bighti_work_finish(work);
        bighti_work_unref(work);
    }
}

void bighti_pool_end(bight_threads *pool)
{
    bighti_waiter *waiter;

    hang_up(pool);
    bighti_waiters_close(&pool->rooms, "pool of threads");
    while ((waiter = bighti_waiter_pop(&pool->stops)) != NULL)
        bighti_waiter_fire(waiter, bight_result_value(NULL));
    bighti_pool_unref(pool);
}

/* Join the threads and free what they have left. While a function that one of them waits for is on
 * the stack, this is postponed until it has returned. */
static void quit(bight_threads *pool)
{
    if (pool->gone)
        return;
    if (pool->busy > 0) {
        pool->quit_later = true;
        return;
    }
    pool->gone = true;
    hang_up(pool);
    bighti_workers_reap(pool, true);
    finish_all(pool);
    bighti_pool_end(pool);
}

void bighti_pool_enter(bight_threads *pool)
{
    pool->busy++;
}

void bighti_pool_leave(bight_threads *pool)
{
    if (--pool->busy == 0 && pool->quit_later)
        quit(pool);
}

static bool pool_has_ended(bight_threads *pool)
{
    bool ended;

    pthread_mutex_lock(&pool->lock);
    ended = pool->stopping && pool->threads == 0;
    pthread_mutex_unlock(&pool->lock);
    return ended;
}

static void on_bell(bighti_bell *bell)
{
    bight_threads *pool = BIGHTI_CONTAINER(bell, bight_threads, bell);
    bighti_letter letter;
    bighti_news news;

    bighti_pool_ref(pool);
    (void)bighti_pool_leave_parent(pool);
    letter = next_mail(pool);
    news = pool->news;
    pool->news = (bighti_news){.joins = false};
    if (news.joins)
        bighti_workers_reap(pool, false);
    if (letter.work != NULL)
        bighti_work_open_mail(&letter);
    if (news.room || pool->waiting_rooms > 0)
        serve_rooms(pool);
    if (news.stops && pool_has_ended(pool))
        quit(pool);
    bighti_pool_unref(pool);
}

static void wake_all(bight_threads *pool)
{
    for (bighti_link *link = pool->workers.next; link != &pool->workers; link = link->next)
        pthread_cond_signal(&BIGHTI_CONTAINER(link, bighti_worker, link)->wake);
}

/* Complete every deferred. A step that runs may call this again. */
static void stop(bight_threads *pool, const char *why)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    wake_all(pool);
    pthread_mutex_unlock(&pool->lock);
    while (!bighti_list_is_empty(&pool->all)) {
        bight_work *work = BIGHTI_CONTAINER(pool->all.next, bight_work, all_link);

        bighti_work_fail(work, bight_error_new(BIGHT_ERROR_CANCELLED, "%s", why));
    }
    bighti_waiters_close(&pool->rooms, "pool of threads");
}

static void pool_on_evict(bighti_resident *resident)
{
    bight_threads *pool = BIGHTI_CONTAINER(resident, bight_threads, resident);

    bighti_pool_ref(pool);
    (void)bighti_pool_leave_parent(pool);
    hang_up(pool);
    stop(pool, "the reactor was freed");
    quit(pool);
    bighti_pool_unref(pool);
}

void bight_threads_free(bight_threads *threads)
{
    if (threads == NULL)
        return;
    bighti_check_thread(threads->reactor);
    (void)bighti_pool_leave_parent(threads);
    stop(threads, "the threads were stopped");
    if (!threads->gone)
        hang_up(threads);
    quit(threads);
    bighti_pool_unref(threads);
}

bight_deferred *bight_threads_stop_at(bight_threads *threads, const char *where)
{
    bight_result none = bight_result_value(NULL);
    bight_deferred *deferred;

    bighti_check_thread(threads->reactor);
    (void)bighti_pool_leave_parent(threads);
    if (threads->gone)
        return bight_deferred_fired_at(NULL, NULL, where);
    bighti_pool_ref(threads);
    deferred = bighti_waiter_new(&threads->stops, &threads->waiting_stops, none, where);
    stop(threads, "the threads were stopped");
    if (pool_has_ended(threads))
        quit(threads);
    /* The analyzer does not count references. */
    bighti_pool_unref(threads); /* NOLINT(clang-analyzer-unix.Malloc) */
    return deferred;
}

bight_deferred *bight_threads_wait_room_at(bight_threads *threads, const char *where)
{
    bight_result none = bight_result_value(NULL);
    bight_deferred *deferred;

    bighti_check_thread(threads->reactor);
    (void)bighti_pool_leave_parent(threads);
    if (threads->gone || threads->stopping)
        return bight_deferred_failed_at(
            bight_error_new(BIGHT_ERROR_CLOSED, "the threads were stopped"), where);
    if (threads->waiting_rooms == 0 && pool_has_room(threads))
        return bight_deferred_fired_at(NULL, NULL, where);
    deferred = bighti_waiter_new(&threads->rooms, &threads->waiting_rooms, none, where);
    serve_rooms(threads);
    return deferred;
}

static void pool_init_lists(bight_threads *pool)
{
    bighti_link_init(&pool->resident.link);
    bighti_link_init(&pool->all);
    bighti_link_init(&pool->workers);
    bighti_link_init(&pool->rooms);
    bighti_link_init(&pool->stops);
    for (unsigned i = 0; i < BIGHTI_PRIORITIES; i++)
        bighti_link_init(&pool->ready[i]);
    bighti_link_init(&pool->idle);
    bighti_link_init(&pool->mail);
}

/* The lock is held for some instructions only, so that spinning costs less than sleeping. */
static void lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void pool_init(bight_threads *pool, bight_reactor *reactor,
                      const bight_threads_options *options)
{
    pool->reactor = bighti_reactor_ref(reactor);
    pool->references = 2;
    bighti_process_mark_set(&pool->mark);
    pool->limit = options->threads;
    pool->queue_limit = options->queue;
    pool->idle_time = options->idle;
    pool->stack = options->stack;
    strncpy(pool->name, options->name != NULL ? options->name : "bight", sizeof(pool->name) - 1);
    lock_init(&pool->lock);
    pool_init_lists(pool);
    bighti_bell_init(&pool->bell, reactor, on_bell);
    pool->resident.evict = pool_on_evict;
    bighti_resident_join(&pool->resident, reactor);
}

bight_status bight_threads_new(bight_reactor *reactor, const bight_threads_options *given,
                               bight_threads **threads)
{
    bight_threads_options options;
    bight_threads *pool;

    bighti_check_thread(reactor);
    if (!bighti_options_read(given, &defaults, sizeof(options), &options) || options.threads == 0 ||
        options.queue == 0)
        return BIGHT_ERROR_INVALID;
    if (bighti_is_dead(reactor))
        return BIGHT_ERROR_STATE;
    pool = calloc(1, sizeof(*pool));
    if (pool == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    pool_init(pool, reactor, &options);
    *threads = pool;
    return BIGHT_OK;
}

void bight_threads_get_stats(bight_threads *threads, bight_threads_stats *stats)
{
    bight_threads_stats now = {.size = stats->size};

    (void)bighti_pool_leave_parent(threads);
    pthread_mutex_lock(&threads->lock);
    now.threads = threads->threads;
    now.idle = threads->idle_count;
    now.queued = threads->queued;
    now.running = threads->running;
    pthread_mutex_unlock(&threads->lock);
    bighti_stats_write(&now, sizeof(now), stats);
}

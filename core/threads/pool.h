/* The structure of a pool, which the files of this floor share.
 *
 * A work passes through these states:
 *
 *     run -> lane (behind others of its lane) -> ready -> running -> done -> freed
 *                 on the reactor's thread        on a worker's       on the reactor's
 *
 * There are two kinds of data:
 *
 * - Data that both sides use is protected by the pool's lock: the state of a work, the lists of
 *   ready works and of idle workers, the mail. The lock is never held while a function of the user
 *   runs.
 * - Data that only the reactor's thread uses needs no lock: promises, the list of all works,
 *   references.
 *
 * A worker notifies the reactor only through the mail: it puts the work on the list `mail` and
 * rings the pool's bell, which needs no memory and so cannot fail. When the reactor's thread opens
 * the mail of a work, it checks for a report, for a call that waits for its answer, and for the
 * end, in this order. The order is right because a worker that waits for an answer does nothing
 * else.
 *
 * Deadlock is impossible. Only the end of the pool (pool.c) waits for workers. A worker waits for
 * the reactor's thread only during a call or an interrupt that is on the stack, and `busy` counts
 * these: while one is on the stack, the end of the pool is postponed until it has returned. */
#ifndef BIGHTI_THREADS_POOL_H
#define BIGHTI_THREADS_POOL_H

#include "../base/list.h"
#include "../reactor/bell.h"
#include "../reactor/process.h"
#include "../reactor/resident.h"
#include <bight/threads.h>
#include <pthread.h>
#include <stdatomic.h>

enum { BIGHTI_PRIORITIES = 3, BIGHTI_LETTERS = 64 };

typedef struct bighti_worker {
    bighti_link link; /* in the pool's workers; the reactor's */
    bighti_link idle; /* in the pool's list of idle workers, or none; under the lock */
    bight_threads *pool;
    pthread_t thread;    /* for the join */
    pthread_t self;      /* the same, written by the thread itself */
    pthread_cond_t wake; /* signalled for work, an answer, or the end of an interrupt */
    bool ended;          /* to be joined; under the lock */
} bighti_worker;

/* What a work has in the mail, read together with the list, so that an ordinary end takes the lock
 * once. What comes later is new mail. */
typedef struct bighti_letter {
    bight_work *work; /* NULL if there is no mail */
    bool report, call, done;
} bighti_letter;

/* What else a bell may mean: threads to be joined, room, an end. All three are rare. */
typedef struct bighti_news {
    bool joins, room, stops;
} bighti_news;

struct bight_threads {
    /* Used only by the reactor's thread. */
    bighti_resident resident;
    bighti_bell bell;
    bight_reactor *reactor;
    unsigned references;      /* one of the owner, of the reactor, of each work and lane, and of
                                 calls */
    unsigned busy;            /* functions on the stack that a worker waits for */
    bool quit_later;          /* the pool has to end when nothing is busy any more */
    bool gone;                /* no thread is left, or is about to be */
    bighti_process_mark mark; /* the process that owns the threads */
    bighti_link all;          /* works whose deferred is not done */
    bighti_link workers;
    bighti_letter letters[BIGHTI_LETTERS]; /* mail that was fetched */
    unsigned letter_next, letter_count;
    bool runs_again;   /* the bell runs again after each of them */
    bighti_news news;  /* fetched with them */
    bighti_link rooms; /* waiters for room */
    size_t waiting_rooms;
    bighti_link stops; /* waiters for the end */
    size_t waiting_stops;
    /* Set once. */
    unsigned limit;
    size_t queue_limit;
    uint64_t idle_time;
    size_t stack;
    char name[16];
    /* Protected by the lock. */
    pthread_mutex_t lock;
    bighti_link ready[BIGHTI_PRIORITIES]; /* the highest first */
    unsigned taken;   /* works taken so far, to run one of a low priority now and then */
    bighti_link idle; /* idle workers; the last one went to sleep last */
    bighti_link mail;
    size_t queued, running;
    unsigned threads; /* workers that have not ended */
    unsigned idle_count;
    bool rung;        /* the bell was rung, or will run again: the mail will be read */
    unsigned ended;   /* workers to be joined */
    bool room_wanted; /* ring the bell when a work leaves the queue */
    bool stopping;    /* no more work is accepted */
    bool deaf;        /* the bell is gone */
};

struct bight_lane {
    bight_threads *pool;
    unsigned references; /* the owner's and one of each work; the reactor's */
    bool busy;           /* one of its works is ready or runs; under the lock */
    bighti_link waiting; /* the other works; under the lock */
};

typedef enum bighti_place {
    BIGHTI_IN_LANE,
    BIGHTI_READY,
    BIGHTI_AT_WORK,
    BIGHTI_DONE
} bighti_place;

typedef enum bighti_call_state {
    BIGHTI_CALL_NONE,
    BIGHTI_CALL_ASKED,   /* in the mail */
    BIGHTI_CALL_RUNS,    /* its function is on the stack */
    BIGHTI_CALL_WAITS,   /* for a deferred */
    BIGHTI_CALL_ANSWERED /* the worker continues */
} bighti_call_state;

struct bight_work {
    /* Used only by the reactor's thread. */
    bighti_link all_link;
    bight_threads *pool;
    bight_lane *lane;
    bight_promise *promise; /* NULL once it was completed or cancelled */
    bight_report_fn report_fn;
    void *report_data;
    const char *where;
    unsigned references; /* one of the pool until the work is over, and one of each use on the
                            stack */
    bool finished;
    bool settled;              /* no worker uses it any more, and nothing of it is in the mail */
    bight_deferred *call_wait; /* the deferred that the call waits for */
    /* Set once. */
    bight_work_fn fn;
    void *data;
    bight_destroy_fn destroy; /* owned by the work while it runs */
    unsigned priority;        /* index of the ready list */
    /* Protected by the lock. */
    bighti_link link; /* in a lane's waiting, a ready list, or none */
    bighti_link mail; /* in mail, or none */
    bighti_worker *worker;
    bighti_place place;
    bight_result result; /* once done */
    bool has_report;
    bight_result report;
    bighti_call_state call;
    bight_worker_call_fn call_fn;
    void *call_data;
    bight_result answer;
    bight_interrupt_fn interrupt;
    void *interrupt_data;
    bool interrupting; /* the function is on the stack of the reactor's thread */
    /* Read without the lock, set under it. */
    atomic_bool cancelled;
};

/* pool.c */

static inline bight_threads *bighti_pool_ref(bight_threads *pool)
{
    pool->references++;
    return pool;
}

void bighti_pool_unref(bight_threads *pool);

/* Called around a function of the user that a worker waits for. After leave the pool may be freed,
 * unless the caller holds a reference. */
void bighti_pool_enter(bight_threads *pool);
void bighti_pool_leave(bight_threads *pool);

/* No thread is left: complete all waiters, and give back the reactor's reference. */
void bighti_pool_end(bight_threads *pool);

/* fork.c: called first in each function that uses the pool. Returns true if this is a forked
 * child; then it has ended the pool and completed all works. */
bool bighti_pool_leave_parent(bight_threads *pool);

/* run.c, on the reactor's thread */

/* Fail the deferred, and remove the work from the queue or cancel it if it runs. */
void bighti_work_fail(bight_work *work, bight_error *take_error);

/* Open the mail of a work, and give its reference back. */
void bighti_work_open_mail(const bighti_letter *letter);

/* The work is over: complete the promise if there is one, and free everything. A second call does
 * nothing.
 */
void bighti_work_finish(bight_work *work);

static inline bight_work *bighti_work_ref(bight_work *work)
{
    work->references++;
    return work;
}

void bighti_work_unref(bight_work *work);

/* Aborts in debug builds if the calling thread does not run the work. */
#ifdef NDEBUG
static inline void bighti_work_check_thread(const bight_work *work)
{
    (void)work;
}
#else
void bighti_work_check_thread(const bight_work *work);
#endif

/* worker.c */

/* Find a worker for the ready works. Called under the lock. */
typedef struct bighti_summons {
    bighti_worker *idle; /* one to be woken, or NULL */
    bool add;            /* a thread is to be started */
} bighti_summons;

bighti_summons bighti_worker_summon(bight_threads *pool);

/* Wake or start it. Returns 0, or a positive errno if there is no thread and none could be started.
 * Called on the reactor's thread, without the lock. */
int bighti_worker_call_up(bight_threads *pool, bighti_summons summons);

/* Put a work on its ready list. Called under the lock. */
void bighti_work_make_ready(bight_work *work);

/* A work leaves the queue, because it is taken or was cancelled. Called under the lock. */
void bighti_work_dequeue(bight_work *work);

/* Join and free workers that have ended; with `all`, when the pool ends, wait for all of them. */
void bighti_workers_reap(bight_threads *pool, bool all);

/* Put the work into the mail for the reactor's thread. Called under the lock. */
void bighti_work_send(bight_work *work);
void bighti_pool_ring(bight_threads *pool);

/* lane.c */

void bighti_lane_unref(bight_lane *lane);

/* Queue a work: after others of its lane, or as ready. Called under the lock. */
void bighti_lane_add(bight_work *work);

/* The running work of a lane is over: make the next one ready. Called under the lock. */
void bighti_lane_advance(bight_work *work);

/* call.c */

/* Run the function of a requested call. */
void bighti_call_serve(bight_work *work);

/* The call of this work will not be served, because the work was cancelled: answer it. */
void bighti_call_give_up(bight_work *work);

/* report.c */

/* Deliver a waiting report. */
void bighti_report_deliver(bight_work *work);

/* Free a report that will not be delivered. */
void bighti_report_drop(bight_work *work);

/* Call the function that interrupts a work, if there is one. */
void bighti_interrupt(bight_work *work);

#endif

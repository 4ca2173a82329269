/* What the files of this floor share of the pool.
 *
 * A work walks one way:
 *
 *     run -> lane (behind others of its lane) -> ready -> running -> done -> freed
 *                 on the reactor's thread        on a worker's       on the reactor's
 *
 * Two kinds of state, and no third:
 *
 * - What both sides touch is under the pool's lock: where a work is, the lists of ready works and
 * of idle workers, the mail. The lock is never held while a function of the user's runs.
 * - What is the reactor's alone needs none: promises, the list of all works, references.
 *
 * From a worker to the reactor there is one way, the mail: a work is put on the list `mail` and the
 * pool's bell is rung, which needs no memory and so cannot fail. When the reactor's thread opens
 * the mail of a work it looks what there is: a report, a call that waits for its answer, the end.
 * That is also their order, since a worker that waits for an answer does nothing else.
 *
 * Nothing waits for a worker but the end of the pool (pool.c), and nothing makes a worker wait for
 * the reactor's thread but a call and an interrupt that is on the stack; hence `busy`: while one of
 * these is on the stack, the end of the pool is put off until it has returned. So there is no order
 * in which they can wait for each other. */
#ifndef BIGHTI_THREADS_POOL_H
#define BIGHTI_THREADS_POOL_H

#include "../base/list.h"
#include "../reactor/bell.h"
#include "../reactor/resident.h"
#include <bight/threads.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

enum { BIGHTI_PRIORITIES = 3 };

typedef struct bighti_worker {
    bighti_link link; /* in the pool's workers; the reactor's */
    bighti_link idle; /* in the pool's idle ones or none; under the lock */
    bight_threads *pool;
    pthread_t thread;    /* for the join */
    pthread_t self;      /* the same, as the thread itself knows it */
    pthread_cond_t wake; /* there is work, an answer, or an interrupt is over */
    bool ended;          /* to be joined; under the lock */
} bighti_worker;

struct bight_threads {
    /* The reactor's. */
    bighti_resident resident;
    bighti_bell bell;
    bight_reactor *reactor;
    unsigned references; /* the owner's, the reactor's, one of each work and lane, of calls */
    unsigned busy;       /* functions on the stack that a worker waits for */
    bool quit_later;     /* the pool is to end when nothing is busy any more */
    bool gone;           /* no thread is left, or is about to be */
    pid_t process;       /* whose threads they are */
    bighti_link all;     /* works whose deferred is not done */
    bighti_link workers;
    bighti_link opened; /* mail of this turn; the links are under the lock */
    bighti_link rooms;  /* who waits for room */
    size_t waiting_rooms;
    bighti_link stops; /* who waits for the end */
    size_t waiting_stops;
    /* Set once. */
    unsigned limit;
    size_t queue_limit;
    uint64_t idle_time;
    size_t stack;
    char name[16];
    /* Under the lock. */
    pthread_mutex_t lock;
    bighti_link ready[BIGHTI_PRIORITIES]; /* the highest first */
    unsigned taken;   /* works so far, to let those of a low priority by now and then */
    bighti_link idle; /* workers; the last one went to sleep last */
    bighti_link mail;
    size_t queued, running;
    unsigned threads; /* workers that have not ended */
    unsigned idle_count;
    unsigned ended;   /* workers to be joined */
    bool room_wanted; /* ring when a work leaves the queue */
    bool stopping;    /* no more work */
    bool deaf;        /* the bell is gone */
};

struct bight_lane {
    bight_threads *pool;
    unsigned references; /* the owner's and one of each work; the reactor's */
    bool busy;           /* one of its works is ready or runs; under the lock */
    bighti_link waiting; /* the others; under the lock */
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
    BIGHTI_CALL_ANSWERED /* the worker goes on */
} bighti_call_state;

struct bight_work {
    /* The reactor's. */
    bighti_link all_link;
    bight_threads *pool;
    bight_lane *lane;
    bight_promise *promise; /* NULL once it was completed or cancelled */
    bight_report_fn report_fn;
    void *report_data;
    const char *where;
    unsigned references; /* the pool's until it is over, one of each use on the stack */
    bool finished;
    bight_deferred *call_wait; /* what the call waits for */
    /* Set once. */
    bight_work_fn fn;
    void *data;
    bight_destroy_fn destroy; /* the work's while it runs */
    unsigned priority;        /* index of the ready list */
    /* Under the lock. */
    bighti_link link; /* in a lane's waiting, a ready list, or none */
    bighti_link mail; /* in mail, opened, or none */
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

/* Around a function of the user's that a worker waits for. After leave the pool may be gone, unless
 * the caller holds a reference. */
void bighti_pool_enter(bight_threads *pool);
void bighti_pool_leave(bight_threads *pool);

/* No thread is left: tell those who wait for anything, and let the reactor's reference go. */
void bighti_pool_end(bight_threads *pool);

/* fork.c: first thing in each call that names the pool. True if it has ended the pool, and
 * completed all works, since this is a child of the process whose threads they are. */
bool bighti_pool_leave_parent(bight_threads *pool);

/* run.c, on the reactor's thread */

/* Fail the deferred, and take the work out of the queue or let the one that runs know. */
void bighti_work_fail(bight_work *work, bight_error *take_error);

/* Look what a work has to say. */
void bighti_work_open_mail(bight_work *work);

/* The work is over: complete the promise if there is one, free everything. Again, it does nothing.
 */
void bighti_work_finish(bight_work *work);

static inline bight_work *bighti_work_ref(bight_work *work)
{
    work->references++;
    return work;
}

void bighti_work_unref(bight_work *work);

/* Aborts in debug builds when another thread calls than the one that runs the work. */
#ifdef NDEBUG
static inline void bighti_work_check_thread(const bight_work *work)
{
    (void)work;
}
#else
void bighti_work_check_thread(const bight_work *work);
#endif

/* worker.c */

/* Have somebody take what is ready. Returns 0, or a positive errno when there is no thread and none
 * could be started. On the reactor's thread, without the lock. */
int bighti_worker_call_up(bight_threads *pool);

/* Put a work where workers look for it. Under the lock. */
void bighti_work_make_ready(bight_work *work);

/* A work leaves the queue: it is taken, or will never be. Under the lock. */
void bighti_work_dequeue(bight_work *work);

/* Join and free those that have ended; all of them, which waits for them, when the pool ends. */
void bighti_workers_reap(bight_threads *pool, bool all);

/* There is something for the reactor's thread. Under the lock. */
void bighti_work_send(bight_work *work);
void bighti_pool_ring(bight_threads *pool);

/* lane.c */

void bighti_lane_unref(bight_lane *lane);

/* Queue a work: behind others of its lane, or ready. Under the lock. */
void bighti_lane_add(bight_work *work);

/* The work that kept its lane busy is over: the next of the lane is ready. Under the lock. */
void bighti_lane_advance(bight_work *work);

/* call.c */

/* Run the function of a call that is asked for. */
void bighti_call_serve(bight_work *work);

/* Nobody will serve the call of this work, which was cancelled: answer it. */
void bighti_call_give_up(bight_work *work);

/* report.c */

/* Deliver a report that is there. */
void bighti_report_deliver(bight_work *work);

/* Free one that nobody will see. */
void bighti_report_drop(bight_work *work);

/* Call the function that interrupts a work, if there is one. */
void bighti_interrupt(bight_work *work);

#endif

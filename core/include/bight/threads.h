/** @file bight/threads.h
 * Work that blocks (files, databases, a long computation) on other threads, and its results as
 * deferreds on the reactor's.
 *
 *     bight_deferred *photo = bight_threads_run(threads, load_photo, job, job_free);
 *     bight_deferred_then(photo, show_photo, show_failure, window);
 *     bight_deferred_free(photo);
 *
 * load_photo runs on a thread of the pool, show_photo on the reactor's. What crosses over is the
 * data of the work, its result, and its reports; all three are owned by one side at a time, so that
 * a program needs no lock. Everything in this file is called on the reactor's thread, but for the
 * functions that take a bight_work: these are for the work itself.
 *
 * A pool has no thread until there is work, and lets go of those that have been idle for a while.
 *
 * Work that must not run at the same time as other work, since it uses the same database connection
 * or the same file, goes into one lane (a strand or a serial queue elsewhere): the works of a lane
 * run one after the other, in the order they were given, and each sees all that the one before has
 * written. They may run on different threads of the pool. A library that insists on the very same
 * thread gets a pool of its own, with one thread that never ends.
 *
 * A forked child has none of the threads. There the pool ends with the first call that names it:
 * its works are cancelled, and what those that ran had in hand is lost.
 */
#ifndef BIGHT_THREADS_H
#define BIGHT_THREADS_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Some threads that work for one reactor. */
typedef struct bight_threads bight_threads;

/** Works that run one after the other. */
typedef struct bight_lane bight_lane;

/** A work as its own function sees it. */
typedef struct bight_work bight_work;

/** How a pool is. Start from BIGHT_THREADS_OPTIONS_INIT. */
typedef struct bight_threads_options {
    size_t size;      /**< sizeof(bight_threads_options): lets the structure grow */
    unsigned threads; /**< how many at most, at least 1; 8 */
    size_t queue;     /**< how many works may wait for a thread, at least 1; 1024 */
    uint64_t idle;    /**< nanoseconds after which a thread without work ends; 10 s. BIGHT_NEVER
                           keeps it until the pool is stopped */
    size_t stack;     /**< bytes of a thread's stack; 0, which is the system's default */
    const char *name; /**< of the threads, for debuggers, cut to 15 bytes; "bight" */
} bight_threads_options;

/** The defaults. */
#define BIGHT_THREADS_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(bight_threads_options), 8, 1024, BIGHT_SEC(10), 0, "bight"                          \
    }

/** What is taken first. One work of a lower priority is let by after every 15 of a higher. */
typedef enum bight_priority {
    BIGHT_PRIORITY_LOW = -1,   /**< what nobody waits for */
    BIGHT_PRIORITY_NORMAL = 0, /**< the default */
    BIGHT_PRIORITY_HIGH = 1    /**< what a person waits for */
} bight_priority;

/**
 * The work: runs on a thread of the pool, with all signals blocked.
 *
 * It may call the functions that take @p work, make results and errors, and post to the reactor. It
 * may not touch deferreds or anything else of the reactor's: what needs that goes through
 * bight_work_call_and_wait().
 *
 * @param data  the work's alone while this runs
 * @return      a value or an error, which the deferred gets; a result to wait for is misuse and
 *              aborts
 */
typedef bight_result (*bight_work_fn)(bight_work *work, void *data);

/** Told of a report, on the reactor's thread. @param value freed when this has returned */
typedef void (*bight_report_fn)(void *value, void *data);

/** Called for a work on the reactor's thread. @return a result of any kind, also one to wait for */
typedef bight_result (*bight_worker_call_fn)(void *data);

/** Makes a running work end; see bight_work_on_cancel(). */
typedef void (*bight_interrupt_fn)(void *data);

/** How a work is to be run. Start from BIGHT_WORK_OPTIONS_INIT. */
typedef struct bight_work_options {
    size_t size;             /**< sizeof(bight_work_options): lets the structure grow */
    bight_priority priority; /**< BIGHT_PRIORITY_NORMAL */
    bight_lane *lane;        /**< after the other works of this lane; NULL, which is no lane */
    bight_report_fn report;  /**< gets what the work reports; NULL, which drops it. Not called any
                                  more once the deferred is done or cancelled */
    void *report_data;       /**< passed to report; must live until the deferred is done */
} bight_work_options;

/** The defaults. */
#define BIGHT_WORK_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(bight_work_options), BIGHT_PRIORITY_NORMAL, NULL, NULL, NULL                        \
    }

/**
 * Make a pool. It starts no thread.
 *
 * @param reactor  where results are delivered. If it is freed first, the pool is stopped and waited
 *                 for as in bight_threads_free(), which has still to be called
 * @param options  copied; NULL for the defaults
 * @errors         BIGHT_ERROR_INVALID for a size that is not known, no threads or no queue;
 *                 BIGHT_ERROR_NO_MEMORY; BIGHT_ERROR_STATE when the reactor was freed
 * @owner          the caller; freed with bight_threads_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_threads_new(bight_reactor *reactor,
                                                        const bight_threads_options *options,
                                                        bight_threads **threads);

/**
 * Stop, and wait until the last work has returned: afterwards no thread of the pool is left. A
 * window that must not stand still meanwhile waits for bight_threads_stop() first.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback and step. In a function that a work has called, or in one that
 *              interrupts a work, it cannot wait for that work, and what is to be waited for is
 * when that function has returned. NULL is ignored
 */
BIGHT_API void bight_threads_free(bight_threads *threads);

/**
 * Take no more work, and cancel all that there is, whether it waits or runs: each deferred fails
 * with BIGHT_ERROR_CANCELLED before this returns. Works that run see it as a cancel.
 *
 * @return  fires with NULL when the last thread has ended. Cancelling it changes nothing but that
 * @errors  NULL without memory; the pool is stopped in any case
 * @thread  the reactor's
 */
#define bight_threads_stop(threads) bight_threads_stop_at((threads), BIGHT_HERE)

/**
 * Run a function on a thread of the pool. See bight_threads_run_with().
 */
#define bight_threads_run(threads, fn, data, destroy)                                              \
    bight_threads_run_with_at((threads), NULL, (fn), (data), (destroy), BIGHT_HERE)

/**
 * Run a function on a thread of the pool, with options.
 *
 * Cancelling the deferred takes a work that waits out of the queue. A work that runs goes on until
 * it looks at bight_work_is_cancelled() or is interrupted; the chain does not wait for that, and
 * the result of the work is freed.
 *
 * @param options  NULL for the defaults
 * @param data     passed to @p fn
 * @param destroy  frees @p data on the reactor's thread, once, when the function has returned and
 *                 the deferred has its result, or when it will not be called any more; NULL for
 *                 nothing
 * @return         fires with what @p fn returned, on the reactor's thread and never before this
 *                 returns, except when it has failed already:
 * @errors         through the deferred: BIGHT_ERROR_LIMIT when too many works wait (see
 *                 bight_threads_wait_room()); BIGHT_ERROR_CLOSED when the pool was stopped; the
 *                 error of the system when the first thread could not be started. NULL without
 *                 memory. @p data is freed in all these cases
 * @owner          the caller owns the deferred
 * @thread         the reactor's
 */
#define bight_threads_run_with(threads, options, fn, data, destroy)                                \
    bight_threads_run_with_at((threads), (options), (fn), (data), (destroy), BIGHT_HERE)

/**
 * Wait until there is room in the queue. Who has more to do than fits waits for this, gives one
 * work, and waits again.
 *
 * @return  fires with NULL, at once if there is room. Who asked first gets it first; the room is
 *          not held for longer than the steps of the deferred run
 * @errors  through the deferred: BIGHT_ERROR_CLOSED when the pool is stopped. NULL without memory
 * @thread  the reactor's
 */
#define bight_threads_wait_room(threads) bight_threads_wait_room_at((threads), BIGHT_HERE)

/** What a pool is doing. */
typedef struct bight_threads_stats {
    size_t size;      /**< sizeof(bight_threads_stats), set by the caller */
    unsigned threads; /**< threads there are */
    unsigned idle;    /**< those of them without work */
    size_t queued;    /**< works that wait for a thread or for their lane */
    size_t running;   /**< works that run */
} bight_threads_stats;

/** Read the counters; fills at most stats->size bytes. @thread the reactor's */
BIGHT_API void bight_threads_get_stats(bight_threads *threads, bight_threads_stats *stats);

/**
 * Make a lane.
 *
 * @errors  NULL without memory; look at it, for works without a lane run at the same time
 * @owner   the caller; freed with bight_lane_free()
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_lane *bight_lane_new(bight_threads *threads);

/**
 * Let go of a lane. The works that are in it still run; so the last work may close what the others
 * have used. May come after bight_threads_free(). NULL is ignored.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_lane_free(bight_lane *lane);

/**
 * Whether the result of a running work is wanted no more: its deferred was cancelled, or the pool
 * is stopped. Costs as much as reading a variable; a long work looks at it again and again, and
 * returns whatever it likes when it is true.
 *
 * @thread  the work's
 */
BIGHT_API bool bight_work_is_cancelled(const bight_work *work);

/**
 * Have a function called when the work is cancelled, for works that sit in a call which does not
 * look: sqlite3_interrupt(), shutdown() of a socket, a write to a pipe. At most one; the next
 * replaces it, NULL takes it away. When this has returned, the one before is not called any more.
 *
 * @param fn    called once on the reactor's thread while the work runs; at once, on this thread, if
 *              it was cancelled before
 * @param data  must live until another is set or the work has returned
 * @thread      the work's
 */
BIGHT_API void bight_work_on_cancel(bight_work *work, bight_interrupt_fn fn, void *data);

/**
 * Tell how far it has come. Never waits: a report that was not yet delivered is replaced, so that
 * there is at most one, and the last one always arrives before the result.
 *
 * @param value    passed to the report function of the options
 * @param destroy  frees it: on the reactor's thread when it was delivered, on the work's when it is
 *                 replaced or nobody wants it; NULL for nothing
 * @thread         the work's
 */
BIGHT_API void bight_work_report(bight_work *work, void *value, bight_destroy_fn destroy);

/**
 * Have a function called on the reactor's thread, and wait for its result; if that is a deferred,
 * for what becomes of it. So a work can ask a person, write to a connection and wait until it has
 * drained, or hand over rows no faster than they are used.
 *
 * @param data  passed to @p fn, which is over when this returns. A deferred that it returned may go
 *              on after a cancel, and should not use what is on this thread's stack
 * @return      the result of @p fn, which this thread owns: a value or an error
 * @errors      in the result: BIGHT_ERROR_CANCELLED when the work is cancelled, the pool stopped or
 *              the reactor freed, before or meanwhile. What @p fn waits for is cancelled then
 * @thread      the work's
 */
BIGHT_API BIGHT_MUST_USE bight_result bight_work_call_and_wait(bight_work *work,
                                                               bight_worker_call_fn fn, void *data);

/**
 * Take over the data of the work: its destroy function will not be called. For a work that returns
 * its data as its value.
 *
 * @return  the data
 * @thread  the work's
 */
BIGHT_API void *bight_work_steal_data(bight_work *work);

/** bight_threads_run_with() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_threads_run_with_at(bight_threads *threads, const bight_work_options *options,
                          bight_work_fn fn, void *data, bight_destroy_fn destroy,
                          const char *where);

/** bight_threads_wait_room() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_threads_wait_room_at(bight_threads *threads,
                                                                    const char *where);

/** bight_threads_stop() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_threads_stop_at(bight_threads *threads,
                                                               const char *where);

BIGHT_END_DECLS

#endif

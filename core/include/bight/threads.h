/** @file bight/threads.h
 * Runs blocking work (files, databases, long computations) on other threads, with its results as
 * deferreds on the reactor's thread.
 *
 *     bight_deferred *photo = bight_threads_run(threads, load_photo, job, job_free);
 *     bight_deferred_then(photo, show_photo, show_failure, window);
 *     bight_deferred_free(photo);
 *
 * load_photo runs on a thread of the pool, show_photo on the reactor's. Three things pass between
 * the threads: the data of the work, its result, and its reports. Each is owned by one side at a
 * time, so that a program needs no lock. Everything in this file is called on the reactor's
 * thread, except the functions that take a bight_work: these are for the work itself.
 *
 * A pool starts no thread until there is work, and ends threads that have been idle for a while.
 *
 * Works that must not run at the same time, because they use the same database connection or the
 * same file, go into one lane (a serial queue, also known as a strand). The works of a lane run
 * one after the other, in the order in which they were submitted, and each sees everything that
 * the one before has written to memory. They may run on different threads of the pool. For a
 * library that requires one and the same thread, use a separate pool with one thread that never
 * ends.
 *
 * A forked child has none of the threads. There the pool ends at the first call that uses it: its
 * works are cancelled, and the data of works that were running is lost.
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

/** A running work, for the functions that the work itself calls. */
typedef struct bight_work bight_work;

/** Options of a pool. Start from BIGHT_THREADS_OPTIONS_INIT. */
typedef struct bight_threads_options {
    size_t size;      /**< sizeof(bight_threads_options): lets the structure grow */
    unsigned threads; /**< the most threads, at least 1; 8 */
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

/** The order in which works run. After every 15 works of a higher priority, one of a lower
 * priority runs. */
typedef enum bight_priority {
    BIGHT_PRIORITY_LOW = -1,   /**< nobody waits for the result */
    BIGHT_PRIORITY_NORMAL = 0, /**< the default */
    BIGHT_PRIORITY_HIGH = 1    /**< a person waits for the result */
} bight_priority;

/**
 * A work: runs on a thread of the pool, with all signals blocked.
 *
 * It may call the functions that take @p work, make results and errors, and post to the reactor.
 * It must not use deferreds or any other object of the reactor: use bight_work_call_and_wait() for
 * that.
 *
 * @param data  only the work may use it while this runs
 * @return      a value or an error for the deferred; a result to wait for is misuse and aborts
 */
typedef bight_result (*bight_work_fn)(bight_work *work, void *data);

/** Receives a report, on the reactor's thread. @param value freed after this has returned */
typedef void (*bight_report_fn)(void *value, void *data);

/** Called for a work on the reactor's thread. @return a result of any kind, also one to wait for */
typedef bight_result (*bight_worker_call_fn)(void *data);

/** Makes a running work end; see bight_work_on_cancel(). */
typedef void (*bight_interrupt_fn)(void *data);

/** Options of a work. Start from BIGHT_WORK_OPTIONS_INIT. */
typedef struct bight_work_options {
    size_t size;             /**< sizeof(bight_work_options): lets the structure grow */
    bight_priority priority; /**< BIGHT_PRIORITY_NORMAL */
    bight_lane *lane;        /**< the lane of the work; NULL for none */
    bight_report_fn report;  /**< receives the reports of the work; NULL, which drops them. Not
                                  called after the deferred is done or cancelled */
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
 * @param reactor  where results are delivered. If it is freed first, the pool is stopped and
 *                 waited for as in bight_threads_free(), which must still be called
 * @param options  copied; NULL for the defaults
 * @errors         BIGHT_ERROR_INVALID for an unknown size, 0 threads or a queue of 0;
 *                 BIGHT_ERROR_NO_MEMORY; BIGHT_ERROR_STATE when the reactor was freed
 * @owner          the caller; freed with bight_threads_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_threads_new(bight_reactor *reactor,
                                                        const bight_threads_options *options,
                                                        bight_threads **threads);

/**
 * Stop the pool, block until the last work has returned, and free: afterwards no thread of the
 * pool is left. A program that must not block meanwhile waits for bight_threads_stop() first.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback and step. In a function that a work has called, or in one
 *              that interrupts a work, this cannot wait for that work; the wait happens after that
 *              function has returned. NULL is ignored
 */
BIGHT_API void bight_threads_free(bight_threads *threads);

/**
 * Accept no more work, and cancel all works, waiting or running: each deferred fails with
 * BIGHT_ERROR_CANCELLED before this returns. Running works notice it as a cancel.
 *
 * @return  fires with NULL when the last thread has ended. Cancelling it affects only this
 *          deferred
 * @errors  NULL when out of memory; the pool is stopped in any case
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
 * Cancelling the deferred removes a waiting work from the queue. A running work continues until it
 * checks bight_work_is_cancelled() or is interrupted; the chain does not wait for that, and the
 * result of the work is freed.
 *
 * @param options  NULL for the defaults
 * @param data     passed to @p fn
 * @param destroy  frees @p data on the reactor's thread, once, after @p fn has returned and the
 *                 deferred has its result, or when @p fn will not be called; NULL for nothing
 * @return         fires with the result of @p fn, on the reactor's thread and never before this
 *                 returns. It has failed already in the following cases:
 * @errors         through the deferred: BIGHT_ERROR_LIMIT when too many works wait (see
 *                 bight_threads_wait_room()); BIGHT_ERROR_CLOSED when the pool was stopped; the
 *                 error of the system when the first thread could not be started. NULL when out of
 *                 memory. @p data is freed in all these cases
 * @owner          the caller owns the deferred
 * @thread         the reactor's
 */
#define bight_threads_run_with(threads, options, fn, data, destroy)                                \
    bight_threads_run_with_at((threads), (options), (fn), (data), (destroy), BIGHT_HERE)

/**
 * Wait until there is room in the queue. A program with more works than fit waits for room,
 * submits one work, and waits again.
 *
 * @return  fires with NULL, at once if there is room. Requests are served in order; the room is
 *          reserved only while the steps of the deferred run
 * @errors  through the deferred: BIGHT_ERROR_CLOSED when the pool is stopped. NULL when out of
 *          memory
 * @thread  the reactor's
 */
#define bight_threads_wait_room(threads) bight_threads_wait_room_at((threads), BIGHT_HERE)

/** Counters of a pool. */
typedef struct bight_threads_stats {
    size_t size;      /**< sizeof(bight_threads_stats), set by the caller */
    unsigned threads; /**< existing threads */
    unsigned idle;    /**< threads without work */
    size_t queued;    /**< works that wait for a thread or for their lane */
    size_t running;   /**< works that run */
} bight_threads_stats;

/** Read the counters; fills at most stats->size bytes. @thread the reactor's */
BIGHT_API void bight_threads_get_stats(bight_threads *threads, bight_threads_stats *stats);

/**
 * Make a lane.
 *
 * @errors  NULL when out of memory; check it, because works without a lane may run at the same
 *          time
 * @owner   the caller; freed with bight_lane_free()
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_lane *bight_lane_new(bight_threads *threads);

/**
 * Free a lane. The works in it still run, so the last work may close what the others have used. It
 * may be called after bight_threads_free(). NULL is ignored.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_lane_free(bight_lane *lane);

/**
 * Whether the result of a running work is no longer wanted: its deferred was cancelled, or the
 * pool is stopped. It costs as much as reading a variable. A long work should check it often, and
 * return any result when it is true.
 *
 * @thread  the work's
 */
BIGHT_API bool bight_work_is_cancelled(const bight_work *work);

/**
 * Set a function that is called when the work is cancelled, for works that block in a call: the
 * function may call sqlite3_interrupt(), shut a socket down or write to a pipe. There is at most
 * one function; the next replaces it, and NULL removes it. After this has returned, the previous
 * function is not called any more.
 *
 * @param fn    called once on the reactor's thread while the work runs; at once, on this thread, if
 *              it was cancelled before
 * @param data  must live until another is set or the work has returned
 * @thread      the work's
 */
BIGHT_API void bight_work_on_cancel(bight_work *work, bight_interrupt_fn fn, void *data);

/**
 * Report progress. Never waits: a report that was not delivered yet is replaced, so that there is
 * at most one, and the last one always arrives before the result.
 *
 * @param value    passed to the report function of the options
 * @param destroy  frees it: on the reactor's thread after it was delivered, on the work's thread
 *                 when it is replaced or not wanted; NULL for nothing
 * @thread         the work's
 */
BIGHT_API void bight_work_report(bight_work *work, void *value, bight_destroy_fn destroy);

/**
 * Call a function on the reactor's thread, and wait for its result; if the result is a deferred,
 * for the result of the deferred. With this a work can ask a person, write to a connection and
 * wait until it has drained, or pass rows on no faster than they are used.
 *
 * @param data  passed to @p fn, which has returned when this returns. A deferred that @p fn
 *              returned may continue after a cancel, and should not use data on this thread's
 *              stack
 * @return      the result of @p fn, which this thread owns: a value or an error
 * @errors      in the result: BIGHT_ERROR_CANCELLED when the work is cancelled, the pool stopped or
 *              the reactor freed, before or meanwhile. In this case the deferred that @p fn
 *              returned is cancelled
 * @thread      the work's
 */
BIGHT_API BIGHT_MUST_USE bight_result bight_work_call_and_wait(bight_work *work,
                                                               bight_worker_call_fn fn, void *data);

/**
 * Take ownership of the work's data: its destroy function will not be called. For a work that
 * returns its data as its value.
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

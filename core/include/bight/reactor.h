/** @file bight/reactor.h
 * The reactor: watches descriptors, keeps timers, runs tasks and posted calls. It does this inside
 * an existing loop (GLib's, Qt's, your own) or on its own.
 *
 * A loop carries a reactor by watching one descriptor, bight_reactor_fd(), and calling one function
 * when it is readable, bight_reactor_dispatch(). The adapters for GLib, Qt and CFRunLoop do just
 * that; docs/hosts/your-own-loop.md shows it on others. A loop that cannot watch a descriptor
 * calls the function once a frame, or at the time that bight_reactor_get_deadline() returns.
 *
 * One reactor belongs to one thread, the one that made it. Only bight_reactor_post() and
 * bight_reactor_wake() may be called from others. Every callback runs on the reactor's thread, from
 * inside bight_reactor_dispatch() or bight_reactor_run(), and never inside the call that registers
 * it. Any object may be freed in any callback, its own included; after the free has returned, no
 * callback of that object runs any more.
 */
#ifndef BIGHT_REACTOR_H
#define BIGHT_REACTOR_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/status.h>
#include <bight/time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A reactor. */
typedef struct bight_reactor bight_reactor;

/** How much one dispatch may do before it returns to the loop. */
typedef struct bight_budget {
    uint64_t time;      /**< nanoseconds; 0 for no limit. A running callback is not interrupted */
    uint32_t callbacks; /**< number of callbacks; 0 for no limit */
    uint32_t share;     /**< the least share of a busy loop's time, in per cent: while work remains
                             and the other work of the loop leaves less than that, `time` grows, up
                             to 16 ms; 0 to 90, 0 never grows it */
} bight_budget;

/**
 * The budget for a loop that also draws windows: 2 ms, any number of callbacks, and 30 per cent of
 * the loop's time when painting would take all of it.
 */
#define BIGHT_BUDGET_GUI BIGHT_BUDGET_SHARE(BIGHT_MSEC(2), 0, 30)

/** No limit except fairness: one round over everything that is ready. */
#define BIGHT_BUDGET_UNLIMITED BIGHT_BUDGET(0, 0)

/** A budget as an expression, in C and C++. */
#define BIGHT_BUDGET(time, callbacks) BIGHT_BUDGET_SHARE(time, callbacks, 0)

/** A budget as an expression, which grows to a share of the loop's time. */
#ifdef __cplusplus
#define BIGHT_BUDGET_SHARE(time, callbacks, share) (bight_budget{(time), (callbacks), (share)})
#else
#define BIGHT_BUDGET_SHARE(time, callbacks, share) ((bight_budget){(time), (callbacks), (share)})
#endif

/** Whether work is left after a dispatch. */
typedef enum bight_turn {
    BIGHT_TURN_IDLE, /**< all that was ready has run; the descriptor becomes readable when there is
                          more */
    BIGHT_TURN_MORE  /**< the budget was used up first; the descriptor is already readable */
} bight_turn;

/** A clock supplied by the caller, for tests that do not wait. bight/crank.h has a ready one. */
typedef struct bight_clock {
    uint64_t (*now)(void *data); /**< nanoseconds, never going back; NULL is CLOCK_MONOTONIC */
    void *data;                  /**< passed to now */
} bight_clock;

/** Options of bight_reactor_new_with(). Start from BIGHT_REACTOR_OPTIONS_INIT. */
typedef struct bight_reactor_options {
    size_t size;        /**< sizeof(bight_reactor_options): lets the structure grow */
    bight_clock clock;  /**< the source of time; with a clock of your own, the loop has to dispatch
                             at bight_reactor_get_deadline(), because the descriptor does not
                             become readable for timers */
    size_t read_buffer; /**< bytes of the one buffer that all connections read into; 64 KiB */
    size_t read_cap;    /**< bytes that one connection may read in a turn; 256 KiB */
} bight_reactor_options;

/** The defaults. */
#define BIGHT_REACTOR_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(bight_reactor_options), {NULL, NULL}, 65536, 262144                                 \
    }

/** A posted call, or a function that is called when one is dropped. */
typedef void (*bight_call_fn)(void *data);

/**
 * Make a reactor that runs on its own, with bight_reactor_run(), or in any loop, with
 * bight_reactor_fd().
 *
 * @errors  NULL when out of memory or descriptors; errno has the reason
 * @owner   the caller; freed with bight_reactor_free()
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_reactor_new(void);

/**
 * Make a reactor with options.
 *
 * @param options  NULL for the defaults
 * @errors  BIGHT_ERROR_INVALID for an unknown size, BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_LIMIT when
 *          out of descriptors, BIGHT_ERROR_SYSTEM
 * @owner   the caller
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_new_with(const bight_reactor_options *options,
                                                             bight_reactor **reactor);

/**
 * Stop, detach from the host, close every connection and listener of this reactor (their protocols
 * receive closed with BIGHT_ERROR_CANCELLED), drop posted calls, close the descriptors. Timers,
 * watches and tasks that the user still holds stay valid but do nothing; free them as usual. NULL
 * is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback of this reactor, on any level
 */
BIGHT_API void bight_reactor_free(bight_reactor *reactor);

/**
 * The one descriptor to watch for readability. Never read it, never close it; stop watching it
 * before bight_reactor_free() closes it.
 *
 * The watch may be level-triggered or edge-triggered (EPOLLET): if work remains after a dispatch,
 * there is a new edge. A watch that reports once and is then re-armed works too. It is readable
 * when a timer is due, a call was posted or bight_reactor_wake() called, and whenever work
 * remains.
 *
 * @errors  none
 * @owner   the reactor's
 * @thread  the reactor's
 */
BIGHT_API int bight_reactor_fd(bight_reactor *reactor);

/**
 * Run everything that is ready. Never blocks. It may be called at any time, also when nothing is
 * ready, and inside a callback, as a nested loop does: the inner call continues with the same
 * list.
 *
 * @param budget  how much may be done
 * @return        whether work remains; in this case the descriptor is readable, so that a loop may
 *                ignore the result
 * @thread        the reactor's
 */
BIGHT_API bight_turn bight_reactor_dispatch(bight_reactor *reactor, bight_budget budget);

/**
 * Announce that the loop is about to wait. A host should call this, if it can, before its loop
 * blocks. Then several writes in one callback leave in one system call, even if that callback runs
 * the loop again (a modal dialog). The call has no state: it may be skipped, or made at any time.
 * The first call enables the joining of writes; see docs/ARCHITECTURE.md.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_reactor_before_wait(bight_reactor *reactor);

/**
 * When to dispatch next, on the clock of bight_reactor_now(), unless the descriptor becomes
 * readable before: never later than the next timer, earlier if an earlier timer has been stopped,
 * now if work remains; BIGHT_NEVER if no timer runs. It does not take arriving bytes into account.
 * It is for a loop that cannot watch a descriptor, and therefore polls for input at intervals, and
 * for a loop that keeps its own time. A loop that watches the descriptor does not need it, unless
 * the reactor has a clock of the caller's own.
 *
 * @thread  the reactor's
 */
BIGHT_API uint64_t bight_reactor_get_deadline(bight_reactor *reactor);

/**
 * Run until bight_reactor_stop(): on the host's own loop if a host carries the reactor, otherwise
 * on the native one. It may be called in a callback; then it is a nested loop, in which everything
 * continues.
 *
 * @errors  BIGHT_ERROR_UNSUPPORTED when the host cannot be run from here, BIGHT_ERROR_SYSTEM
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_run(bight_reactor *reactor);

/**
 * Make the innermost bight_reactor_run() return after the running callback. If none runs, nothing
 * happens.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_reactor_stop(bight_reactor *reactor);

/** The time on the reactor's clock, in nanoseconds; it is read at most once per callback. @thread
 * the reactor's */
BIGHT_API uint64_t bight_reactor_now(bight_reactor *reactor);

/**
 * Run a function on the reactor's thread. Calls from one thread run in order; each runs exactly
 * once. The loop is woken with a system call only when the queue was empty.
 *
 * @param fn    called once with @p data in a turn of the reactor
 * @param data  passed to one of the two functions
 * @param drop  called instead of @p fn if the reactor is freed first; NULL for nothing
 * @errors      BIGHT_ERROR_NO_MEMORY: nothing was queued, the caller keeps @p data
 * @thread      any, while the reactor lives
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_post(bight_reactor *reactor, bight_call_fn fn,
                                                         void *data, bight_call_fn drop);

/**
 * Wake the loop for one turn, even if nothing is ready.
 *
 * @thread  any, while the reactor lives; safe in a signal handler
 */
BIGHT_API void bight_reactor_wake(bight_reactor *reactor);

/**
 * Rebuild the reactor in a forked child that continues to use it. Everything is kept: connections,
 * listeners, watches, timers, tasks, posts, the host; the parent is not affected. The descriptor
 * keeps its number. The host's loop has to be usable in the child: loops that call poll(2) are
 * (GLib, Qt); a loop with a kernel object of its own is notified, see bight_host_ops.
 *
 * Before this call the child may free objects of the reactor and the reactor itself, which only
 * closes the child's descriptors and affects no connection, socket file or timer of the parent;
 * dispatching aborts. So first free what the parent keeps, then rebuild: if both keep a
 * connection, its bytes go to whichever process reads first, and bytes that waited to be sent are
 * sent by both.
 *
 * Connections of foreign libraries still belong to the parent afterwards: see bight/fork.h.
 *
 * Only the thread that forked exists in the child; a call that another thread was posting at that
 * moment may be lost. A child that executes another program immediately does not need this call,
 * because executing closes every descriptor.
 *
 * @errors      BIGHT_ERROR_LIMIT when out of descriptors, BIGHT_ERROR_NO_MEMORY,
 *              BIGHT_ERROR_SYSTEM: nothing has changed, and it may be called again;
 *              BIGHT_ERROR_STATE: the reactor was freed
 * @thread      the calling thread becomes the reactor's
 * @reentrancy  legal in any callback of this reactor, on any level
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_rebuild(bight_reactor *reactor);

/** A key for data attached to reactors. It is identified by its address: make it static const. */
typedef struct bight_key {
    const char *name; /**< for a person in a debugger */
} bight_key;

/**
 * Attach data to a reactor, for a library that keeps one object for each reactor. No registration
 * is needed.
 *
 * bight_reactor_free() destroys the data after every connection has received closed and every
 * posted call was dropped, so that these can still use it. Data that was set last is destroyed
 * first, and may use data that was set before it.
 *
 * @param key      the caller's
 * @param data     replaces the present data, which is destroyed; NULL only removes it
 * @param destroy  called once with @p data, on the reactor's thread; NULL for none
 * @errors         BIGHT_ERROR_NO_MEMORY, or BIGHT_ERROR_CANCELLED when the reactor was freed: the
 *                 present data stays, and @p data is not taken. Removing never fails
 * @owner          the reactor owns @p data
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_set_data(bight_reactor *reactor,
                                                             const bight_key *key, void *data,
                                                             bight_destroy_fn destroy);

/**
 * The data attached to a reactor.
 *
 * @return  NULL when there is nothing, or when it is being destroyed
 * @owner   borrowed: the reactor owns it
 * @thread  the reactor's
 */
BIGHT_API void *bight_reactor_get_data(const bight_reactor *reactor, const bight_key *key);

/** The host's name: "native", "glib", "qt", ... @owner constant @thread the reactor's */
BIGHT_API const char *bight_reactor_get_host_name(const bight_reactor *reactor);

/**
 * Report, through the log hook, the name and duration of every callback that blocked the loop
 * longer than @p limit. A function without a name is reported as module+offset, for addr2line.
 *
 * @param limit  nanoseconds; 0, the default, switches it off; BIGHT_NEVER measures for
 *               bight_reactor_get_stats() without reporting
 * @thread       the reactor's
 */
BIGHT_API void bight_reactor_set_watchdog(bight_reactor *reactor, uint64_t limit);

/** Counters since the reactor was made. */
typedef struct bight_reactor_stats {
    size_t size;               /**< sizeof(bight_reactor_stats), set by the caller */
    uint64_t turns;            /**< dispatches */
    uint64_t callbacks;        /**< callbacks run */
    uint64_t longest_callback; /**< nanoseconds; measured only while the watchdog is on */
    uint64_t stalls;           /**< callbacks that the watchdog reported */
    uint64_t bytes_in;         /**< read from all transports */
    uint64_t bytes_out;        /**< written to all transports */
    uint32_t connections;      /**< transports open now */
    uint32_t deepest;          /**< deepest nesting of dispatches seen */
    uint64_t spent;            /**< dispatches that ended because their budget was spent */
    char longest_name[64];     /**< the callback that took the longest, as the watchdog names it;
                                    or "" */
} bight_reactor_stats;

/** Read the counters; fills at most stats->size bytes. @thread the reactor's */
BIGHT_API void bight_reactor_get_stats(const bight_reactor *reactor, bight_reactor_stats *stats);

BIGHT_END_DECLS

#endif

/** @file bight/reactor.h
 * The reactor: watches descriptors, keeps timers, runs tasks and posted calls. It does this inside
 * a loop that is there already (GLib's, Qt's, your own) or on its own.
 *
 * A loop carries a reactor by watching one descriptor, bight_reactor_fd(), and calling one function
 * when it is readable, bight_reactor_dispatch(). The adapters for GLib, Qt and CFRunLoop do just
 * that; docs/hosts/your-own-loop.md shows it on others. A loop that cannot watch a descriptor calls
 * the function once a frame, or when bight_reactor_get_deadline() says.
 *
 * One reactor belongs to one thread, the one that made it. Only bight_reactor_post() and
 * bight_reactor_wake() may be called from others. Every callback runs on the reactor's thread, from
 * inside bight_reactor_dispatch() or bight_reactor_run(), and never inside the call that registers
 * it. Any object may be freed in any callback, its own included; once a free returned, no callback
 * of that object runs any more.
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

/** The engine. */
typedef struct bight_reactor bight_reactor;

/** How much one dispatch may do before it gives the loop back. */
typedef struct bight_budget {
    uint64_t time;      /**< nanoseconds; 0 is without a limit. A running callback is not stopped */
    uint32_t callbacks; /**< number of callbacks; 0 is without a limit */
    uint32_t share;     /**< per cent of a busy loop's time to have at least: while work remains and
                             the others leave less than that, `time` grows, up to 16 ms; 0 to 90,
                             0 never grows it */
} bight_budget;

/**
 * The budget that suits a loop which also draws windows: 2 ms, any number of callbacks, and 30 per
 * cent of the loop's time when the painting would take all of it.
 */
#define BIGHT_BUDGET_GUI BIGHT_BUDGET_SHARE(BIGHT_MSEC(2), 0, 30)

/** No limit but fairness: one round over all that is ready. */
#define BIGHT_BUDGET_UNLIMITED BIGHT_BUDGET(0, 0)

/** A budget in place, in either language. */
#define BIGHT_BUDGET(time, callbacks) BIGHT_BUDGET_SHARE(time, callbacks, 0)

/** A budget in place that grows to a share of the loop's time. */
#ifdef __cplusplus
#define BIGHT_BUDGET_SHARE(time, callbacks, share) (bight_budget{(time), (callbacks), (share)})
#else
#define BIGHT_BUDGET_SHARE(time, callbacks, share) ((bight_budget){(time), (callbacks), (share)})
#endif

/** What is left after a dispatch. */
typedef enum bight_turn {
    BIGHT_TURN_IDLE, /**< all that was ready has run; the descriptor tells when there is more */
    BIGHT_TURN_MORE  /**< the budget was spent first; the descriptor is readable already */
} bight_turn;

/** A clock of the caller's own, for tests that do not wait. See bight/crank.h for a ready one. */
typedef struct bight_clock {
    uint64_t (*now)(void *data); /**< nanoseconds, never going back; NULL is CLOCK_MONOTONIC */
    void *data;                  /**< passed to now */
} bight_clock;

/** What bight_reactor_new_with() can be told. Start from BIGHT_REACTOR_OPTIONS_INIT. */
typedef struct bight_reactor_options {
    size_t size;        /**< sizeof(bight_reactor_options): lets the structure grow */
    bight_clock clock;  /**< where time comes from; with one of your own, timers need the deadline
                             of bight_reactor_get_deadline(), the descriptor does not tell */
    size_t read_buffer; /**< bytes of the one buffer that all connections read into; 64 KiB */
    size_t read_cap;    /**< bytes that one connection may read in a turn; 256 KiB */
} bight_reactor_options;

/** The defaults. */
#define BIGHT_REACTOR_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(bight_reactor_options), {NULL, NULL}, 65536, 262144                                 \
    }

/** A call that was posted or is run when something is dropped. */
typedef void (*bight_call_fn)(void *data);

/**
 * Make a reactor that runs on its own, with bight_reactor_run(), or that any loop carries with
 * bight_reactor_fd().
 *
 * @errors  NULL without memory or descriptors; errno tells
 * @owner   the caller; freed with bight_reactor_free()
 * @thread  the one that calls becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_reactor_new(void);

/**
 * Make a reactor with options.
 *
 * @param options  NULL for the defaults
 * @errors  BIGHT_ERROR_INVALID for a size that is not known, BIGHT_ERROR_NO_MEMORY,
 *          BIGHT_ERROR_LIMIT without descriptors, BIGHT_ERROR_SYSTEM
 * @owner   the caller
 * @thread  the one that calls becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_new_with(const bight_reactor_options *options,
                                                             bight_reactor **reactor);

/**
 * Stop, leave the host, close every connection and listener of this reactor (their protocols learn
 * it with BIGHT_ERROR_CANCELLED), drop what was posted, close the descriptors. Timers, watches and
 * tasks that the user still holds stay valid but do nothing; free them as usual. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback of this reactor, on any level
 */
BIGHT_API void bight_reactor_free(bight_reactor *reactor);

/**
 * The one descriptor to watch for readability. Never read it, never close it; stop watching it
 * before bight_reactor_free() closes it.
 *
 * The watch may be level-triggered or edge-triggered (EPOLLET): what is still ready after a
 * dispatch is a new edge. One that reports once and is then re-armed works too. It is readable when
 * a timer is due, a call was posted or bight_reactor_wake() called, and whenever work remains.
 *
 * @errors  none
 * @owner   the reactor's
 * @thread  the reactor's
 */
BIGHT_API int bight_reactor_fd(bight_reactor *reactor);

/**
 * Run what is ready. Never blocks. May be called at any moment, also when nothing is ready, and
 * from inside a callback (a nested loop does): the inner call goes on with the same list.
 *
 * @param budget  how much may be done
 * @return        whether work remains; then the descriptor is readable, so that a loop may also
 *                ignore the result
 * @thread        the reactor's
 */
BIGHT_API bight_turn bight_reactor_dispatch(bight_reactor *reactor, bight_budget budget);

/**
 * Tell that the loop is about to wait. A host that can, calls this before its loop blocks; then
 * several writes in one callback leave in one system call even when that callback runs the loop
 * again (a modal dialog). Without a state: it may be skipped or called at any moment. The first
 * call of it switches the joining of writes on; see docs/ARCHITECTURE.md.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_reactor_before_wait(bight_reactor *reactor);

/**
 * When to dispatch next, on bight_reactor_now()'s clock, if the descriptor does not tell before:
 * never later than the next timer, earlier when one that was due before has been stopped, now when
 * work remains; BIGHT_NEVER if no timer runs. It knows nothing of bytes that arrive. For a loop
 * that cannot watch a descriptor, which looks for those as often as it can bear, or keeps its own
 * time; one that watches the descriptor needs it not, unless the reactor has a clock of the
 * caller's own.
 *
 * @thread  the reactor's
 */
BIGHT_API uint64_t bight_reactor_get_deadline(bight_reactor *reactor);

/**
 * Run until bight_reactor_stop(): on the host's own loop if a host carries the reactor, else on the
 * native one. May be called in a callback; then it is a nested loop and everything goes on in it.
 *
 * @errors  BIGHT_ERROR_UNSUPPORTED when the host cannot be run from here, BIGHT_ERROR_SYSTEM
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_run(bight_reactor *reactor);

/**
 * Make the innermost bight_reactor_run() return after the callback that is running. Without one
 * running, nothing happens.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_reactor_stop(bight_reactor *reactor);

/** Nanoseconds on the reactor's clock, read at most once in a callback. @thread the reactor's */
BIGHT_API uint64_t bight_reactor_now(bight_reactor *reactor);

/**
 * Have a function run on the reactor's thread. In order for one calling thread, none lost, none
 * twice. The loop is woken with a system call only when the queue was empty.
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
 * Make the loop turn once, even if nothing is ready.
 *
 * @thread  any, while the reactor lives; safe in a signal handler
 */
BIGHT_API void bight_reactor_wake(bight_reactor *reactor);

/**
 * Make the reactor this process's own, in a child that was forked and goes on using it. All that
 * was there stays: connections, listeners, watches, timers, tasks, posts, the host; the parent
 * notices nothing. The descriptor keeps its number. The host's loop has to be usable in the child:
 * those that call poll(2) are (GLib, Qt); a loop with a kernel object of its own is told, see
 * bight_host_ops.
 *
 * Until this is called the child may free objects of the reactor, and the reactor, which closes its
 * own descriptors and touches no connection, socket file or timer of the parent's; turning the loop
 * aborts. So free here what the parent keeps, then rebuild: a connection that both have is read by
 * whichever comes first, and bytes that waited to be sent are sent by both.
 *
 * What a foreign library has open is the parent's also afterwards: see bight/fork.h.
 *
 * Of the threads only the one that forked is in the child; a call that another was posting in that
 * very moment may be lost. A child that executes another program at once needs none of this, for
 * every descriptor is closed by that.
 *
 * @errors      BIGHT_ERROR_LIMIT without descriptors, BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_SYSTEM:
 *              nothing has changed, it may be called again; BIGHT_ERROR_STATE: the reactor was
 * freed
 * @thread      the one that calls becomes the reactor's
 * @reentrancy  legal in any callback of this reactor, on any level
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_rebuild(bight_reactor *reactor);

/** A name under which data hangs on reactors. Its address counts: make it static const. */
typedef struct bight_key {
    const char *name; /**< for a person in a debugger */
} bight_key;

/**
 * Hang something on a reactor, for a library that keeps one of a thing for each reactor. Nothing
 * has to be registered.
 *
 * bight_reactor_free() destroys what hangs there when every connection was told closed and every
 * posted call was dropped, so that these still find it. What was set last is destroyed first, and
 * may ask for what was set before it.
 *
 * @param key      the caller's
 * @param data     takes the place of what hangs there, which is destroyed; NULL only removes that
 * @param destroy  called once with @p data, on the reactor's thread; NULL for none
 * @errors         BIGHT_ERROR_NO_MEMORY, or BIGHT_ERROR_CANCELLED when the reactor was freed: what
 *                 hangs there stays, and @p data is not taken. To remove never fails
 * @owner          the reactor owns @p data
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_set_data(bight_reactor *reactor,
                                                             const bight_key *key, void *data,
                                                             bight_destroy_fn destroy);

/**
 * What hangs on a reactor.
 *
 * @return  NULL when there is nothing, or when it is being destroyed
 * @owner   borrowed: the reactor owns it
 * @thread  the reactor's
 */
BIGHT_API void *bight_reactor_get_data(const bight_reactor *reactor, const bight_key *key);

/** The host's name: "native", "glib", "qt", ... @owner constant @thread the reactor's */
BIGHT_API const char *bight_reactor_get_host_name(const bight_reactor *reactor);

/**
 * Report, through the log hook, every callback that held the loop longer than @p limit: its name,
 * and for how long. A function without a name is given as module+offset, for addr2line.
 *
 * @param limit  nanoseconds; 0 switches it off, as it is at first; BIGHT_NEVER reports nothing but
 *               measures, for bight_reactor_get_stats()
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
    char longest_name[64];     /**< who took the longest, as the watchdog names it; or "" */
} bight_reactor_stats;

/** Read the counters; fills at most stats->size bytes. @thread the reactor's */
BIGHT_API void bight_reactor_get_stats(const bight_reactor *reactor, bight_reactor_stats *stats);

BIGHT_END_DECLS

#endif

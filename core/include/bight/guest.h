/** @file bight/guest.h
 * Runs a foreign asynchronous library on the reactor: one that owns sockets and a timeout, and
 * leaves the loop to the program, as c-ares, libpq, libcurl and libssh do. Such a library is
 * called a guest, and the code that uses it through this header is its carrier. Bight's own
 * resolver and its PostgreSQL client are carriers.
 *
 * Every such library has these needs, where adapters usually go wrong:
 *
 * - Its descriptors are watched by number. Within one call a library may close a descriptor and
 *   open another one that gets the same number.
 * - It has one timer, which it may change at any time; a delay of 0 means "in the next turn".
 * - It must not be entered recursively. Most such libraries have callbacks, and break when they
 *   are called, or freed, inside them. What is requested there has to wait until the library has
 *   returned.
 * - In a forked child nothing may be written to its sockets, which belong to the parent.
 *
 * A carrier calls its library like this, in the slots below and anywhere else:
 *
 *     if (bight_guest_enter(guest)) {
 *         library_process(self->library, fd);
 *         bight_guest_leave(guest);                // makes the calls that had to wait
 *     }
 *
 * or uses a bight_guest_call, which waits by itself if necessary.
 */
#ifndef BIGHT_GUEST_H
#define BIGHT_GUEST_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/watch.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A library that runs on a reactor. */
typedef struct bight_guest bight_guest;

/**
 * The functions of a carrier; static const. Every slot may be NULL. All of them run on the
 * reactor's thread.
 *
 * ready and timeout are never called while the library is on the stack, even when a callback of
 * the library runs the program's loop: if a descriptor becomes ready or the timer expires
 * meanwhile, they are called after the library has returned. They may do anything, including free
 * the guest.
 */
typedef struct bight_guest_ops {
    size_t size;      /**< sizeof(bight_guest_ops): lets the structure grow */
    const char *name; /**< a constant string, for the watchdog's reports: "bight: names" */

    /** A descriptor is ready: enter the library. @param events or-ed values of bight/watch.h */
    void (*ready)(bight_guest *guest, int fd, unsigned events, void *data);

    /** The timer that bight_guest_start_timer() has set expired: enter the library. */
    void (*timeout)(bight_guest *guest, void *data);

    /**
     * The library has returned from a call, and the calls that waited were made. Check here what
     * has to be checked after each call: when the library wants to be called next, and what is
     * finished. The library may be called here without bight_guest_enter(). Do not call the
     * program here: its callbacks may run a loop, in which the guest would make no progress. Use a
     * task (bight/task.h), for example.
     */
    void (*returned)(bight_guest *guest, void *data);

    /**
     * This is a forked child, and its reactor was rebuilt: the connections of the library belong
     * to the parent and cannot be used any more. Fail everything that waits for them and free the
     * guest. All watches have ended, and the watched descriptors are muted (bight_fork_mute());
     * mute other sockets of the library here.
     */
    void (*forked)(bight_guest *guest, void *data);

    /**
     * The reactor is being freed, so no more events will come: fail everything that waits for the
     * library. The guest may be freed here or later.
     */
    void (*evicted)(bight_guest *guest, void *data);

    /**
     * Free the library and @p data. Called once for every guest, by bight_guest_free(), or after
     * the library has returned if it is on the stack at that time. All watches have ended, and in
     * a forked child the watched descriptors are muted, so that the library may write its goodbye.
     * The library may call its carrier here, and the carrier may call bight_guest_watch() and
     * others as before, without effect.
     */
    void (*release)(bight_guest *guest, void *data);
} bight_guest_ops;

/**
 * Make a guest for a library.
 *
 * @param data  passed to the slots. If there is no release slot, it must live as long as the
 *              guest, and while the library is on the stack
 * @errors      BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_INVALID: a table of an unknown size. On failure
 *              release is not called
 * @owner       the caller; freed with bight_guest_free()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_guest_new(bight_reactor *reactor,
                                                      const bight_guest_ops *ops, void *data,
                                                      bight_guest **guest);

/**
 * Free the guest and its library: watches and the timer end at once, and release is called now or,
 * if the library is on the stack, after it has returned. No other slot is called any more. NULL is
 * ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback, including those of the library and the slots
 */
BIGHT_API void bight_guest_free(bight_guest *guest);

/**
 * Begin a call into the library.
 *
 * @return  false if the library must not be called: it is on the stack already, this is a forked
 *          child, or the guest or the reactor was freed. In this case remember what to do and do
 *          it in returned, or use a bight_guest_call
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bool bight_guest_enter(bight_guest *guest);

/**
 * End a call into the library. Makes the calls that had to wait, then calls returned. If the guest
 * was freed meanwhile, it calls release instead, and the guest no longer exists when this returns.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_guest_leave(bight_guest *guest);

/** Whether the library is on the stack: between enter and leave. @thread the reactor's */
BIGHT_API bool bight_guest_is_entered(const bight_guest *guest);

/** Whether this is a forked child, rebuilt or not, so that the library belongs to the parent. See
 * bight_fork_watch_is_inherited(). @thread the reactor's */
BIGHT_API bool bight_guest_is_inherited(const bight_guest *guest);

/* -- For the library's callbacks: legal at any time, even during a call into the library -- */

/**
 * Watch a descriptor of the library, or change the events that it is watched for.
 *
 * @param fd      unwatch it before the library closes it. If a library closes descriptors without
 *                notice, unwatch them before entering it, and watch them again after it has
 *                returned
 * @param events  BIGHT_WATCH_READ, BIGHT_WATCH_WRITE, both, or 0 for nothing at the moment
 * @errors        as bight_watch_new(): BIGHT_ERROR_UNSUPPORTED for a file, which is always ready:
 *                start the timer with 0 instead; BIGHT_ERROR_EXISTS if something other than this
 *                guest watches the descriptor; BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_LIMIT,
 *                BIGHT_ERROR_INVALID. BIGHT_ERROR_CANCELLED after bight_guest_free(), after the
 *                end of the reactor and in a forked child. None if this guest watches it already
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_guest_watch(bight_guest *guest, int fd,
                                                        unsigned events);

/** Stop watching a descriptor; one that is not watched is left alone. @thread the reactor's */
BIGHT_API void bight_guest_unwatch(bight_guest *guest, int fd);

/**
 * Set the timer: timeout is called once. This replaces an earlier setting.
 *
 * @param delay  nanoseconds from now; 0 is the next turn
 * @errors       none
 * @thread       the reactor's
 */
BIGHT_API void bight_guest_start_timer(bight_guest *guest, uint64_t delay);

/** Stop the timer. @thread the reactor's */
BIGHT_API void bight_guest_stop_timer(bight_guest *guest);

/* -- Calls that wait -- */

/** A call into the library that is made as soon as the library may be entered. */
typedef struct bight_guest_call bight_guest_call;

/** Makes the call: runs between enter and leave. It may free the call, and the guest. */
typedef void (*bight_guest_call_fn)(bight_guest *guest, void *data);

/**
 * Prepare a call, for an operation that must not fail when it is requested later, such as the end
 * of a transfer.
 *
 * @param data  passed to @p fn; must live as long as the call
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @owner       the caller; freed with bight_guest_call_free(), also after the guest
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_guest_call_new(bight_guest *guest,
                                                           bight_guest_call_fn fn, void *data,
                                                           bight_guest_call **call);

/**
 * Make the call: now, before this returns, if the library may be entered; after the library has
 * returned, if it is on the stack; never, if the guest or the reactor was freed or this is a
 * forked child. Waiting calls are made in the order in which they were requested. A call that is
 * waiting already is made only once.
 *
 * @errors  none
 * @thread  the reactor's
 */
BIGHT_API void bight_guest_call_make(bight_guest_call *call);

/** Cancel a waiting call; one that does not wait is left alone. @thread the reactor's */
BIGHT_API void bight_guest_call_cancel(bight_guest_call *call);

/** Cancel and free. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_guest_call_free(bight_guest_call *call);

BIGHT_END_DECLS

#endif

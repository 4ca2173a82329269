/** @file bight/guest.h
 * Carries a foreign asynchronous library on the reactor: one that owns sockets and a time-out, and
 * leaves the loop to the program, as c-ares, libpq, libcurl and libssh do. Such a library is called
 * a guest. Bight's own resolver and its PostgreSQL client are carried by what is here.
 *
 * What every such library needs, and where adapters of this sort usually go wrong:
 *
 * - Its descriptors are watched by their number. Within one call a library may close a descriptor
 * and open another one that gets the same number.
 * - It has one timer, which it moves whenever it likes; a time of 0 means "in the next turn".
 * - It must not be entered from inside itself. Most such libraries call back, and break when they
 * are called, or freed, inside their own callbacks. What is asked for there waits until the library
 *   has returned.
 * - In a forked child nothing may be said on its sockets, which are the parent's.
 *
 * One who carries a library calls it like this, in the slots below and anywhere else:
 *
 *     if (bight_guest_enter(guest)) {
 *         library_process(self->library, fd);
 *         bight_guest_leave(guest);                // runs what had to wait
 *     }
 *
 * or has a bight_guest_call made, which waits by itself if it has to.
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

/** A library that is carried. */
typedef struct bight_guest bight_guest;

/**
 * What the carrier of a library does; static const. Every slot may be NULL. All of them run on the
 * reactor's thread.
 *
 * ready and timeout are never called while the library is on the stack, also when a callback of the
 * library runs the program's loop: a descriptor that is ready meanwhile, and a time that is over,
 * are told when the library has returned. They may do anything, also free the guest.
 */
typedef struct bight_guest_ops {
    size_t size;      /**< sizeof(bight_guest_ops): lets the structure grow */
    const char *name; /**< a constant string, for the watchdog's reports: "bight: names" */

    /** A descriptor is ready: enter the library. @param events or-ed values of bight/watch.h */
    void (*ready)(bight_guest *guest, int fd, unsigned events, void *data);

    /** The time that bight_guest_start_timer() has set is over: enter the library. */
    void (*timeout)(bight_guest *guest, void *data);

    /**
     * The library has returned from a call, and those that waited were made. For what is to be
     * looked at after each call: when it wants to be called next, what is finished. The library may
     * be called here without bight_guest_enter(). The program should not be: its callbacks may run
     * a loop, in which the guest would stand still. Tell it by a task (bight/task.h), for example.
     */
    void (*returned)(bight_guest *guest, void *data);

    /**
     * This is a forked child, and its reactor was rebuilt: what the library has open is its
     * parent's and cannot be used any more. End what waits for it and free the guest. Nothing is
     * watched any more, and what was watched is muted (bight_fork_mute()); mute other sockets of
     * the library's here.
     */
    void (*forked)(bight_guest *guest, void *data);

    /**
     * The reactor is being freed, so that nothing more will come: end what waits for the library.
     * The guest may be freed here or later.
     */
    void (*evicted)(bight_guest *guest, void *data);

    /**
     * Free the library and @p data. Called once for every guest that was made, by
     * bight_guest_free(), or when the library has returned if it is on the stack then. Nothing is
     * watched any more, and in a forked child what was watched is muted, so that a library may say
     * its goodbye. It may call back into its carrier, which may call bight_guest_watch() and others
     * as before, to no effect.
     */
    void (*release)(bight_guest *guest, void *data);
} bight_guest_ops;

/**
 * Get ready to carry a library.
 *
 * @param data  passed to the slots. Without a slot release it must live as long as the guest, and
 *              while the library is on the stack
 * @errors      BIGHT_ERROR_NO_MEMORY, and then release is not called; BIGHT_ERROR_INVALID: a table
 * of an unknown size
 * @owner       the caller; freed with bight_guest_free()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_guest_new(bight_reactor *reactor,
                                                      const bight_guest_ops *ops, void *data,
                                                      bight_guest **guest);

/**
 * Stop carrying the library and free it: watches and the timer end at once, and release is called,
 * at the latest when the library has returned. No other slot is called any more. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback, those of the library and the slots too
 */
BIGHT_API void bight_guest_free(bight_guest *guest);

/**
 * Begin a call into the library.
 *
 * @return  false if it must not be called: it is on the stack already, this is a forked child, or
 * the guest or the reactor was freed. Note then what is to be done and do it in returned, or use a
 * bight_guest_call
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bool bight_guest_enter(bight_guest *guest);

/**
 * The call is over. Makes the calls that had to wait, then calls returned. If the guest was freed
 * meanwhile it calls release instead, and the guest exists no more when this returns.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_guest_leave(bight_guest *guest);

/** Whether the library is on the stack: between enter and leave. @thread the reactor's */
BIGHT_API bool bight_guest_is_entered(const bight_guest *guest);

/** Whether this is a forked child, rebuilt or not, and the library is the parent's. As
 * bight_fork_watch_is_inherited(). @thread the reactor's */
BIGHT_API bool bight_guest_is_inherited(const bight_guest *guest);

/* -- For the library's callbacks: legal at any moment, also in a call into it -- */

/**
 * Watch a descriptor of the library's, or watch it for something else from now on.
 *
 * @param fd      unwatch it before the library closes it. A library that closes without telling is
 *                unwatched before it is entered, and watched anew after it
 * @param events  BIGHT_WATCH_READ, BIGHT_WATCH_WRITE, both, or 0: for nothing at the moment
 * @errors        as bight_watch_new(): BIGHT_ERROR_UNSUPPORTED for a file, which is always ready
 * and which is served with a time of 0 instead; BIGHT_ERROR_EXISTS if something else than this
 * guest watches the number; BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_LIMIT, BIGHT_ERROR_INVALID.
 * BIGHT_ERROR_CANCELLED after bight_guest_free(), after the end of the reactor and in a forked
 * child. None if it is watched by this guest already
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_guest_watch(bight_guest *guest, int fd,
                                                        unsigned events);

/** Stop watching a descriptor; one that is not watched is left alone. @thread the reactor's */
BIGHT_API void bight_guest_unwatch(bight_guest *guest, int fd);

/**
 * Have timeout called once; a time that was set before is replaced.
 *
 * @param delay  nanoseconds from now; 0 is the next turn
 * @errors       none
 * @thread       the reactor's
 */
BIGHT_API void bight_guest_start_timer(bight_guest *guest, uint64_t delay);

/** The library waits for no time. @thread the reactor's */
BIGHT_API void bight_guest_stop_timer(bight_guest *guest);

/* -- Calls that wait -- */

/** A call into the library that is made as soon as that may be entered. */
typedef struct bight_guest_call bight_guest_call;

/** Makes the call: runs between enter and leave. It may free the call, and the guest. */
typedef void (*bight_guest_call_fn)(bight_guest *guest, void *data);

/**
 * Prepare a call. For what must not fail when it is asked for later, such as the end of a transfer.
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
 * Have it made: now, before this returns, if the library may be entered; when it has returned, if
 * it is on the stack; never, if the guest or the reactor was freed or this is a forked child. Calls
 * that wait are made in the order in which they were asked for; one that waits already is made
 * once.
 *
 * @errors  none
 * @thread  the reactor's
 */
BIGHT_API void bight_guest_call_make(bight_guest_call *call);

/** Take it back; one that does not wait is left alone. @thread the reactor's */
BIGHT_API void bight_guest_call_cancel(bight_guest_call *call);

/** Cancel and free. NULL is ignored. @thread the reactor's @reentrancy legal in any callback */
BIGHT_API void bight_guest_call_free(bight_guest_call *call);

BIGHT_END_DECLS

#endif

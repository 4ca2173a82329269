/** @file bight/host.h
 * For authors of a host, the loop that carries a reactor. The GLib and Qt adapters use only this
 * header and bight/reactor.h. New members are only ever added at the end.
 *
 * A host makes a reactor with bight_reactor_new(), watches bight_reactor_fd() in its loop, calls
 * bight_reactor_dispatch() when it is readable and, if it can, bight_reactor_before_wait() before
 * the loop blocks. bight_host_attach() registers the functions that the reactor calls in return.
 * The guide is docs/hosts/your-own-loop.md; tests/adapters runs one suite of tests on every host.
 */
#ifndef BIGHT_HOST_H
#define BIGHT_HOST_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** The functions of a host; static const in the adapter. */
typedef struct bight_host_ops {
    size_t size;      /**< sizeof(bight_host_ops): lets the structure grow; 0 is up to detach */
    const char *name; /**< "glib"; constant */

    /**
     * Run the host's loop until stop is called on this level of nesting; bight_reactor_run() calls
     * this. NULL if the loop cannot be run from here.
     */
    bight_status (*run)(bight_reactor *reactor, void *host);

    /** Make the innermost run return. NULL if and only if run is NULL. */
    void (*stop)(bight_reactor *reactor, void *host);

    /**
     * The reactor is being freed: make every run of this reactor return, on all levels, stop
     * watching the descriptor and free @p host. Called once, while the descriptor is still open,
     * and never after bight_host_detach(). It may be called in a callback, with runs of the host
     * on the stack: the parts of @p host that they still need must outlive this call.
     */
    void (*detach)(bight_reactor *reactor, void *host);

    /**
     * The loop checks the descriptor again before each wait, as poll(2) and epoll without EPOLLET
     * do, so a descriptor that is still readable needs no new edge. This saves a system call in
     * turns in which a watch was ready. False is correct for any loop.
     */
    bool level_triggered;

    /**
     * The process was forked and bight_reactor_rebuild() was called in the child. The reactor's
     * descriptor has the same number but is a different object. A loop that passes descriptor
     * numbers to the kernel in each wait (poll, select) has nothing to do, and uses NULL. A loop
     * with a kernel object of its own (epoll), which it shares with the parent, has to make it
     * anew here, or give up with bight_host_detach().
     */
    void (*forked)(bight_reactor *reactor, void *host);
} bight_host_ops;

/**
 * Attach a reactor to a host.
 *
 * @param ops   must live as long as the reactor
 * @param host  passed to the functions of @p ops
 * @errors      BIGHT_ERROR_STATE when there is a host already; BIGHT_ERROR_INVALID for a size that
 *              ends before detach does
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_host_attach(bight_reactor *reactor,
                                                        const bight_host_ops *ops, void *host);

/**
 * The host's loop ends before the reactor: the reactor has no host from now on, and detach is not
 * called. The reactor can be attached to another host, run on its own, or be freed.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_host_detach(bight_reactor *reactor);

/**
 * The host that carries a reactor, for functions of a host that receive the reactor.
 *
 * @param ops  the table of the host, which identifies it
 * @return     the host that was passed to bight_host_attach() with @p ops; NULL if another host
 *             carries the reactor, or none
 * @owner      the host's
 * @thread     the reactor's
 */
BIGHT_API void *bight_host_get(const bight_reactor *reactor, const bight_host_ops *ops);

BIGHT_END_DECLS

#endif

/** @file bight/host.h
 * For those who write a host: the loop that carries a reactor. The GLib and Qt adapters use this
 * header and bight/reactor.h alone. It only ever grows at the end.
 *
 * A host makes a reactor with bight_reactor_new(), watches bight_reactor_fd() in its loop, calls
 * bight_reactor_dispatch() when it is readable and, if it can, bight_reactor_before_wait() before
 * the loop blocks. bight_host_attach() adds what the reactor wants from the host in return. A guide
 * is docs/hosts/your-own-loop.md; tests/adapters holds every host to one suite.
 */
#ifndef BIGHT_HOST_H
#define BIGHT_HOST_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** What a host can do. static const in the adapter. */
typedef struct bight_host_ops {
    size_t size;      /**< sizeof(bight_host_ops): lets the structure grow; 0 is up to detach */
    const char *name; /**< "glib"; constant */

    /**
     * Run the host's loop until stop is called on this level; bight_reactor_run() is this. NULL
     * when the loop cannot be run from here.
     */
    bight_status (*run)(bight_reactor *reactor, void *host);

    /** Make the innermost run return. NULL exactly when run is. */
    void (*stop)(bight_reactor *reactor, void *host);

    /**
     * The reactor is being freed: make every run of this reactor return, on all levels, stop
     * watching the descriptor and free @p host. Called once, the descriptor is still open; never
     * after bight_host_detach(). May happen in a callback, with runs of the host on the stack: what
     * they still need of @p host must outlive this call.
     */
    void (*detach)(bight_reactor *reactor, void *host);

    /**
     * The loop looks at the descriptor again before each wait, as poll(2) and epoll without EPOLLET
     * do: what is still ready needs no new edge. That saves a system call in turns in which a watch
     * was ready. False is right for any loop.
     */
    bool level_triggered;

    /**
     * The process was forked and bight_reactor_rebuild() was called in the child. The reactor's
     * descriptor has the number that it had but is another object: a loop that hands numbers to the
     * kernel in each wait (poll, select) has nothing to do, and NULL says so. One with a set of its
     * own, which it shares with the parent, makes that anew here, or gives up with
     * bight_host_detach().
     */
    void (*forked)(bight_reactor *reactor, void *host);
} bight_host_ops;

/**
 * Let a host carry the reactor.
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
 * The host's loop went first: the reactor has no host any more, detach is not called. It can be
 * attached to another, run on its own, or be freed.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_host_detach(bight_reactor *reactor);

/**
 * The host that carries a reactor, for a host's own functions that are given the reactor.
 *
 * @param ops  the host's own, which tell it from another
 * @return     what bight_host_attach() was given with @p ops; NULL if another host carries the
 *             reactor, or none
 * @owner      the host's
 * @thread     the reactor's
 */
BIGHT_API void *bight_host_get(const bight_reactor *reactor, const bight_host_ops *ops);

BIGHT_END_DECLS

#endif

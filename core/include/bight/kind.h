/** @file bight/kind.h
 * Kinds of transports from outside the library. Anything that moves bytes in order, such as a
 * serial line, an SSH channel or a WebSocket, can become a transport like any other. Any protocol,
 * TLS and every other layer run on it, and all rules of bight/transport.h hold.
 *
 * A kind only moves bytes. The library does the rest: it queues output until there is room, tells
 * the program when to wait, keeps input that a paused program cannot take, closes so that all
 * output arrives within the linger time, and reports each end once.
 *
 *     static const bight_kind_ops ops = {.size = sizeof(bight_kind_ops),
 *                                        .name = "serial",
 *                                        .send = serial_send,
 *                                        .disconnect = serial_disconnect};
 */
#ifndef BIGHT_KIND_H
#define BIGHT_KIND_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** One transport of a kind from outside. The library owns it. */
typedef struct bight_kind bight_kind;

/**
 * The functions of a kind; static const. Every slot but name and send may be NULL.
 *
 * All slots are called on the reactor's thread. Only resume may call bight_kind_received() and
 * bight_kind_ended(), because the others run inside calls of the program.
 */
typedef struct bight_kind_ops {
    size_t size;      /**< sizeof(bight_kind_ops): lets the structure grow */
    const char *name; /**< for errors and reports: "serial" */

    /**
     * Send bytes.
     *
     * @param parts  in order; none is empty
     * @return       how many bytes were taken, or a negative errno. -EAGAIN means that there is no
     *               room now; call bight_kind_writable() as soon as there is. After any other
     *               errno resume is called once more, to deliver what the peer has sent before;
     *               then the connection ends
     */
    ptrdiff_t (*send)(bight_kind *kind, const bight_view *parts, size_t count);

    /** Everything has been sent: tell the peer that no more bytes follow. NULL for a kind that
     * cannot do this: a close is then complete as soon as everything has been sent. */
    void (*shutdown)(bight_kind *kind);

    /**
     * Bytes are wanted: connected was called, or the program accepts bytes again after
     * bight_kind_received() returned BIGHT_FLOW_WAIT, or the program has closed and input has to
     * be read and dropped. Called in a turn of its own.
     */
    void (*resume)(bight_kind *kind);

    /**
     * The end: release the connection. Called once; after it only release is called.
     *
     * @param reset  abort the connection, so that the peer notices that bytes may be missing. In a
     *               forked child that has not rebuilt its reactor, the peer must not learn of
     *               either end: only close descriptors
     */
    void (*disconnect)(bight_kind *kind, bool reset);

    /** Free what the private part points to. Called once for every kind. */
    void (*release)(bight_kind *kind);

    /** This side's address, or the peer's. NULL for a kind without addresses. */
    bight_address (*locate)(bight_kind *kind, bool peer);

    /** Write a name for this side or the peer, at most @p size bytes with the NUL. NULL: the
     * kind's name is used. */
    void (*describe)(bight_kind *kind, bool peer, char *text, size_t size);

    /** bight_transport_set_no_delay() and bight_transport_set_keepalive(). */
    void (*set_no_delay)(bight_kind *kind, bool on);
    void (*set_keepalive)(bight_kind *kind, unsigned idle_seconds); /**< see set_no_delay */

    /**
     * Send a part of a file without reading it into memory, where that is possible:
     * bight_source_send() (bight/source.h) uses it for a source that is a file, while no other
     * output waits.
     *
     * @param fd      the file, whose position stays where it is
     * @param offset  where to begin
     * @return        as send
     */
    ptrdiff_t (*send_file)(bight_kind *kind, int fd, uint64_t offset, size_t size);
} bight_kind_ops;

/**
 * Make a transport of a kind, which is not visible yet. Fill its private part before
 * bight_kind_open().
 *
 * @param size  of the private part, in bytes; it is zeroed
 * @errors      BIGHT_ERROR_NO_MEMORY. A table of an unknown size is misuse and aborts
 * @owner       the caller, until bight_kind_open() or bight_kind_discard()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_kind_new(bight_reactor *reactor,
                                                     const bight_kind_ops *ops, size_t size,
                                                     bight_kind **kind);

/** Free a kind that was not opened: release is called, disconnect is not. @thread the reactor's */
BIGHT_API void bight_kind_discard(bight_kind *kind);

/**
 * Open the connection: from now on it is a transport, which counts as one of the reactor's
 * connections.
 *
 * @param protocol  receives connected in the next turn, or before the first bytes
 * @return          the transport, which the library owns
 * @thread          the reactor's
 * @reentrancy      no callback runs before this returns
 */
BIGHT_API bight_transport *bight_kind_open(bight_kind *kind, bight_protocol *protocol);

/**
 * Deliver received bytes. Call this in a callback of the reactor (a watch, a timer, a task, a
 * step) or in resume. The program may do anything meanwhile, including end the transport. A
 * callback that uses the kind afterwards has to take a reference before (bight_kind_ref()).
 *
 * @param bytes  valid only during the call
 * @return       BIGHT_FLOW_WAIT: deliver no more before resume. Bytes that are delivered
 *               nevertheless are kept, up to the limit of bight_transport_set_marks()
 * @thread       the reactor's
 */
BIGHT_API bight_flow bight_kind_received(bight_kind *kind, const void *bytes, size_t size);

/** The peer sends no more. The protocol learns of it after all bytes that were received. Call it
 * only where bight_kind_received() may be called, and with the same care. @thread the
 *  reactor's */
BIGHT_API void bight_kind_ended(bight_kind *kind);

/** There is room to send again. @thread the reactor's @reentrancy not in send */
BIGHT_API void bight_kind_writable(bight_kind *kind);

/**
 * The connection is broken: closed is called in a later turn.
 *
 * @param take_error  the reason; consumed. NULL means out of memory
 * @thread            the reactor's
 * @reentrancy        legal everywhere, including in slots
 */
BIGHT_API void bight_kind_fail(bight_kind *kind, bight_error *take_error);

/** Keep a kind's memory and private part while a callback needs them. @thread reactor's */
BIGHT_API bight_kind *bight_kind_ref(bight_kind *kind);

/** Give the reference back, in the same callback. @thread the reactor's */
BIGHT_API void bight_kind_unref(bight_kind *kind);

/** The private part, aligned for any type. @owner lives as long as the kind @thread any */
BIGHT_API void *bight_kind_get_state(const bight_kind *kind);

/** The transport of this kind. @owner lives until closed @thread the reactor's */
BIGHT_API bight_transport *bight_kind_get_transport(bight_kind *kind);

/** The kind behind a transport if it has this table; otherwise NULL. @thread the reactor's */
BIGHT_API bight_kind *bight_kind_of(const bight_transport *transport, const bight_kind_ops *ops);

BIGHT_END_DECLS

#endif

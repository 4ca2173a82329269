/** @file bight/kind.h
 * Kinds of transports from outside of the library: something else than a socket that moves bytes in
 * order, such as a serial line, a channel of SSH or a WebSocket, becomes a transport as any other.
 * Any protocol, TLS and every other layer run on it, and all that bight/transport.h says holds.
 *
 * A kind moves bytes. The library does the rest: it keeps what there is no room for and sends it
 * later, tells the program when to wait, keeps what a paused program cannot take, closes so that
 * what was written arrives, with the linger time, and tells each end once.
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
 * What a kind does; static const. Every slot but name and send may be NULL.
 *
 * All slots are called on the reactor's thread. Only resume may call bight_kind_received() and
 * bight_kind_ended(), for the others run inside calls that the program makes.
 */
typedef struct bight_kind_ops {
    size_t size;      /**< sizeof(bight_kind_ops): lets the structure grow */
    const char *name; /**< for errors and reports: "serial" */

    /**
     * Send bytes.
     *
     * @param parts  in order; none is empty
     * @return       how many bytes were taken, or a negative errno: -EAGAIN when there is no room
     *               now, and then bight_kind_writable() is to be called once there is. After
     *               another one resume is called once more, to bring what the peer has sent
     *               before; then it is over
     */
    ptrdiff_t (*send)(bight_kind *kind, const bight_view *parts, size_t count);

    /** All is sent: tell the peer that no more comes. NULL for a kind that cannot: a close is over
     * then as soon as all is sent. */
    void (*shutdown)(bight_kind *kind);

    /**
     * Bytes are wanted: connected was told, the program takes bytes again after
     * bight_kind_received() said to wait, or it has closed and what comes is to be read and
     * dropped. Called in a turn of its own.
     */
    void (*resume)(bight_kind *kind);

    /**
     * The end: let go of the connection. Called once, and followed by no slot but release.
     *
     * @param reset  break it off, so that the peer sees that something may be missing. In a forked
     *               child that has not rebuilt its reactor neither is to be said to the peer: only
     *               descriptors are closed
     */
    void (*disconnect)(bight_kind *kind, bool reset);

    /** Free what the private part points to. Called once for every kind that was made. */
    void (*release)(bight_kind *kind);

    /** This side's address, or the peer's. NULL for a kind without addresses. */
    bight_address (*locate)(bight_kind *kind, bool peer);

    /** Name this side or the peer in at most @p size bytes with the NUL. NULL: with the kind's
     * name. */
    void (*describe)(bight_kind *kind, bool peer, char *text, size_t size);

    /** bight_transport_set_no_delay() and bight_transport_set_keepalive(). */
    void (*set_no_delay)(bight_kind *kind, bool on);
    void (*set_keepalive)(bight_kind *kind, unsigned idle_seconds); /**< see set_no_delay */

    /**
     * Send a part of a file without reading it into memory, where that is possible: used by
     * bight_source_send() (bight/source.h) for a source that is a file, while nothing else waits.
     *
     * @param fd      the file, whose position stays where it is
     * @param offset  where to begin
     * @return        as send
     */
    ptrdiff_t (*send_file)(bight_kind *kind, int fd, uint64_t offset, size_t size);
} bight_kind_ops;

/**
 * Make a transport of a kind, which nobody sees yet. Its private part is filled before
 * bight_kind_open().
 *
 * @param size  of the private part, in bytes; it is zero at first
 * @errors      BIGHT_ERROR_NO_MEMORY. A table of an unknown size is misuse and aborts
 * @owner       the caller, until bight_kind_open() or bight_kind_discard()
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_kind_new(bight_reactor *reactor,
                                                     const bight_kind_ops *ops, size_t size,
                                                     bight_kind **kind);

/** Free one that was not opened: release is called, disconnect is not. @thread the reactor's */
BIGHT_API void bight_kind_discard(bight_kind *kind);

/**
 * It is connected: from now on it is a transport, which counts among the reactor's connections.
 *
 * @param protocol  sees connected in the next turn, or before the first bytes
 * @return          the transport, which the library owns
 * @thread          the reactor's
 * @reentrancy      no callback runs before this returns
 */
BIGHT_API bight_transport *bight_kind_open(bight_kind *kind, bight_protocol *protocol);

/**
 * Bytes came. Call this in a callback of the reactor (a watch, a timer, a task, a step) or in
 * resume. The program may do anything meanwhile, also end the transport: a callback that looks at
 * the kind afterwards takes a reference before (bight_kind_ref()).
 *
 * @param bytes  valid during the call alone
 * @return       BIGHT_FLOW_WAIT: bring no more before resume. What is brought all the same is kept,
 * up to the limit of bight_transport_set_marks()
 * @thread       the reactor's
 */
BIGHT_API bight_flow bight_kind_received(bight_kind *kind, const void *bytes, size_t size);

/** The peer sends no more; told behind all that was received. Where bight_kind_received() may be
 * called, and with the same care. @thread the reactor's */
BIGHT_API void bight_kind_ended(bight_kind *kind);

/** There is room to send again. @thread the reactor's @reentrancy not in send */
BIGHT_API void bight_kind_writable(bight_kind *kind);

/**
 * The connection is broken: closed is told in a later turn.
 *
 * @param take_error  why; is consumed. NULL without memory
 * @thread            the reactor's
 * @reentrancy        legal everywhere, in slots too
 */
BIGHT_API void bight_kind_fail(bight_kind *kind, bight_error *take_error);

/** Keep the memory of a kind, and its private part, while a callback needs it. @thread reactor's */
BIGHT_API bight_kind *bight_kind_ref(bight_kind *kind);

/** Give the reference back, in the same callback. @thread the reactor's */
BIGHT_API void bight_kind_unref(bight_kind *kind);

/** The private part, aligned for any type. @owner lives as the kind does @thread any */
BIGHT_API void *bight_kind_get_state(const bight_kind *kind);

/** The transport that it is. @owner lives until closed @thread the reactor's */
BIGHT_API bight_transport *bight_kind_get_transport(bight_kind *kind);

/** The kind that a transport is, if its table is this one; else NULL. @thread the reactor's */
BIGHT_API bight_kind *bight_kind_of(const bight_transport *transport, const bight_kind_ops *ops);

BIGHT_END_DECLS

#endif

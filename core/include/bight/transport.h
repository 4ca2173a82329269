/** @file bight/transport.h
 * A transport moves bytes and knows no protocol; a protocol gives them meaning and knows no socket.
 *
 * Life: connected (once), then any of received, ended and drained, then closed (once, last). This
 * holds whatever the program does in these functions: close, abort, run the loop again, free the
 * reactor. The library owns the transport: after closed has returned it is gone. The program owns
 * the protocol, and may free it in closed. A protocol that never saw connected never sees closed,
 * and one whose transport the program has freed hears nothing more.
 */
#ifndef BIGHT_TRANSPORT_H
#define BIGHT_TRANSPORT_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Moves bytes: TCP, UNIX, TLS, memory. */
typedef struct bight_transport bight_transport;

/** Gives bytes their meaning. Embed it as the first member of a structure of your own. */
typedef struct bight_protocol bight_protocol;

/**
 * What a protocol does; static const. Every slot but received may be NULL.
 *
 *     static const bight_protocol_ops ops = {.size = sizeof(bight_protocol_ops),
 *                                            .name = "echo",
 *                                            .received = on_received};
 */
typedef struct bight_protocol_ops {
    size_t size;      /**< sizeof(bight_protocol_ops): lets the structure grow; 0 is up to closed */
    const char *name; /**< for reports: "irc-client" */

    /** The transport is open; keep it until closed. */
    void (*connected)(bight_protocol *protocol, bight_transport *transport);

    /**
     * Bytes came, in any split.
     *
     * @param bytes  valid only during the call; all are taken: keep what is not complete yet
     * @param size   at least 1
     */
    void (*received)(bight_protocol *protocol, const uint8_t *bytes, size_t size);

    /** The peer sends no more (half-close); sending to it still works. NULL closes then. */
    void (*ended)(bight_protocol *protocol);

    /** After a write said BIGHT_FLOW_WAIT: what waits fell under the low mark, go on. */
    void (*drained)(bight_protocol *protocol);

    /**
     * The end, exactly once, nothing comes after it.
     *
     * @param reason  NULL for an orderly end that this side asked for: the peer has ended too, and
     *                has had all that was written; BIGHT_ERROR_CLOSED when the peer closed first;
     *                else what broke. Borrowed: reference it to keep it
     */
    void (*closed)(bight_protocol *protocol, const bight_error *reason);
} bight_protocol_ops;

/** See the typedef. */
struct bight_protocol {
    const bight_protocol_ops *ops; /**< set before the protocol is given to a transport; a size
                                        that ends before closed does is misuse and aborts */
};

/** What a write says of the bytes that wait to be sent. */
typedef enum bight_flow {
    BIGHT_FLOW_GO,  /**< write on */
    BIGHT_FLOW_WAIT /**< taken, but the high mark is passed: write on after drained */
} bight_flow;

/**
 * Send bytes. They are copied if they cannot leave at once. Several writes in one callback leave as
 * one. After close, abort or the end of the transport they are ignored: closed tells of it.
 *
 * A program that goes on after BIGHT_FLOW_WAIT is stopped at the limit (bight_transport_set_marks)
 * by aborting the transport with BIGHT_ERROR_LIMIT; without memory it is BIGHT_ERROR_NO_MEMORY.
 *
 * @errors      none here: what goes wrong comes through closed
 * @thread      the reactor's
 * @reentrancy  no callback runs before this returns
 */
BIGHT_API bight_flow bight_transport_write(bight_transport *transport, const void *data,
                                           size_t size);

/** Send several runs of bytes in order, as bight_transport_write() does. @thread the reactor's */
BIGHT_API bight_flow bight_transport_writev(bight_transport *transport, const bight_view *views,
                                            size_t count);

/**
 * Send shared bytes without a copy.
 *
 * @owner   a reference is taken while they wait; the caller keeps its own
 * @thread  the reactor's
 */
BIGHT_API bight_flow bight_transport_write_bytes(bight_transport *transport, bight_bytes *bytes);

/** Half-close: when all is sent, tell the peer that no more comes. Receiving goes on. */
BIGHT_API void bight_transport_shutdown(bight_transport *transport);

/**
 * Close, so that what was written arrives: what waits is sent, then the peer is told that no more
 * comes. Until the peer has ended too, what it sends is read and dropped; then closed is called
 * with NULL. A peer that resets the connection meanwhile makes it BIGHT_ERROR_RESET. A peer that
 * takes nothing, or that has everything and does not end, is given bight_transport_set_linger()'s
 * time; then closed is called with BIGHT_ERROR_TIMED_OUT, and it is not known what has arrived.
 *
 * Until closed the connection exists and counts. A program that does not care frees the transport,
 * or frees the reactor, which does not wait: closed is then called with BIGHT_ERROR_CANCELLED, and
 * the system goes on sending what it has taken.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback; closed comes in a later turn
 */
BIGHT_API void bight_transport_close(bight_transport *transport);

/** Whether neither this side has closed or broken off nor the connection has ended. A half-closed
 * one is open. @thread the reactor's */
BIGHT_API bool bight_transport_is_open(const bight_transport *transport);

/**
 * Break off: what waits is dropped and the peer gets a reset (RST on TCP). closed is called with
 * BIGHT_ERROR_CANCELLED in a later turn.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_transport_abort(bight_transport *transport);

/**
 * Break off and forget: as abort, but the protocol hears nothing any more, not even closed. For a
 * protocol that is being freed. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback, also in closed
 */
BIGHT_API void bight_transport_free(bight_transport *transport);

/** Stop receiving: received is not called until resume; the peer is slowed. @thread reactor's */
BIGHT_API void bight_transport_pause(bight_transport *transport);

/** Receive again. @thread the reactor's @reentrancy received comes in a later turn */
BIGHT_API void bight_transport_resume(bight_transport *transport);

/**
 * Put bytes that were received back in front. The protocol that the transport has then gets them in
 * a later turn, before anything else: the same one, another one (bight_transport_set_protocol()),
 * or TLS that is started meanwhile. A protocol that has read a line and finds that the rest is
 * somebody else's hands it over like this. What is put back last stands first.
 *
 * @param data  copied
 * @errors      without memory the transport is broken off with BIGHT_ERROR_NO_MEMORY. After a close
 *              the bytes are dropped
 * @thread      the reactor's
 * @reentrancy  received is not called before this returns
 */
BIGHT_API void bight_transport_unread(bight_transport *transport, const void *data, size_t size);

/** Hand the bytes to another protocol from now on; connected is not called. @thread reactor's */
BIGHT_API void bight_transport_set_protocol(bight_transport *transport, bight_protocol *protocol);

/** The protocol. @owner the program's @thread the reactor's */
BIGHT_API bight_protocol *bight_transport_get_protocol(const bight_transport *transport);

/** The reactor. @owner borrowed @thread the reactor's */
BIGHT_API bight_reactor *bight_transport_get_reactor(const bight_transport *transport);

/**
 * Set how much may wait to be sent.
 *
 * @param low    bytes: drained is called when no more than this waits; 16 KiB at first
 * @param high   bytes: from more than this on writes say BIGHT_FLOW_WAIT; 64 KiB at first
 * @param limit  bytes: more than this aborts the transport; 0 for none; 64 MiB at first
 * @errors       low > high or high > limit > 0 is misuse and aborts the program; without memory
 *               the transport is broken off with BIGHT_ERROR_NO_MEMORY
 * @thread       the reactor's
 */
BIGHT_API void bight_transport_set_marks(bight_transport *transport, size_t low, size_t high,
                                         size_t limit);

/** Bytes that wait to be sent. @thread the reactor's */
BIGHT_API size_t bight_transport_get_pending(const bight_transport *transport);

/**
 * Wait until no more than the low mark waits to be sent, without being the transport's protocol:
 * for code that sends something long on a transport of somebody else's. The deferred has fired
 * already if that is so now.
 *
 * @errors  NULL without memory; through the deferred, why the connection has ended, in the turn of
 *          closed, or BIGHT_ERROR_CANCELLED before bight_transport_free() returns
 * @owner   the caller owns the deferred; cancelling it leaves the transport alone
 * @thread  the reactor's
 */
#define bight_transport_wait_drained(transport)                                                    \
    bight_transport_wait_drained_at((transport), BIGHT_HERE)

/** bight_transport_wait_drained() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_transport_wait_drained_at(bight_transport *transport,
                                                                         const char *where);

/**
 * Wait for the end of a connection without being its protocol. The deferred fires right before
 * closed, with NULL after an orderly end that this side asked for; it has fired already if the
 * connection is over.
 *
 * @errors  NULL without memory; through the deferred, the reason that closed is given, or
 *          BIGHT_ERROR_CANCELLED before bight_transport_free() returns
 * @owner   the caller owns the deferred; cancelling it leaves the transport alone
 * @thread  the reactor's
 */
#define bight_transport_wait_closed(transport)                                                     \
    bight_transport_wait_closed_at((transport), BIGHT_HERE)

/** bight_transport_wait_closed() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_transport_wait_closed_at(bight_transport *transport,
                                                                        const char *where);

/**
 * Take the descriptor out of a transport on which nothing has been received yet: for a program that
 * accepts or connects with Bight and goes on without it. The transport is gone, and its protocol
 * hears nothing more.
 *
 * @param descriptor  non-blocking and close-on-exec
 * @errors            BIGHT_ERROR_STATE: something was received or waits to be sent, one side has
 *                    ended, or TLS stands on it; BIGHT_ERROR_UNSUPPORTED: the kind has no
 * descriptor
 * @owner             the caller owns the descriptor
 * @thread            the reactor's
 * @reentrancy        legal from connected on, in it too
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_transport_steal_descriptor(bight_transport *transport,
                                                                       int *descriptor);

/**
 * How long a close waits for the peer: to take anything of what waits to be sent, each time anew,
 * and when all is sent, to end.
 *
 * @param duration  nanoseconds; 30 s at first
 * @errors          without memory the transport is broken off with BIGHT_ERROR_NO_MEMORY
 * @thread          the reactor's
 */
BIGHT_API void bight_transport_set_linger(bight_transport *transport, uint64_t duration);

/**
 * Break the transport off with BIGHT_ERROR_TIMED_OUT when nothing was received and nothing could
 * be sent for this long. A close ends it: from then on the linger time counts.
 *
 * @param duration  nanoseconds; 0 for never, as it is at first
 * @errors          BIGHT_ERROR_NO_MEMORY
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_transport_set_idle_timeout(bight_transport *transport,
                                                                       uint64_t duration);

/** Send small writes at once (TCP_NODELAY); on at first. Nothing on other kinds. */
BIGHT_API void bight_transport_set_no_delay(bight_transport *transport, bool on);

/**
 * Have the system probe a silent peer (SO_KEEPALIVE); off at first. Nothing on other kinds.
 *
 * @param idle_seconds  silence before the first probe; 0 switches it off
 */
BIGHT_API void bight_transport_set_keepalive(bight_transport *transport, unsigned idle_seconds);

/** This side's address as an endpoint: "tcp:127.0.0.1:41002". @owner lives as the transport does */
BIGHT_API const char *bight_transport_get_local(bight_transport *transport);

/** The peer's address as an endpoint: "tcp:[::1]:80", "unix:/run/x". @owner as the transport */
BIGHT_API const char *bight_transport_get_peer(bight_transport *transport);

/**
 * This side's address as a value.
 *
 * @return  BIGHT_ADDRESS_NONE on a kind without addresses, such as memory; and in closed, unless
 *          bight_transport_get_local() was called before
 * @thread  the reactor's
 */
BIGHT_API bight_address bight_transport_get_local_address(bight_transport *transport);

/**
 * The peer's address as a value, for bans, allow-lists and limits; in closed too. With TLS it is
 * the address of the connection below. What connects through a UNIX socket has usually no name:
 * then it is a UNIX address without bytes.
 *
 * @return  BIGHT_ADDRESS_NONE on a kind without addresses, such as memory
 * @thread  the reactor's
 */
BIGHT_API bight_address bight_transport_get_peer_address(bight_transport *transport);

/** Bytes received so far. @thread the reactor's */
BIGHT_API uint64_t bight_transport_get_bytes_in(const bight_transport *transport);

/** Bytes that left so far. @thread the reactor's */
BIGHT_API uint64_t bight_transport_get_bytes_out(const bight_transport *transport);

BIGHT_END_DECLS

#endif

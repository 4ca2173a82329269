/** @file bight/transport.h
 * A transport moves bytes and knows nothing of protocols; a protocol interprets them and knows
 * nothing of sockets.
 *
 * The functions of a protocol are called in this order: connected (once), then any of received,
 * ended and drained, then closed (once, last). This holds whatever the program does in these
 * functions: close, abort, run the loop again, free the reactor. The library owns the transport,
 * which no longer exists after closed has returned. The program owns the protocol, and may free it
 * in closed. A protocol that never received connected never receives closed, and after the program
 * has freed the transport no function of its protocol is called.
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

/** Interprets bytes. Embed it as the first member of a structure of your own. */
typedef struct bight_protocol bight_protocol;

/**
 * The functions of a protocol; static const. Every slot but received may be NULL.
 *
 *     static const bight_protocol_ops ops = {.size = sizeof(bight_protocol_ops),
 *                                            .name = "echo",
 *                                            .received = on_received};
 */
typedef struct bight_protocol_ops {
    size_t size;      /**< sizeof(bight_protocol_ops): lets the structure grow; 0 is up to closed */
    const char *name; /**< for reports: "irc-client" */

    /** The transport is open; it may be used until closed. */
    void (*connected)(bight_protocol *protocol, bight_transport *transport);

    /**
     * Bytes arrived, in pieces of any size.
     *
     * @param bytes  valid only during the call. All bytes are consumed: keep a copy of an
     *               incomplete rest
     * @param size   at least 1
     */
    void (*received)(bight_protocol *protocol, const uint8_t *bytes, size_t size);

    /** The peer sends no more (half-close); sending to it still works. If this is NULL, the
     * transport is closed. */
    void (*ended)(bight_protocol *protocol);

    /** After a write returned BIGHT_FLOW_WAIT: no more than the low mark waits, so writing may
     * continue. */
    void (*drained)(bight_protocol *protocol);

    /**
     * The end; called exactly once and last.
     *
     * @param reason  NULL for an orderly end that this side asked for: the peer has ended too, and
     *                has received everything; BIGHT_ERROR_CLOSED when the peer closed first;
     *                otherwise the error that ended the connection. Borrowed: take a reference to
     *                keep it
     */
    void (*closed)(bight_protocol *protocol, const bight_error *reason);
} bight_protocol_ops;

/** See the typedef. */
struct bight_protocol {
    const bight_protocol_ops *ops; /**< set before the protocol is passed to a transport; a size
                                        that does not include closed is misuse and aborts */
};

/** The result of a write: whether to write more now. */
typedef enum bight_flow {
    BIGHT_FLOW_GO,  /**< more may be written */
    BIGHT_FLOW_WAIT /**< the bytes were taken, but more than the high mark waits: continue after
                         drained */
} bight_flow;

/**
 * Send bytes. They are copied if they cannot be sent at once. Several writes in one callback are
 * sent together. After close, abort or the end of the transport they are ignored; closed reports
 * the end.
 *
 * If a program continues to write after BIGHT_FLOW_WAIT, the transport is aborted with
 * BIGHT_ERROR_LIMIT at the limit (bight_transport_set_marks()); when out of memory, with
 * BIGHT_ERROR_NO_MEMORY.
 *
 * @errors      none: errors are reported through closed
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

/** Half-close: when everything is sent, end the output to the peer. Receiving continues. */
BIGHT_API void bight_transport_shutdown(bight_transport *transport);

/**
 * Close so that all output arrives: waiting bytes are sent, then the output to the peer is ended.
 * Until the peer has ended too, its bytes are read and dropped; then closed is called with NULL.
 * If the peer resets the connection meanwhile, closed is called with BIGHT_ERROR_RESET. If the
 * peer accepts nothing, or has received everything and does not end, closed is called with
 * BIGHT_ERROR_TIMED_OUT after the time set by bight_transport_set_linger(), and it is not known
 * which bytes have arrived.
 *
 * Until closed the connection exists and is counted. A program that does not want to wait frees
 * the transport. Freeing the reactor does not wait either: closed is then called with
 * BIGHT_ERROR_CANCELLED, and the system still sends the bytes that it has taken.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback; closed is called in a later turn
 */
BIGHT_API void bight_transport_close(bight_transport *transport);

/** Whether the transport is open: this side has not closed or aborted it, and the connection has
 * not ended. A half-closed one is open. @thread the reactor's */
BIGHT_API bool bight_transport_is_open(const bight_transport *transport);

/**
 * Abort: waiting bytes are dropped and the peer receives a reset (RST on TCP). closed is called
 * with BIGHT_ERROR_CANCELLED in a later turn.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_transport_abort(bight_transport *transport);

/**
 * Abort and free: as abort, but no function of the protocol is called any more, not even closed.
 * For a protocol that is being freed. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback, also in closed
 */
BIGHT_API void bight_transport_free(bight_transport *transport);

/** Stop receiving: received is not called until resume; the peer is slowed. @thread reactor's */
BIGHT_API void bight_transport_pause(bight_transport *transport);

/** Receive again. @thread the reactor's @reentrancy received is called in a later turn */
BIGHT_API void bight_transport_resume(bight_transport *transport);

/**
 * Put received bytes back at the front. In a later turn they go, before any others, to the
 * protocol that the transport has then: the same one, another one
 * (bight_transport_set_protocol()), or TLS that was started meanwhile. A protocol uses this to
 * pass bytes after its own to the next protocol. The bytes put back last come first.
 *
 * @param data  copied
 * @errors      when out of memory the transport is aborted with BIGHT_ERROR_NO_MEMORY. After a
 *              close the bytes are dropped
 * @thread      the reactor's
 * @reentrancy  received is not called before this returns
 */
BIGHT_API void bight_transport_unread(bight_transport *transport, const void *data, size_t size);

/** Set another protocol from now on; its connected is not called. @thread reactor's */
BIGHT_API void bight_transport_set_protocol(bight_transport *transport, bight_protocol *protocol);

/** The protocol. @owner the program's @thread the reactor's */
BIGHT_API bight_protocol *bight_transport_get_protocol(const bight_transport *transport);

/** The reactor. @owner borrowed @thread the reactor's */
BIGHT_API bight_reactor *bight_transport_get_reactor(const bight_transport *transport);

/**
 * Set how much may wait to be sent.
 *
 * @param low    bytes: drained is called when no more than this waits; 16 KiB by default
 * @param high   bytes: when more than this waits, writes return BIGHT_FLOW_WAIT; 64 KiB by default
 * @param limit  bytes: more than this aborts the transport; 0 for none; 64 MiB by default
 * @errors       low > high or high > limit > 0 is misuse and aborts the program; when out of
 *               memory the transport is aborted with BIGHT_ERROR_NO_MEMORY
 * @thread       the reactor's
 */
BIGHT_API void bight_transport_set_marks(bight_transport *transport, size_t low, size_t high,
                                         size_t limit);

/** Bytes that wait to be sent. @thread the reactor's */
BIGHT_API size_t bight_transport_get_pending(const bight_transport *transport);

/**
 * Wait until no more than the low mark waits to be sent, without being the transport's protocol:
 * for code that sends a lot of data on a transport that belongs to other code. The deferred has
 * fired already if that is true now.
 *
 * @errors  NULL when out of memory; through the deferred, the reason of the end, in the turn of
 *          closed, or BIGHT_ERROR_CANCELLED before bight_transport_free() returns
 * @owner   the caller owns the deferred; cancelling it does not affect the transport
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
 * @errors  NULL when out of memory; through the deferred, the reason that closed receives, or
 *          BIGHT_ERROR_CANCELLED before bight_transport_free() returns
 * @owner   the caller owns the deferred; cancelling it does not affect the transport
 * @thread  the reactor's
 */
#define bight_transport_wait_closed(transport)                                                     \
    bight_transport_wait_closed_at((transport), BIGHT_HERE)

/** bight_transport_wait_closed() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_transport_wait_closed_at(bight_transport *transport,
                                                                        const char *where);

/**
 * Take the descriptor out of a transport that has not received anything yet: for a program that
 * accepts or connects with Bight and continues without it. The transport no longer exists
 * afterwards, and no function of its protocol is called.
 *
 * @param descriptor  non-blocking and close-on-exec
 * @errors            BIGHT_ERROR_STATE: something was received or waits to be sent, one side has
 *                    ended, or TLS is on it; BIGHT_ERROR_UNSUPPORTED: the kind has no descriptor
 * @owner             the caller owns the descriptor
 * @thread            the reactor's
 * @reentrancy        legal in connected and later
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_transport_steal_descriptor(bight_transport *transport,
                                                                       int *descriptor);

/**
 * Set how long a close waits for the peer: first for each time that the peer accepts some of the
 * waiting bytes, then, when everything is sent, for the peer's end.
 *
 * @param duration  nanoseconds; 30 s by default
 * @errors          when out of memory the transport is aborted with BIGHT_ERROR_NO_MEMORY
 * @thread          the reactor's
 */
BIGHT_API void bight_transport_set_linger(bight_transport *transport, uint64_t duration);

/**
 * Abort the transport with BIGHT_ERROR_TIMED_OUT when nothing was received and nothing could be
 * sent for this long. A close ends this timeout: from then on the linger time applies.
 *
 * @param duration  nanoseconds; 0, the default, for never
 * @errors          BIGHT_ERROR_NO_MEMORY
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_transport_set_idle_timeout(bight_transport *transport,
                                                                       uint64_t duration);

/** Send small writes at once (TCP_NODELAY); on by default. No effect on other kinds. */
BIGHT_API void bight_transport_set_no_delay(bight_transport *transport, bool on);

/**
 * Let the system probe a silent peer (SO_KEEPALIVE); off by default. No effect on other kinds.
 *
 * @param idle_seconds  silence before the first probe; 0 switches it off
 */
BIGHT_API void bight_transport_set_keepalive(bight_transport *transport, unsigned idle_seconds);

/** This side's address as an endpoint: "tcp:127.0.0.1:41002". @owner lives as long as the
 * transport */
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
 * The peer's address as a value, for bans, allow-lists and limits; also valid in closed. With TLS
 * it is the address of the connection below. A client of a UNIX socket usually has no name: then
 * it is a UNIX address without bytes.
 *
 * @return  BIGHT_ADDRESS_NONE on a kind without addresses, such as memory
 * @thread  the reactor's
 */
BIGHT_API bight_address bight_transport_get_peer_address(bight_transport *transport);

/** Bytes received so far. @thread the reactor's */
BIGHT_API uint64_t bight_transport_get_bytes_in(const bight_transport *transport);

/** Bytes sent so far. @thread the reactor's */
BIGHT_API uint64_t bight_transport_get_bytes_out(const bight_transport *transport);

BIGHT_END_DECLS

#endif

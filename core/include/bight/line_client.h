/** @file bight/line_client.h
 * A client of a line protocol that stays connected: it connects to an endpoint, and reconnects
 * with growing delays when the connection is lost.
 *
 *     static const bight_line_client_events events = {.connected = greet, .line = show};
 *
 *     status = bight_line_client_new(reactor, "tls:chat.example.org:7000", NULL, &events, window,
 *                                    &client);
 *     status = bight_line_client_open(client);
 *
 * After bight_line_client_open() the client calls these events in this order, for each connection:
 * connecting, connected, lines, disconnected, and waiting before each further attempt. Exactly one
 * of two events is the last: closed, after bight_line_client_close(), or failed, when it gives up.
 * After either, the client may be opened again.
 *
 * Nothing is queued while there is no connection: bight_line_client_send() fails if the line
 * cannot be sent now, since only the program knows whether it is still wanted later.
 */
#ifndef BIGHT_LINE_CLIENT_H
#define BIGHT_LINE_CLIENT_H

#include <bight/api.h>
#include <bight/endpoint.h>
#include <bight/error.h>
#include <bight/later.h>
#include <bight/line.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/tls.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A client that stays connected. */
typedef struct bight_line_client bight_line_client;

/** The state of a client. */
typedef enum bight_line_client_state {
    BIGHT_LINE_CLIENT_OFFLINE,    /**< not opened yet, or ended by closed or failed */
    BIGHT_LINE_CLIENT_CONNECTING, /**< an attempt is under way */
    BIGHT_LINE_CLIENT_CONNECTED,  /**< lines can be sent and received */
    BIGHT_LINE_CLIENT_WAITING,    /**< waits before the next attempt */
    BIGHT_LINE_CLIENT_CLOSING     /**< bight_line_client_close() was called; closed follows */
} bight_line_client_state;

/** How a client behaves. Start from BIGHT_LINE_CLIENT_OPTIONS_INIT. */
typedef struct bight_line_client_options {
    size_t size; /**< sizeof(bight_line_client_options): lets the structure grow */

    /** The format of lines; copied. NULL: the defaults of BIGHT_LINE_OPTIONS_INIT. */
    const bight_line_options *line;

    /**
     * How to reconnect; copied, but what its data points to must live as long as the client. NULL:
     * the defaults of BIGHT_RETRY_OPTIONS_INIT, which never give up. Attempts and time are counted
     * from the last connection that was steady. An invalid endpoint is never tried again, and
     * `again` is not called for it.
     */
    const bight_retry_options *retry;

    /** Nanoseconds that an attempt may take, including name lookup and TLS; 0 for no limit. */
    uint64_t connect_timeout;

    /** Nanoseconds without a byte in either direction after which a connection counts as lost, see
     * bight_transport_set_idle_timeout(); 0 for no limit. */
    uint64_t idle_timeout;

    /** Nanoseconds after which a connection counts as steady, so that the delays start anew. A
     * connection that ends earlier counts as another failed attempt. Otherwise the client would
     * reconnect without a pause to a server that accepts and closes at once. */
    uint64_t steady;

    /**
     * Options for each connect: a TLS context, which avoids reading the certificates again for
     * each attempt, a proxy, a local address; see bight_connect_with(). Copied, with a reference
     * to the context; the rest of what it points to must live as long as the client. NULL: as
     * bight_connect().
     */
    const bight_connect_options *connect;
} bight_line_client_options;

/** 30 s for an attempt, no idle timeout, 10 s until a connection is steady. */
#define BIGHT_LINE_CLIENT_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(bight_line_client_options), NULL, NULL, BIGHT_SEC(30), 0, BIGHT_SEC(10), NULL       \
    }

/**
 * The events of a client; static const. Every slot but line may be NULL. Each event may close or
 * free the client, or free the reactor.
 */
typedef struct bight_line_client_events {
    size_t size; /**< sizeof(bight_line_client_events); 0 is up to closed */

    /** An attempt begins. */
    void (*connecting)(bight_line_client *client, void *data);

    /** Connected; with a `tls:` endpoint the handshake is done. */
    void (*connected)(bight_line_client *client, void *data);

    /**
     * A line, without its delimiter. It may be empty and may contain any byte, including NUL.
     *
     * @param bytes  valid during the call; never NULL
     */
    void (*line)(bight_line_client *client, const uint8_t *bytes, size_t size, void *data);

    /** A line is longer than allowed; @p start is its beginning. See bight_line_overflow. */
    void (*too_long)(bight_line_client *client, const uint8_t *start, size_t size, void *data);

    /** The handshake of bight_line_client_start_tls() is done. */
    void (*secured)(bight_line_client *client, void *data);

    /** After a send reported BIGHT_FLOW_WAIT: sending may continue. */
    void (*drained)(bight_line_client *client, void *data);

    /**
     * The connection has ended: called once for each connected.
     *
     * @param reason  NULL when this side closed it and the peer has received everything; borrowed
     */
    void (*disconnected)(bight_line_client *client, const bight_error *reason, void *data);

    /**
     * There is no connection; the next attempt is made after a delay.
     *
     * @param delay   nanoseconds
     * @param reason  why the connection was lost or the attempt failed; borrowed
     */
    void (*waiting)(bight_line_client *client, uint64_t delay, const bight_error *reason,
                    void *data);

    /** The end: there is no connection, and the client has given up. @param reason borrowed */
    void (*failed)(bight_line_client *client, const bight_error *reason, void *data);

    /** The end: bight_line_client_close() is done. */
    void (*closed)(bight_line_client *client, void *data);
} bight_line_client_events;

/**
 * Make a client. It does nothing until it is opened.
 *
 * @param endpoint  where to connect to, see bight/endpoint.h; copied
 * @param options   NULL for the defaults
 * @param events    must live as long as the client
 * @param data      passed to the events
 * @errors          BIGHT_ERROR_INVALID: an unknown size, or line options that
 *                  bight_line_session_new() refuses; BIGHT_ERROR_NO_MEMORY. A factor or a jitter
 *                  that is misuse for bight_retry() is misuse when the client is opened
 * @owner           the caller; freed with bight_line_client_free(), before or after the reactor
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_client_new(
    bight_reactor *reactor, const char *endpoint, const bight_line_client_options *options,
    const bight_line_client_events *events, void *data, bight_line_client **client);

/**
 * Connect, and stay connected until bight_line_client_close().
 *
 * @errors       BIGHT_ERROR_STATE: it is open or still closing, or the reactor was freed;
 *               BIGHT_ERROR_NO_MEMORY. Later errors are reported by waiting or failed
 * @thread       the reactor's
 * @reentrancy   no event is called before this returns; legal in failed and closed
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_client_open(bight_line_client *client);

/**
 * Send a line; its ending is added.
 *
 * @param flow  NULL, or set to whether to wait for drained before more is sent
 * @errors      BIGHT_ERROR_STATE: not connected, closing, or in a handshake; BIGHT_ERROR_INVALID:
 *              the line contains the delimiter, and would be two lines
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_client_send(bight_line_client *client,
                                                             const void *line, size_t size,
                                                             bight_flow *flow);

/**
 * Start TLS on this connection, after the peer has agreed to it; secured follows. The next
 * connection begins in clear text again. See bight_line_session_start_tls().
 *
 * @errors  as bight_line_session_start_tls()
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_client_start_tls(bight_line_client *client,
                                                                  bight_tls *tls, const char *host);

/** Report no lines from now on, on this connection and the next; the peer is slowed down. Legal in
 * any event.
 * @thread the reactor's */
BIGHT_API void bight_line_client_pause(bight_line_client *client);

/** Report lines again. @thread the reactor's @reentrancy the next line comes in a later turn */
BIGHT_API void bight_line_client_resume(bight_line_client *client);

/**
 * Close: sent lines are delivered, then disconnected is called if there was a connection, and
 * closed in any case. An attempt or a wait is abandoned. Nothing happens if the client is offline
 * or closing already.
 *
 * @thread      the reactor's
 * @reentrancy  no event is called before this returns
 */
BIGHT_API void bight_line_client_close(bight_line_client *client);

/** The state of the client. @thread the reactor's */
BIGHT_API bight_line_client_state bight_line_client_get_state(const bight_line_client *client);

/** A word for a state: "connected". @owner constant @thread any */
BIGHT_API const char *bight_line_client_state_text(bight_line_client_state state);

/** The endpoint, as it was given. @owner lives as long as the client */
BIGHT_API const char *bight_line_client_get_endpoint(const bight_line_client *client);

/** The transport of the connection, to query the peer, or to set marks and a linger time; NULL
 * while there is none. It must not be freed. @owner the library's @thread the reactor's */
BIGHT_API bight_transport *bight_line_client_get_transport(const bight_line_client *client);

/** The data that the client was made with. @owner the caller's */
BIGHT_API void *bight_line_client_get_data(const bight_line_client *client);

/**
 * Free; an open connection is aborted, and no event is called any more. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any event
 */
BIGHT_API void bight_line_client_free(bight_line_client *client);

BIGHT_END_DECLS

#endif

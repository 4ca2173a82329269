/** @file bight/endpoint.h
 * Where to listen or connect, as a string that begins with a scheme:
 *
 * | string               | meaning                                                             |
 * |----------------------|---------------------------------------------------------------------|
 * | `tcp:PORT`           | listen on every address, IPv6 and IPv4; connect to localhost        |
 * | `tcp:HOST:PORT`      | a numeric IPv4 address, a numeric IPv6 one in brackets (see         |
 * |                      | bight/address.h; a scope as in [fe80::1%eth0]), localhost or, to    |
 * |                      | connect to, a name that is looked up (bight/resolver.h)             |
 * | `unix:PATH`          | a UNIX stream socket; `unix:@NAME` is in Linux's abstract namespace |
 * | `tls:...`            | TLS over TCP, with the same PORT or HOST:PORT, or `tls:unix:PATH`;  |
 * |                      | see bight/tls.h                                                     |
 * | `stdio:`             | standard input and output (bight/adopt.h), once in a reactor: a     |
 * |                      | listener there accepts one connection                               |
 * | `VIA/ENDPOINT`       | ENDPOINT, reached through VIA, a proxy whose scheme leads to other  |
 * |                      | endpoints; options follow the part that they belong to              |
 *
 * Programs and libraries can add schemes: see bight/scheme.h. The error of a wrong endpoint says
 * at which column, counted in bytes from 1, and what was expected there:
 *
 *     connect to tcp:example.org:70000: column 17: expected a port from 0 to 65535
 *
 * Port 0 listens on a free port; bight_listener_get_endpoint() says which.
 *
 * Listening on `unix:PATH` makes a file. If the path is a stale socket, which a program left
 * behind when it died and no process has open, the socket is replaced; its directory is locked
 * (flock(2)) meanwhile. Nothing else is replaced: an ordinary file, a directory, a symbolic link
 * to anything, or a socket that a process has open gives BIGHT_ERROR_ADDRESS_IN_USE, and the
 * message says what was found. The same error is given for a stale socket if its directory cannot
 * be read, or if another program keeps the directory locked for a tenth of a second. The file is
 * removed when the listener ends, if it is still the one that the listener made. A forked child
 * removes it only if no other process has the socket open any more.
 *
 * Options may follow a `tls:` endpoint, as in `tls:6697?cert=/etc/irc/cert.pem&key=...`. In their
 * values %26 stands for "&", as in a URL:
 *
 * | option               | meaning                                                             |
 * |----------------------|---------------------------------------------------------------------|
 * | `cert=FILE`          | this side's certificate and chain; a server needs it                |
 * | `key=FILE`           | the certificate's key; by default in the file of the certificate    |
 * | `ca=FILE`            | authorities to trust instead of the system's                        |
 * | `cadir=DIRECTORY`    | the same as a directory of hashed names                             |
 * | `pins=FILE`          | keys of servers to accept whatever is wrong (bight_tls_pin())       |
 * | `name=NAME`          | the name that the certificate must be for, instead of the host      |
 * | `alpn=A,B`           | protocols for ALPN, the preferred first, at most 8                  |
 * | `least=1.3`          | the lowest version of TLS; 1.2 by default                           |
 * | `clients=must-prove` | a server demands client certificates; `may-prove` only asks for them |
 * | `dangerously-accept-any-certificate` | a client checks no certificate                      |
 *
 * Without options the reactor's context is used, which keeps sessions. With any option other than
 * `name`, a context is made for this call and read from its files. A program that connects often
 * should make one (bight/tls.h) and pass it to bight_connect_with().
 */
#ifndef BIGHT_ENDPOINT_H
#define BIGHT_ENDPOINT_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/layer.h>
#include <bight/reactor.h>
#include <bight/resolver.h>
#include <bight/status.h>
#include <bight/tls.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Accepts connections. */
typedef struct bight_listener bight_listener;

/**
 * Called for a new connection, with TLS after its handshake: make the protocol that serves it. The
 * protocol's connected is called right afterwards and its closed later, even if the connection or
 * the reactor ends during this call.
 *
 * @param transport  the connection. It can be asked for the peer and for what TLS has negotiated,
 *                   and accepts settings (marks, limits, timeouts, no-delay). Writing to it,
 *                   pausing, closing or freeing it here is misuse and aborts
 * @return  the protocol; NULL refuses: the connection is reset
 */
typedef bight_protocol *(*bight_serve_fn)(bight_listener *listener, bight_transport *transport,
                                          void *data);

/**
 * Listen. When the process runs out of descriptors, the listener stops accepting for a moment and
 * then continues; no connection is lost and the loop does not spin.
 *
 * @param endpoint  see the table above
 * @param serve     called for each connection
 * @param data      passed to @p serve; must live as long as the listener
 * @param error     NULL, or receives an error with a message for a person when this fails; the
 *                  caller owns it
 * @errors          BIGHT_ERROR_INVALID: not an endpoint, or one that cannot be listened on;
 *                  BIGHT_ERROR_ADDRESS_IN_USE; BIGHT_ERROR_PERMISSION, also when a stale socket
 *                  cannot be removed; BIGHT_ERROR_NO_MEMORY; errors of socket(2), bind(2) and
 *                  listen(2); with TLS, errors of bight_tls_new_server()
 * @owner           the caller; freed with bight_listener_free()
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_listen(bight_reactor *reactor, const char *endpoint,
                                                   bight_serve_fn serve, void *data,
                                                   bight_error **error, bight_listener **listener);

/** Leaves the owner or the group as it is. */
#define BIGHT_OWNER_KEEP UINT32_MAX

/**
 * Told of a connection that has ended before it could be served, because a handshake has failed or
 * was not done in time. For the log of a server: most often it is a client that does not trust the
 * server's certificate, one that does not speak TLS, or a scan of ports.
 *
 * @param peer     the peer as an endpoint, "tls:192.0.2.1:41002"
 * @param address  its address; BIGHT_ADDRESS_NONE if it is not known any more
 * @param error    why; borrowed
 * @param data     that of bight_listen_with()
 * @thread         the reactor's
 * @reentrancy     called in a turn of the reactor; may free the listener and the reactor
 */
typedef void (*bight_handshake_failed_fn)(bight_listener *listener, const char *peer,
                                          const bight_address *address, const bight_error *error,
                                          void *data);

/** How to listen. Start from BIGHT_LISTEN_OPTIONS_INIT. */
typedef struct bight_listen_options {
    size_t size;    /**< sizeof(bight_listen_options): lets the structure grow */
    bight_tls *tls; /**< a server's context, for a TLS endpoint, which must then have no options; a
                         reference is taken; NULL: from the options of the endpoint */
    bight_layer_factory *const *below; /**< layers on each connection below TLS, the lowest first;
                                            references are taken; NULL */
    size_t below_count;                /**< how many; 0 */
    bight_layer_factory *const *above; /**< the same above TLS; NULL */
    size_t above_count;                /**< how many; 0 */
    uint32_t mode;    /**< permissions of a UNIX socket's file, such as 0660, set before anybody
                           can connect; 0: determined by umask(2) */
    uint32_t owner;   /**< user id of that file's owner; BIGHT_OWNER_KEEP */
    uint32_t group;   /**< group id of that file; BIGHT_OWNER_KEEP */
    unsigned backlog; /**< connections that the system queues until they are accepted; it may apply
                           a lower limit; 4096 */
    unsigned most_connections; /**< limit of simultaneous connections, from accepting to closed,
                                    including handshakes. More connections wait in the system's
                                    queue until one has ended; 0: no limit */
    uint64_t idle_timeout;     /**< nanoseconds, as bight_transport_set_idle_timeout(); 0: none */
    unsigned keepalive;        /**< seconds, as bight_transport_set_keepalive(); 0: none */
    bool no_delay;             /**< as bight_transport_set_no_delay(); true */
    bool ipv6_only;            /**< an IPv6 address takes no IPv4 connections; false */
    bool reuse_port;           /**< other sockets may listen at the same address, and the system
                                    distributes the connections (SO_REUSEPORT); false */
    bight_handshake_failed_fn handshake_failed; /**< told of connections that end before serve is
                                                     called; NULL */
} bight_listen_options;

/** The defaults. */
#define BIGHT_LISTEN_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(bight_listen_options), NULL, NULL, 0, NULL, 0, 0, BIGHT_OWNER_KEEP,                 \
            BIGHT_OWNER_KEEP, 4096, 0, 0, 0, true, false, false, NULL                              \
    }

/**
 * Listen as bight_listen() does, with options. @p serve is called when the handshake is done. A
 * connection whose handshake fails is closed, and handshake_failed is told.
 *
 * @param options  copied; NULL for the defaults
 * @errors         as bight_listen(). BIGHT_ERROR_INVALID also for an unknown size, for a context
 *                 with an endpoint that has no TLS or has TLS options of its own, and for a mode
 *                 or an owner where there is no file. A client's context is misuse and aborts
 * @owner          the caller; freed with bight_listener_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_listen_with(bight_reactor *reactor, const char *endpoint, const bight_listen_options *options,
                  bight_serve_fn serve, void *data, bight_error **error, bight_listener **listener);

/** Whether more connections may come: false for `stdio:` after its only connection. */
BIGHT_API bool bight_listener_is_open(const bight_listener *listener);

/** The endpoint, with the real port: "tcp:127.0.0.1:41002". @owner lives as long as the
 * listener */
BIGHT_API const char *bight_listener_get_endpoint(const bight_listener *listener);

/**
 * The address, with the real port. A listener on every address has the unspecified address, ::.
 *
 * @owner  borrowed: lives as long as the listener
 */
BIGHT_API const bight_address *bight_listener_get_address(const bight_listener *listener);

/** Stop accepting: connections wait in the system's queue until the listener is resumed. @thread
 * the reactor's */
BIGHT_API void bight_listener_pause(bight_listener *listener);

/** Accept again. @thread the reactor's */
BIGHT_API void bight_listener_resume(bight_listener *listener);

/** Stop listening and free; accepted connections stay open. NULL is ignored. @thread reactor's */
BIGHT_API void bight_listener_free(bight_listener *listener);

/**
 * Connect. A name is looked up, and its addresses are tried until one answers. The next address is
 * tried after a quarter of a second, or at once when the one before fails (RFC 8305).
 *
 * On success the protocol receives connected, then the deferred fires with the transport, which
 * the library owns, and later the protocol receives closed. If the program ends the transport in
 * connected, the connect still counts as successful, and closed reports the end. If the transport
 * no longer exists when connected returns (because the program has freed it or the reactor, or has
 * run the loop until closed), the deferred fires with NULL.
 *
 * On failure the deferred fails and no function of the protocol is called. Cancelling the deferred
 * abandons the attempt; a cancel inside connected frees the transport. So a protocol has exactly
 * one end: closed or the failure of the deferred.
 *
 * @param endpoint  see the table above
 * @param protocol  the caller's; must live until its end
 * @errors          through the deferred: BIGHT_ERROR_INVALID, BIGHT_ERROR_REFUSED,
 *                  BIGHT_ERROR_UNREACHABLE, BIGHT_ERROR_TIMED_OUT, BIGHT_ERROR_CANCELLED and
 *                  errors of connect(2); the message names the endpoint. BIGHT_ERROR_NOT_FOUND and
 *                  other errors of bight_resolve() when a name has no address. With TLS also the
 *                  errors of bight_tls_new_client() and of the handshake
 * @owner           the caller owns the deferred
 * @thread          the reactor's
 * @reentrancy      never fires before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_connect(bight_reactor *reactor, const char *endpoint,
                                                       bight_protocol *protocol);

/** How to connect. Start from BIGHT_CONNECT_OPTIONS_INIT. */
typedef struct bight_connect_options {
    size_t size;      /**< sizeof(bight_connect_options): lets the structure grow */
    uint64_t timeout; /**< nanoseconds for the whole connect: name lookup, all addresses, proxies,
                           handshakes; 0: only the limits that each of these has */
    bight_tls *tls;   /**< a client's context, for a TLS endpoint, whose only option may then be
                           `name`; a reference is taken; NULL: from the endpoint's options, or the
                           reactor's context */
    bight_layer_factory *const *below; /**< layers on the connection below TLS, the lowest first;
                                            references are taken; NULL */
    size_t below_count;                /**< how many; 0 */
    bight_layer_factory *const *above; /**< the same above TLS; NULL */
    size_t above_count;                /**< how many; 0 */
    const bight_address *local; /**< the local address to connect from, with port 0 for any port.
                                     Addresses of another family are not tried; NULL */
    bight_family family;        /**< of the addresses to try; BIGHT_FAMILY_ANY */
    const char *proxy; /**< a proxy: it is put in front of the endpoint, with a slash, as VIA;
                            NULL */
} bight_connect_options;

/** The defaults. */
#define BIGHT_CONNECT_OPTIONS_INIT                                                                 \
    {                                                                                              \
        sizeof(bight_connect_options), 0, NULL, NULL, 0, NULL, 0, NULL, BIGHT_FAMILY_ANY, NULL     \
    }

/**
 * Connect as bight_connect() does, with options.
 *
 * @param options  everything they point to is copied or referenced; NULL for the defaults
 * @errors         as bight_connect(). BIGHT_ERROR_TIMED_OUT also when the timeout expires;
 *                 BIGHT_ERROR_INVALID: an unknown size, a context with an endpoint that has no TLS
 *                 or has TLS options of its own, a local address for a UNIX socket;
 *                 BIGHT_ERROR_NOT_FOUND: no address of this family, or of the local address's
 *                 family. A server's context is misuse and aborts
 * @owner          the caller owns the deferred
 * @thread         the reactor's
 * @reentrancy     never fires before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_connect_with(bight_reactor *reactor,
                                                            const char *endpoint,
                                                            const bight_connect_options *options,
                                                            bight_protocol *protocol);

BIGHT_END_DECLS

#endif

/** @file bight/endpoint.h
 * Where to listen or connect, as a string that begins with a scheme:
 *
 * | string               | meaning                                                             |
 * |----------------------|---------------------------------------------------------------------|
 * | `tcp:PORT`           | listen on every address, IPv6 and IPv4; connect to localhost         |
 * | `tcp:HOST:PORT`      | a numeric IPv4 address, a numeric IPv6 one in brackets (see          |
 * |                      | bight/address.h; a scope as in [fe80::1%eth0]), localhost or, to     |
 * |                      | connect to, a name that is looked up (bight/resolver.h)              |
 * | `unix:PATH`          | a UNIX stream socket; `unix:@NAME` is in Linux's abstract namespace  |
 * | `tls:...`            | TLS over TCP, with what may follow `tcp:`, or `tls:unix:PATH`; see   |
 * |                      | bight/tls.h                                                          |
 * | `stdio:`             | standard input and output (bight/adopt.h), once in a reactor: who    |
 * |                      | listens there has one connection                                     |
 * | `VIA/ENDPOINT`       | ENDPOINT, reached through VIA, which is of a scheme that leads to     |
 * |                      | others; options stand behind the part that they are for              |
 *
 * A program and its libraries add schemes: bight/scheme.h. The error of a wrong endpoint says at
 * which column, counted in bytes from 1, and what was expected there:
 *
 *     connect to tcp:example.org:70000: column 17: expected a port from 0 to 65535
 *
 * Port 0 listens on a free port; bight_listener_get_endpoint() says which.
 *
 * Listening on `unix:PATH` makes a file. A socket that a program has left behind when it died,
 * which no process has any more, is replaced, with its directory locked (flock(2)) meanwhile.
 * Nothing else is: an ordinary file, a directory, a symbolic link, whatever it points to, or a
 * socket that a process has is BIGHT_ERROR_ADDRESS_IN_USE, and the message says what is there. So
 * is an unused socket whose directory cannot be read, or stays locked by another program for a
 * tenth of a second. The file is removed when the listener ends, if it is still the one that the
 * listener made. A forked child removes it only when no other process has the socket any more.
 *
 * Behind a `tls:` endpoint may stand options, as in `tls:6697?cert=/etc/irc/cert.pem&key=...`; in
 * their values %26 is "&", as in a URL:
 *
 * | option               | meaning                                                             |
 * |----------------------|---------------------------------------------------------------------|
 * | `cert=FILE`          | one's own certificate and chain, in PEM; a server needs it           |
 * | `key=FILE`           | its key; in the file of the certificate when it is not said          |
 * | `ca=FILE`            | authorities to trust instead of the system's                        |
 * | `cadir=DIRECTORY`    | the same as a directory of hashed names                              |
 * | `name=NAME`          | whom the certificate must be for, instead of the host               |
 * | `alpn=A,B`           | protocols for ALPN, the preferred first, at most 8                   |
 * | `least=1.3`          | the lowest version of TLS; 1.2 if it is not said                     |
 * | `clients=must-prove` | a server wants certificates of its clients; `may-prove` asks only    |
 * | `dangerously-accept-any-certificate` | a client checks nothing                             |
 *
 * Without options the context, which keeps sessions, is the reactor's; with some other than `name`
 * it is made for this call and read from its files: who connects often makes one (bight/tls.h) and
 * passes it to bight_connect_with().
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
 * A connection came, and with TLS its handshake is done: make the protocol that serves it. Its
 * connected follows at once, and later its closed, also when the connection or the reactor has
 * ended in this call.
 *
 * @param transport  the connection: who the peer is, and with TLS what was agreed on. It answers
 *                   questions and takes settings (marks, limits, timeouts, no-delay); to write,
 *                   pause, close or free it here is misuse, and aborts
 * @return  NULL refuses: the connection is reset
 */
typedef bight_protocol *(*bight_serve_fn)(bight_listener *listener, bight_transport *transport,
                                          void *data);

/**
 * Listen. Out of descriptors, accepting rests for a moment and goes on; no connection is lost and
 * the loop does not spin.
 *
 * @param endpoint  see the table above
 * @param serve     makes a protocol for each connection
 * @param data      passed to @p serve; must live as long as the listener
 * @param error     NULL, or where to put an error with a message for a person when this fails;
 *                  the caller owns it
 * @errors          BIGHT_ERROR_INVALID: not an endpoint, or one that cannot be listened on;
 *                  BIGHT_ERROR_ADDRESS_IN_USE; BIGHT_ERROR_PERMISSION, also when an unused socket
 * cannot be removed; BIGHT_ERROR_NO_MEMORY; what socket(2), bind(2) and listen(2) say; with TLS,
 * what bight_tls_new_server() says
 * @owner           the caller; freed with bight_listener_free()
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_listen(bight_reactor *reactor, const char *endpoint,
                                                   bight_serve_fn serve, void *data,
                                                   bight_error **error, bight_listener **listener);

/** An owner or a group that is left as it is. */
#define BIGHT_OWNER_KEEP UINT32_MAX

/** How to listen. Start from BIGHT_LISTEN_OPTIONS_INIT. */
typedef struct bight_listen_options {
    size_t size;    /**< sizeof(bight_listen_options): lets the structure grow */
    bight_tls *tls; /**< a server's context, for an endpoint of TLS, which has no options then; a
                         reference is taken; NULL: the options of the endpoint say */
    bight_layer_factory *const *below; /**< layers on each connection, beneath TLS, the lowest
                                          first; references are taken; NULL */
    size_t below_count;                /**< how many; 0 */
    bight_layer_factory *const *above; /**< the same above TLS; NULL */
    size_t above_count;                /**< how many; 0 */
    uint32_t mode;    /**< of the file of a UNIX socket, such as 0660; it is set before anybody can
                           connect; 0: what umask(2) leaves */
    uint32_t owner;   /**< of that file: the number of a user; BIGHT_OWNER_KEEP */
    uint32_t group;   /**< the number of a group; BIGHT_OWNER_KEEP */
    unsigned backlog; /**< connections that the system keeps until they are accepted, which it may
                           cut to a limit of its own; 4096 */
    unsigned most_connections; /**< at once, from accepting to closed, handshakes included: more
                                  wait in the system's queue until one has ended; 0: any number */
    uint64_t idle_timeout;     /**< nanoseconds, as bight_transport_set_idle_timeout(); 0: none */
    unsigned keepalive;        /**< seconds, as bight_transport_set_keepalive(); 0: none */
    bool no_delay;             /**< as bight_transport_set_no_delay(); true */
    bool ipv6_only;            /**< an IPv6 address takes no IPv4 connections; false */
    bool reuse_port;           /**< others may listen at the same place, and the system distributes
                                    the connections (SO_REUSEPORT); false */
} bight_listen_options;

/** The defaults. */
#define BIGHT_LISTEN_OPTIONS_INIT                                                                  \
    {                                                                                              \
        sizeof(bight_listen_options), NULL, NULL, 0, NULL, 0, 0, BIGHT_OWNER_KEEP,                 \
            BIGHT_OWNER_KEEP, 4096, 0, 0, 0, true, false, false                                    \
    }

/**
 * Listen as bight_listen() does, with options. @p serve is called when the handshake is done; those
 * whose handshake fails are closed without a word.
 *
 * @param options  copied; NULL for the defaults
 * @errors         as bight_listen(). BIGHT_ERROR_INVALID too: a size that is not known, a context
 *                 for an endpoint without TLS or beside options of it, or a mode or an owner where
 *                 there is no file. A client's context is misuse and aborts
 * @owner          the caller; freed with bight_listener_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_listen_with(bight_reactor *reactor, const char *endpoint, const bight_listen_options *options,
                  bight_serve_fn serve, void *data, bight_error **error, bight_listener **listener);

/** Whether more connections may come: not on `stdio:`, once its only one was there. */
BIGHT_API bool bight_listener_is_open(const bight_listener *listener);

/** Where it listens, with the real port: "tcp:127.0.0.1:41002". @owner lives as the listener */
BIGHT_API const char *bight_listener_get_endpoint(const bight_listener *listener);

/**
 * Where it listens, with the real port. A listener on every address has the unspecified one, ::.
 *
 * @owner  borrowed: lives as the listener
 */
BIGHT_API const bight_address *bight_listener_get_address(const bight_listener *listener);

/** Rest: connections wait in the system's queue until resumed. @thread the reactor's */
BIGHT_API void bight_listener_pause(bight_listener *listener);

/** Accept again. @thread the reactor's */
BIGHT_API void bight_listener_resume(bight_listener *listener);

/** Listen no more; connections that were accepted live on. NULL is ignored. @thread reactor's */
BIGHT_API void bight_listener_free(bight_listener *listener);

/**
 * Connect. A name is looked up, and its addresses are tried until one answers: one a quarter of a
 * second after the other, or at once when one fails (RFC 8305).
 *
 * When it works, the protocol sees connected, then the deferred fires with the transport, which the
 * library owns, and later the protocol sees closed. What the program does with the transport in
 * connected makes no failure of the connect: closed tells of it. Where the transport is gone when
 * connected returns (the program has freed it, or the reactor, or has run the loop until closed),
 * the deferred fires with NULL.
 *
 * When it fails, the deferred fails and the protocol hears nothing. Cancelling the deferred gives
 * the attempt up; in connected, that frees the transport. So a protocol has exactly one end: closed
 * or the failure of the deferred.
 *
 * @param endpoint  see the table above
 * @param protocol  the caller's; must live until its end
 * @errors          through the deferred: BIGHT_ERROR_INVALID, BIGHT_ERROR_REFUSED,
 *                  BIGHT_ERROR_UNREACHABLE, BIGHT_ERROR_TIMED_OUT, BIGHT_ERROR_CANCELLED and what
 *                  connect(2) says; the message names the endpoint. BIGHT_ERROR_NOT_FOUND and
 *                  others from bight_resolve() when a name has no address. With TLS also what
 *                  bight_tls_new_client() says and what a handshake may end with
 * @owner           the caller owns the deferred
 * @thread          the reactor's
 * @reentrancy      never fires before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_connect(bight_reactor *reactor, const char *endpoint,
                                                       bight_protocol *protocol);

/** How to connect. Start from BIGHT_CONNECT_OPTIONS_INIT. */
typedef struct bight_connect_options {
    size_t size;      /**< sizeof(bight_connect_options): lets the structure grow */
    uint64_t timeout; /**< nanoseconds for all of it: looking a name up, its addresses, proxies,
                           handshakes; 0: what these have of their own */
    bight_tls *tls;   /**< a client's context, for an endpoint of TLS, whose only option may be
                           `name` then; a reference is taken; NULL: the endpoint's options, or
                           the reactor's context */
    bight_layer_factory *const *below; /**< layers on the connection, beneath TLS, the lowest first;
                                            references are taken; NULL */
    size_t below_count;                /**< how many; 0 */
    bight_layer_factory *const *above; /**< the same above TLS; NULL */
    size_t above_count;                /**< how many; 0 */
    const bight_address *local; /**< where to connect from: an address of this machine, with port 0
                                     for any. Addresses of another family are not tried; NULL */
    bight_family family;        /**< of the addresses to try; BIGHT_FAMILY_ANY */
    const char *proxy; /**< through what: it is put in front of the endpoint, with a slash, as VIA;
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
 * @param options  what they point to is copied or referenced; NULL for the defaults
 * @errors         as bight_connect(). BIGHT_ERROR_TIMED_OUT too, when the time is over;
 *                 BIGHT_ERROR_INVALID: a size that is not known, a context for an endpoint without
 *                 TLS or beside options of it, a local address for a UNIX socket;
 *                 BIGHT_ERROR_NOT_FOUND: no address of this family, or of the local address's. A
 *                 server's context is misuse and aborts
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

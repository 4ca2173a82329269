/** @file bight/scheme.h
 * What stands in front of the first colon of an endpoint, and schemes of one's own.
 *
 * bight_connect() and bight_listen() look the word in front of the colon up in a table. tcp, unix,
 * tls and stdio are in it from the beginning; a program or a library adds more to a reactor, and
 * then every program that takes an endpoint as a text takes theirs too. A library adds its schemes
 * by a function bight_NAME_add_schemes(reactor).
 *
 * A scheme may make connections, or accept them, or lead to other endpoints: a proxy. An endpoint
 * that is reached through others has those in front, each followed by a slash:
 *
 *     socks5:127.0.0.1:1080/tls:example.org:443
 *
 * A part ends in front of the first slash that a known scheme and a colon follow, if its own scheme
 * leads anywhere. A slash of its own that something of the kind follows is written %2F. The last
 * part is taken as it is, so that unix:/run/tcp:80 is a path.
 *
 * What the library does for every scheme: cancelling, the time limit, TLS and other layers on top,
 * the one outcome of a connect, the call of serve, the limits of a listener.
 */
#ifndef BIGHT_SCHEME_H
#define BIGHT_SCHEME_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/endpoint.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** One part of an endpoint, SCHEME:PLACE?OPTIONS, as a scheme is given it. */
typedef struct bight_endpoint bight_endpoint;

/**
 * What a scheme does; static const. A slot that is NULL is what the scheme cannot do.
 *
 *     static const char *const options[] = {"speed=", "raw", NULL};
 *     static const bight_scheme_ops ops = {.size = sizeof(bight_scheme_ops),
 *                                          .name = "serial",
 *                                          .options = options,
 *                                          .connect = serial_connect};
 */
typedef struct bight_scheme_ops {
    size_t size; /**< sizeof(bight_scheme_ops): lets the structure grow; 0 is up to close */

    /** The word in front of the colon: a lower-case letter, then letters, digits, "+", "-", ".". */
    const char *name;

    /** The options that may stand behind a "?", ended by NULL; "name=" has a value, "name" has
     * none. NULL: there are none, and a "?" is a character as any other. */
    const char *const *options;

    /** Its connections may be made through another endpoint. connect then has that in
     * options->proxy, and hands it on to the bight_connect_with() that it calls. */
    bool goes_through;

    /** Speaks TLS with options->tls by itself, above the layers of options->below. Else a context
     * for it is an error, and the library puts all layers on its connections. */
    bool takes_tls;

    /**
     * Make a connection.
     *
     * @param endpoint  lives until the deferred has its result
     * @param options   what is left to do: local, family and proxy, and tls and below where
     *                  takes_tls. For the bight_connect_with() that this calls, if it does; lives
     *                  as @p endpoint
     * @param protocol  for the transport until the library takes that over, where one has to be
     *                  named: it waits for connected and keeps what is received
     * @param data      as given to bight_reactor_add_scheme()
     * @return          fires with the transport, which is connected, or is about to be told so as
     *                  one of bight_transport_adopt() or bight_pair_new() is. It may have fired
     * when this returns: bight_scheme_made(). Bytes that were received, and belong to the program,
     * have to be put back first (bight_transport_unread()). Its protocol does not matter: the
     *                  library names another. Cancelling must give up and leave nothing behind.
     *                  NULL is out of memory
     */
    bight_deferred *(*connect)(bight_reactor *reactor, const bight_endpoint *endpoint,
                               const bight_connect_options *options, bight_protocol *protocol,
                               void *data);

    /**
     * Make a connection to another endpoint through this one, which is a proxy: connect to @p via
     * with @p options, speak with it, and fire with the transport when @p target is on the other
     * side. TLS and layers of the target are put on top by the library.
     *
     * @param target  of any scheme that goes through another; bight_endpoint_get_host() says where
     */
    bight_deferred *(*reach)(bight_reactor *reactor, const bight_endpoint *via,
                             const bight_endpoint *target, const bight_connect_options *options,
                             bight_protocol *protocol, void *data);

    /**
     * Begin to accept connections: bight_listener_accept() for each, in later turns, until close.
     *
     * @param endpoint  lives during the call
     * @param options   the same; the library sees to the limits and to TLS
     * @param state     what pause and close are given
     * @return          NULL, or what is wrong; nothing is left then, and close is not called
     */
    bight_error *(*listen)(bight_listener *listener, const bight_endpoint *endpoint,
                           const bight_listen_options *options, void *data, void **state);

    /** Accept nothing for a while, or go on. NULL: what comes meanwhile is accepted. */
    void (*pause)(void *state, bool paused);

    /** Accept nothing more, and free @p state. The listener was freed, or the reactor is being. */
    void (*close)(void *state);
} bight_scheme_ops;

/**
 * Add a scheme to a reactor, until that is freed. Adding the same table again changes nothing.
 *
 * @param ops      static
 * @param data     passed to its functions
 * @param destroy  called with @p data when the reactor is freed, and when this fails; NULL for none
 * @errors         BIGHT_ERROR_INVALID: a size that is not known, a name that cannot be one, or
 *                 neither connect nor reach nor listen, or listen without close;
 *                 BIGHT_ERROR_EXISTS: another scheme has the name; BIGHT_ERROR_NO_MEMORY;
 *                 BIGHT_ERROR_CANCELLED: the reactor was freed
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_reactor_add_scheme(bight_reactor *reactor,
                                                               const bight_scheme_ops *ops,
                                                               void *data,
                                                               bight_destroy_fn destroy);

/**
 * Whether a reactor has a scheme.
 *
 * @param endpoint  a scheme, or a text that begins with one and a colon
 * @thread          the reactor's
 */
BIGHT_API bool bight_reactor_has_scheme(const bight_reactor *reactor, const char *endpoint);

/* -- For the functions of a scheme; all texts live as the endpoint does -- */

/**
 * What connect and reach return for a transport that is there already. Without memory the transport
 * is freed, so that it does not live on with a protocol that is gone.
 *
 * @param take_transport  consumed, also on failure
 * @errors                NULL without memory
 * @owner                 the caller owns the deferred
 * @thread                the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_scheme_made(bight_transport *take_transport);

/** "serial:/dev/ttyS0": without its options, for messages. */
BIGHT_API const char *bight_endpoint_get_text(const bight_endpoint *endpoint);

/** The scheme: "serial". */
BIGHT_API const char *bight_endpoint_get_scheme(const bight_endpoint *endpoint);

/** What stands behind the colon, without options: "/dev/ttyS0". */
BIGHT_API const char *bight_endpoint_get_place(const bight_endpoint *endpoint);

/**
 * The value of an option, in which %26 has become "&" and so on.
 *
 * @param name  without "="
 * @return      NULL if it is not there, "" for one without a value; of several the last
 */
BIGHT_API const char *bight_endpoint_get_option(const bight_endpoint *endpoint, const char *name);

/** Room for a name or address of a host, with its NUL. */
#define BIGHT_HOST_SIZE 256

/**
 * Read the place as tcp: reads its own: HOST:PORT, [IPV6]:PORT, or a port alone, which is that of
 * localhost. For a proxy: its own place, and that of a target.
 *
 * @param host  a name, or an address without brackets
 * @return      NULL, or an error that says at which column what was expected
 * @owner       the caller owns the error
 */
BIGHT_API BIGHT_MUST_USE bight_error *
bight_endpoint_get_host(const bight_endpoint *endpoint, char host[BIGHT_HOST_SIZE], uint16_t *port);

/**
 * Make the error of an endpoint in which something is wrong: BIGHT_ERROR_INVALID, with the column
 * in the text that the program has given and what was expected there. The library adds the
 * endpoint.
 *
 * @param at      where it is wrong: a pointer into the place, or to the value of an option
 * @param format  what was expected, as printf: "a speed from 50 to 4000000"
 * @owner         the caller owns the error
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_endpoint_new_error(const bight_endpoint *endpoint,
                                                               const char *at, const char *format,
                                                               ...) BIGHT_PRINTF(3, 4);

/**
 * Hand a connection to a listener: layers and TLS are put on it, then serve is called. Not inside
 * the listen function, unless the transport is yet to tell connected.
 *
 * @param take_transport  connected, or about to be told so; consumed, also on failure. Its protocol
 *                        does not matter
 * @errors                BIGHT_ERROR_NO_MEMORY: the connection was reset, and it is time to rest
 * @thread                the reactor's
 * @reentrancy            the program may free the listener before this returns, and the reactor
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_listener_accept(bight_listener *listener,
                                                            bight_transport *take_transport);

/**
 * Say where a listener listens, if it is not what the program has written: with the real port.
 *
 * @param endpoint  copied; with TLS "tls:" takes the place of "tcp:", or stands in front
 * @param address   NULL for none
 * @errors          BIGHT_ERROR_NO_MEMORY
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_listener_set_endpoint(bight_listener *listener,
                                                                  const char *endpoint,
                                                                  const bight_address *address);

/** Say that no more connections will come: bight_listener_is_open() is false then. */
BIGHT_API void bight_listener_end(bight_listener *listener);

/** The reactor. @owner borrowed @thread the reactor's */
BIGHT_API bight_reactor *bight_listener_get_reactor(const bight_listener *listener);

BIGHT_END_DECLS

#endif

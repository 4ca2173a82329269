/** @file bight/scheme.h
 * Schemes: the words before the first colon of an endpoint. This header is for adding your own.
 *
 * bight_connect() and bight_listen() look up the word before the colon in a table of the reactor.
 * It contains tcp, unix, tls and stdio from the beginning. A program or a library adds more
 * schemes to a reactor; then every function of Bight that takes an endpoint accepts them. A
 * library adds its schemes by a function bight_NAME_add_schemes(reactor).
 *
 * A scheme may make connections, accept them, or lead to other endpoints as a proxy. An endpoint
 * that is reached through proxies begins with them, each followed by a slash:
 *
 *     socks5:127.0.0.1:1080/tls:example.org:443
 *
 * If the scheme of a part is a proxy, the part ends before the first slash that is followed by a
 * known scheme and a colon. If the part itself contains such a slash, write it as %2F. The last
 * part is not split, so unix:/run/tcp:80 is a path.
 *
 * The library handles the following for every scheme: cancelling, the timeout, TLS and other
 * layers on top, the single outcome of a connect, the call of serve, the limits of a listener.
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

/** One part of an endpoint, SCHEME:PLACE?OPTIONS, as it is passed to a scheme. */
typedef struct bight_endpoint bight_endpoint;

/**
 * The functions of a scheme; static const. A slot is NULL if the scheme does not support it.
 *
 *     static const char *const options[] = {"speed=", "raw", NULL};
 *     static const bight_scheme_ops ops = {.size = sizeof(bight_scheme_ops),
 *                                          .name = "serial",
 *                                          .options = options,
 *                                          .connect = serial_connect};
 */
typedef struct bight_scheme_ops {
    size_t size; /**< sizeof(bight_scheme_ops): lets the structure grow; 0 is up to close */

    /** The word before the colon: a lower-case letter, then letters, digits, "+", "-", ".". */
    const char *name;

    /** The options that may follow a "?", ended by NULL; "name=" has a value, "name" has none.
     * NULL: there are no options, and "?" is an ordinary character. */
    const char *const *options;

    /** Its connections may be made through another endpoint. connect then receives it in
     * options->proxy, and passes it on to the bight_connect_with() that it calls. */
    bool goes_through;

    /** The scheme itself uses options->tls for TLS, above the layers of options->below. If false,
     * a TLS context is an error, and the library puts all layers on its connections. */
    bool takes_tls;

    /**
     * Make a connection.
     *
     * @param endpoint  lives until the deferred has its result
     * @param options   the options that the scheme has to apply: local, family and proxy, and tls
     *                  and below if takes_tls. Pass them to bight_connect_with(), if this calls
     *                  it; lives as long as @p endpoint
     * @param protocol  a protocol for the transport until the library takes it over, if one has to
     *                  be given: it waits for connected and keeps received bytes
     * @param data      as passed to bight_reactor_add_scheme()
     * @return          fires with the transport, which is connected, or will receive connected in
     *                  a later turn like one of bight_transport_adopt() or bight_pair_new(). It
     *                  may have fired when this returns: bight_scheme_made(). Bytes that were
     *                  received and belong to the program have to be put back first
     *                  (bight_transport_unread()). The transport's protocol does not matter: the
     *                  library sets another. Cancelling must abandon the attempt and leave nothing
     *                  behind. NULL means out of memory
     */
    bight_deferred *(*connect)(bight_reactor *reactor, const bight_endpoint *endpoint,
                               const bight_connect_options *options, bight_protocol *protocol,
                               void *data);

    /**
     * Make a connection to another endpoint through this one, which is a proxy: connect to @p via
     * with @p options, ask it for @p target, and fire with the transport when the target is
     * connected. The library puts TLS and layers of the target on top.
     *
     * @param target  of any scheme with goes_through; bight_endpoint_get_host() returns its host
     *                and port
     */
    bight_deferred *(*reach)(bight_reactor *reactor, const bight_endpoint *via,
                             const bight_endpoint *target, const bight_connect_options *options,
                             bight_protocol *protocol, void *data);

    /**
     * Begin to accept connections: bight_listener_accept() for each, in later turns, until close.
     *
     * @param endpoint  lives during the call
     * @param options   the same; the library handles the limits and TLS
     * @param state     passed to pause and close
     * @return          NULL, or an error; in this case nothing is left behind, and close is not
     *                  called
     */
    bight_error *(*listen)(bight_listener *listener, const bight_endpoint *endpoint,
                           const bight_listen_options *options, void *data, void **state);

    /** Stop accepting, or accept again. NULL: connections are accepted even while paused. */
    void (*pause)(void *state, bool paused);

    /** Stop accepting for good, and free @p state. The listener was freed, or the reactor is being
     * freed. */
    void (*close)(void *state);
} bight_scheme_ops;

/**
 * Add a scheme to a reactor, until the reactor is freed. Adding the same table again changes
 * nothing.
 *
 * @param ops      static
 * @param data     passed to its functions
 * @param destroy  called with @p data when the reactor is freed, and when this fails; NULL for none
 * @errors         BIGHT_ERROR_INVALID: an unknown size, an invalid name, none of connect, reach
 *                 and listen, or listen without close; BIGHT_ERROR_EXISTS: another scheme has this
 *                 name; BIGHT_ERROR_NO_MEMORY; BIGHT_ERROR_CANCELLED: the reactor was freed
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

/* -- For the functions of a scheme; all strings live as long as the endpoint -- */

/**
 * The result of connect and reach for a transport that exists already. When out of memory the
 * transport is freed, so that it does not outlive its protocol.
 *
 * @param take_transport  consumed, also on failure
 * @errors                NULL when out of memory
 * @owner                 the caller owns the deferred
 * @thread                the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_scheme_made(bight_transport *take_transport);

/** "serial:/dev/ttyS0": without its options, for messages. */
BIGHT_API const char *bight_endpoint_get_text(const bight_endpoint *endpoint);

/** The scheme: "serial". */
BIGHT_API const char *bight_endpoint_get_scheme(const bight_endpoint *endpoint);

/** The part after the colon, without options: "/dev/ttyS0". */
BIGHT_API const char *bight_endpoint_get_place(const bight_endpoint *endpoint);

/**
 * The value of an option, after decoding: %26 has become "&" and so on.
 *
 * @param name  without "="
 * @return      NULL if it is absent, "" if it has no value; the last if there are several
 */
BIGHT_API const char *bight_endpoint_get_option(const bight_endpoint *endpoint, const char *name);

/** Room for a name or address of a host, with its NUL. */
#define BIGHT_HOST_SIZE 256

/**
 * Parse the place as tcp: does: HOST:PORT, [IPV6]:PORT, or only a port, which means localhost. A
 * proxy uses it for its own place and for that of a target.
 *
 * @param host  a name, or an address without brackets
 * @return      NULL, or an error that gives the column and what was expected there
 * @owner       the caller owns the error
 */
BIGHT_API BIGHT_MUST_USE bight_error *
bight_endpoint_get_host(const bight_endpoint *endpoint, char host[BIGHT_HOST_SIZE], uint16_t *port);

/**
 * Make the error for an invalid endpoint: BIGHT_ERROR_INVALID, with the column in the endpoint
 * that the program has passed and what was expected there. The library adds the endpoint.
 *
 * @param at      the position of the error: a pointer into the place, or into the value of an
 *                option
 * @param format  what was expected, printf style: "a speed from 50 to 4000000"
 * @owner         the caller owns the error
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_endpoint_new_error(const bight_endpoint *endpoint,
                                                               const char *at, const char *format,
                                                               ...) BIGHT_PRINTF(3, 4);

/**
 * Pass a connection to a listener: layers and TLS are put on it, then serve is called. Do not call
 * it inside the listen function, unless the transport has not called connected yet.
 *
 * @param take_transport  connected, or about to receive connected; consumed, also on failure. Its
 *                        protocol does not matter
 * @errors                BIGHT_ERROR_NO_MEMORY: the connection was reset, and the scheme should
 *                        stop accepting for a while
 * @thread                the reactor's
 * @reentrancy            the program may free the listener before this returns, and the reactor
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_listener_accept(bight_listener *listener,
                                                            bight_transport *take_transport);

/**
 * Set the endpoint of a listener, if it differs from the one that the program has passed: for
 * example with the real port.
 *
 * @param endpoint  copied; with TLS "tls:" replaces "tcp:", or is put in front
 * @param address   NULL for none
 * @errors          BIGHT_ERROR_NO_MEMORY
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_listener_set_endpoint(bight_listener *listener,
                                                                  const char *endpoint,
                                                                  const bight_address *address);

/** Announce that no more connections will come: bight_listener_is_open() becomes false. */
BIGHT_API void bight_listener_end(bight_listener *listener);

/** The reactor. @owner borrowed @thread the reactor's */
BIGHT_API bight_reactor *bight_listener_get_reactor(const bight_listener *listener);

BIGHT_END_DECLS

#endif

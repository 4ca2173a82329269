/** @file bight/irc_server.h
 * An IRC server: a single server without links to others, for a chat on a local network, inside a
 * GUI program's own loop, or for `bight chatd`.
 *
 *     bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
 *     status = bight_irc_server_new(reactor, &options, &server);
 *     status = bight_irc_server_listen(server, "tcp:6667", &error);
 *
 * It implements RFC 1459 and RFC 2812 as current clients expect them
 * (https://modern.ircdocs.horse), and from IRCv3 the capability negotiation 302, message-tags,
 * server-time, echo-message, multi-prefix, userhost-in-names, away-notify, invite-notify and
 * cap-notify.
 *
 * No client can harm the others. A client that sends too fast is slowed and then dropped, a client
 * that does not read is dropped when its queue is full, and each client uses a bounded amount of
 * memory. A message to many clients is formatted once for each set of capabilities and shared.
 */
#ifndef BIGHT_IRC_SERVER_H
#define BIGHT_IRC_SERVER_H

#include <bight/api.h>
#include <bight/error.h>
#include <bight/irc_names.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/time.h>
#include <bight/transport.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A server. */
typedef struct bight_irc_server bight_irc_server;

/** The options of a server. Start from BIGHT_IRC_SERVER_OPTIONS_INIT. Strings are copied. */
typedef struct bight_irc_server_options {
    size_t size;                 /**< sizeof(bight_irc_server_options): lets the structure grow */
    const char *name;            /**< the server's name, in the form of a host name; at most 63
                                      bytes */
    const char *network;         /**< one word for clients to show (NETWORK); at most 63 bytes */
    const char *description;     /**< one line, for WHOIS */
    const char *motd;            /**< message of the day, lines ending in '\n'; NULL for none */
    const char *password;        /**< clients must send it with PASS; NULL or "" for none */
    bight_irc_case case_mapping; /**< which nicks and channels are equal */

    uint32_t nick_length;    /**< bytes of the longest nick, 9 to 63 */
    uint32_t channel_length; /**< bytes of the longest channel name, 2 to 100 */
    uint32_t topic_length;   /**< bytes of the longest topic; longer ones are cut. Topic, nick and
                                  channel together have at most 420 bytes, so that all fit into a
                                  line */
    uint32_t reason_length;  /**< bytes of the longest AWAY, KICK, PART or QUIT text. With two
                                  nicks and a channel it has at most 420 bytes */

    uint32_t max_connections; /**< at once, registered or not; 0 for no limit */
    uint32_t max_per_address; /**< at once from one IPv4 address or IPv6 /64 (the usual prefix of
                                   one customer); UNIX sockets have no limit; 0 for no limit */
    uint32_t max_channels;    /**< channels that one client may be in, at least 1 */
    uint32_t max_list;        /**< bans that one channel may have, at least 1 */

    size_t send_queue;      /**< bytes that may wait for a client that does not read, before it is
                                 dropped */
    size_t receive_queue;   /**< bytes that may wait from a client that sends too fast, before it is
                                 dropped */
    uint32_t burst;         /**< commands that a client may send at once, 1 to 100,000 */
    uint64_t line_interval; /**< after the burst, nanoseconds per command; expensive commands
                                 (LIST, WHO, NAMES, WHOIS) count for several. 0 for no pacing */

    uint64_t register_timeout; /**< nanoseconds from connecting to the end of registration */
    uint64_t ping_interval;    /**< nanoseconds of silence before the server sends PING */
    uint64_t ping_timeout;     /**< nanoseconds that the client may take to answer */

    bight_clock wall_clock; /**< nanoseconds since 1970, for topics and server-time; if its `now`
                                 is NULL, the system's clock is used */
} bight_irc_server_options;

/** The defaults: 1,024 connections, 64 from one address, 1 MiB in a send queue. */
#define BIGHT_IRC_SERVER_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(bight_irc_server_options), "irc.localhost", "Bight", "A Bight chat server", NULL,   \
            NULL, BIGHT_IRC_CASE_RFC1459, 30, 50, 307, 300, 1024, 64, 50, 60, 1048576, 16384, 20,  \
            BIGHT_MSEC(500), BIGHT_SEC(30), BIGHT_SEC(90), BIGHT_SEC(60),                          \
        {                                                                                          \
            NULL, NULL                                                                             \
        }                                                                                          \
    }

/** Counters of a server. */
typedef struct bight_irc_server_stats {
    size_t size;          /**< sizeof(bight_irc_server_stats), set by the caller */
    uint32_t connections; /**< open now, registered or not */
    uint32_t users;       /**< registered now */
    uint32_t most_users;  /**< the most that were registered at once */
    uint32_t channels;    /**< channels that exist now */
    uint64_t accepted;    /**< connections since the server was made */
    uint64_t commands;    /**< handled since the server was made */
} bight_irc_server_stats;

/** A user registered or left, or a channel was created or removed; see
 * bight_irc_server_on_change(). */
typedef void (*bight_irc_server_change_fn)(bight_irc_server *server, void *data);

/**
 * Make a server; nobody can connect yet.
 *
 * @errors  BIGHT_ERROR_INVALID: an unknown size, a number out of range, a name or network that is
 *          not a single word, a CR, LF or other control character in a text; BIGHT_ERROR_NO_MEMORY
 * @owner   the caller; freed with bight_irc_server_free(), before the reactor
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_server_new(bight_reactor *reactor,
                                                           const bight_irc_server_options *options,
                                                           bight_irc_server **server);

/**
 * Accept connections on an endpoint. May be called for several endpoints.
 *
 * @param endpoint  "tcp:6667", "tcp:127.0.0.1:0", "unix:PATH"; see bight/endpoint.h
 * @param error     NULL, or set to an error with a message for the user; the caller owns it
 * @errors          as bight_listen()
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_server_listen(bight_irc_server *server,
                                                              const char *endpoint,
                                                              bight_error **error);

/**
 * An endpoint on which the server listens, with the actual port.
 *
 * @param index  0 for the first bight_irc_server_listen()
 * @return       NULL if the index is too large
 * @owner        lives as long as the server
 * @thread       the reactor's
 */
BIGHT_API const char *bight_irc_server_get_endpoint(const bight_irc_server *server, size_t index);

/**
 * Make the protocol for one more connection, for a transport that does not come from
 * bight_irc_server_listen(), such as one end of a bight_pair_new() or a wrapped transport.
 *
 * @return  NULL when out of memory or if the server is full
 * @owner   the server's; give it to a transport in the same turn
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_protocol *bight_irc_server_serve(bight_irc_server *server);

/**
 * Send a NOTICE from the server to all users.
 *
 * @param text  one line; what does not fit is cut
 * @errors      BIGHT_ERROR_INVALID: CR or LF in the text
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_server_notice(bight_irc_server *server,
                                                              const char *text);

/**
 * Set the function to call after changes, for example for a window that shows the number of users.
 * Changes of one turn are reported together in the next turn. The function may free the server.
 *
 * @param fn  NULL for none; it replaces the previous function
 * @thread    the reactor's
 */
BIGHT_API void bight_irc_server_on_change(bight_irc_server *server, bight_irc_server_change_fn fn,
                                          void *data);

/**
 * Told of a connection that has ended before it became a client, because its TLS handshake has
 * failed.
 *
 * @param peer   as an endpoint: "tls:192.0.2.1:41002"
 * @param error  why; borrowed
 * @param data   that of bight_irc_server_on_handshake_failed()
 */
typedef void (*bight_irc_server_handshake_fn)(bight_irc_server *server, const char *peer,
                                              const bight_error *error, void *data);

/**
 * Set the function to call after a failed handshake on an endpoint of bight_irc_server_listen().
 * It may free the server.
 *
 * @param fn  NULL for none; it replaces the previous function
 * @thread    the reactor's
 */
BIGHT_API void bight_irc_server_on_handshake_failed(bight_irc_server *server,
                                                    bight_irc_server_handshake_fn fn, void *data);

/** Read the counters; fills at most stats->size bytes. @thread the reactor's */
BIGHT_API void bight_irc_server_get_stats(const bight_irc_server *server,
                                          bight_irc_server_stats *stats);

/**
 * Stop listening and free the server. All clients receive "ERROR :Closing Link". Their queued
 * output is still sent while the reactor runs, for a few seconds. NULL is ignored.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_irc_server_free(bight_irc_server *server);

BIGHT_END_DECLS

#endif

/** @file bight/irc_server.h
 * An IRC server: one server without links to others, for a chat on a local network, inside a GUI
 * program's own loop, or for `bight chatd`.
 *
 *     bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
 *     status = bight_irc_server_new(reactor, &options, &server);
 *     status = bight_irc_server_listen(server, "tcp:6667", &error);
 *
 * It speaks RFC 1459 and RFC 2812 as clients of today expect it (https://modern.ircdocs.horse), and
 * of IRCv3 the capability negotiation 302, message-tags, server-time, echo-message, multi-prefix,
 * userhost-in-names, away-notify, invite-notify and cap-notify.
 *
 * Nobody can harm the others: a client that sends too fast is held back and then dropped, one that
 * does not read is dropped when its queue is full, and each owns a bounded amount of memory. What
 * goes to many is written once for each set of capabilities and shared.
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

/** How a server behaves. Start from BIGHT_IRC_SERVER_OPTIONS_INIT. Strings are copied. */
typedef struct bight_irc_server_options {
    size_t size;                 /**< sizeof(bight_irc_server_options): lets the structure grow */
    const char *name;            /**< what it calls itself, as a host name; at most 63 bytes */
    const char *network;         /**< one word for clients to show (NETWORK); at most 63 bytes */
    const char *description;     /**< one line, for WHOIS */
    const char *motd;            /**< message of the day, lines ending in '\n'; NULL for none */
    const char *password;        /**< everybody has to send it with PASS; NULL or "" for none */
    bight_irc_case case_mapping; /**< which nicks and channels are the same */

    uint32_t nick_length;    /**< bytes of the longest nick, 9 to 63 */
    uint32_t channel_length; /**< bytes of the longest channel name, 2 to 100 */
    uint32_t topic_length;   /**< bytes of the longest topic; longer ones are cut. With nick and
                                  channel at most 420 bytes together, so that all fit a line */
    uint32_t reason_length;  /**< bytes of the longest AWAY, KICK, PART or QUIT text; with two nicks
                                  and a channel at most 420 bytes together */

    uint32_t max_connections; /**< at once, registered or not; 0 for no limit */
    uint32_t max_per_address; /**< at once from one IPv4 address or IPv6 /64, which is what one
                                   customer has; UNIX sockets have no limit; 0 for no limit */
    uint32_t max_channels;    /**< that one client may be in, at least 1 */
    uint32_t max_list;        /**< bans that one channel may have, at least 1 */

    size_t send_queue;    /**< bytes that may wait for a client that does not read, then it goes */
    size_t receive_queue; /**< bytes that may wait of a client that sends too fast, then it goes */
    uint32_t burst;       /**< commands that a client may send at once, 1 to 100,000 */
    uint64_t line_interval; /**< then it gets one command in so many nanoseconds; costly ones (LIST,
                                 WHO, NAMES, WHOIS) count for several. 0 for no pace at all */

    uint64_t register_timeout; /**< nanoseconds from connecting to the end of registration */
    uint64_t ping_interval;    /**< nanoseconds of silence before it asks a client with PING */
    uint64_t ping_timeout;     /**< nanoseconds that the client may take to answer */

    bight_clock wall_clock; /**< nanoseconds since 1970, for topics and server-time; a now of NULL
                                 is the system's clock */
} bight_irc_server_options;

/** The defaults: open to 1,024 connections, 64 from one address, 1 MiB in a send queue. */
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
    uint32_t most_users;  /**< registered at once, at most, so far */
    uint32_t channels;    /**< that exist now */
    uint64_t accepted;    /**< connections since the server was made */
    uint64_t commands;    /**< handled since the server was made */
} bight_irc_server_stats;

/** Somebody registered or left, or a channel came or went; see bight_irc_server_on_change(). */
typedef void (*bight_irc_server_change_fn)(bight_irc_server *server, void *data);

/**
 * Make a server; nobody can connect yet.
 *
 * @errors  BIGHT_ERROR_INVALID: a size that is not known, a number out of its range, a name or
 *          network that is no word, a CR, LF or other control character in a text;
 *          BIGHT_ERROR_NO_MEMORY
 * @owner   the caller; freed with bight_irc_server_free(), before the reactor
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_server_new(bight_reactor *reactor,
                                                           const bight_irc_server_options *options,
                                                           bight_irc_server **server);

/**
 * Let people connect. May be called for several endpoints.
 *
 * @param endpoint  "tcp:6667", "tcp:127.0.0.1:0", "unix:PATH"; see bight/endpoint.h
 * @param error     NULL, or where to put an error for a person; the caller owns it
 * @errors          as bight_listen()
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_server_listen(bight_irc_server *server,
                                                              const char *endpoint,
                                                              bight_error **error);

/**
 * Where it listens, with the real port.
 *
 * @param index  0 for the first bight_irc_server_listen()
 * @return       NULL when there are not so many
 * @owner        lives as long as the server
 * @thread       the reactor's
 */
BIGHT_API const char *bight_irc_server_get_endpoint(const bight_irc_server *server, size_t index);

/**
 * Make the protocol for one more connection, for a transport that does not come from
 * bight_irc_server_listen(): one end of a bight_pair_new(), or one that was wrapped.
 *
 * @return  NULL without memory or when the server is full
 * @owner   the server's; give it to a transport in the same turn
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_protocol *bight_irc_server_serve(bight_irc_server *server);

/**
 * Say something to everybody, as a NOTICE from the server.
 *
 * @param text  one line; what does not fit is cut
 * @errors      BIGHT_ERROR_INVALID: CR or LF in the text
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_server_notice(bight_irc_server *server,
                                                              const char *text);

/**
 * Be told of changes, for a window that shows how many people are there. Changes of one turn are
 * told together, in the next one. In it the server may be freed.
 *
 * @param fn  NULL for nobody; only one can be told
 * @thread    the reactor's
 */
BIGHT_API void bight_irc_server_on_change(bight_irc_server *server, bight_irc_server_change_fn fn,
                                          void *data);

/** Read the counters; fills at most stats->size bytes. @thread the reactor's */
BIGHT_API void bight_irc_server_get_stats(const bight_irc_server *server,
                                          bight_irc_server_stats *stats);

/**
 * Listen no more and free the server. Everybody is told ("ERROR :Closing Link"); what waits for
 * them is still sent while the reactor runs, for a few seconds. NULL is ignored.
 *
 * @thread  the reactor's
 */
BIGHT_API void bight_irc_server_free(bight_irc_server *server);

BIGHT_END_DECLS

#endif

/** @file bight/irc_client.h
 * An IRC client session. It registers, tracks channels and their members, paces what is sent,
 * detects a dead peer, and reports to the program what to draw. It does not depend on a window or
 * a socket.
 *
 * The program fills a table of events, makes a client and connects it. From then on it draws what
 * the events report, and looks up the rest (the members and the topic of a channel) when it needs
 * them.
 *
 *     static const bight_irc_client_events events = {.size = sizeof events,
 *                                                    .state_changed = on_state, .said = on_said};
 *     bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
 *     options.nick = "ada";
 *     options.join = "#bight";
 *     status = bight_irc_client_new(reactor, &options, &events, window, &client);
 *     status = bight_irc_client_connect(client, "tcp:127.0.0.1:6667");
 *
 * Rules for the whole header:
 *
 * - Events run on the reactor's thread, in a turn of the reactor, and never inside a function of
 *   this header. Every function may be called inside an event, even bight_irc_client_free().
 * - Strings and structures that an event receives are valid only during the call; copy what you
 *   keep. They are never NULL unless documented. An unknown string is "".
 * - All text is valid UTF-8 without NUL. Invalid text from a server is repaired with U+FFFD
 *   (bight_irc_repair()) before it is used. Text may contain colour codes and other control
 *   characters; bight_irc_strip() in bight/irc_text.h removes them.
 * - The server is never trusted. Messages with missing arguments, unknown commands, and members of
 *   channels that were never joined are ignored. Everything that is kept has a limit in the
 *   options.
 *
 * The protocol is RFC 1459 and RFC 2812, with the capabilities (IRCv3, CAP 302) message-tags,
 * server-time, echo-message, multi-prefix, userhost-in-names, away-notify, chghost and cap-notify
 * as far as the server has them.
 */
#ifndef BIGHT_IRC_CLIENT_H
#define BIGHT_IRC_CLIENT_H

#include <bight/api.h>
#include <bight/error.h>
#include <bight/irc_values.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/time.h>
#include <bight/tls.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The domain of errors of an IRC server during registration. The code is the numeric, such as
 * 464. */
#define BIGHT_DOMAIN_IRC "irc"

/** One session, with one server at a time. It can be connected again after it was closed. */
typedef struct bight_irc_client bight_irc_client;

/** The state of a session. */
typedef enum bight_irc_state {
    BIGHT_IRC_OFFLINE,     /**< not connected; the first and the last state */
    BIGHT_IRC_CONNECTING,  /**< the transport is being opened */
    BIGHT_IRC_REGISTERING, /**< connected; nick, user and capabilities are being agreed */
    BIGHT_IRC_READY,       /**< the server has welcomed us: channels can be joined */
    BIGHT_IRC_CLOSING,     /**< QUIT was sent; the server has some time to close */
    BIGHT_IRC_WAITING      /**< the connection was lost; the client will retry */
} bight_irc_state;

/** The English name of a state, for a status bar: "offline", "connecting", ... @owner constant
 * @thread any
 */
BIGHT_API const char *bight_irc_state_text(bight_irc_state state);

/**
 * The events of a client; make the table static const. Every slot may be NULL. The table must live
 * as long as the client. `data` is the argument of bight_irc_client_new().
 */
typedef struct bight_irc_client_events {
    size_t size; /**< sizeof(bight_irc_client_events): lets the structure grow; 0 means up to
                      `line` */

    /**
     * The state of the session has changed; see bight_irc_client_get_state().
     *
     * @param reason  for BIGHT_IRC_OFFLINE and BIGHT_IRC_WAITING the reason why the connection
     *                ended, NULL if this side closed it; bight_error_get_message() is a text for
     *                the user. BIGHT_ERROR_DENIED: the server rejected the password;
     *                BIGHT_ERROR_PERMISSION: it has banned this client. Borrowed: reference it to
     *                keep it
     */
    void (*state_changed)(bight_irc_client *client, bight_irc_state state,
                          const bight_error *reason, void *data);

    /**
     * During registration, the nick and all its alternatives were taken or refused. Answer now or
     * later with bight_irc_client_nick(), or give up with bight_irc_client_quit().
     *
     * @param tried  the nick that was refused last
     * @param text   the server's explanation
     */
    void (*nick_needed)(bight_irc_client *client, const char *tried, const char *text, void *data);

    /** Somebody said something. Messages of this client are reported here too, once each, when
     * they were sent (or echoed by the server). A window thus shows messages in one place. */
    void (*said)(bight_irc_client *client, const bight_irc_words *words, void *data);

    /** This client is in a channel now. Its members follow with members_reset. */
    void (*channel_joined)(bight_irc_client *client, bight_irc_channel *channel, void *data);

    /** This client is no longer in a channel. @p channel is readable for the last time, in this
     * call, and bight_irc_client_get_channel() no longer returns it. */
    void (*channel_left)(bight_irc_client *client, bight_irc_channel *channel,
                         const bight_irc_departure *why, void *data);

    /** The whole list of members has changed: NAMES is complete, or the order of ranks changed. */
    void (*members_reset)(bight_irc_client *client, bight_irc_channel *channel, void *data);

    /** One member joined, left or changed. */
    void (*member_changed)(bight_irc_client *client, const bight_irc_member_change *change,
                           void *data);

    /**
     * The topic of a channel became known or has changed; see bight_irc_channel_get_topic().
     *
     * @param by    who changed it; NULL if it is reported after joining
     * @param time  milliseconds since 1970
     */
    void (*topic_changed)(bight_irc_client *client, bight_irc_channel *channel,
                          const bight_irc_source *by, int64_t time, void *data);

    /**
     * Modes were changed. Changes of members' ranks are reported by member_changed too.
     *
     * @param channel  NULL for this client's own modes
     * @param modes    "+ov ada bob", as the server sent it
     */
    void (*modes_changed)(bight_irc_client *client, bight_irc_channel *channel,
                          const bight_irc_source *by, const char *modes, int64_t time, void *data);

    /** Somebody's nick changed, perhaps this client's. It is reported once, however many channels
     * are shared; use it for the title of a private conversation. */
    void (*nick_changed)(bight_irc_client *client, const bight_irc_source *who_with_old_nick,
                         const char *new_nick, int64_t time, void *data);

    /** Somebody invites this client into a channel. */
    void (*invited)(bight_irc_client *client, const bight_irc_source *by, const char *channel,
                    int64_t time, void *data);

    /** A person to whom a message was sent is away (RPL_AWAY). */
    void (*away)(bight_irc_client *client, const char *nick, const char *text, void *data);

    /** This client is marked as away, or no longer marked. */
    void (*self_away)(bight_irc_client *client, bool is_away, void *data);

    /** The answer to bight_irc_client_whois(). If there is no such person, `problem` reports it
     * (401). */
    void (*whois)(bight_irc_client *client, const bight_irc_whois *whois, void *data);

    /** One line of the answer to bight_irc_client_list(). */
    void (*list_item)(bight_irc_client *client, const char *channel, unsigned members,
                      const char *topic, void *data);

    /** The answer to bight_irc_client_list() is complete. */
    void (*list_end)(bight_irc_client *client, void *data);

    /** A CTCP request or reply other than ACTION. The client itself answers VERSION, PING, TIME
     * and CLIENTINFO requests, a few per minute.
     * @param is_reply  it came in a NOTICE */
    void (*ctcp)(bight_irc_client *client, const bight_irc_source *from, const char *command,
                 const char *text, bool is_reply, void *data);

    /** The server sent a text for the user: the welcome, the MOTD, an unknown numeric. */
    void (*info)(bight_irc_client *client, const bight_irc_info *info, void *data);

    /** A request failed. */
    void (*problem)(bight_irc_client *client, const bight_irc_problem *problem, void *data);

    /** Every line, for a log of the protocol, without CR LF. Passwords are replaced by stars.
     * @param is_out  true if it was sent, false if it was received */
    void (*line)(bight_irc_client *client, bool is_out, const char *line, void *data);

    /** A line was not sent and never will be. It is told before the channels are left. A program
     * shows it, so that a person can send it again. */
    void (*unsent)(bight_irc_client *client, const bight_irc_unsent *unsent, void *data);
} bight_irc_client_events;

/**
 * The options of a session. Start from BIGHT_IRC_CLIENT_OPTIONS_INIT. Strings are copied; NULL
 * selects the default. Durations are in nanoseconds.
 */
typedef struct bight_irc_client_options {
    size_t size; /**< sizeof(bight_irc_client_options): lets the structure grow */

    const char *nick;         /**< required */
    const char *alternatives; /**< other nicks to try, separated by commas. If they are taken too,
                                   or NULL, "_" is added up to three times; then nick_needed is
                                   called */
    const char *user;         /**< user name; if NULL, made from the nick */
    const char *real_name;    /**< the nick if NULL */
    const char *password;     /**< the server's password (PASS); none if NULL */
    const char *join;         /**< channels to join when ready, each with its key if it has one:
                                   "#a,#b key,#c". After a reconnect, the channels that were
                                   wanted are joined too: those that the program has joined and
                                   not left, with the keys that they have now. They are forgotten
                                   after a quit, and when the client connects to another endpoint */
    const char *version;      /**< answer to CTCP VERSION; "Bight" if NULL, no answer if "" */
    const char *quit_message; /**< for bight_irc_client_quit() with NULL */

    uint64_t register_timeout; /**< for connecting, and then again for registering, up to the
                                    welcome; 60 s. It does not run while a person is asked about a
                                    certificate */
    uint64_t ping_interval;    /**< silence before the client sends PING; 60 s, 0 for never */
    uint64_t ping_timeout;     /**< time for any answer before the server counts as dead; 30 s */
    uint64_t quit_timeout;     /**< time for the server to close after QUIT; 5 s */

    unsigned send_burst;    /**< lines that may be sent at once; 5 */
    uint64_t send_interval; /**< after the burst, the time per line; 2 s as in RFC 2813 5.8; 0 for
                                 no pacing, for your own server */
    unsigned send_queue;    /**< lines that may wait to be sent; 200 */

    unsigned channels_max; /**< channels tracked; the client parts from more at once; 200 */
    unsigned members_max;  /**< members tracked in all channels; more are not listed; 50,000 */

    bool reconnect;              /**< connect again when the connection is lost, or could not be
                                      made; off. A wrong password, a ban and a certificate that is
                                      not trusted end this */
    unsigned reconnect_attempts; /**< attempts in a row before giving up; 10, 0 for ever */
    uint64_t reconnect_min;      /**< the first delay; it doubles each time, and is shortened by a
                                      random 0 to 25 %; 2 s */
    uint64_t reconnect_max;      /**< the longest delay; 5 min */

    int64_t (*wall_clock)(void *data); /**< milliseconds since 1970; the system's if NULL */
    void *wall_clock_data;             /**< passed to wall_clock */
    uint64_t seed;                     /**< for the random delays, in tests; 0: the system's */
    bight_tls *tls; /**< a client's context for `tls:` endpoints, for example one that asks about
                         certificates; a reference is taken; NULL: that of the endpoint */
} bight_irc_client_options;

/** The defaults. The caller must still set the nick. */
#define BIGHT_IRC_CLIENT_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(bight_irc_client_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,          \
            BIGHT_SEC(60), BIGHT_SEC(60), BIGHT_SEC(30), BIGHT_SEC(5), 5, BIGHT_SEC(2), 200, 200,  \
            50000, false, 10, BIGHT_SEC(2), BIGHT_SEC(300), NULL, NULL, 0, NULL                    \
    }

/**
 * Make a session, which is offline.
 *
 * @param options  read now, not kept
 * @param events   must live as long as the client
 * @param data     passed to every event; must live as long as the client
 * @errors         BIGHT_ERROR_INVALID: an unknown size, no nick, or a space or line break in a
 *                 text where none is allowed; BIGHT_ERROR_NO_MEMORY
 * @owner          the caller; freed with bight_irc_client_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_new(bight_reactor *reactor,
                                                           const bight_irc_client_options *options,
                                                           const bight_irc_client_events *events,
                                                           void *data, bight_irc_client **client);

/**
 * Break off the connection without a QUIT and without an event, and free the client. NULL is
 * ignored. For an orderly end, call bight_irc_client_quit() and free the client when the state is
 * BIGHT_IRC_OFFLINE.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any event
 */
BIGHT_API void bight_irc_client_free(bight_irc_client *client);

/**
 * Connect and register. state_changed reports the outcome.
 *
 * @param endpoint  as bight_connect() takes it: "tcp:127.0.0.1:6667"
 * @errors          BIGHT_ERROR_STATE: not offline (a wait for the next attempt counts as offline);
 *                  BIGHT_ERROR_NO_MEMORY. All other errors, even a wrong endpoint, are reported
 *                  with the state BIGHT_IRC_OFFLINE
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_connect(bight_irc_client *client,
                                                               const char *endpoint);

/**
 * The protocol, for a transport that the program opens itself, such as a memory pair
 * (bight/pair.h) or its own bight_connect(). Once it is connected, the state is
 * BIGHT_IRC_REGISTERING.
 *
 * @return  NULL when out of memory
 * @owner   borrowed: valid until the connection has ended, and not longer than the client. Give it
 *          to one transport, and call this again for the next
 * @thread  the reactor's
 */
BIGHT_API bight_protocol *bight_irc_client_get_protocol(bight_irc_client *client);

/** The transport while there is one, else NULL: for its addresses and counters. @owner the
 * library's
 */
BIGHT_API bight_transport *bight_irc_client_get_transport(const bight_irc_client *client);

/*
 * Actions. They queue lines, which are sent at the pace set in the options. All return
 *
 *   BIGHT_ERROR_STATE      not ready (only nick and quit are possible before)
 *   BIGHT_ERROR_INVALID    a name that is empty, contains a space, a comma or a line break, or
 *                          begins with ':'; a text that is empty where one is needed
 *   BIGHT_ERROR_LIMIT      the queue is full, or the text of a topic, a kick, a part or an away is
 *                          longer than the server accepts; nothing of it was queued
 *   BIGHT_ERROR_NO_MEMORY
 *
 * and events report the server's answer. All texts are repaired to valid UTF-8.
 */

/** Join a channel. @param key for a channel that needs one, else NULL. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_join(bight_irc_client *client,
                                                            const char *channel, const char *key);

/** Leave a channel. @param reason  NULL for none @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_part(bight_irc_client *client,
                                                            const char *channel,
                                                            const char *reason);

/**
 * Say something to a channel or a person.
 *
 * Each line of the text is one message, empty ones are left out. A line that is too long for the
 * server is split between words, never inside a UTF-8 character, so that each part arrives
 * complete with this client's name as prefix (RFC 2812 2.3: 512 bytes; LINELEN if the server sends
 * it).
 *
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_say(bight_irc_client *client,
                                                           const char *target, const char *text);

/** Say something as "/me" does. See bight_irc_client_say(). */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_act(bight_irc_client *client,
                                                           const char *target, const char *text);

/** Send a notice. See bight_irc_client_say(). */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_notice(bight_irc_client *client,
                                                              const char *target, const char *text);

/** Ask for another nick; nick_changed reports success. This also answers nick_needed. While
 * offline, it sets the nick of the next connection. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_nick(bight_irc_client *client,
                                                            const char *nick);

/** Set the topic. @param topic "" removes it @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_topic(bight_irc_client *client,
                                                             const char *channel,
                                                             const char *topic);

/** Throw somebody out of a channel. @param reason  NULL for none @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_kick(bight_irc_client *client,
                                                            const char *channel, const char *nick,
                                                            const char *reason);

/** Invite somebody into a channel. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_invite(bight_irc_client *client,
                                                              const char *nick,
                                                              const char *channel);

/** Change modes. @param target a channel or the own nick @param modes "+o ada"; NULL queries */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_mode(bight_irc_client *client,
                                                            const char *target, const char *modes);

/** Mark this client as away. @param text NULL or "" to be back @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_away(bight_irc_client *client,
                                                            const char *text);

/** Ask about a person; the event whois reports the answer. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_whois(bight_irc_client *client,
                                                             const char *nick);

/** Ask for the channels; list_item and list_end report them. @param pattern NULL for all */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_list(bight_irc_client *client,
                                                            const char *pattern);

/** Send a CTCP request, such as "VERSION"; ctcp reports the reply. @param text arguments or
 * NULL */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_ctcp(bight_irc_client *client,
                                                            const char *target, const char *command,
                                                            const char *text);

/** Send a line unchanged, for commands that have no function here. Pass it without CR LF. A line
 * longer than the server accepts is BIGHT_ERROR_LIMIT. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_raw(bight_irc_client *client,
                                                           const char *line);

/**
 * Send QUIT and close. Lines that the pace allows are still sent before the QUIT. Then the server
 * closes the connection, or this side does after quit_timeout. Before the welcome, the connection
 * closes at once; during a wait, no further attempt is made. BIGHT_IRC_OFFLINE follows with the
 * reason NULL. While offline, this does nothing.
 *
 * @param message  NULL for quit_message of the options
 * @thread         the reactor's
 */
BIGHT_API void bight_irc_client_quit(bight_irc_client *client, const char *message);

/** The state. @thread the reactor's */
BIGHT_API bight_irc_state bight_irc_client_get_state(const bight_irc_client *client);

/** The own nick, as the server has it. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_client_get_nick(const bight_irc_client *client);

/** The network's name (NETWORK), else the server's, else "". @owner until the next turn */
BIGHT_API const char *bight_irc_client_get_network(const bight_irc_client *client);

/** The value of a feature of the server (RPL_ISUPPORT): "" for a feature without a value, NULL for
 * one that the server does not have. @param name "NICKLEN" @owner until the next turn @thread the
 * reactor's */
BIGHT_API const char *bight_irc_client_get_feature(const bight_irc_client *client,
                                                   const char *name);

/** Whether a capability is in use: "echo-message". @thread the reactor's */
BIGHT_API bool bight_irc_client_has_capability(const bight_irc_client *client, const char *name);

/** Whether this client is marked as away. @thread the reactor's */
BIGHT_API bool bight_irc_client_is_away(const bight_irc_client *client);

/** Round-trip time of the last PING in nanoseconds; 0 before the first. @thread the reactor's */
BIGHT_API uint64_t bight_irc_client_get_lag(const bight_irc_client *client);

/** Lines that wait to be sent. @thread the reactor's */
BIGHT_API size_t bight_irc_client_get_queued(const bight_irc_client *client);

/** Whether a name is that of a channel on this server (CHANTYPES). @thread the reactor's */
BIGHT_API bool bight_irc_client_is_channel(const bight_irc_client *client, const char *name);

/** Whether two nicks or channels are the same on this server (CASEMAPPING: "Ada[1]" and "aDA{1}"
 * are, by RFC 1459). @thread the reactor's */
BIGHT_API bool bight_irc_client_same_name(const bight_irc_client *client, const char *a,
                                          const char *b);

/** How many channels the client is in. @thread the reactor's */
BIGHT_API size_t bight_irc_client_count_channels(const bight_irc_client *client);

/** One of the channels, sorted by name; NULL past the end. @thread the reactor's */
BIGHT_API bight_irc_channel *bight_irc_client_get_channel(const bight_irc_client *client,
                                                          size_t position);

/** A channel by its name, in any case; NULL if the client is not in it. @thread the reactor's */
BIGHT_API bight_irc_channel *bight_irc_client_find_channel(const bight_irc_client *client,
                                                           const char *name);

/** The name. @owner lives as long as the channel @thread the reactor's */
BIGHT_API const char *bight_irc_channel_get_name(const bight_irc_channel *channel);

/** The topic, "" without one. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_channel_get_topic(const bight_irc_channel *channel);

/** Who set the topic, "" if it is not known. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_channel_get_topic_setter(const bight_irc_channel *channel);

/** When the topic was set, milliseconds since 1970; 0 if it is not known. @thread the reactor's */
BIGHT_API int64_t bight_irc_channel_get_topic_time(const bight_irc_channel *channel);

/** The channel's modes, "+knt secret"; "" until known. @owner until the next turn */
BIGHT_API const char *bight_irc_channel_get_modes(const bight_irc_channel *channel);

/** How many members there are. @thread the reactor's */
BIGHT_API size_t bight_irc_channel_count_members(const bight_irc_channel *channel);

/** One of the members, sorted by rank, then nick; NULL past the end. @thread the reactor's */
BIGHT_API bight_irc_member *bight_irc_channel_get_member(const bight_irc_channel *channel,
                                                         size_t position);

/** A member by nick, in any case; NULL if there is none. @thread the reactor's */
BIGHT_API bight_irc_member *bight_irc_channel_find_member(const bight_irc_channel *channel,
                                                          const char *nick);

/** Where a member of the channel is in the sorted list. @thread the reactor's */
BIGHT_API size_t bight_irc_channel_get_position(const bight_irc_channel *channel,
                                                const bight_irc_member *member);

/** The nick. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_member_get_nick(const bight_irc_member *member);

/** All prefixes, highest first: "@+"; "" without any. @owner until the next turn */
BIGHT_API const char *bight_irc_member_get_prefixes(const bight_irc_member *member);

/** The user name, "" if it is not known. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_member_get_user(const bight_irc_member *member);

/** The host, "" if it is not known. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_member_get_host(const bight_irc_member *member);

/** Whether the person is away, as far as the server reports it (away-notify). @thread the
 * reactor's */
BIGHT_API bool bight_irc_member_is_away(const bight_irc_member *member);

BIGHT_END_DECLS

#endif

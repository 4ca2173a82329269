/** @file bight/irc_client.h
 * An IRC client session: it registers, keeps track of channels and the people in them, paces what
 * is sent, notices a dead peer, and tells a program what to draw. It knows no window and no socket.
 *
 * The program fills a table of events, makes a client and connects it. From then on it draws what
 * the events say, and looks up the rest (who is in a channel, what is its topic) when it needs it.
 *
 *     static const bight_irc_client_events events = {.size = sizeof events,
 *                                                    .state_changed = on_state, .said = on_said};
 *     bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
 *     options.nick = "ada";
 *     options.join = "#bight";
 *     status = bight_irc_client_new(reactor, &options, &events, window, &client);
 *     status = bight_irc_client_connect(client, "tcp:127.0.0.1:6667");
 *
 * Rules that hold everywhere:
 *
 * - Events run on the reactor's thread, in a turn of it, and never inside a function of this
 *   header: an action that is called returns first. Inside an event every function may be called,
 *   bight_irc_client_free() included.
 * - Strings and structures that an event is given are valid during the call only: copy what is to
 *   be kept. They are never NULL unless it says so; what is not known is "".
 * - All text is valid UTF-8 without NUL: what a server sends that is not, is repaired with U+FFFD
 *   (bight_irc_repair()) before anything looks at it. Text may hold colour codes and other control
 *   characters: bight_irc_strip() of bight/irc_text.h takes them out.
 * - What a server says is never trusted: missing arguments, unknown commands, members of channels
 *   that were never joined are ignored; everything that is kept has a limit in the options.
 *
 * The protocol is RFC 1459 and RFC 2812, with the capabilities (IRCv3, CAP 302) message-tags,
 * server-time, echo-message, multi-prefix, userhost-in-names, away-notify, chghost and cap-notify
 * as far as the server has them.
 */
#ifndef BIGHT_IRC_CLIENT_H
#define BIGHT_IRC_CLIENT_H

#include <bight/api.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/time.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The domain of what an IRC server refuses while it lets somebody in: the numeric, such as 464. */
#define BIGHT_DOMAIN_IRC "irc"

/** One session, with one server at a time. It can be connected again after it was closed. */
typedef struct bight_irc_client bight_irc_client;

/** A channel that the client is in. Valid until the event that says it was left has returned. */
typedef struct bight_irc_channel bight_irc_channel;

/** A person in a channel. Valid until the event that says it is gone has returned. */
typedef struct bight_irc_member bight_irc_member;

/** A position in a list that does not exist. */
#define BIGHT_IRC_NOWHERE SIZE_MAX

/** Where a session stands. */
typedef enum bight_irc_state {
    BIGHT_IRC_OFFLINE,     /**< not connected; as it begins and as it ends */
    BIGHT_IRC_CONNECTING,  /**< the transport is being opened */
    BIGHT_IRC_REGISTERING, /**< connected; nick, user and capabilities are being agreed */
    BIGHT_IRC_READY,       /**< the server has welcomed us: channels can be joined */
    BIGHT_IRC_CLOSING,     /**< QUIT was sent; the server's close is waited for, for a while */
    BIGHT_IRC_WAITING      /**< the connection was lost; a new attempt follows by itself */
} bight_irc_state;

/** English for a state, for a status bar: "offline", "connecting", ... @owner constant @thread any
 */
BIGHT_API const char *bight_irc_state_text(bight_irc_state state);

/** Who did or said something. */
typedef struct bight_irc_source {
    const char *nick; /**< the nick, or the server's name */
    const char *user; /**< the user name, "" if it was not told */
    const char *host; /**< the host, "" if it was not told */
    bool is_self;     /**< this client did it */
    bool is_server;   /**< a server did it; nick is its name */
} bight_irc_source;

/** How something was said. */
typedef enum bight_irc_manner {
    BIGHT_IRC_MESSAGE, /**< plainly: PRIVMSG */
    BIGHT_IRC_NOTICE,  /**< what must not be answered by programs: NOTICE */
    BIGHT_IRC_ACTION   /**< "/me waves": CTCP ACTION; the text is "waves" */
} bight_irc_manner;

/** Something that was said, by others or by this client. */
typedef struct bight_irc_words {
    bight_irc_manner manner;
    bight_irc_source from;
    const char *target;       /**< a channel or a nick, without a status prefix */
    const char *conversation; /**< where a window shows it: the channel as it is known to the
                                   client, else the nick of the other person, else "" for what a
                                   server says to us */
    char status;              /**< '@' if it went to the operators of the channel only, '+' with
                                   voice, and so on; else 0 */
    bool mentions_me;         /**< somebody else wrote this client's nick as a word of its own */
    const char *text;         /**< what was said; may hold colour codes */
    int64_t time;             /**< milliseconds since 1970: the server's time if it tells (the tag
                                   of server-time), else when it came */
} bight_irc_words;

/** What happened to a member. */
typedef enum bight_irc_happening {
    BIGHT_IRC_JOINED,  /**< came */
    BIGHT_IRC_PARTED,  /**< left the channel */
    BIGHT_IRC_KICKED,  /**< was thrown out, by `by` */
    BIGHT_IRC_QUIT,    /**< left the network; told for every channel that is shared */
    BIGHT_IRC_RENAMED, /**< has a new nick; told for every channel that is shared */
    BIGHT_IRC_RANKED,  /**< became operator, lost voice, ..., by `by` */
    BIGHT_IRC_UPDATED  /**< user, host or being away changed; the position stays */
} bight_irc_happening;

/**
 * A change in the list of members. The list is already as it is afterwards; the two positions are
 * what a list model needs (GListModel: items-changed; Qt: remove and insert, or a reset).
 */
typedef struct bight_irc_member_change {
    bight_irc_happening what;
    bight_irc_channel *channel;
    bight_irc_member *member; /**< one that is gone can still be read in this call */
    size_t old_position;      /**< where it was; BIGHT_IRC_NOWHERE for one that came */
    size_t new_position;      /**< where it is; BIGHT_IRC_NOWHERE for one that is gone */
    const char *old_nick;     /**< the nick before; the same as now unless RENAMED */
    bight_irc_source by;      /**< who did it: the member itself, or who kicked or set the mode */
    const char *text;         /**< the reason of PARTED, KICKED and QUIT, else "" */
    int64_t time;             /**< milliseconds since 1970 */
} bight_irc_member_change;

/** Why this client is no longer in a channel. */
typedef struct bight_irc_departure {
    bight_irc_happening what; /**< BIGHT_IRC_PARTED, BIGHT_IRC_KICKED, or BIGHT_IRC_QUIT when the
                                   connection ended */
    bight_irc_source by;      /**< who did it */
    const char *text;         /**< the reason, maybe "" */
    int64_t time;             /**< milliseconds since 1970 */
} bight_irc_departure;

/** Something for a person to read that the server said, and that is no error. */
typedef struct bight_irc_info {
    int code;          /**< the numeric, such as 372 for a line of the MOTD; 0 for other commands */
    const char *about; /**< the channel or nick that it is about, "" for the server itself */
    const char *text;  /**< for a person */
    int64_t time;      /**< milliseconds since 1970 */
} bight_irc_info;

/** Something that did not work. The session goes on; one that ends is a state_changed. */
typedef struct bight_irc_problem {
    int code;          /**< the numeric, such as 474 for banned; 0 when the server gave none */
    const char *about; /**< the channel, nick or command that it is about; "" if none */
    const char *text;  /**< for a person: "#secret: Cannot join channel (+i)" */
    int64_t time;      /**< milliseconds since 1970 */
} bight_irc_problem;

/** What WHOIS told of a person, collected. */
typedef struct bight_irc_whois {
    const char *nick;
    const char *user;
    const char *host;
    const char *real_name;
    const char *server;   /**< the server that the person is on */
    const char *channels; /**< "@#a #b", as the server gives them */
    const char *account;  /**< the services account, "" without one */
    const char *away;     /**< the away message, "" if present */
    int64_t idle;         /**< seconds without a word; -1 when not told */
    int64_t signed_on;    /**< milliseconds since 1970; 0 when not told */
    bool is_operator;     /**< an operator of the network */
    bool is_secure;       /**< connected with TLS */
} bight_irc_whois;

/**
 * What happens, told to the program; static const. Every slot may be NULL. The table must live as
 * long as the client; `data` is what bight_irc_client_new() was given.
 */
typedef struct bight_irc_client_events {
    size_t size; /**< sizeof(bight_irc_client_events): lets the structure grow; 0 is up to line */

    /**
     * The session is in another state; bight_irc_client_get_state() says which.
     *
     * @param reason  with BIGHT_IRC_OFFLINE and BIGHT_IRC_WAITING why the connection ended, NULL
     *                if this side asked for it; bight_error_get_message() is a text for a person.
     *                BIGHT_ERROR_DENIED: the server wants another password; BIGHT_ERROR_PERMISSION:
     *                it has banned this client. Borrowed: reference it to keep it
     */
    void (*state_changed)(bight_irc_client *client, bight_irc_state state,
                          const bight_error *reason, void *data);

    /**
     * While registering: the nick and all its alternatives are taken or refused. Answer, now or
     * later, with bight_irc_client_nick(); bight_irc_client_quit() gives up.
     *
     * @param tried  the nick that was refused last
     * @param text   what the server said about it
     */
    void (*nick_needed)(bight_irc_client *client, const char *tried, const char *text, void *data);

    /** Somebody said something. What this client says comes here too, once, when it was sent (or
     * echoed by the server): a window has one place that shows words. */
    void (*said)(bight_irc_client *client, const bight_irc_words *words, void *data);

    /** This client is in a channel now. Its members follow with members_reset. */
    void (*channel_joined)(bight_irc_client *client, bight_irc_channel *channel, void *data);

    /** This client is no longer in a channel. @p channel is readable in this call for the last
     * time, and no longer among bight_irc_client_get_channel(). */
    void (*channel_left)(bight_irc_client *client, bight_irc_channel *channel,
                         const bight_irc_departure *why, void *data);

    /** The whole list of members is new: NAMES is complete, or the order of ranks changed. */
    void (*members_reset)(bight_irc_client *client, bight_irc_channel *channel, void *data);

    /** One member came, went or changed. */
    void (*member_changed)(bight_irc_client *client, const bight_irc_member_change *change,
                           void *data);

    /**
     * The topic of a channel is known or changed; bight_irc_channel_get_topic().
     *
     * @param by    who changed it; NULL when it is told after joining
     * @param time  milliseconds since 1970
     */
    void (*topic_changed)(bight_irc_client *client, bight_irc_channel *channel,
                          const bight_irc_source *by, int64_t time, void *data);

    /**
     * Modes were changed. Members' ranks come as member_changed too.
     *
     * @param channel  NULL for this client's own modes
     * @param modes    "+ov ada bob", as the server gave it
     */
    void (*modes_changed)(bight_irc_client *client, bight_irc_channel *channel,
                          const bight_irc_source *by, const char *modes, int64_t time, void *data);

    /** Somebody's nick changed, this client's maybe; once, whatever channels are shared: for the
     * title of a private conversation. */
    void (*nick_changed)(bight_irc_client *client, const bight_irc_source *who_with_old_nick,
                         const char *new_nick, int64_t time, void *data);

    /** Somebody invites this client into a channel. */
    void (*invited)(bight_irc_client *client, const bight_irc_source *by, const char *channel,
                    int64_t time, void *data);

    /** A person that was written to is away (RPL_AWAY). */
    void (*away)(bight_irc_client *client, const char *nick, const char *text, void *data);

    /** This client is marked as away, or no longer. */
    void (*self_away)(bight_irc_client *client, bool is_away, void *data);

    /** The answer to bight_irc_client_whois(). Without such a person it is a problem (401). */
    void (*whois)(bight_irc_client *client, const bight_irc_whois *whois, void *data);

    /** One line of the answer to bight_irc_client_list(). */
    void (*list_item)(bight_irc_client *client, const char *channel, unsigned members,
                      const char *topic, void *data);

    /** The answer to bight_irc_client_list() is complete. */
    void (*list_end)(bight_irc_client *client, void *data);

    /** A CTCP request or reply other than ACTION. Requests of VERSION, PING, TIME and CLIENTINFO
     * are answered by the client itself, a few a minute.
     * @param is_reply  it came in a NOTICE */
    void (*ctcp)(bight_irc_client *client, const bight_irc_source *from, const char *command,
                 const char *text, bool is_reply, void *data);

    /** The server says something to read: welcome, MOTD, numerics that are not known. */
    void (*info)(bight_irc_client *client, const bight_irc_info *info, void *data);

    /** Something that was asked for did not work. */
    void (*problem)(bight_irc_client *client, const bight_irc_problem *problem, void *data);

    /** Every line, for a log of the protocol; without CR LF, passwords starred out.
     * @param is_out  it was sent, not received */
    void (*line)(bight_irc_client *client, bool is_out, const char *line, void *data);
} bight_irc_client_events;

/**
 * How a session behaves. Start from BIGHT_IRC_CLIENT_OPTIONS_INIT. Strings are copied; NULL is the
 * default. Durations are nanoseconds.
 */
typedef struct bight_irc_client_options {
    size_t size; /**< sizeof(bight_irc_client_options): lets the structure grow */

    const char *nick;         /**< required */
    const char *alternatives; /**< other nicks to try, separated by commas; when they are taken too,
                                   or NULL, "_" is added up to three times, then nick_needed asks */
    const char *user;         /**< user name; the nick, made fit, if NULL */
    const char *real_name;    /**< the nick if NULL */
    const char *password;     /**< of the server (PASS); none if NULL */
    const char *join;         /**< channels to join when ready, each with its key if it has one:
                                   "#a,#b key,#c"; after a reconnect also those the client was in */
    const char *version;      /**< answer to CTCP VERSION; "Bight" if NULL, no answer if "" */
    const char *quit_message; /**< for bight_irc_client_quit() with NULL */

    uint64_t register_timeout; /**< from the start of connecting to the welcome; 60 s */
    uint64_t ping_interval;    /**< silence of the server until it is asked; 60 s, 0 for never */
    uint64_t ping_timeout;     /**< wait for any answer, then it is dead; 30 s */
    uint64_t quit_timeout;     /**< wait for the server to close after QUIT; 5 s */

    unsigned send_burst;    /**< lines that may leave at once; 5 */
    uint64_t send_interval; /**< after that one line each; 2 s as RFC 2813 5.8 counts; 0 to not
                               pace, for a server of one's own */
    unsigned send_queue;    /**< lines that may wait to be sent; 200 */

    unsigned channels_max; /**< channels tracked; more are parted at once; 200 */
    unsigned members_max;  /**< members tracked in all channels; more are not listed; 50,000 */

    bool reconnect;              /**< connect again when the connection is lost, or could not be
                                      made; off */
    unsigned reconnect_attempts; /**< attempts in a row before giving up; 10, 0 for ever */
    uint64_t reconnect_min;      /**< the first wait; doubles each time, up to 25 % less by
                                      chance; 2 s */
    uint64_t reconnect_max;      /**< the longest wait; 5 min */

    int64_t (*wall_clock)(void *data); /**< milliseconds since 1970; the system's if NULL */
    void *wall_clock_data;             /**< passed to wall_clock */
    uint64_t seed;                     /**< of the chance above, for tests; 0 takes the system's */
} bight_irc_client_options;

/** The defaults. The nick is still to be set. */
#define BIGHT_IRC_CLIENT_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(bight_irc_client_options), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,          \
            BIGHT_SEC(60), BIGHT_SEC(60), BIGHT_SEC(30), BIGHT_SEC(5), 5, BIGHT_SEC(2), 200, 200,  \
            50000, false, 10, BIGHT_SEC(2), BIGHT_SEC(300), NULL, NULL, 0                          \
    }

/**
 * Make a session; it is offline.
 *
 * @param options  read now, not kept
 * @param events   must live as long as the client
 * @param data     passed to every event; must live as long as the client
 * @errors         BIGHT_ERROR_INVALID: a size that is not known, no nick, or text with a space or
 *                 line break where none may be; BIGHT_ERROR_NO_MEMORY
 * @owner          the caller; freed with bight_irc_client_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_new(bight_reactor *reactor,
                                                           const bight_irc_client_options *options,
                                                           const bight_irc_client_events *events,
                                                           void *data, bight_irc_client **client);

/**
 * Break off whatever goes on, without a QUIT and without an event, and free. NULL is ignored. For
 * an orderly end call bight_irc_client_quit() and free when the state is BIGHT_IRC_OFFLINE.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any event
 */
BIGHT_API void bight_irc_client_free(bight_irc_client *client);

/**
 * Connect and register. What comes of it is told by state_changed.
 *
 * @param endpoint  as bight_connect() takes it: "tcp:127.0.0.1:6667"
 * @errors          BIGHT_ERROR_STATE: not offline (a wait for the next attempt counts as offline);
 *                  BIGHT_ERROR_NO_MEMORY. All else, a wrong endpoint too, comes with the state
 *                  BIGHT_IRC_OFFLINE
 * @thread          the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_connect(bight_irc_client *client,
                                                               const char *endpoint);

/**
 * The protocol, for a transport that the program opens itself: a memory pair (bight/pair.h), a
 * bight_connect() of its own. Connected makes the state BIGHT_IRC_REGISTERING.
 *
 * @return  NULL without memory
 * @owner   borrowed: lives until the connection has ended, and not longer than the client; give it
 *          to one transport, and ask anew for the next
 * @thread  the reactor's
 */
BIGHT_API bight_protocol *bight_irc_client_get_protocol(bight_irc_client *client);

/** The transport while there is one, else NULL: for its addresses and counters. @owner the
 * library's
 */
BIGHT_API bight_transport *bight_irc_client_get_transport(const bight_irc_client *client);

/*
 * Actions. They queue lines, which leave at the pace of the options. All return
 *
 *   BIGHT_ERROR_STATE      not ready (only nick and quit are possible before)
 *   BIGHT_ERROR_INVALID    a name that is empty, holds a space, a comma or a line break, or begins
 *                          with ':'; a text that is empty where one is needed
 *   BIGHT_ERROR_LIMIT      the queue is full; nothing of it was queued
 *   BIGHT_ERROR_NO_MEMORY
 *
 * and what the server thinks of it comes as an event. All texts are repaired to valid UTF-8.
 */

/** Join a channel. @param key  of a channel that wants one, else NULL. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_join(bight_irc_client *client,
                                                            const char *channel, const char *key);

/** Leave a channel. @param reason  NULL for none @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_part(bight_irc_client *client,
                                                            const char *channel,
                                                            const char *reason);

/**
 * Say something to a channel or a person.
 *
 * Each line of the text is one message, empty ones are left out. One that is too long for the
 * server is split between words, never inside a UTF-8 character, so that each part arrives whole
 * with this client's name in front (RFC 2812 2.3: 512 bytes; LINELEN if the server tells).
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

/** Ask for another nick; nick_changed tells that it worked. Also the answer to nick_needed; while
 * offline it is the nick of the next connection. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_nick(bight_irc_client *client,
                                                            const char *nick);

/** Set the topic. @param topic  "" takes it away @thread the reactor's */
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

/** Change modes. @param target  a channel or the own nick @param modes  "+o ada"; NULL asks */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_mode(bight_irc_client *client,
                                                            const char *target, const char *modes);

/** Be away. @param text  NULL or "" to be back @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_away(bight_irc_client *client,
                                                            const char *text);

/** Ask about a person; the event whois answers. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_whois(bight_irc_client *client,
                                                             const char *nick);

/** Ask for the channels; list_item and list_end answer. @param pattern  NULL for all */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_list(bight_irc_client *client,
                                                            const char *pattern);

/** Send a CTCP request, such as "VERSION"; ctcp answers. @param text  arguments or NULL */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_ctcp(bight_irc_client *client,
                                                            const char *target, const char *command,
                                                            const char *text);

/** Send a line as it is, without CR LF, for commands that have no function here. Longer than the
 * server takes is BIGHT_ERROR_LIMIT. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_client_raw(bight_irc_client *client,
                                                           const char *line);

/**
 * Say goodbye and close: what the pace lets through is still sent, then QUIT; the server closes, or
 * is closed on after the time in the options. Before the welcome it closes at once; in a wait it
 * gives up. BIGHT_IRC_OFFLINE follows with the reason NULL. Offline already, nothing happens.
 *
 * @param message  NULL for the one of the options
 * @thread         the reactor's
 */
BIGHT_API void bight_irc_client_quit(bight_irc_client *client, const char *message);

/** The state. @thread the reactor's */
BIGHT_API bight_irc_state bight_irc_client_get_state(const bight_irc_client *client);

/** The own nick, as the server has it. @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_client_get_nick(const bight_irc_client *client);

/** The network's name (NETWORK), else the server's, else "". @owner until the next turn */
BIGHT_API const char *bight_irc_client_get_network(const bight_irc_client *client);

/** What the server said of a feature (RPL_ISUPPORT): "" for one without a value, NULL for one it
 * does not have. @param name  "NICKLEN" @owner until the next turn @thread the reactor's */
BIGHT_API const char *bight_irc_client_get_feature(const bight_irc_client *client,
                                                   const char *name);

/** Whether a capability is agreed on: "echo-message". @thread the reactor's */
BIGHT_API bool bight_irc_client_has_capability(const bight_irc_client *client, const char *name);

/** Whether this client is marked as away. @thread the reactor's */
BIGHT_API bool bight_irc_client_is_away(const bight_irc_client *client);

/** Nanoseconds that the last PING took; 0 before the first. @thread the reactor's */
BIGHT_API uint64_t bight_irc_client_get_lag(const bight_irc_client *client);

/** Lines that wait to be sent. @thread the reactor's */
BIGHT_API size_t bight_irc_client_get_queued(const bight_irc_client *client);

/** Whether a name is one of a channel on this server (CHANTYPES). @thread the reactor's */
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

/** Whether the person is away, as far as the server tells (away-notify). @thread the reactor's */
BIGHT_API bool bight_irc_member_is_away(const bight_irc_member *member);

BIGHT_END_DECLS

#endif

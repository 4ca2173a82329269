/** @file bight/irc_values.h
 * The structures that the events of an IRC client carry; see bight/irc_client.h for their rules.
 * Strings are valid only during the event, and are never NULL unless documented.
 */
#ifndef BIGHT_IRC_VALUES_H
#define BIGHT_IRC_VALUES_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A channel that the client is in. Valid until the event that reports its departure has
 * returned. */
typedef struct bight_irc_channel bight_irc_channel;

/** A person in a channel. Valid until the event that reports the person's departure has
 * returned. */
typedef struct bight_irc_member bight_irc_member;

/** The position of a member that is not in the list. */
#define BIGHT_IRC_NOWHERE SIZE_MAX

/** Who did or said something. */
typedef struct bight_irc_source {
    const char *nick; /**< the nick, or the server's name */
    const char *user; /**< the user name, "" if unknown */
    const char *host; /**< the host, "" if unknown */
    bool is_self;     /**< this client did it */
    bool is_server;   /**< a server did it; nick is its name */
} bight_irc_source;

/** How something was said. */
typedef enum bight_irc_manner {
    BIGHT_IRC_MESSAGE, /**< plainly: PRIVMSG */
    BIGHT_IRC_NOTICE,  /**< programs must not reply to it: NOTICE */
    BIGHT_IRC_ACTION   /**< "/me waves": CTCP ACTION; the text is "waves" */
} bight_irc_manner;

/** Something that was said, by others or by this client. */
typedef struct bight_irc_words {
    bight_irc_manner manner;
    bight_irc_source from;
    const char *target;       /**< a channel or a nick, without a status prefix */
    const char *conversation; /**< where a window shows it: the channel's name as the client knows
                                   it, else the nick of the other person, else "" for a message
                                   from the server */
    char status;              /**< '@' if it went to the operators of the channel only, '+' with
                                   voice, and so on; else 0 */
    bool mentions_me;         /**< somebody else wrote this client's nick as a word of its own */
    const char *text;         /**< what was said; may hold colour codes */
    int64_t time;             /**< milliseconds since 1970: the server's time (the server-time tag)
                                   if sent, else the time of receipt */
} bight_irc_words;

/** What happened to a member. */
typedef enum bight_irc_happening {
    BIGHT_IRC_JOINED,  /**< came */
    BIGHT_IRC_PARTED,  /**< left the channel */
    BIGHT_IRC_KICKED,  /**< was thrown out, by `by` */
    BIGHT_IRC_QUIT,    /**< left the network; reported for every shared channel */
    BIGHT_IRC_RENAMED, /**< has a new nick; reported for every shared channel */
    BIGHT_IRC_RANKED,  /**< became operator, lost voice, ..., by `by` */
    BIGHT_IRC_UPDATED  /**< user, host or away state changed; the position stays */
} bight_irc_happening;

/**
 * A change in the list of members. The list already has its new content. A list model needs the
 * two positions (GListModel: items-changed; Qt: remove and insert, or a reset).
 */
typedef struct bight_irc_member_change {
    bight_irc_happening what;
    bight_irc_channel *channel;
    bight_irc_member *member; /**< a member that has left is still readable in this call */
    size_t old_position;      /**< where it was; BIGHT_IRC_NOWHERE if it has just joined */
    size_t new_position;      /**< where it is; BIGHT_IRC_NOWHERE if it has left */
    const char *old_nick;     /**< the previous nick; differs only for RENAMED */
    bight_irc_source by;      /**< who did it: the member, or the one who kicked or set the mode */
    const char *text;         /**< the reason of PARTED, KICKED and QUIT, else "" */
    int64_t time;             /**< milliseconds since 1970 */
} bight_irc_member_change;

/** Why this client is no longer in a channel. */
typedef struct bight_irc_departure {
    bight_irc_happening what; /**< BIGHT_IRC_PARTED, BIGHT_IRC_KICKED, or BIGHT_IRC_QUIT when the
                                   connection ended */
    bight_irc_source by;      /**< who did it */
    const char *text;         /**< the reason; may be "" */
    int64_t time;             /**< milliseconds since 1970 */
} bight_irc_departure;

/** A message of the server for the user, other than an error. */
typedef struct bight_irc_info {
    int code;          /**< the numeric, such as 372 for a line of the MOTD; 0 for other commands */
    const char *about; /**< the channel or nick it concerns, "" for the server itself */
    const char *text;  /**< for a person */
    int64_t time;      /**< milliseconds since 1970 */
} bight_irc_info;

/** Something failed. The session goes on; the end of a session is reported by state_changed. */
typedef struct bight_irc_problem {
    int code;          /**< the numeric, such as 474 for banned; 0 if the server sent none */
    const char *about; /**< the channel, nick or command it concerns; "" if none */
    const char *text;  /**< for a person: "#secret: Cannot join channel (+i)" */
    int64_t time;      /**< milliseconds since 1970 */
} bight_irc_problem;

/** A line that was accepted from the program and could not be sent, because the connection has
 * ended or is ending. */
typedef struct bight_irc_unsent {
    const char *command; /**< "PRIVMSG", "TOPIC" ... */
    const char *target;  /**< the channel or nick; "" if the command has none */
    const char *text;    /**< what was said, or the last parameter; "" if there is none */
    bool is_action;      /**< it was said with bight_irc_client_act() */
    int64_t time;        /**< milliseconds since 1970: now */
} bight_irc_unsent;

/** The collected answers to a WHOIS. */
typedef struct bight_irc_whois {
    const char *nick;
    const char *user;
    const char *host;
    const char *real_name;
    const char *server;   /**< the server that the person is on */
    const char *channels; /**< "@#a #b", as the server gives them */
    const char *account;  /**< the services account, "" without one */
    const char *away;     /**< the away message, "" if not away */
    int64_t idle;         /**< seconds without a message; -1 if unknown */
    int64_t signed_on;    /**< milliseconds since 1970; 0 if unknown */
    bool is_operator;     /**< an operator of the network */
    bool is_secure;       /**< connected with TLS */
} bight_irc_whois;

BIGHT_END_DECLS

#endif

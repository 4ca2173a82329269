/* The state of the server: its users, its channels, and the memberships.
 *
 * A user is one connection, from its acceptance to the transport's closed, which frees it. Before
 * that it may enter the phase GONE: it has left everything and only waits until its last bytes are
 * sent. Only closed and bight_irc_server_free() free a user, so a handler may go on after any call
 * here without checking whether its user still exists. */
#ifndef BIGHTI_IRC_SERVER_STATE_H
#define BIGHTI_IRC_SERVER_STATE_H

#include "table.h"
#include <base/list.h>
#include <bight/address.h>
#include <bight/irc_message.h>
#include <bight/irc_server.h>
#include <bight/line.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <bight/transport.h>

/* Bytes without the NUL. NAMES_AND_TEXT is the limit for nicks, channel and text together: 512
 * bytes minus user, host, command and punctuation. */
enum {
    BIGHTI_IRCD_NICK = 63,
    BIGHTI_IRCD_USER = 10, /* with the '~' in front */
    BIGHTI_IRCD_HOST = 63,
    BIGHTI_IRCD_SERVER = 63,
    BIGHTI_IRCD_CHANNEL = 100,
    BIGHTI_IRCD_TEXT = 390,
    BIGHTI_IRCD_NAMES_AND_TEXT = 420,
    BIGHTI_IRCD_KEY = 23,
    BIGHTI_IRCD_MASK = 150,
    BIGHTI_IRCD_REALNAME = 100,
    BIGHTI_IRCD_TARGETS = 4,  /* of one PRIVMSG, KICK or WHOIS */
    BIGHTI_IRCD_MODES = 12,   /* with a parameter, in one MODE */
    BIGHTI_IRCD_INVITES = 32, /* open for one user; the oldest is dropped */
    BIGHTI_IRCD_CLIENT_TAGS = BIGHT_IRC_MAX_CLIENT_TAGS - 2
};

#define BIGHTI_IRCD_VERSION "bight-0.1"
#define BIGHTI_IRCD_CHANTYPES "#&"

/* Capabilities (IRCv3) that a client has enabled; bits. */
enum {
    CAP_MESSAGE_TAGS = 1,
    CAP_SERVER_TIME = 2,
    CAP_ECHO_MESSAGE = 4,
    CAP_MULTI_PREFIX = 8,
    CAP_USERHOST_IN_NAMES = 16,
    CAP_AWAY_NOTIFY = 32,
    CAP_INVITE_NOTIFY = 64,
    CAP_CAP_NOTIFY = 128
};

/* Channel modes without a parameter; bits. */
enum {
    MODE_INVITE_ONLY = 1,
    MODE_MODERATED = 2,
    MODE_NO_EXTERNAL = 4,
    MODE_SECRET = 8,
    MODE_TOPIC_BY_OPS = 16
};

/* The rank of a member; bits. */
enum { MEMBER_OP = 1, MEMBER_VOICE = 2 };

typedef enum bighti_ircd_phase {
    PHASE_REGISTERING, /* PASS, CAP, NICK and USER only */
    PHASE_REGISTERED,
    PHASE_GONE /* has left everything; its last bytes are being sent */
} bighti_ircd_phase;

/* Connections from one address: an IPv4 address, or the /64 of an IPv6 one. */
typedef struct bighti_ircd_address {
    bighti_irc_entry entry;
    uint32_t count;
    char name[BIGHT_PREFIX_TEXT_SIZE];
} bighti_ircd_address;

typedef struct bighti_ircd_channel bighti_ircd_channel;
typedef struct bighti_ircd_user bighti_ircd_user;

/* A LIST that is under way. It continues when the client has read the part sent so far. */
typedef struct bighti_ircd_listing {
    bighti_link link;   /* in server.listings while it runs */
    bighti_link *next;  /* in server.channels */
    size_t least, most; /* members */
    char mask[BIGHTI_IRCD_CHANNEL + 1];
} bighti_ircd_listing;

struct bighti_ircd_user {
    bight_irc_server *server; /* NULL if it was freed before the last bytes were sent */
    bight_line_session *session;
    bight_transport *transport; /* between connected and closed */
    bight_timer *clock;         /* the limit for registration, then pings */
    bight_timer *throttle;      /* continues a client that was too fast */
    bighti_link link;           /* in server.connections */
    bighti_link doomed;         /* in server.doomed */
    const char *doom;           /* the reason why it is in server.doomed */
    bighti_irc_entry entry;     /* in server.nicks, while it has a nick */
    bighti_ircd_address *address;
    bighti_ircd_listing listing;
    bighti_link memberships; /* of bighti_ircd_member.in_user */
    bighti_link invites;     /* of bighti_ircd_invite.in_user, the oldest first */
    size_t membership_count, invite_count;
    uint64_t credit;     /* when the cost of the commands so far is paid */
    uint64_t turn;       /* until then it is not read, because an event of its is being delivered */
    uint64_t last_input; /* reactor's clock, as the next one */
    uint64_t last_talk;
    uint64_t signed_on; /* wall clock */
    uint64_t mark;      /* of the last event that went to it; see server.mark */
    uint32_t caps;
    bighti_ircd_phase phase;
    bool has_user, negotiating, password_given, invisible, pinged;
    bool modern_caps; /* requested with CAP LS 302 or later */
    char nick[BIGHTI_IRCD_NICK + 1];
    char user[BIGHTI_IRCD_USER + 1];
    char host[BIGHTI_IRCD_HOST + 1];
    char real_name[BIGHTI_IRCD_REALNAME + 1];
    char *away; /* NULL if not away */
};

typedef struct bighti_ircd_member {
    bighti_link in_channel, in_user;
    bighti_ircd_channel *channel;
    bighti_ircd_user *user;
    uint32_t rank;       /* MEMBER_OP, MEMBER_VOICE */
    uint32_t ban_serial; /* the channel's, when `banned` was computed */
    bool banned;
} bighti_ircd_member;

typedef struct bighti_ircd_invite {
    bighti_link in_channel, in_user;
    bighti_ircd_user *user;
    bool by_op; /* by an operator of the channel */
} bighti_ircd_invite;

typedef struct bighti_ircd_ban {
    bighti_link link;
    uint64_t set_at; /* wall clock */
    char setter[BIGHTI_IRCD_NICK + 1];
    char mask[];
} bighti_ircd_ban;

struct bighti_ircd_channel {
    bighti_irc_entry entry; /* in server.channel_names */
    bighti_link link;       /* in server.channels */
    bighti_link members, bans, invites;
    size_t member_count, ban_count;
    uint64_t created, topic_set; /* wall clock */
    uint32_t modes;
    uint32_t limit; /* 0 for none */
    uint32_t ban_serial;
    char *topic; /* NULL for none */
    char topic_setter[BIGHTI_IRCD_NICK + BIGHTI_IRCD_USER + BIGHTI_IRCD_HOST + 3];
    char key[BIGHTI_IRCD_KEY + 1]; /* empty for none */
    char name[];
};

struct bight_irc_server {
    bight_reactor *reactor;
    bight_irc_server_options options; /* its strings are the members below */
    char *name, *network, *description, *motd, *password;
    struct bight_listener **listeners;
    size_t listener_count;
    bighti_link connections, doomed, listings, channels;
    bighti_irc_table nicks, channel_names, addresses;
    bight_task *reaper;   /* ends doomed users */
    bight_task *changing; /* reports changes */
    bight_irc_server_change_fn change;
    void *change_data;
    uint64_t events_end; /* until then events with many receivers have reserved the time */
    bight_irc_server_handshake_fn handshake_failed;
    void *handshake_data;
    uint64_t started;  /* wall clock */
    uint64_t tag_time; /* milliseconds of time_tag */
    char time_tag[48]; /* "@time=2024-01-02T03:04:05.678Z " */
    uint64_t mark;     /* counts events to several channels, so that none reaches a user twice */
    uint32_t connection_count, user_count, most_users;
    uint64_t accepted, commands;
};

/* server.c: */

/* Nanoseconds since 1970. */
uint64_t bighti_ircd_wall_time(const bight_irc_server *server);

/* A copy, or NULL when out of memory. */
char *bighti_ircd_dup(const char *text);

/* Report to the program, in the next turn, that users or channels changed. */
void bighti_ircd_changed(bight_irc_server *server);

/* server_user.c: */

/* Leave everything, and send the reason to others. The connection closes when its last bytes were
 * sent, or at once with `abort`. The user exists until the transport's closed. */
void bighti_ircd_user_exit(bighti_ircd_user *user, const char *reason, bool abort);

/* Make a user leave in the next turn. Legal anywhere, even while iterating over members. `reason`
 * is a constant. */
void bighti_ircd_user_doom(bighti_ircd_user *user, const char *reason);

/* Free a user, with its transport if there is one. It must be GONE, or the server is being
 * freed. */
void bighti_ircd_user_free(bighti_ircd_user *user);

/* Make one; NULL when out of memory. */
bighti_ircd_user *bighti_ircd_user_new(bight_irc_server *server);

/* End its memberships and invitations without a message to others. */
void bighti_ircd_user_leave_all(bighti_ircd_user *user);

/* Tell a user that the server is closing. The user is freed, or exists without a server until its
 * connection has ended. */
void bighti_ircd_user_farewell(bighti_ircd_user *user);

/* A registered user by its nick, or NULL. */
bighti_ircd_user *bighti_ircd_user_find(const bight_irc_server *server, const char *nick);

/* "nick!user@host", into at least BIGHTI_IRCD_SOURCE bytes. */
enum { BIGHTI_IRCD_SOURCE = BIGHTI_IRCD_NICK + BIGHTI_IRCD_USER + BIGHTI_IRCD_HOST + 3 };
void bighti_ircd_user_source(const bighti_ircd_user *user, char *buffer);

/* Whether both share a channel. */
bool bighti_ircd_users_meet(const bighti_ircd_user *a, const bighti_ircd_user *b);

/* server_address.c: */

/* Write the host of an address as other users see it, into BIGHTI_IRCD_HOST + 1 bytes. */
void bighti_ircd_show_host(const bight_address *address, char *host);

/* Fill in the host of a user from its transport and count the address.
 * @return  false when the address has too many connections, or without memory */
bool bighti_ircd_address_take(bighti_ircd_user *user);

/* Forget it. */
void bighti_ircd_address_release(bighti_ircd_user *user);

/* server_channel.c: */

bighti_ircd_channel *bighti_ircd_channel_find(const bight_irc_server *server, const char *name);

/* A channel without members; NULL when out of memory. */
bighti_ircd_channel *bighti_ircd_channel_new(bight_irc_server *server, const char *name);

/* Free a channel if it has no members. */
void bighti_ircd_channel_release(bight_irc_server *server, bighti_ircd_channel *channel);

/* The membership, or NULL. */
bighti_ircd_member *bighti_ircd_member_find(const bighti_ircd_channel *channel,
                                            const bighti_ircd_user *user);

/* NULL when out of memory. */
bighti_ircd_member *bighti_ircd_member_add(bighti_ircd_channel *channel, bighti_ircd_user *user,
                                           uint32_t rank);

/* End a membership. The channel is freed with its last member. */
void bighti_ircd_member_remove(bighti_ircd_member *member);

/* Whether a ban keeps a user out, or silent. */
bool bighti_ircd_channel_bans(const bighti_ircd_channel *channel, const bighti_ircd_user *user);
bool bighti_ircd_member_is_banned(bighti_ircd_member *member);

/* @return  false when the list is full, or without memory, or when it is there already */
bool bighti_ircd_ban_add(bight_irc_server *server, bighti_ircd_channel *channel, const char *mask,
                         const char *setter);

/* @return  whether the ban existed */
bool bighti_ircd_ban_remove(bight_irc_server *server, bighti_ircd_channel *channel,
                            const char *mask);

/* @return  false without memory */
bool bighti_ircd_invite_add(bighti_ircd_channel *channel, bighti_ircd_user *user, bool by_op);

/* Whether an operator has invited the user, which overrides all restrictions. */
bool bighti_ircd_invite_has(const bighti_ircd_channel *channel, const bighti_ircd_user *user);
void bighti_ircd_invite_remove(bighti_ircd_channel *channel, bighti_ircd_user *user);

#endif

/* The client session, as its files see it.
 *
 * Two dangers shape it. An event may do anything: free the client, start to quit, run a nested loop
 * in which timers fire and the connection ends. So whatever comes from outside (bytes, a timer, a
 * task) is bracketed by enter and leave: inside, nothing that a caller up the stack holds is freed;
 * a client that was freed is only marked, a connection that ended is only noted, and both are dealt
 * with when the outermost leave is reached. Code between may therefore tell an event and go on
 * using channels and members without looking whether they still are.
 *
 * And a function that the program calls must not tell events, so it changes the state, queues
 * lines, and leaves the rest to a task in the next turn. */
#ifndef BIGHTI_IRC_CLIENT_PRIVATE_H
#define BIGHTI_IRC_CLIENT_PRIVATE_H

#include <bight/deferred.h>
#include <bight/irc_client.h>
#include <bight/irc_message.h>
#include <bight/irc_names.h>
#include <bight/line.h>
#include <bight/task.h>
#include <bight/timer.h>

#include <base/check.h>
#include <base/list.h>
#include <base/options.h>

/* Bytes of a nick, a user, a host or a channel's name; what is longer is nobody's. */
#define BIGHTI_IRCC_NAME_MAX 200
/* Bytes of a line that is sent, CR LF included, whatever LINELEN says. */
#define BIGHTI_IRCC_LINE_MAX 4096
/* Kinds of prefixes ("@", "+"), and of channel modes with an argument, that are kept. */
#define BIGHTI_IRCC_PREFIXES_MAX 16
#define BIGHTI_IRCC_MODE_ARGUMENTS_MAX 16
/* Entries of RPL_ISUPPORT that are kept, and bytes of each. */
#define BIGHTI_IRCC_FEATURES_MAX 128
#define BIGHTI_IRCC_FEATURE_SIZE 400

/* Capabilities that are asked for when the server has them; bits of a set. */
enum {
    BIGHTI_IRCC_MESSAGE_TAGS = 1 << 0,
    BIGHTI_IRCC_SERVER_TIME = 1 << 1,
    BIGHTI_IRCC_ECHO_MESSAGE = 1 << 2,
    BIGHTI_IRCC_MULTI_PREFIX = 1 << 3,
    BIGHTI_IRCC_USERHOST_IN_NAMES = 1 << 4,
    BIGHTI_IRCC_AWAY_NOTIFY = 1 << 5,
    BIGHTI_IRCC_CHGHOST = 1 << 6,
    BIGHTI_IRCC_CAP_NOTIFY = 1 << 7
};

/* A line of the server: valid UTF-8 strings, "" for what is not there. */
typedef struct bighti_ircc_message {
    bight_irc_source from;
    const char *command;
    const char *params[BIGHT_IRC_MAX_PARAMS]; /* all 15 can be read */
    size_t count;
    int code; /* of a numeric, else -1 */
    int64_t time;
} bighti_ircc_message;

/* What the server said of itself: RPL_ISUPPORT, and the values that RFC 1459 implies without it. */
typedef struct bighti_ircc_features {
    bight_irc_case mapping;
    char prefix_modes[BIGHTI_IRCC_PREFIXES_MAX + 1]; /* "ov", highest first */
    char prefixes[BIGHTI_IRCC_PREFIXES_MAX + 1];     /* "@+" */
    char channel_types[17];
    char status_prefixes[17];
    char channel_modes[3][64]; /* kinds A (lists), B (always an argument) and C (when set) */
    size_t line_length;        /* CR LF included */
    size_t count;
    struct {
        char *name;
        char *value;
    } raw[BIGHTI_IRCC_FEATURES_MAX];
} bighti_ircc_features;

struct bight_irc_member {
    bight_irc_channel *channel;
    char *nick;
    char *user; /* may be NULL, as host */
    char *host;
    uint64_t modes; /* a bit for each letter of the prefix modes, see bighti_ircc_mode_bit() */
    unsigned rank;  /* place of its highest prefix in PREFIX; below all of them without one */
    char prefixes[BIGHTI_IRCC_PREFIXES_MAX + 1];
    bool away;
    bool seen; /* in the NAMES that is being collected */
};

/* Two sorted arrays of the same members: one finds a nick, the other is what a window shows. Arrays
 * and not a hash: positions come for free, and no peer can choose nicks that collide. */
typedef struct bighti_ircc_members {
    bight_irc_member **by_nick;
    bight_irc_member **by_rank;
    size_t count;
    size_t capacity;
} bighti_ircc_members;

struct bight_irc_channel {
    bight_irc_client *client;
    char *name;
    char *topic; /* may be NULL, as topic_setter */
    char *topic_setter;
    int64_t topic_time;
    uint64_t flags; /* modes without an argument, a bit each */
    struct {
        char letter;
        char value[64];
    } arguments[BIGHTI_IRCC_MODE_ARGUMENTS_MAX];
    size_t argument_count;
    char modes_text[1200]; /* made of the above */
    bool collecting;       /* NAMES comes in */
    bool modes_unasked;    /* the server is still to be asked for the modes */
    bighti_ircc_members members;
};

/* A line that waits to be sent, with its CR LF. */
typedef struct bighti_ircc_line {
    bighti_link link;
    size_t size;
    char text[];
} bighti_ircc_line;

/* What WHOIS told so far. */
typedef struct bighti_ircc_whois {
    char *nick, *user, *host, *real_name, *server, *channels, *account, *away;
    int64_t idle, signed_on;
    bool is_operator, is_secure;
} bighti_ircc_whois;

/* The key of a channel that was joined with one, for joining it again. */
typedef struct bighti_ircc_key {
    char *channel;
    char *key;
} bighti_ircc_key;

#define BIGHTI_IRCC_KEYS_MAX 64

struct bight_irc_client {
    bight_reactor *reactor;
    bight_irc_client_options options; /* strings are owned */
    const bight_irc_client_events *events;
    void *data;

    unsigned inside; /* see the top of this file */
    bool freed;

    bight_irc_state state;
    bight_irc_state told; /* the state that the program knows of */
    bool ended;           /* the connection or the attempt is over, to be dealt with */
    bool quitting;        /* this side asked for the end */
    bool welcomed;        /* 001 came */
    bool hopeless;        /* trying again would not help: banned, a wrong password */
    bight_error *why;     /* what this side ended it for, or how it ended; may be NULL */
    char *farewell;       /* the text of the server's ERROR */
    char *quit_text;      /* for the QUIT that is to be sent */
    bool quit_sent;
    bool nick_unsent;            /* a nick was chosen while registering */
    char *endpoint;              /* of the last connect */
    bight_deferred *attempt;     /* while connecting */
    bight_line_session *session; /* of the attempt or the connection */
    bight_transport *transport;  /* its transport, while it is connected */
    char *repaired;              /* the line that is being read, made valid; repaired_size bytes */
    size_t repaired_size;

    bight_task *soon;      /* what must not happen inside a call of the program */
    bight_timer *deadline; /* of registering, of quitting, of the wait for the next attempt */
    bight_timer *silence;  /* the server says nothing */
    bight_timer *pace;     /* the next line may leave */
    uint64_t last_heard;
    uint64_t ping_sent; /* 0: no answer is waited for */
    uint64_t ping_at;   /* when the last PING left, answered or not */
    uint64_t lag;
    bight_deferred *retry; /* the attempts after a loss, and the delays between them */
    bight_promise *again;  /* of the attempt that goes on, if it is one of those */
    bight_error *lost;     /* what the first of them fails with */
    bool stopping;         /* their end is no news */
    uint64_t chance;       /* state of the generator for the jitter, if the program gave a seed */

    bighti_link queue;
    size_t queued;
    bool blocked;            /* the transport wants no more */
    uint64_t next_free;      /* when the bucket would be full again but for one line */
    uint64_t ctcp_next_free; /* the same for answers to CTCP */

    char *nick;      /* now, or the one that is tried */
    char *wanted;    /* what the person wants to be called */
    char *requested; /* a nick that the server was asked for, until it agrees */
    size_t tried;    /* alternatives used up */
    bool asked;      /* nick_needed was told */
    char *user_seen; /* what others see of this client, for the length of its prefix */
    char *host_seen;
    char *server;
    bool away;

    unsigned offered, capabilities; /* sets */
    bool cap_open;                  /* CAP END is still to be sent */
    bighti_ircc_features features;

    bight_irc_channel **channels; /* sorted by name */
    size_t channel_count, channel_capacity;
    size_t member_count;
    unsigned resorts; /* on this connection */
    char *rejoin;     /* "#a,#b": channels of the connection that was lost */
    bighti_ircc_key keys[BIGHTI_IRCC_KEYS_MAX];
    size_t key_count;
    bighti_ircc_whois *whois;
};

/* Tell an event if anybody listens; `arguments` with their parentheses. A size of 0 stands for all
 * events, since all are of version 0.1. */
#define BIGHTI_IRCC_HAS(events, slot)                                                              \
    (((events)->size == 0 && (events)->slot) || BIGHTI_SLOT(events, bight_irc_client_events, slot))
#define BIGHTI_IRCC_TELL(client, slot, arguments)                                                  \
    do {                                                                                           \
        if (!(client)->freed && BIGHTI_IRCC_HAS((client)->events, slot))                           \
            (client)->events->slot arguments;                                                      \
    } while (0)

static inline const char *bighti_ircc_text(const char *string)
{
    return string != NULL ? string : "";
}

/* client.c */
void bighti_ircc_enter(bight_irc_client *client);
void bighti_ircc_leave(bight_irc_client *client);
void bighti_ircc_set_state(bight_irc_client *client, bight_irc_state state);
/* The connection cannot go on; the first reason counts. */
void bighti_ircc_break(bight_irc_client *client, bight_error *take_why);
void bighti_ircc_out_of_memory(bight_irc_client *client);
/* The server for an error message: its name, or where it is. */
const char *bighti_ircc_peer(const bight_irc_client *client);
int64_t bighti_ircc_wall_clock(const bight_irc_client *client);
/* strdup() with a malloc() that tests can let fail. */
char *bighti_ircc_dup(const char *text);
/* Replace a string; false, and nothing changed, without memory. */
bool bighti_ircc_set(char **slot, const char *value);

/* client_connection.c: a session of lines, and the end of a connection */
/* False without memory. */
bool bighti_ircc_session_make(bight_irc_client *client);
void bighti_ircc_session_break(bight_irc_client *client);
void bighti_ircc_attempt(bight_irc_client *client);
void bighti_ircc_drop_connection(bight_irc_client *client);
void bighti_ircc_finish(bight_irc_client *client);

/* client_retry.c */
/* A connection was lost, or could not be made: wait and try again, or give up; either is told. */
void bighti_ircc_retry(bight_irc_client *client, bight_error *take_reason);
void bighti_ircc_retry_stop(bight_irc_client *client);

/* client_dispatch.c */
void bighti_ircc_dispatch(bight_irc_client *client, const uint8_t *line, size_t size);
/* Parse `line` in place. False if it is no message. */
bool bighti_ircc_parse(bight_irc_client *client, char *line, size_t size,
                       bighti_ircc_message *message);
/* Parameters from `first` on, before `end`, with spaces between; cut between characters to fit. */
void bighti_ircc_join_params(const bighti_ircc_message *message, size_t first, size_t end,
                             char *out, size_t capacity);

/* client_send.c */
/* Write a line, CR LF included, into `line` of BIGHTI_IRCC_LINE_MAX bytes. */
bight_status bighti_ircc_format(const bight_irc_client *client, const char *command,
                                const char *const *params, size_t count, char *line, size_t *size);
/* Put one line at the end of the queue; parameters are strings, ended by NULL. */
bight_status bighti_ircc_queue(bight_irc_client *client, const char *command, ...)
    __attribute__((sentinel));
/* Send at once, past queue and pace: PONG, registration, QUIT. */
void bighti_ircc_send_now(bight_irc_client *client, const char *command, ...)
    __attribute__((sentinel));
void bighti_ircc_pump(bight_irc_client *client);

/* client_lines.c */
bighti_ircc_line *bighti_ircc_line_new(const char *text, size_t size);
void bighti_ircc_line_free(bighti_ircc_line *line);
void bighti_ircc_lines_free(bighti_link *lines);
/* Put lines at the end of the queue, all or none; consumes them. */
bight_status bighti_ircc_queue_lines(bight_irc_client *client, bighti_link *take_lines,
                                     size_t count);
void bighti_ircc_clear_queue(bight_irc_client *client);

/* client_register.c */
void bighti_ircc_register(bight_irc_client *client);
/* Keep the names of the channels, to join them again. */
void bighti_ircc_remember_channels(bight_irc_client *client);
void bighti_ircc_forget_keys(bight_irc_client *client);
void bighti_ircc_ready(bight_irc_client *client);
void bighti_ircc_send_nick(bight_irc_client *client);
bool bighti_ircc_nick_refused(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_cap(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_welcome(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_remember_key(bight_irc_client *client, const char *channel, const char *key);

/* client_features.c */
void bighti_ircc_features_init(bighti_ircc_features *features);
void bighti_ircc_features_deinit(bighti_ircc_features *features);
void bighti_ircc_on_isupport(bight_irc_client *client, const bighti_ircc_message *message);
uint64_t bighti_ircc_mode_bit(char letter);
/* The prefix mode that a prefix stands for, or 0. */
char bighti_ircc_prefix_mode(const bight_irc_client *client, char prefix);
bool bighti_ircc_is_self(const bight_irc_client *client, const char *nick);

/* client_channels.c: channels and members as data; no events */
bight_irc_channel *bighti_ircc_channel_add(bight_irc_client *client, const char *name);
void bighti_ircc_channel_unlist(bight_irc_channel *channel);
void bighti_ircc_channel_free(bight_irc_channel *channel);
/* NULL when out of memory, or when there are too many: `full` tells which. */
bight_irc_member *bighti_ircc_member_add(bight_irc_channel *channel, const char *nick, bool *full);
/* Take it out of the list; it can be read until it is freed. Returns its position. */
size_t bighti_ircc_member_unlist(bight_irc_member *member);
void bighti_ircc_member_free(bight_irc_member *member);
bool bighti_ircc_member_rename(bight_irc_member *member, const char *nick);
void bighti_ircc_member_set_modes(bight_irc_member *member, uint64_t modes);
/* Drop all who are not marked as seen. */
void bighti_ircc_members_keep_seen(bight_irc_channel *channel);
void bighti_ircc_channels_resort(bight_irc_client *client);

/* client_membership.c, client_names.c, client_modes.c: who is where */
void bighti_ircc_on_join(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_part(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_kick(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_quit(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_nick(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_away(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_chghost(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_topic(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_topic_is(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_topic_by(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_names(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_names_end(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_who(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_mode(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_mode_is(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_leave_channel(bight_irc_channel *channel, const bight_irc_departure *why);

/* client_words.c: what is said */
void bighti_ircc_on_words(bight_irc_client *client, const bighti_ircc_message *message);
/* Whether it can be a name in a line: one word, without comma. */
bool bighti_ircc_is_name(const char *name);

/* client_numerics.c, client_whois.c: what the server answers */
void bighti_ircc_on_numeric(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_tell_info(bight_irc_client *client, const bighti_ircc_message *message,
                           const char *about, const char *text);
void bighti_ircc_tell_problem(bight_irc_client *client, int code, const char *about,
                              const char *text, int64_t time);
/* Whether the numeric was part of a WHOIS. */
bool bighti_ircc_on_whois(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_whois_free(bighti_ircc_whois *whois);

#endif

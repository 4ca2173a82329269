/* The client session, for its own files.
 *
 * Two rules shape it. First, an event may do anything: free the client, start to quit, or run a
 * nested loop in which timers fire and the connection ends. So every entry from outside (bytes, a
 * timer, a task) is enclosed in enter and leave. Between them, nothing is freed that a caller on
 * the stack holds: freeing the client only marks it, the end of the connection is only noted, and
 * the outermost leave processes both. So code between them may emit an event and then use channels
 * and members without checking whether they still exist.
 *
 * Second, a function that the program calls must not emit events. It changes the state, queues
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

/* Bytes of a nick, a user, a host or a channel's name; longer ones are not valid names. */
#define BIGHTI_IRCC_NAME_MAX 200
/* Bytes of a sent line, CR LF included, even if LINELEN is larger. */
#define BIGHTI_IRCC_LINE_MAX 4096
/* Kinds of prefixes ("@", "+"), and of channel modes with an argument, that are kept. */
#define BIGHTI_IRCC_PREFIXES_MAX 16
#define BIGHTI_IRCC_MODE_ARGUMENTS_MAX 16
/* Entries of RPL_ISUPPORT that are kept, and bytes of each. */
#define BIGHTI_IRCC_FEATURES_MAX 128
#define BIGHTI_IRCC_FEATURE_SIZE 400

/* Capabilities that are requested if the server offers them; bits of a set. */
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

/* A line of the server: valid UTF-8 strings, "" for missing parts. */
typedef struct bighti_ircc_message {
    bight_irc_source from;
    const char *command;
    const char *params[BIGHT_IRC_MAX_PARAMS]; /* all 15 can be read */
    size_t count;
    int code; /* the number of a numeric, else -1 */
    int64_t time;
} bighti_ircc_message;

/* The server's features: RPL_ISUPPORT, or the values that RFC 1459 implies without it. */
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
    unsigned rank;  /* index of its highest prefix in PREFIX; past the end without one */
    char prefixes[BIGHTI_IRCC_PREFIXES_MAX + 1];
    bool away;
    bool seen; /* in the NAMES that is being collected */
};

/* Two sorted arrays of the same members: one for finding a nick, the other in the order that a
 * window shows. Arrays give positions for free, and unlike in a hash table, peers cannot choose
 * colliding nicks. */
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
    uint64_t flags; /* modes without an argument, one bit each */
    struct {
        char letter;
        char value[64];
    } arguments[BIGHTI_IRCC_MODE_ARGUMENTS_MAX];
    size_t argument_count;
    char modes_text[1200]; /* made from the modes above */
    bool collecting;       /* NAMES is being received */
    bool modes_unasked;    /* the modes must still be requested */
    bighti_ircc_members members;
};

/* A line that waits to be sent, with its CR LF. */
typedef struct bighti_ircc_line {
    bighti_link link;
    size_t size;
    char text[];
} bighti_ircc_line;

/* The WHOIS replies so far. */
typedef struct bighti_ircc_whois {
    char *nick, *user, *host, *real_name, *server, *channels, *account, *away;
    int64_t idle, signed_on;
    bool is_operator, is_secure;
} bighti_ircc_whois;

/* A channel that the person wants to be in; see client_wanted.c. */
typedef struct bighti_ircc_wish {
    char *channel;
    char *key;   /* may be NULL */
    bool joined; /* the client has been in it */
} bighti_ircc_wish;

/* A message to oneself that was sent. A server delivers it, and one with echo-message echoes it
 * besides; it is told once. */
typedef struct bighti_ircc_monologue {
    char *text;
    bool told;
} bighti_ircc_monologue;

enum { BIGHTI_IRCC_MONOLOGUES = 16 };

struct bight_irc_client {
    bight_reactor *reactor;
    bight_irc_client_options options; /* strings are owned */
    const bight_irc_client_events *events;
    void *data;

    unsigned inside; /* see the top of this file */
    bool freed;

    bight_irc_state state;
    bight_irc_state told; /* the state reported to the program */
    bool ended;           /* the connection or attempt is over; not processed yet */
    bool quitting;        /* this side asked for the end */
    bool welcomed;        /* 001 was received */
    bool hopeless;        /* trying again would not help: banned, a wrong password */
    bight_error *why;     /* why this side ended it, or how it ended; may be NULL */
    char *farewell;       /* the text of the server's ERROR */
    char *quit_text;      /* for the QUIT that will be sent */
    bool quit_sent;
    bool nick_unsent;            /* a nick was chosen while registering */
    char *endpoint;              /* of the last connect */
    bight_deferred *attempt;     /* while connecting */
    bight_line_session *session; /* of the attempt or the connection */
    bight_transport *transport;  /* its transport, while it is connected */
    char *repaired;              /* the received line, repaired; repaired_size bytes */
    size_t repaired_size;

    bight_task *soon;      /* runs work that must not run inside a call of the program */
    bight_timer *deadline; /* for registration, for quitting, for the next attempt */
    bight_timer *silence;  /* detects a silent server */
    bight_timer *pace;     /* when the next line may be sent */
    uint64_t last_heard;
    uint64_t ping_sent; /* 0: no answer is expected */
    uint64_t ping_at;   /* when the last PING was sent, answered or not */
    uint64_t lag;
    bight_deferred *retry; /* the attempts after a loss, with delays between them */
    bight_promise *again;  /* of the current attempt, if it is one of those */
    bight_error *lost;     /* the error of the first of them */
    bool stopping;         /* their end must not be reported */
    uint64_t chance;       /* state of the random generator for the jitter, if there is a seed */

    bighti_link queue;
    size_t queued;
    bool blocked;            /* the transport accepts no more output */
    uint64_t next_free;      /* the time at which the bucket would be one line short of full */
    uint64_t ctcp_next_free; /* the same for answers to CTCP */

    char *nick;      /* the current one, or the one being tried */
    char *wanted;    /* the nick that the user wants */
    char *requested; /* a nick that was requested, until the server confirms it */
    size_t tried;    /* alternatives used up */
    bool asked;      /* nick_needed was emitted */
    char *user_seen; /* as others see it, for the length of the prefix */
    char *host_seen;
    char *server;
    bool away;

    unsigned offered, capabilities; /* sets */
    bool cap_open;                  /* CAP END must still be sent */
    bighti_ircc_features features;

    bight_irc_channel **channels; /* sorted by name */
    size_t channel_count, channel_capacity;
    size_t member_count;
    unsigned resorts;         /* on this connection */
    bighti_ircc_wish *wishes; /* kept over any number of connections */
    size_t wish_count;
    bighti_ircc_monologue monologues[BIGHTI_IRCC_MONOLOGUES]; /* on this connection */
    size_t monologue_count;
    bighti_ircc_whois *whois;
};

/* Emit an event if its slot is set; `arguments` includes the parentheses. A size of 0 means all
 * events, because all are of version 0.1. */
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
/* End a connection that cannot go on. The first reason counts. */
void bighti_ircc_break(bight_irc_client *client, bight_error *take_why);
void bighti_ircc_out_of_memory(bight_irc_client *client);
/* The server in error messages: its name, or its address. */
const char *bighti_ircc_peer(const bight_irc_client *client);
int64_t bighti_ircc_wall_clock(const bight_irc_client *client);
/* strdup() with a malloc() that tests can make fail. */
char *bighti_ircc_dup(const char *text);
/* Replace a string. Returns false and changes nothing when out of memory. */
bool bighti_ircc_set(char **slot, const char *value);

/* client_connection.c: a session of lines, and the end of a connection */
/* False without memory. */
bool bighti_ircc_session_make(bight_irc_client *client);
void bighti_ircc_session_break(bight_irc_client *client);
void bighti_ircc_attempt(bight_irc_client *client);
void bighti_ircc_drop_connection(bight_irc_client *client);
void bighti_ircc_finish(bight_irc_client *client);

/* client_retry.c */
/* A connection was lost, or could not be made. Wait and try again, or give up, and report
 * which. */
void bighti_ircc_retry(bight_irc_client *client, bight_error *take_reason);
void bighti_ircc_retry_stop(bight_irc_client *client);

/* client_dispatch.c */
void bighti_ircc_dispatch(bight_irc_client *client, const uint8_t *line, size_t size);
/* Parse `line` in place. Returns false if it is not a message. */
bool bighti_ircc_parse(bight_irc_client *client, char *line, size_t size,
                       bighti_ircc_message *message);
/* Parameters from `first` on, before `end`, with spaces between; cut between characters to fit. */
void bighti_ircc_join_params(const bighti_ircc_message *message, size_t first, size_t end,
                             char *out, size_t capacity);

/* client_send.c */
/* Write a line, CR LF included, into `line` of BIGHTI_IRCC_LINE_MAX bytes. */
bight_status bighti_ircc_format(const bight_irc_client *client, const char *command,
                                const char *const *params, size_t count, char *line, size_t *size);
/* Append one line to the queue; the parameters are strings, NULL-terminated. */
bight_status bighti_ircc_queue(bight_irc_client *client, const char *command, ...)
    __attribute__((sentinel));
/* Send at once, bypassing queue and pace: PONG, registration, QUIT. */
void bighti_ircc_send_now(bight_irc_client *client, const char *command, ...)
    __attribute__((sentinel));
void bighti_ircc_pump(bight_irc_client *client);

/* client_lines.c */
bighti_ircc_line *bighti_ircc_line_new(const char *text, size_t size);
void bighti_ircc_line_free(bighti_ircc_line *line);
void bighti_ircc_lines_free(bighti_link *lines);
/* Append lines to the queue, all or none; consumes them. */
bight_status bighti_ircc_queue_lines(bight_irc_client *client, bighti_link *take_lines,
                                     size_t count);
void bighti_ircc_clear_queue(bight_irc_client *client);

/* client_register.c */
void bighti_ircc_register(bight_irc_client *client);
void bighti_ircc_ready(bight_irc_client *client);
void bighti_ircc_send_nick(bight_irc_client *client);
bool bighti_ircc_nick_refused(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_cap(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_on_welcome(bight_irc_client *client, const bighti_ircc_message *message);

/* client_wanted.c: the channels that the person wants */
/* The person asks for a channel; NULL keeps the key that is known. */
void bighti_ircc_want(bight_irc_client *client, const char *channel, const char *key);
/* The client is in it. */
void bighti_ircc_want_joined(bight_irc_client *client, const char *channel);
/* Somebody has set the key, or removed it (NULL). */
void bighti_ircc_want_key(bight_irc_client *client, const char *channel, const char *key);
void bighti_ircc_unwant(bight_irc_client *client, const char *channel);
/* Forget a channel that the server does not let us into, unless we have been in it. */
void bighti_ircc_note_refusal(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_forget_wishes(bight_irc_client *client);
void bighti_ircc_join_wanted(bight_irc_client *client);

/* client_unsent.c */
/* Report the lines that wait as not sent, and drop them. */
void bighti_ircc_drop_unsent(bight_irc_client *client);

/* client_monologue.c */
/* A message to ourselves is being sent. */
void bighti_ircc_monologue_note(bight_irc_client *client, const char *text);
/* Returns whether a message from ourselves to ourselves was told already. */
bool bighti_ircc_monologue_is_told(bight_irc_client *client, const char *text);
void bighti_ircc_monologues_forget(bight_irc_client *client);

/* client_actions.c */
/* The bytes of the text at the end of a command, for the line that others receive and the limit
 * that the server has announced; `nick` may be "". */
size_t bighti_ircc_text_room(const bight_irc_client *client, const char *command,
                             const char *target, const char *nick);

/* client_features.c */
void bighti_ircc_features_init(bighti_ircc_features *features);
void bighti_ircc_features_deinit(bighti_ircc_features *features);
void bighti_ircc_on_isupport(bight_irc_client *client, const bighti_ircc_message *message);
uint64_t bighti_ircc_mode_bit(char letter);
/* The mode of a prefix, or 0. */
char bighti_ircc_prefix_mode(const bight_irc_client *client, char prefix);
bool bighti_ircc_is_self(const bight_irc_client *client, const char *nick);

/* client_channels.c: the data of channels and members; emits no events */
bight_irc_channel *bighti_ircc_channel_add(bight_irc_client *client, const char *name);
void bighti_ircc_channel_unlist(bight_irc_channel *channel);
void bighti_ircc_channel_free(bight_irc_channel *channel);
/* NULL when out of memory, or if there are too many; `full` reports which. */
bight_irc_member *bighti_ircc_member_add(bight_irc_channel *channel, const char *nick, bool *full);
/* Remove a member from the list; it is readable until it is freed. Returns its old position. */
size_t bighti_ircc_member_unlist(bight_irc_member *member);
void bighti_ircc_member_free(bight_irc_member *member);
bool bighti_ircc_member_rename(bight_irc_member *member, const char *nick);
void bighti_ircc_member_set_modes(bight_irc_member *member, uint64_t modes);
/* Drop all members that are not marked as seen. */
void bighti_ircc_members_keep_seen(bight_irc_channel *channel);
void bighti_ircc_channels_resort(bight_irc_client *client);

/* client_membership.c, client_names.c, client_modes.c: membership */
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

/* client_words.c: messages */
void bighti_ircc_on_words(bight_irc_client *client, const bighti_ircc_message *message);
/* Whether a string can be a name in a line: one word, without a comma. */
bool bighti_ircc_is_name(const char *name);

/* client_numerics.c, client_whois.c: replies of the server */
void bighti_ircc_on_numeric(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_tell_info(bight_irc_client *client, const bighti_ircc_message *message,
                           const char *about, const char *text);
void bighti_ircc_tell_problem(bight_irc_client *client, int code, const char *about,
                              const char *text, int64_t time);
/* Returns whether the numeric was part of a WHOIS. */
bool bighti_ircc_on_whois(bight_irc_client *client, const bighti_ircc_message *message);
void bighti_ircc_whois_free(bighti_ircc_whois *whois);

#endif

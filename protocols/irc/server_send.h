/* Sending lines to clients.
 *
 * A line is built word by word in a buffer of 512 bytes. Input of a client cannot break out of its
 * word or make the line too long; this file guarantees that for all handlers. A line for one user
 * is sent directly. A line for many is an event, which is serialised once for each set of tags of
 * its receivers (at most four), and the bytes are shared. */
#ifndef BIGHTI_IRC_SERVER_SEND_H
#define BIGHTI_IRC_SERVER_SEND_H

#include "numerics.h"
#include "server_state.h"
#include <bight/irc_message.h>

typedef struct bighti_ircd_line {
    size_t size;
    char bytes[BIGHT_IRC_MAX_BODY];
} bighti_ircd_line;

/* ":source COMMAND". */
void bighti_ircd_line_begin(bighti_ircd_line *line, const char *source, const char *command);

/* Add a word. It is cut at a space, and becomes "*" if it is NULL, empty or begins with a
 * colon. */
void bighti_ircd_line_word(bighti_ircd_line *line, const char *word);

/* Add the last parameter, after a colon, cut to fit. */
void bighti_ircd_line_text(bighti_ircd_line *line, const char *text);

/* How many bytes of text still fit, with its " :" and the line's end. */
size_t bighti_ircd_line_room(const bighti_ircd_line *line);

/* Send to one user. If the user is gone or its queue is full, the line is lost. */
void bighti_ircd_send(bighti_ircd_user *user, const bighti_ircd_line *line);

/* Send a numeric reply: words, NULL-terminated, then `text` (NULL for none) after a colon. */
void bighti_ircd_reply(bighti_ircd_user *user, bighti_irc_numeric numeric, const char *text, ...)
    __attribute__((sentinel));

/* Send a numeric reply with only a text. */
void bighti_ircd_reply_text(bighti_ircd_user *user, bighti_irc_numeric numeric, const char *format,
                            ...) BIGHT_PRINTF(3, 4);

/* Begin a numeric reply that is built by hand. */
void bighti_ircd_reply_begin(bighti_ircd_line *line, const bighti_ircd_user *user,
                             bighti_irc_numeric numeric);

/* One message to many users. */
typedef struct bighti_ircd_event {
    bight_irc_server *server;
    bighti_ircd_line line;
    bight_view tags;          /* the client's, unparsed, for receivers with message-tags */
    bool tags_only;           /* TAGMSG: not sent to receivers without message-tags */
    bighti_ircd_user *source; /* pays for it */
    unsigned receivers;       /* so far */
    bight_bytes *variants[4]; /* by CAP_MESSAGE_TAGS and CAP_SERVER_TIME; made when needed */
} bighti_ircd_event;

/* Begin an event of a user; words and text go to event->line. */
void bighti_ircd_event_begin(bighti_ircd_event *event, const bighti_ircd_user *source,
                             const char *command);

/* Send to one of the receivers. */
void bighti_ircd_event_send(bighti_ircd_event *event, bighti_ircd_user *user);

/* Send to the members of a channel, except one (NULL for none), that have any of the bits of
 * `rank` and all of `caps`. */
void bighti_ircd_event_to_channel(bighti_ircd_event *event, const bighti_ircd_channel *channel,
                                  const bighti_ircd_user *but, uint32_t rank, uint32_t caps);

/* Send once to each user that shares a channel with the user, but not to the user itself. */
void bighti_ircd_event_to_peers(bighti_ircd_event *event, const bighti_ircd_user *user,
                                uint32_t caps);

void bighti_ircd_event_end(bighti_ircd_event *event);

#endif

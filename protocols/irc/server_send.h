/* What leaves the server.
 *
 * A line is built word by word in a buffer of 512 bytes, and nothing that a client sent can break
 * out of its word or make the line too long: that is settled here, once, and no handler has to
 * think of it. A line for one user is sent; one for many is an event, which serialises once for
 * each set of tags that its receivers have (at most four) and shares those bytes. */
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

/* One more word. NULL, empty or with a colon in front it becomes "*"; it ends at a space. */
void bighti_ircd_line_word(bighti_ircd_line *line, const char *word);

/* The last parameter, after a colon, cut to what fits. */
void bighti_ircd_line_text(bighti_ircd_line *line, const char *text);

/* How many bytes of text still fit, with its " :" and the line's end. */
size_t bighti_ircd_line_room(const bighti_ircd_line *line);

/* To one user. What does not reach a user (it is gone, its queue is full) is lost. */
void bighti_ircd_send(bighti_ircd_user *user, const bighti_ircd_line *line);

/* A numeric reply: words, ended by NULL, then `text` (NULL for none) after a colon. */
void bighti_ircd_reply(bighti_ircd_user *user, bighti_irc_numeric numeric, const char *text, ...)
    __attribute__((sentinel));

/* A numeric reply of text alone. */
void bighti_ircd_reply_text(bighti_ircd_user *user, bighti_irc_numeric numeric, const char *format,
                            ...) BIGHT_PRINTF(3, 4);

/* Begin a numeric reply that is built by hand. */
void bighti_ircd_reply_begin(bighti_ircd_line *line, const bighti_ircd_user *user,
                             bighti_irc_numeric numeric);

/* One message to many. */
typedef struct bighti_ircd_event {
    bight_irc_server *server;
    bighti_ircd_line line;
    bight_view tags;          /* of the client, for those with message-tags; as written */
    bool tags_only;           /* TAGMSG: nothing for those without message-tags */
    bight_bytes *variants[4]; /* by CAP_MESSAGE_TAGS and CAP_SERVER_TIME; made when needed */
} bighti_ircd_event;

/* Begin an event of a user; words and text go to event->line. */
void bighti_ircd_event_begin(bighti_ircd_event *event, const bighti_ircd_user *source,
                             const char *command);

/* To one of many. */
void bighti_ircd_event_send(bighti_ircd_event *event, bighti_ircd_user *user);

/* To those in a channel, but one (NULL for none), who have all of `rank` bits' any and of `caps`.
 */
void bighti_ircd_event_to_channel(bighti_ircd_event *event, const bighti_ircd_channel *channel,
                                  const bighti_ircd_user *but, uint32_t rank, uint32_t caps);

/* To all who share a channel with the user, once each, but not to itself. */
void bighti_ircd_event_to_peers(bighti_ircd_event *event, const bighti_ircd_user *user,
                                uint32_t caps);

void bighti_ircd_event_end(bighti_ircd_event *event);

#endif

/* The text of one conversation: lines that are appended, grouped and dated, in a GtkTextBuffer. */
#ifndef CHAT_LOG_H
#define CHAT_LOG_H

#include <bight/irc_client.h>
#include <gtk/gtk.h>

typedef struct chat_log chat_log;

/* The kind of a line, which determines its style. */
typedef enum chat_line {
    CHAT_LINE_EVENT, /* somebody joined, left or changed something */
    CHAT_LINE_INFO,  /* for this user only */
    CHAT_LINE_ERROR  /* something failed */
} chat_line;

/* Make an empty log. All logs share the style. */
chat_log *chat_log_new(GtkTextTagTable *style);

void chat_log_free(chat_log *log);

/* The text, for a view. Borrowed. */
GtkTextBuffer *chat_log_get_buffer(chat_log *log);

/* Somebody said something. */
void chat_log_add_words(chat_log *log, const bight_irc_words *words);

/* Something happened. `time` is in milliseconds since 1970, 0 for now; the text may have several
 * lines. */
void chat_log_add_line(chat_log *log, chat_line kind, int64_t time, const char *text);

void chat_log_clear(chat_log *log);

#endif

/* The style of conversations: the tags that all buffers share, light and dark. */
#ifndef CHAT_STYLE_H
#define CHAT_STYLE_H

#include <gtk/gtk.h>

/* The names of the tags. */
#define CHAT_TAG_HEAD "head"       /* a line that begins a group: somebody speaks */
#define CHAT_TAG_BODY "body"       /* what is said, under the head */
#define CHAT_TAG_TIME "time"       /* the time behind a nick */
#define CHAT_TAG_NOTE "note"       /* what kind of words these are: "notice" */
#define CHAT_TAG_ACTION "action"   /* "ada waves" */
#define CHAT_TAG_EVENT "event"     /* "ada joined" */
#define CHAT_TAG_INFO "info"       /* what the server or the program says to this person */
#define CHAT_TAG_ERROR "error"     /* what did not work */
#define CHAT_TAG_DAY "day"         /* the date between two days */
#define CHAT_TAG_MENTION "mention" /* somebody said this person's nick */
#define CHAT_TAG_LINK "link"       /* can be opened; the text is the address */

/* Make the tags, which follow the system's light or dark style. */
GtkTextTagTable *chat_style_new(void);

/* The tag that colours a nick. Borrowed. */
GtkTextTag *chat_style_get_nick(GtkTextTagTable *style, const char *nick);

/* The class of style.css with the same colour, "nick-3". A constant. */
const char *chat_style_get_class(const char *nick);

#endif

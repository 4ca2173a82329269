/* The messages of one conversation: text that stays at its end unless somebody scrolls back. */
#ifndef CHAT_MESSAGE_VIEW_H
#define CHAT_MESSAGE_VIEW_H

#include "log.h"
#include <adwaita.h>

#define CHAT_TYPE_MESSAGE_VIEW (chat_message_view_get_type())
G_DECLARE_FINAL_TYPE(ChatMessageView, chat_message_view, CHAT, MESSAGE_VIEW, AdwBin)

/* Show the messages of a log, scrolled to the newest. */
void chat_message_view_set_log(ChatMessageView *view, chat_log *log);

/* What the view shows, read back from it. Freed with g_free(). */
char *chat_message_view_get_text(ChatMessageView *view);

/* Scroll by pages, negative ones upwards. */
void chat_message_view_scroll(ChatMessageView *view, int pages);

#endif

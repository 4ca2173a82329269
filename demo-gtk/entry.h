/* Where a person types: with a history, completion, and a place for what did not work. */
#ifndef CHAT_ENTRY_H
#define CHAT_ENTRY_H

#include "session.h"
#include <adwaita.h>

/* Signals: "scroll" (int pages): the messages are to be scrolled. "nick": the own nick was clicked.
 */
#define CHAT_TYPE_ENTRY (chat_entry_get_type())
G_DECLARE_FINAL_TYPE(ChatEntry, chat_entry, CHAT, ENTRY, AdwBin)

/* What is typed goes to this session, which outlives the entry. */
void chat_entry_set_session(ChatEntry *entry, chat_session *session);

/* What is typed belongs to this conversation; what was typed into the last one is kept there. */
void chat_entry_set_conversation(ChatEntry *entry, ChatConversation *conversation);

/* The own nick is another. */
void chat_entry_set_nick(ChatEntry *entry, const char *nick);

/* Put text into the entry, as if it was typed. */
void chat_entry_type(ChatEntry *entry, const char *text);

/* Press Enter. False when it failed; the entry shows why, and so does chat_entry_get_error(). */
gboolean chat_entry_enter(ChatEntry *entry);

/* What the entry complains about, "" if nothing. Borrowed. */
const char *chat_entry_get_error(ChatEntry *entry);

/* The widget that has the focus when one types. Borrowed. */
GtkWidget *chat_entry_get_text(ChatEntry *entry);

#endif

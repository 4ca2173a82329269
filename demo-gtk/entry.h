/* The text entry, with a history, completion, and a place for errors. */
#ifndef CHAT_ENTRY_H
#define CHAT_ENTRY_H

#include "session.h"
#include <adwaita.h>

/* Signals: "scroll" (int pages): the messages are to be scrolled. "nick": the own nick was clicked.
 */
#define CHAT_TYPE_ENTRY (chat_entry_get_type())
G_DECLARE_FINAL_TYPE(ChatEntry, chat_entry, CHAT, ENTRY, AdwBin)

/* Set the session for the typed text; it must outlive the entry. */
void chat_entry_set_session(ChatEntry *entry, chat_session *session);

/* Switch to a conversation. Unfinished text of the previous one is kept with that. */
void chat_entry_set_conversation(ChatEntry *entry, ChatConversation *conversation);

/* The own nick has changed. */
void chat_entry_set_nick(ChatEntry *entry, const char *nick);

/* Put text into the entry, as if it were typed. */
void chat_entry_type(ChatEntry *entry, const char *text);

/* Press Enter. Returns false on failure; the entry shows the reason, which chat_entry_get_error()
 * returns. */
gboolean chat_entry_enter(ChatEntry *entry);

/* The error that the entry shows, "" if none. Borrowed. */
const char *chat_entry_get_error(ChatEntry *entry);

/* The widget that has the focus while typing. Borrowed. */
GtkWidget *chat_entry_get_text(ChatEntry *entry);

#endif

/* The window: conversations at the left, messages and entry in the middle, members at the right. */
#ifndef CHAT_WINDOW_H
#define CHAT_WINDOW_H

#include "entry.h"
#include "host.h"
#include "message_view.h"
#include "session.h"
#include <adwaita.h>

#define CHAT_TYPE_WINDOW (chat_window_get_type())
G_DECLARE_FINAL_TYPE(ChatWindow, chat_window, CHAT, WINDOW, AdwApplicationWindow)

/* Both outlive the window. */
ChatWindow *chat_window_new(GtkApplication *application, chat_session *session, chat_host *host);

/* Show a conversation. */
void chat_window_show(ChatWindow *window, ChatConversation *conversation);

/* Borrowed. */
ChatConversation *chat_window_get_shown(ChatWindow *window);

/* Show the new state of the connection; the reason is a text for the user, or NULL. */
void chat_window_set_state(ChatWindow *window, bight_irc_state state, const char *reason);

/* The nick, the network or the hosted chat has changed. */
void chat_window_refresh(ChatWindow *window);

/* Show a short message that disappears by itself. */
void chat_window_toast(ChatWindow *window, const char *text);

/* Offer to join a channel. */
void chat_window_invite(ChatWindow *window, const char *by, const char *channel);

/* Ask for another nick after one was rejected. */
void chat_window_ask_nick(ChatWindow *window, const char *tried, const char *text);

/* For scripts. Borrowed. */
ChatEntry *chat_window_get_entry(ChatWindow *window);
ChatMessageView *chat_window_get_messages(ChatWindow *window);

#endif

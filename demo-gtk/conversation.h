/* One entry of the list at the left: the server, a channel or a person, with its messages. */
#ifndef CHAT_CONVERSATION_H
#define CHAT_CONVERSATION_H

#include "log.h"
#include "members.h"

typedef enum chat_kind { CHAT_SERVER, CHAT_CHANNEL, CHAT_PERSON } chat_kind;

/* Properties, notified when they change: "name", "topic" (strings), "unread" (uint), "mentioned",
 * "live" (booleans). */
#define CHAT_TYPE_CONVERSATION (chat_conversation_get_type())
G_DECLARE_FINAL_TYPE(ChatConversation, chat_conversation, CHAT, CONVERSATION, GObject)

ChatConversation *chat_conversation_new(chat_kind kind, const char *name, GtkTextTagTable *style);

chat_kind chat_conversation_get_kind(ChatConversation *conversation);

/* The name that the library uses: "" for the server. */
const char *chat_conversation_get_name(ChatConversation *conversation);

void chat_conversation_set_name(ChatConversation *conversation, const char *name);

const char *chat_conversation_get_topic(ChatConversation *conversation);

void chat_conversation_set_topic(ChatConversation *conversation, const char *topic);

/* Whether messages can be sent here: connected, and in the channel. */
gboolean chat_conversation_is_live(ChatConversation *conversation);

void chat_conversation_set_live(ChatConversation *conversation, gboolean is_live);

/* The number of messages received while it was not shown. */
guint chat_conversation_get_unread(ChatConversation *conversation);

gboolean chat_conversation_is_mentioned(ChatConversation *conversation);

void chat_conversation_add_unread(ChatConversation *conversation, gboolean mentions_me);

void chat_conversation_clear_unread(ChatConversation *conversation);

/* The channel was parted by closing it: it is removed when the server has confirmed. */
gboolean chat_conversation_is_closing(ChatConversation *conversation);

void chat_conversation_set_closing(ChatConversation *conversation);

/* Text that was typed and not sent. Never NULL. */
const char *chat_conversation_get_draft(ChatConversation *conversation);

void chat_conversation_set_draft(ChatConversation *conversation, const char *draft);

chat_log *chat_conversation_get_log(ChatConversation *conversation);

/* Borrowed; empty for all but channels. */
ChatMembers *chat_conversation_get_members(ChatConversation *conversation);

#endif

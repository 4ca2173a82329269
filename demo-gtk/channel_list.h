/* The list of conversations at the left, with marks on those that have something unread. */
#ifndef CHAT_CHANNEL_LIST_H
#define CHAT_CHANNEL_LIST_H

#include "session.h"
#include <adwaita.h>

/* Signal: "chosen" (ChatConversation): the user has selected it. */
#define CHAT_TYPE_CHANNEL_LIST (chat_channel_list_get_type())
G_DECLARE_FINAL_TYPE(ChatChannelList, chat_channel_list, CHAT, CHANNEL_LIST, AdwBin)

void chat_channel_list_set_session(ChatChannelList *list, chat_session *session);

/* Mark a conversation as the one that is shown, without a signal. */
void chat_channel_list_select(ChatChannelList *list, ChatConversation *conversation);

/* Draw the name of the server again: it is not a property of a conversation. */
void chat_channel_list_refresh(ChatChannelList *list);

#endif

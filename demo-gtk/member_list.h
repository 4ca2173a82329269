/* The people of the channel that is shown. */
#ifndef CHAT_MEMBER_LIST_H
#define CHAT_MEMBER_LIST_H

#include "members.h"
#include <adwaita.h>

/* Signal: "chosen" (string nick): a person was clicked twice, or Enter pressed. */
#define CHAT_TYPE_MEMBER_LIST (chat_member_list_get_type())
G_DECLARE_FINAL_TYPE(ChatMemberList, chat_member_list, CHAT, MEMBER_LIST, AdwBin)

void chat_member_list_set_members(ChatMemberList *list, ChatMembers *members);

#endif

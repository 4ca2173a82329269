/* The people of a channel, as a GListModel that makes its items on demand: even for thousands of
 * members, only the visible ones exist. */
#ifndef CHAT_MEMBERS_H
#define CHAT_MEMBERS_H

#include <bight/irc_client.h>
#include <gio/gio.h>

/* One person, with the data at the time when the item was made. */
#define CHAT_TYPE_MEMBER (chat_member_get_type())
G_DECLARE_FINAL_TYPE(ChatMember, chat_member, CHAT, MEMBER, GObject)

#define CHAT_TYPE_MEMBERS (chat_members_get_type())
G_DECLARE_FINAL_TYPE(ChatMembers, chat_members, CHAT, MEMBERS, GObject)

const char *chat_member_get_nick(ChatMember *member);

/* The highest of the prefixes, 0 without one. */
char chat_member_get_rank(ChatMember *member);

gboolean chat_member_is_away(ChatMember *member);

/* "user@host", "" if it is not known. */
const char *chat_member_get_address(ChatMember *member);

ChatMembers *chat_members_new(void);

/* Show the members of a channel; NULL for an empty list. */
void chat_members_reset(ChatMembers *members, bight_irc_channel *channel);

/* One member joined, left or changed. */
void chat_members_change(ChatMembers *members, const bight_irc_member_change *change);

#endif

/* The session keeps the list sorted and reports each change with the two positions that
 * items-changed needs. This model only stores the length. */
#include "members.h"

struct _ChatMember {
    GObject parent;
    char *nick;
    char *address;
    char rank;
    gboolean is_away;
};

struct _ChatMembers {
    GObject parent;
    bight_irc_channel *channel; /* borrowed, until it was left */
    guint count;                /* as reported to the views */
};

static void members_list_init(GListModelInterface *iface);

G_DEFINE_FINAL_TYPE(ChatMember, chat_member, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE(ChatMembers, chat_members, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, members_list_init))

static void chat_member_finalize(GObject *object)
{
    ChatMember *member = CHAT_MEMBER(object);

    g_free(member->nick);
    g_free(member->address);
    G_OBJECT_CLASS(chat_member_parent_class)->finalize(object);
}

static void chat_member_class_init(ChatMemberClass *class)
{
    G_OBJECT_CLASS(class)->finalize = chat_member_finalize;
}

static void chat_member_init(ChatMember *member)
{
    (void)member;
}

static ChatMember *member_new(const bight_irc_member *from)
{
    ChatMember *member = g_object_new(CHAT_TYPE_MEMBER, NULL);
    const char *user = bight_irc_member_get_user(from);
    const char *host = bight_irc_member_get_host(from);

    member->nick = g_strdup(bight_irc_member_get_nick(from));
    member->rank = bight_irc_member_get_prefixes(from)[0];
    member->is_away = bight_irc_member_is_away(from);
    member->address = host[0] != '\0' ? g_strdup_printf("%s@%s", user, host) : g_strdup("");
    return member;
}

const char *chat_member_get_nick(ChatMember *member)
{
    return member->nick;
}

char chat_member_get_rank(ChatMember *member)
{
    return member->rank;
}

gboolean chat_member_is_away(ChatMember *member)
{
    return member->is_away;
}

const char *chat_member_get_address(ChatMember *member)
{
    return member->address;
}

static GType members_get_item_type(GListModel *list)
{
    (void)list;
    return CHAT_TYPE_MEMBER;
}

static guint members_get_n_items(GListModel *list)
{
    return CHAT_MEMBERS(list)->count;
}

static gpointer members_get_item(GListModel *list, guint position)
{
    ChatMembers *members = CHAT_MEMBERS(list);
    bight_irc_member *member = NULL;

    if (members->channel && position < members->count)
        member = bight_irc_channel_get_member(members->channel, position);
    return member ? member_new(member) : NULL;
}

static void members_list_init(GListModelInterface *iface)
{
    iface->get_item_type = members_get_item_type;
    iface->get_n_items = members_get_n_items;
    iface->get_item = members_get_item;
}

static void chat_members_class_init(ChatMembersClass *class)
{
    (void)class;
}

static void chat_members_init(ChatMembers *members)
{
    (void)members;
}

ChatMembers *chat_members_new(void)
{
    return g_object_new(CHAT_TYPE_MEMBERS, NULL);
}

void chat_members_reset(ChatMembers *members, bight_irc_channel *channel)
{
    guint before = members->count;

    members->channel = channel;
    members->count = channel ? (guint)bight_irc_channel_count_members(channel) : 0;
    g_list_model_items_changed(G_LIST_MODEL(members), 0, before, members->count);
}

/* Whether the views know the state before this change: while NAMES is being received, the session
 * has members that were not reported yet. */
static gboolean is_next_change(const ChatMembers *members, const bight_irc_member_change *change)
{
    size_t now = bight_irc_channel_count_members(change->channel);
    size_t before = members->count;

    if (change->old_position == BIGHT_IRC_NOWHERE)
        return now == before + 1 && change->new_position <= before;
    if (change->new_position == BIGHT_IRC_NOWHERE)
        return now + 1 == before && change->old_position < before;
    return now == before && change->old_position < before && change->new_position < before;
}

void chat_members_change(ChatMembers *members, const bight_irc_member_change *change)
{
    GListModel *list = G_LIST_MODEL(members);
    guint from = (guint)change->old_position;
    guint to = (guint)change->new_position;

    if (!is_next_change(members, change)) {
        chat_members_reset(members, change->channel);
    } else if (change->new_position == BIGHT_IRC_NOWHERE) {
        members->count--;
        g_list_model_items_changed(list, from, 1, 0);
    } else if (change->old_position == BIGHT_IRC_NOWHERE) {
        members->count++;
        g_list_model_items_changed(list, to, 0, 1);
    } else {
        /* The list already has its new content, so all moved members are between the two
         * positions. */
        guint first = MIN(from, to);
        guint span = MAX(from, to) - first + 1;

        g_list_model_items_changed(list, first, span, span);
    }
}

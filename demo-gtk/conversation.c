#include "conversation.h"

#include <string.h>

struct _ChatConversation {
    GObject parent;
    chat_kind kind;
    char *name;
    char *topic;
    char *draft;
    guint unread;
    gboolean is_mentioned;
    gboolean is_live;
    gboolean is_closing;
    chat_log *log;
    ChatMembers *members;
};

enum { PROP_0, PROP_NAME, PROP_TOPIC, PROP_UNREAD, PROP_MENTIONED, PROP_LIVE, PROPS };

static GParamSpec *properties[PROPS];

G_DEFINE_FINAL_TYPE(ChatConversation, chat_conversation, G_TYPE_OBJECT)

static void get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    ChatConversation *conversation = CHAT_CONVERSATION(object);

    switch (id) {
    case PROP_NAME:
        g_value_set_string(value, conversation->name);
        break;
    case PROP_TOPIC:
        g_value_set_string(value, conversation->topic);
        break;
    case PROP_UNREAD:
        g_value_set_uint(value, conversation->unread);
        break;
    case PROP_MENTIONED:
        g_value_set_boolean(value, conversation->is_mentioned);
        break;
    case PROP_LIVE:
        g_value_set_boolean(value, conversation->is_live);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
    }
}

static void conversation_finalize(GObject *object)
{
    ChatConversation *conversation = CHAT_CONVERSATION(object);

    g_free(conversation->name);
    g_free(conversation->topic);
    g_free(conversation->draft);
    g_object_unref(conversation->members);
    chat_log_free(conversation->log);
    G_OBJECT_CLASS(chat_conversation_parent_class)->finalize(object);
}

static void chat_conversation_class_init(ChatConversationClass *class)
{
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    G_OBJECT_CLASS(class)->get_property = get_property;
    G_OBJECT_CLASS(class)->finalize = conversation_finalize;
    properties[PROP_NAME] = g_param_spec_string("name", NULL, NULL, "", flags);
    properties[PROP_TOPIC] = g_param_spec_string("topic", NULL, NULL, "", flags);
    properties[PROP_UNREAD] = g_param_spec_uint("unread", NULL, NULL, 0, G_MAXUINT, 0, flags);
    properties[PROP_MENTIONED] = g_param_spec_boolean("mentioned", NULL, NULL, FALSE, flags);
    properties[PROP_LIVE] = g_param_spec_boolean("live", NULL, NULL, FALSE, flags);
    g_object_class_install_properties(G_OBJECT_CLASS(class), PROPS, properties);
}

static void chat_conversation_init(ChatConversation *conversation)
{
    conversation->topic = g_strdup("");
    conversation->draft = g_strdup("");
    conversation->members = chat_members_new();
}

ChatConversation *chat_conversation_new(chat_kind kind, const char *name, GtkTextTagTable *style)
{
    ChatConversation *conversation = g_object_new(CHAT_TYPE_CONVERSATION, NULL);

    conversation->kind = kind;
    conversation->name = g_strdup(name);
    conversation->log = chat_log_new(style);
    return conversation;
}

/* Replace a string, and notify if it has changed. */
static void set_string(ChatConversation *conversation, char **where, const char *value,
                       int property)
{
    if (strcmp(*where, value) == 0)
        return;
    g_free(*where);
    *where = g_strdup(value);
    g_object_notify_by_pspec(G_OBJECT(conversation), properties[property]);
}

chat_kind chat_conversation_get_kind(ChatConversation *conversation)
{
    return conversation->kind;
}

const char *chat_conversation_get_name(ChatConversation *conversation)
{
    return conversation->name;
}

void chat_conversation_set_name(ChatConversation *conversation, const char *name)
{
    set_string(conversation, &conversation->name, name, PROP_NAME);
}

const char *chat_conversation_get_topic(ChatConversation *conversation)
{
    return conversation->topic;
}

void chat_conversation_set_topic(ChatConversation *conversation, const char *topic)
{
    set_string(conversation, &conversation->topic, topic, PROP_TOPIC);
}

gboolean chat_conversation_is_live(ChatConversation *conversation)
{
    return conversation->is_live;
}

void chat_conversation_set_live(ChatConversation *conversation, gboolean is_live)
{
    if (conversation->is_live == is_live)
        return;
    conversation->is_live = is_live;
    g_object_notify_by_pspec(G_OBJECT(conversation), properties[PROP_LIVE]);
}

guint chat_conversation_get_unread(ChatConversation *conversation)
{
    return conversation->unread;
}

gboolean chat_conversation_is_mentioned(ChatConversation *conversation)
{
    return conversation->is_mentioned;
}

static void set_unread(ChatConversation *conversation, guint unread, gboolean is_mentioned)
{
    if (conversation->unread != unread) {
        conversation->unread = unread;
        g_object_notify_by_pspec(G_OBJECT(conversation), properties[PROP_UNREAD]);
    }
    if (conversation->is_mentioned != is_mentioned) {
        conversation->is_mentioned = is_mentioned;
        g_object_notify_by_pspec(G_OBJECT(conversation), properties[PROP_MENTIONED]);
    }
}

void chat_conversation_add_unread(ChatConversation *conversation, gboolean mentions_me)
{
    set_unread(conversation, conversation->unread + 1, conversation->is_mentioned || mentions_me);
}

void chat_conversation_clear_unread(ChatConversation *conversation)
{
    set_unread(conversation, 0, FALSE);
}

gboolean chat_conversation_is_closing(ChatConversation *conversation)
{
    return conversation->is_closing;
}

void chat_conversation_set_closing(ChatConversation *conversation)
{
    conversation->is_closing = TRUE;
}

const char *chat_conversation_get_draft(ChatConversation *conversation)
{
    return conversation->draft;
}

void chat_conversation_set_draft(ChatConversation *conversation, const char *draft)
{
    g_free(conversation->draft);
    conversation->draft = g_strdup(draft);
}

chat_log *chat_conversation_get_log(ChatConversation *conversation)
{
    return conversation->log;
}

ChatMembers *chat_conversation_get_members(ChatConversation *conversation)
{
    return conversation->members;
}

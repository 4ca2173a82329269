#include "session_private.h"

#include "style.h"
#include <string.h>

/* The time limit for QUIT while the user waits for the window to close. */
#define GOODBYE BIGHT_SEC(2)

/* A loopback or UNIX server is the user's own, and paces its clients itself. */
static gboolean is_local(const char *endpoint)
{
    return g_str_has_prefix(endpoint, "unix:") || g_str_has_prefix(endpoint, "tcp:127.") ||
           g_str_has_prefix(endpoint, "tcp:[::1]:") || g_str_has_prefix(endpoint, "tcp:localhost:");
}

static bight_deferred *kept_session_ask(const bight_certificate_report *report, void *data)
{
    chat_session *session = data;

    return session->listener->untrusted(session, report, session->data);
}

/* Only then is the file of known servers needed. */
static gboolean is_tls(const char *endpoint)
{
    return g_str_has_prefix(endpoint, "tls:") || strstr(endpoint, "/tls:") != NULL;
}

chat_session *chat_session_new(bight_reactor *reactor, const chat_session_listener *listener,
                               void *data)
{
    chat_session *session = g_new0(chat_session, 1);

    session->reactor = reactor;
    session->listener = listener;
    session->data = data;
    session->style = chat_style_new();
    session->conversations = g_list_store_new(CHAT_TYPE_CONVERSATION);
    session->server = chat_conversation_new(CHAT_SERVER, "", session->style);
    g_list_store_append(session->conversations, session->server);
    return session;
}

void chat_session_free(chat_session *session)
{
    if (!session)
        return;
    bight_irc_client_free(session->client);
    chat_trust_free(session->trust);
    chat_target_free(session->target);
    chat_target_free(session->next);
    g_object_unref(session->server);
    g_object_unref(session->conversations);
    g_object_unref(session->style);
    g_free(session);
}

static const char *text_of_failure(bight_status status, const chat_target *target)
{
    if (status == BIGHT_ERROR_INVALID && strpbrk(target->nick, " ,:@!#\r\n"))
        return "A nick is one word, without “:”, “,”, “@”, “!” and “#”.";
    if (status == BIGHT_ERROR_INVALID)
        return "The nick or the channels cannot be right: a channel is one word, like #bight.";
    return bight_status_text(status);
}

static gboolean kept_session_begin(chat_session *session, char **error)
{
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    const chat_target *target = session->target;
    bight_irc_client *client;
    bight_status status;

    options.nick = target->nick;
    options.join = target->join[0] != '\0' ? target->join : NULL;
    options.version = "Bight chat, GTK";
    options.quit_timeout = GOODBYE;
    options.reconnect = true;
    if (is_local(target->connect))
        options.send_interval = 0;
    if (is_tls(target->connect)) {
        if (!session->trust)
            session->trust = chat_trust_new(kept_session_ask, session);
        options.tls = chat_trust_get_tls(session->trust);
    }
    status =
        bight_irc_client_new(session->reactor, &options, &chat_session_events, session, &client);
    if (status == BIGHT_OK) {
        bight_irc_client_free(session->client);
        session->client = client;
        status = bight_irc_client_connect(client, target->connect);
    }
    if (status != BIGHT_OK)
        *error = g_strdup(text_of_failure(status, target));
    return status == BIGHT_OK;
}

/* A new server has other channels: forget the previous ones. */
static void forget_conversations(chat_session *session)
{
    session->listener->wanted(session, session->server, session->data);
    g_list_store_splice(session->conversations, 1,
                        g_list_model_get_n_items(G_LIST_MODEL(session->conversations)) - 1, NULL,
                        0);
}

/* Become the client of another target. */
static gboolean change_target(chat_session *session, chat_target *take_target, char **error)
{
    if (session->target && strcmp(session->target->connect, take_target->connect) != 0)
        forget_conversations(session);
    chat_target_free(session->target);
    session->target = take_target;
    return kept_session_begin(session, error);
}

gboolean chat_session_connect(chat_session *session, const chat_target *target, char **error)
{
    if (chat_session_get_state(session) == BIGHT_IRC_OFFLINE)
        return change_target(session, chat_target_dup(target), error);
    chat_target_free(session->next);
    session->next = chat_target_dup(target);
    chat_session_quit(session);
    return TRUE;
}

void chat_session_quit(chat_session *session)
{
    if (session->client)
        bight_irc_client_quit(session->client, NULL);
}

gboolean chat_session_go_on(chat_session *session, char **error)
{
    return change_target(session, g_steal_pointer(&session->next), error);
}

bight_irc_state chat_session_get_state(chat_session *session)
{
    return session->client ? bight_irc_client_get_state(session->client) : BIGHT_IRC_OFFLINE;
}

const char *chat_session_get_nick(chat_session *session)
{
    return session->client ? bight_irc_client_get_nick(session->client) : "";
}

const char *chat_session_get_network(chat_session *session)
{
    const char *name = session->client ? bight_irc_client_get_network(session->client) : "";

    if (name[0] == '\0' && session->target)
        return session->target->connect;
    return name;
}

bight_irc_client *chat_session_get_client(chat_session *session)
{
    return session->client;
}

GListModel *chat_session_get_conversations(chat_session *session)
{
    return G_LIST_MODEL(session->conversations);
}

void chat_session_set_shown(chat_session *session, ChatConversation *conversation)
{
    session->shown = conversation;
    chat_conversation_clear_unread(conversation);
}

static gboolean same_name(chat_session *session, const char *a, const char *b)
{
    return session->client ? bight_irc_client_same_name(session->client, a, b) : strcmp(a, b) == 0;
}

ChatConversation *chat_session_look_up(chat_session *session, const char *name)
{
    GListModel *list = G_LIST_MODEL(session->conversations);

    for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
        g_autoptr(ChatConversation) conversation = g_list_model_get_item(list, i);

        if (same_name(session, chat_conversation_get_name(conversation), name))
            return conversation; /* the list keeps it */
    }
    return NULL;
}

/* The order: the server, channels, people; each sorted by name. */
static int kept_session_compare(gconstpointer a, gconstpointer b, gpointer data)
{
    ChatConversation *first = (gpointer)a, *second = (gpointer)b;
    int kinds = (int)chat_conversation_get_kind(first) - (int)chat_conversation_get_kind(second);

    (void)data;
    return kinds != 0 ? kinds
                      : g_utf8_collate(chat_conversation_get_name(first),
                                       chat_conversation_get_name(second));
}

ChatConversation *chat_session_ensure(chat_session *session, const char *name)
{
    ChatConversation *conversation = chat_session_look_up(session, name);
    chat_kind kind;

    if (conversation)
        return conversation;
    kind = bight_irc_client_is_channel(session->client, name) ? CHAT_CHANNEL : CHAT_PERSON;
    conversation = chat_conversation_new(kind, name, session->style);
    if (kind == CHAT_PERSON)
        chat_conversation_set_live(conversation,
                                   chat_session_get_state(session) == BIGHT_IRC_READY);
    g_list_store_insert_sorted(session->conversations, conversation, kept_session_compare, NULL);
    g_object_unref(conversation); /* the list keeps it */
    return conversation;
}

ChatConversation *chat_session_open(chat_session *session, const char *name)
{
    ChatConversation *conversation = chat_session_ensure(session, name);

    session->listener->wanted(session, conversation, session->data);
    return conversation;
}

ChatConversation *chat_session_find(chat_session *session, const char *name)
{
    return chat_session_look_up(session, name);
}

void chat_session_remove(chat_session *session, ChatConversation *conversation)
{
    guint position;

    if (conversation == session->server ||
        !g_list_store_find(session->conversations, conversation, &position))
        return;
    if (conversation == session->shown) {
        g_autoptr(ChatConversation) above =
            g_list_model_get_item(G_LIST_MODEL(session->conversations), position - 1);

        session->listener->wanted(session, above, session->data);
    }
    g_list_store_remove(session->conversations, position);
}

/* A channel is removed when the server has confirmed the PART; until then messages may still
 * arrive. */
static void finish_close(chat_session *session, ChatConversation *conversation)
{
    const char *name = chat_conversation_get_name(conversation);

    if (bight_irc_client_find_channel(session->client, name))
        chat_conversation_set_closing(conversation);
    else
        chat_session_remove(session, conversation);
}

void chat_session_close(chat_session *session, ChatConversation *conversation)
{
    bight_irc_entry_result result;

    if (conversation != session->server)
        chat_session_run(session, conversation, "/close", &result);
}

void chat_session_run(chat_session *session, ChatConversation *conversation, const char *text,
                      bight_irc_entry_result *result)
{
    chat_log *log = chat_conversation_get_log(conversation);

    if (!session->client) {
        result->todo = BIGHT_IRC_ENTRY_FAILED;
        g_strlcpy(result->text, "You are not connected.", sizeof result->text);
        return;
    }
    bight_irc_entry_run(session->client, chat_conversation_get_name(conversation), text, result);
    switch (result->todo) {
    case BIGHT_IRC_ENTRY_SHOW:
        chat_log_add_line(log, CHAT_LINE_INFO, 0, result->text);
        break;
    case BIGHT_IRC_ENTRY_OPEN:
        chat_session_open(session, result->text);
        break;
    case BIGHT_IRC_ENTRY_CLEAR:
        chat_log_clear(log);
        break;
    case BIGHT_IRC_ENTRY_CLOSE:
        finish_close(session, conversation);
        break;
    default:
        break;
    }
}

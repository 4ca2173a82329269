/* Writes the events of the library's session into the conversations. */
#include "session_private.h"

#include "wording.h"
#include <string.h>

static void add_line(ChatConversation *conversation, chat_line kind, int64_t time, char *take_text)
{
    if (take_text)
        chat_log_add_line(chat_conversation_get_log(conversation), kind, time, take_text);
    g_free(take_text);
}

/* The visible conversation, for messages that belong to no other. */
static ChatConversation *in_view(chat_session *session)
{
    return session->shown ? session->shown : session->server;
}

/* The conversation with this name if there is one, else the given one. */
static ChatConversation *about(chat_session *session, const char *name, ChatConversation *other)
{
    ChatConversation *found = name[0] != '\0' ? chat_session_look_up(session, name) : NULL;

    return found ? found : other;
}

static void set_people_live(chat_session *session, gboolean is_live)
{
    GListModel *list = chat_session_get_conversations(session);

    for (guint i = 0; i < g_list_model_get_n_items(list); i++) {
        g_autoptr(ChatConversation) conversation = g_list_model_get_item(list, i);

        if (chat_conversation_get_kind(conversation) != CHAT_CHANNEL)
            chat_conversation_set_live(conversation, is_live);
    }
}

static void events_tell_state(chat_session *session, bight_irc_state state, const char *reason)
{
    switch (state) {
    case BIGHT_IRC_CONNECTING:
        add_line(session->server, CHAT_LINE_EVENT, 0,
                 g_strdup_printf("Connecting to %s", session->target->connect));
        break;
    case BIGHT_IRC_READY:
        add_line(session->server, CHAT_LINE_EVENT, 0,
                 g_strdup_printf("Connected as %s", chat_session_get_nick(session)));
        break;
    case BIGHT_IRC_OFFLINE:
    case BIGHT_IRC_WAITING:
        add_line(session->server, reason ? CHAT_LINE_ERROR : CHAT_LINE_EVENT, 0,
                 g_strdup_printf("Disconnected%s%s", reason ? ": " : "", reason ? reason : ""));
        break;
    default:
        break;
    }
}

static void events_on_state(bight_irc_client *client, bight_irc_state state, const bight_error *why,
                            void *data)
{
    chat_session *session = data;
    const char *reason = why ? bight_error_get_message(why) : NULL;
    g_autofree char *error = NULL;

    (void)client;
    set_people_live(session, state == BIGHT_IRC_READY);
    events_tell_state(session, state, reason);
    if (state == BIGHT_IRC_OFFLINE && session->next) {
        if (!chat_session_go_on(session, &error))
            session->listener->state_changed(session, state, error, session->data);
        return;
    }
    session->listener->renamed(session, session->data);
    session->listener->state_changed(session, state, reason, session->data);
}

static void events_on_nick_needed(bight_irc_client *client, const char *tried, const char *text,
                                  void *data)
{
    chat_session *session = data;

    (void)client;
    session->listener->nick_needed(session, tried, text, session->data);
}

static void on_said(bight_irc_client *client, const bight_irc_words *words, void *data)
{
    chat_session *session = data;
    ChatConversation *conversation = chat_session_ensure(session, words->conversation);
    gboolean is_private = chat_conversation_get_kind(conversation) == CHAT_PERSON;

    (void)client;
    chat_log_add_words(chat_conversation_get_log(conversation), words);
    if (conversation != session->shown && !words->from.is_self && !words->from.is_server)
        chat_conversation_add_unread(conversation, words->mentions_me || is_private);
}

/* Whether the channel was in the list of channels to join at the start. */
static gboolean was_listed(chat_session *session, const char *name)
{
    g_auto(GStrv) listed = g_strsplit(session->target->join, ",", 0);

    for (gsize i = 0; listed[i] != NULL; i++) {
        listed[i][strcspn(listed[i], " ")] = '\0'; /* a key may follow */
        if (bight_irc_client_same_name(session->client, listed[i], name))
            return TRUE;
    }
    return FALSE;
}

/* Show a channel that the user has just joined, or the first of the channels joined at the start.
 * After a reconnect the view does not change. */
static void on_joined(bight_irc_client *client, bight_irc_channel *channel, void *data)
{
    chat_session *session = data;
    const char *name = bight_irc_channel_get_name(channel);
    gboolean is_new = !chat_session_look_up(session, name);
    ChatConversation *conversation = chat_session_ensure(session, name);

    (void)client;
    chat_conversation_set_name(conversation, name);
    chat_conversation_set_live(conversation, TRUE);
    chat_members_reset(chat_conversation_get_members(conversation), channel);
    add_line(conversation, CHAT_LINE_EVENT, 0, g_strdup_printf("You joined %s", name));
    if (session->shown == session->server || (is_new && !was_listed(session, name)))
        session->listener->wanted(session, conversation, session->data);
}

static void on_left(bight_irc_client *client, bight_irc_channel *channel,
                    const bight_irc_departure *why, void *data)
{
    chat_session *session = data;
    const char *name = bight_irc_channel_get_name(channel);
    ChatConversation *conversation = chat_session_look_up(session, name);
    chat_line kind = why->what == BIGHT_IRC_PARTED ? CHAT_LINE_EVENT : CHAT_LINE_ERROR;

    (void)client;
    if (!conversation)
        return;
    if (why->what == BIGHT_IRC_QUIT && why->text[0] == '\0')
        kind = CHAT_LINE_EVENT;
    chat_members_reset(chat_conversation_get_members(conversation), NULL);
    chat_conversation_set_live(conversation, FALSE);
    add_line(conversation, kind, why->time, chat_wording_of_departure(why));
    if (chat_conversation_is_closing(conversation))
        chat_session_remove(session, conversation);
}

static void on_members_reset(bight_irc_client *client, bight_irc_channel *channel, void *data)
{
    ChatConversation *conversation =
        chat_session_look_up(data, bight_irc_channel_get_name(channel));

    (void)client;
    if (conversation)
        chat_members_reset(chat_conversation_get_members(conversation), channel);
}

static void events_on_member(bight_irc_client *client, const bight_irc_member_change *change,
                             void *data)
{
    ChatConversation *conversation =
        chat_session_look_up(data, bight_irc_channel_get_name(change->channel));

    if (!conversation)
        return;
    chat_members_change(chat_conversation_get_members(conversation), change);
    add_line(conversation, CHAT_LINE_EVENT, change->time, chat_wording_of_member(client, change));
}

static void events_on_topic(bight_irc_client *client, bight_irc_channel *channel,
                            const bight_irc_source *by, int64_t time, void *data)
{
    ChatConversation *conversation =
        chat_session_look_up(data, bight_irc_channel_get_name(channel));
    const char *topic = bight_irc_channel_get_topic(channel);

    (void)client;
    if (!conversation)
        return;
    chat_conversation_set_topic(conversation, topic);
    /* After joining, the time is that of the last change of the topic, perhaps years ago. */
    add_line(conversation, CHAT_LINE_EVENT, by ? time : 0, chat_wording_of_topic(by, topic));
}

static void on_modes(bight_irc_client *client, bight_irc_channel *channel,
                     const bight_irc_source *by, const char *modes, int64_t time, void *data)
{
    chat_session *session = data;
    const char *name = channel ? bight_irc_channel_get_name(channel) : "";

    (void)client;
    if (!by->is_server) /* a server sets modes on every new channel and member; not interesting */
        add_line(about(session, name, session->server), CHAT_LINE_EVENT, time,
                 chat_wording_of_modes(by, modes));
}

static void events_on_nick(bight_irc_client *client, const bight_irc_source *who, const char *nick,
                           int64_t time, void *data)
{
    chat_session *session = data;
    ChatConversation *conversation = chat_session_look_up(session, who->nick);

    (void)client;
    if (who->is_self) {
        add_line(session->server, CHAT_LINE_EVENT, time, chat_wording_of_nick(who, nick));
        session->listener->renamed(session, session->data);
    } else if (conversation && !chat_session_look_up(session, nick)) {
        chat_conversation_set_name(conversation, nick);
        add_line(conversation, CHAT_LINE_EVENT, time, chat_wording_of_nick(who, nick));
    }
}

static void events_on_invited(bight_irc_client *client, const bight_irc_source *by,
                              const char *channel, int64_t time, void *data)
{
    chat_session *session = data;

    (void)client;
    add_line(in_view(session), CHAT_LINE_INFO, time,
             g_strdup_printf("%s invites you to %s", by->nick, channel));
    session->listener->invited(session, by->nick, channel, session->data);
}

static void on_away(bight_irc_client *client, const char *nick, const char *text, void *data)
{
    chat_session *session = data;

    (void)client;
    add_line(about(session, nick, in_view(session)), CHAT_LINE_INFO, 0,
             g_strdup_printf("%s is away: %s", nick, text));
}

static void events_on_self_away(bight_irc_client *client, bool is_away, void *data)
{
    (void)client;
    add_line(in_view(data), CHAT_LINE_INFO, 0,
             g_strdup(is_away ? "You are marked as away" : "You are no longer marked as away"));
}

static void on_whois(bight_irc_client *client, const bight_irc_whois *whois, void *data)
{
    (void)client;
    add_line(in_view(data), CHAT_LINE_INFO, 0, chat_wording_of_whois(whois));
}

static void events_on_list_item(bight_irc_client *client, const char *channel, unsigned members,
                                const char *topic, void *data)
{
    (void)client;
    add_line(in_view(data), CHAT_LINE_INFO, 0,
             g_strdup_printf("%s  (%u)  %s", channel, members, topic));
}

static void events_on_list_end(bight_irc_client *client, void *data)
{
    (void)client;
    add_line(in_view(data), CHAT_LINE_INFO, 0, g_strdup("These are all the channels."));
}

static void events_on_ctcp(bight_irc_client *client, const bight_irc_source *from,
                           const char *command, const char *text, bool is_reply, void *data)
{
    (void)client;
    if (is_reply)
        add_line(in_view(data), CHAT_LINE_INFO, 0,
                 g_strdup_printf("%s answers %s: %s", from->nick, command, text));
}

static void on_info(bight_irc_client *client, const bight_irc_info *info, void *data)
{
    chat_session *session = data;

    (void)client;
    add_line(about(session, info->about, session->server), CHAT_LINE_INFO, info->time,
             g_strdup(info->text));
    session->listener->renamed(session, session->data); /* the network's name may have arrived */
}

static void on_problem(bight_irc_client *client, const bight_irc_problem *problem, void *data)
{
    chat_session *session = data;

    (void)client;
    add_line(about(session, problem->about, in_view(session)), CHAT_LINE_ERROR, problem->time,
             g_strdup(problem->text));
}

static void on_unsent(bight_irc_client *client, const bight_irc_unsent *unsent, void *data)
{
    chat_session *session = data;

    (void)client;
    if (unsent->text[0] != '\0')
        add_line(about(session, unsent->target, in_view(session)), CHAT_LINE_ERROR, unsent->time,
                 g_strdup_printf("This was not sent: %s", unsent->text));
}

const bight_irc_client_events chat_session_events = {
    .size = sizeof(bight_irc_client_events),
    .state_changed = events_on_state,
    .nick_needed = events_on_nick_needed,
    .said = on_said,
    .channel_joined = on_joined,
    .channel_left = on_left,
    .members_reset = on_members_reset,
    .member_changed = events_on_member,
    .topic_changed = events_on_topic,
    .modes_changed = on_modes,
    .nick_changed = events_on_nick,
    .invited = events_on_invited,
    .away = on_away,
    .self_away = events_on_self_away,
    .whois = on_whois,
    .list_item = events_on_list_item,
    .list_end = events_on_list_end,
    .ctcp = events_on_ctcp,
    .info = on_info,
    .problem = on_problem,
    .unsent = on_unsent,
};

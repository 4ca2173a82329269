/* TOPIC, KICK and INVITE. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The membership that a command needs; if it is missing, the user gets an error. `op` requires an
 * operator. */
static bighti_ircd_member *need_member(bighti_ircd_user *user, const char *name, bool op)
{
    bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, name);
    bighti_ircd_member *member = channel != NULL ? bighti_ircd_member_find(channel, user) : NULL;

    if (channel == NULL)
        bighti_ircd_reply(user, ERR_NOSUCHCHANNEL, "No such channel", name, NULL);
    else if (member == NULL)
        bighti_ircd_reply(user, ERR_NOTONCHANNEL, "You're not on that channel", channel->name,
                          NULL);
    else if (op && (member->rank & MEMBER_OP) == 0)
        bighti_ircd_reply(user, ERR_CHANOPRIVSNEEDED, "You're not channel operator", channel->name,
                          NULL);
    else
        return member;
    return NULL;
}

void bighti_ircd_send_topic(bighti_ircd_user *user, const bighti_ircd_channel *channel)
{
    char when[24];

    if (channel->topic == NULL) {
        bighti_ircd_reply(user, RPL_NOTOPIC, "No topic is set", channel->name, NULL);
        return;
    }
    snprintf(when, sizeof(when), "%llu", (unsigned long long)(channel->topic_set / BIGHT_SEC(1)));
    bighti_ircd_reply(user, RPL_TOPIC, channel->topic, channel->name, NULL);
    bighti_ircd_reply(user, RPL_TOPICWHOTIME, NULL, channel->name, channel->topic_setter, when,
                      NULL);
}

static void ops_show_topic(bighti_ircd_user *user, const char *name)
{
    bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, name);

    if (channel == NULL)
        bighti_ircd_reply(user, ERR_NOSUCHCHANNEL, "No such channel", name, NULL);
    else if ((channel->modes & MODE_SECRET) != 0 && bighti_ircd_member_find(channel, user) == NULL)
        bighti_ircd_reply(user, ERR_NOTONCHANNEL, "You're not on that channel", channel->name,
                          NULL);
    else
        bighti_ircd_send_topic(user, channel);
}

static void ops_set_topic(bighti_ircd_member *member, char *text)
{
    bighti_ircd_channel *channel = member->channel;
    bighti_ircd_user *user = member->user;
    char *topic = NULL;
    bighti_ircd_event event;

    bighti_ircd_cut(text, user->server->options.topic_length);
    if (*text != '\0' && (topic = bighti_ircd_dup(text)) == NULL) {
        bighti_ircd_user_doom(user, "Out of memory");
        return;
    }
    free(channel->topic);
    channel->topic = topic;
    channel->topic_set = bighti_ircd_wall_time(user->server);
    bighti_ircd_user_source(user, channel->topic_setter);
    bighti_ircd_event_begin(&event, user, "TOPIC");
    bighti_ircd_line_word(&event.line, channel->name);
    bighti_ircd_line_text(&event.line, text);
    bighti_ircd_event_to_channel(&event, channel, NULL, 0, 0);
    bighti_ircd_event_end(&event);
}

void bighti_ircd_on_topic(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    bighti_ircd_channel *channel;
    bighti_ircd_member *member;

    if (args->words[1] == NULL) {
        ops_show_topic(user, args->words[0]);
        return;
    }
    channel = bighti_ircd_channel_find(user->server, args->words[0]);
    member = need_member(user, args->words[0],
                         channel != NULL && (channel->modes & MODE_TOPIC_BY_OPS) != 0);
    if (member != NULL)
        ops_set_topic(member, args->words[1]);
}

static void kick(bighti_ircd_member *by, const char *nick, const char *reason)
{
    bighti_ircd_channel *channel = by->channel;
    bighti_ircd_user *target = bighti_ircd_user_find(by->user->server, nick);
    bighti_ircd_member *member = target != NULL ? bighti_ircd_member_find(channel, target) : NULL;
    bighti_ircd_event event;

    if (target == NULL) {
        bighti_ircd_reply(by->user, ERR_NOSUCHNICK, "No such nick/channel", nick, NULL);
        return;
    }
    if (member == NULL) {
        bighti_ircd_reply(by->user, ERR_USERNOTINCHANNEL, "They aren't on that channel",
                          target->nick, channel->name, NULL);
        return;
    }
    bighti_ircd_event_begin(&event, by->user, "KICK");
    bighti_ircd_line_word(&event.line, channel->name);
    bighti_ircd_line_word(&event.line, target->nick);
    bighti_ircd_line_text(&event.line, reason);
    bighti_ircd_event_to_channel(&event, channel, NULL, 0, 0);
    bighti_ircd_event_end(&event);
    bighti_ircd_member_remove(member);
}

/* The membership is looked up for each nick, because a user who kicks itself is no longer a member.
 * @return  false if the user may not kick there */
static bool kick_from(bighti_ircd_user *user, const char *channel, const char *nick,
                      const char *reason)
{
    bighti_ircd_member *member = need_member(user, channel, true);

    if (member != NULL)
        kick(member, nick, reason);
    return member != NULL;
}

static size_t count_items(const char *list)
{
    size_t count = 1;

    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

/* One channel and several nicks, or as many channels as nicks (RFC 2812, section 3.2.8). */
void bighti_ircd_on_kick(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char *channels = args->words[0], *nicks = args->words[1], *nick;
    size_t count = count_items(channels);
    const char *channel = channels;
    const char *reason = args->words[2] != NULL ? args->words[2] : user->nick;

    if (count > 1 && count != count_items(nicks)) {
        bighti_ircd_reply(user, ERR_NEEDMOREPARAMS, "Not as many nicks as channels", "KICK", NULL);
        return;
    }
    bighti_ircd_cut(args->words[2], user->server->options.reason_length);
    for (int i = 0; (nick = bighti_ircd_next_item(&nicks)) != NULL; i++) {
        if (i == BIGHTI_IRCD_TARGETS) {
            bighti_ircd_reply(user, ERR_TOOMANYTARGETS, "Too many targets", nick, NULL);
            return;
        }
        if (count > 1)
            channel = bighti_ircd_next_item(&channels);
        if (channel == NULL || (!kick_from(user, channel, nick, reason) && count == 1))
            return;
    }
}

static void invite(bighti_ircd_member *by, bighti_ircd_user *target)
{
    bighti_ircd_channel *channel = by->channel;
    bighti_ircd_event event;

    if (!bighti_ircd_invite_add(channel, target, (by->rank & MEMBER_OP) != 0)) {
        bighti_ircd_user_doom(by->user, "Out of memory");
        return;
    }
    bighti_ircd_reply(by->user, RPL_INVITING, NULL, target->nick, channel->name, NULL);
    if (target->away != NULL)
        bighti_ircd_reply(by->user, RPL_AWAY, target->away, target->nick, NULL);
    bighti_ircd_event_begin(&event, by->user, "INVITE");
    bighti_ircd_line_word(&event.line, target->nick);
    bighti_ircd_line_word(&event.line, channel->name);
    bighti_ircd_event_send(&event, target);
    bighti_ircd_event_to_channel(&event, channel, by->user, MEMBER_OP, CAP_INVITE_NOTIFY);
    bighti_ircd_event_end(&event);
}

void bighti_ircd_on_invite(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    bighti_ircd_user *target = bighti_ircd_user_find(user->server, args->words[0]);
    bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, args->words[1]);
    bighti_ircd_member *member;

    if (target == NULL) {
        bighti_ircd_reply(user, ERR_NOSUCHNICK, "No such nick/channel", args->words[0], NULL);
        return;
    }
    member = need_member(user, args->words[1],
                         channel != NULL && (channel->modes & MODE_INVITE_ONLY) != 0);
    if (member == NULL)
        return;
    if (bighti_ircd_member_find(channel, target) != NULL)
        bighti_ircd_reply(user, ERR_USERONCHANNEL, "is already on channel", target->nick,
                          channel->name, NULL);
    else
        invite(member, target);
}

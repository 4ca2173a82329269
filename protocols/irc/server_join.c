/* JOIN and PART. */
#include "server_handlers.h"
#include "server_send.h"
#include <string.h>

static bool has_key(const bighti_ircd_channel *channel, const char *key)
{
    return channel->key[0] == '\0' || (key != NULL && strcmp(channel->key, key) == 0);
}

/* The numeric for a rejected JOIN, or 0. An invitation by an operator overrides
 * all restrictions. */
static bighti_irc_numeric refusal(const bighti_ircd_channel *channel, const bighti_ircd_user *user,
                                  const char *key)
{
    if (bighti_ircd_invite_has(channel, user))
        return 0;
    if ((channel->modes & MODE_INVITE_ONLY) != 0)
        return ERR_INVITEONLYCHAN;
    if (!has_key(channel, key))
        return ERR_BADCHANNELKEY;
    if (channel->limit > 0 && channel->member_count >= channel->limit)
        return ERR_CHANNELISFULL;
    if (bighti_ircd_channel_bans(channel, user))
        return ERR_BANNEDFROMCHAN;
    return 0;
}

static const char *text_of(bighti_irc_numeric numeric)
{
    switch (numeric) {
    case ERR_INVITEONLYCHAN:
        return "Cannot join channel (+i)";
    case ERR_BADCHANNELKEY:
        return "Cannot join channel (+k)";
    case ERR_CHANNELISFULL:
        return "Cannot join channel (+l)";
    default:
        return "Cannot join channel (+b)";
    }
}

static void join_enter(bighti_ircd_user *user, bighti_ircd_channel *channel)
{
    uint32_t rank = channel->member_count == 0 ? MEMBER_OP : 0;
    bighti_ircd_event event;

    if (bighti_ircd_member_add(channel, user, rank) == NULL) {
        bighti_ircd_channel_release(user->server, channel);
        bighti_ircd_user_doom(user, "Out of memory");
        return;
    }
    bighti_ircd_invite_remove(channel, user);
    bighti_ircd_event_begin(&event, user, "JOIN");
    bighti_ircd_line_word(&event.line, channel->name);
    bighti_ircd_event_to_channel(&event, channel, NULL, 0, 0);
    bighti_ircd_event_end(&event);
    if (user->away != NULL) {
        bighti_ircd_event_begin(&event, user, "AWAY");
        bighti_ircd_line_text(&event.line, user->away);
        bighti_ircd_event_to_channel(&event, channel, user, 0, CAP_AWAY_NOTIFY);
        bighti_ircd_event_end(&event);
    }
    if (channel->topic != NULL)
        bighti_ircd_send_topic(user, channel);
    bighti_ircd_send_names(user, channel);
}

static void join(bighti_ircd_user *user, const char *name, const char *key)
{
    const bight_irc_server_options *options = &user->server->options;
    bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, name);
    bighti_irc_numeric refused;

    if (channel != NULL && bighti_ircd_member_find(channel, user) != NULL)
        return;
    if (!bight_irc_channel_is_valid(bight_view_of(name), BIGHTI_IRCD_CHANTYPES,
                                    options->channel_length)) {
        bighti_ircd_reply(user, ERR_NOSUCHCHANNEL, "No such channel", name, NULL);
        return;
    }
    if (user->membership_count >= options->max_channels) {
        bighti_ircd_reply(user, ERR_TOOMANYCHANNELS, "You have joined too many channels", name,
                          NULL);
        return;
    }
    refused = channel != NULL ? refusal(channel, user, key) : 0;
    if (refused != 0) {
        bighti_ircd_reply(user, refused, text_of(refused), channel->name, NULL);
        return;
    }
    if (channel == NULL)
        channel = bighti_ircd_channel_new(user->server, name);
    if (channel == NULL)
        bighti_ircd_user_doom(user, "Out of memory");
    else
        join_enter(user, channel);
}

static void join_leave(bighti_ircd_member *member, const char *reason)
{
    bighti_ircd_event event;

    bighti_ircd_event_begin(&event, member->user, "PART");
    bighti_ircd_line_word(&event.line, member->channel->name);
    if (reason != NULL && *reason != '\0')
        bighti_ircd_line_text(&event.line, reason);
    bighti_ircd_event_to_channel(&event, member->channel, NULL, 0, 0);
    bighti_ircd_event_end(&event);
    bighti_ircd_member_remove(member);
}

void bighti_ircd_on_join(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char *names = args->words[0], *keys = args->words[1], *name;

    if (strcmp(names, "0") == 0) {
        while (!bighti_list_is_empty(&user->memberships))
            join_leave(BIGHTI_CONTAINER(user->memberships.next, bighti_ircd_member, in_user), NULL);
        return;
    }
    while ((name = bighti_ircd_next_item(&names)) != NULL)
        join(user, name, strsep(&keys, ","));
}

void bighti_ircd_on_part(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char *names = args->words[0], *reason = args->words[1], *name;

    bighti_ircd_cut(reason, user->server->options.reason_length);
    while ((name = bighti_ircd_next_item(&names)) != NULL) {
        bighti_ircd_channel *channel = bighti_ircd_channel_find(user->server, name);
        bighti_ircd_member *member =
            channel != NULL ? bighti_ircd_member_find(channel, user) : NULL;

        if (channel == NULL)
            bighti_ircd_reply(user, ERR_NOSUCHCHANNEL, "No such channel", name, NULL);
        else if (member == NULL)
            bighti_ircd_reply(user, ERR_NOTONCHANNEL, "You're not on that channel", channel->name,
                              NULL);
        else
            join_leave(member, reason);
    }
}

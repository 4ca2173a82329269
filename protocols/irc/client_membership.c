/* Membership: JOIN, PART, KICK, QUIT, NICK, and messages with users' data. Messages about a
 * channel that the client is not in, or about an unknown member, are ignored. */
#include "client_private.h"

#include <stdlib.h>
#include <string.h>

static bool name_fits(const char *name)
{
    return name[0] != '\0' && strlen(name) <= BIGHTI_IRCC_NAME_MAX;
}

static bight_irc_member_change change_of(bight_irc_happening what, bight_irc_member *member,
                                         const bighti_ircc_message *message, const char *text)
{
    return (bight_irc_member_change){
        .what = what,
        .channel = member->channel,
        .member = member,
        .old_position = BIGHT_IRC_NOWHERE,
        .new_position = BIGHT_IRC_NOWHERE,
        .old_nick = member->nick,
        .by = message->from,
        .text = text,
        .time = message->time,
    };
}

static void tell_change(bight_irc_client *client, const bight_irc_member_change *change)
{
    BIGHTI_IRCC_TELL(client, member_changed, (client, change, client->data));
}

/* Keep the user and host of a source, if it has them. */
static bool set_address(bight_irc_member *member, const char *user, const char *host)
{
    if (user[0] != '\0' && !bighti_ircc_set(&member->user, user))
        return false;
    return host[0] == '\0' || bighti_ircc_set(&member->host, host);
}

static bool keep_own_address(bight_irc_client *client, const char *user, const char *host)
{
    if (strlen(user) > BIGHTI_IRCC_NAME_MAX || strlen(host) > BIGHTI_IRCC_NAME_MAX)
        return true;
    return (user[0] == '\0' || bighti_ircc_set(&client->user_seen, user)) &&
           (host[0] == '\0' || bighti_ircc_set(&client->host_seen, host));
}

static void join_self(bight_irc_client *client, const char *name,
                      const bighti_ircc_message *message)
{
    bight_irc_channel *channel;

    if (!keep_own_address(client, message->from.user, message->from.host)) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    if (bight_irc_client_find_channel(client, name))
        return;
    if (client->channel_count >= client->options.channels_max) {
        bighti_ircc_send_now(client, "PART", name, NULL);
        bighti_ircc_tell_problem(client, 0, name, "There are too many channels already",
                                 message->time);
        return;
    }
    channel = bighti_ircc_channel_add(client, name);
    if (channel == NULL) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    channel->modes_unasked = true;
    bighti_ircc_want_joined(client, name);
    BIGHTI_IRCC_TELL(client, channel_joined, (client, channel, client->data));
    bight_task_schedule(client->soon);
}

static void add_member(bight_irc_channel *channel, const bighti_ircc_message *message)
{
    bight_irc_client *client = channel->client;
    bight_irc_member *member;
    bight_irc_member_change change;
    bool full;

    if (bight_irc_channel_find_member(channel, message->from.nick))
        return;
    member = bighti_ircc_member_add(channel, message->from.nick, &full);
    if (member == NULL && full)
        return;
    if (member == NULL || !set_address(member, message->from.user, message->from.host)) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    member->seen = true;
    change = change_of(BIGHT_IRC_JOINED, member, message, "");
    change.new_position = bight_irc_channel_get_position(channel, member);
    tell_change(client, &change);
}

void bighti_ircc_on_join(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *name = message->params[0];
    bight_irc_channel *channel;

    if (!name_fits(name) || message->from.is_server || !name_fits(message->from.nick) ||
        !bight_irc_client_is_channel(client, name))
        return;
    if (message->from.is_self)
        join_self(client, name, message);
    channel = bight_irc_client_find_channel(client, name);
    if (channel != NULL && !client->ended)
        add_member(channel, message);
}

void bighti_ircc_leave_channel(bight_irc_channel *channel, const bight_irc_departure *why)
{
    bight_irc_client *client = channel->client;

    bighti_ircc_channel_unlist(channel);
    BIGHTI_IRCC_TELL(client, channel_left, (client, channel, why, client->data));
    bighti_ircc_channel_free(channel);
}

static void remove_member(bight_irc_member *member, bight_irc_happening what,
                          const bighti_ircc_message *message, const char *text)
{
    bight_irc_member_change change = change_of(what, member, message, text);

    change.old_position = bighti_ircc_member_unlist(member);
    tell_change(member->channel->client, &change);
    bighti_ircc_member_free(member);
}

/* This client or another member is no longer in a channel. */
static void depart(bight_irc_client *client, const char *name, const char *nick,
                   bight_irc_happening what, const bighti_ircc_message *message, const char *text)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, name);
    bight_irc_member *member =
        channel != NULL ? bight_irc_channel_find_member(channel, nick) : NULL;

    if (channel != NULL && bighti_ircc_is_self(client, nick)) {
        bight_irc_departure why = {what, message->from, text, message->time};

        bighti_ircc_unwant(client, name);
        bighti_ircc_leave_channel(channel, &why);
    } else if (member != NULL) {
        remove_member(member, what, message, text);
    }
}

void bighti_ircc_on_part(bight_irc_client *client, const bighti_ircc_message *message)
{
    depart(client, message->params[0], message->from.nick, BIGHT_IRC_PARTED, message,
           message->params[1]);
}

void bighti_ircc_on_kick(bight_irc_client *client, const bighti_ircc_message *message)
{
    depart(client, message->params[0], message->params[1], BIGHT_IRC_KICKED, message,
           message->params[2]);
}

void bighti_ircc_on_quit(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (message->from.is_self) /* the end of the connection reports it */
        return;
    for (size_t i = 0; i < client->channel_count; i++) {
        bight_irc_member *member =
            bight_irc_channel_find_member(client->channels[i], message->from.nick);

        if (member != NULL)
            remove_member(member, BIGHT_IRC_QUIT, message, message->params[0]);
    }
}

/* Another member takes over this nick, so the old entry must be stale. */
static void drop_ghost(bight_irc_channel *channel, const bight_irc_member *member, const char *nick)
{
    bight_irc_member *ghost = bight_irc_channel_find_member(channel, nick);

    if (ghost == NULL || ghost == member)
        return;
    bighti_ircc_member_unlist(ghost);
    bighti_ircc_member_free(ghost);
    BIGHTI_IRCC_TELL(channel->client, members_reset,
                     (channel->client, channel, channel->client->data));
}

static void rename_member(bight_irc_member *member, const char *nick,
                          const bighti_ircc_message *message)
{
    bight_irc_channel *channel = member->channel;
    bight_irc_member_change change = change_of(BIGHT_IRC_RENAMED, member, message, "");

    change.old_position = bight_irc_channel_get_position(channel, member);
    change.old_nick = message->from.nick;
    if (!bighti_ircc_member_rename(member, nick)) {
        bighti_ircc_out_of_memory(channel->client);
        return;
    }
    change.new_position = bight_irc_channel_get_position(channel, member);
    tell_change(channel->client, &change);
}

/* This client has a new nick. A nick that the server forced is not used for the next
 * connection. */
static bool take_nick(bight_irc_client *client, const char *nick)
{
    if (client->requested != NULL && bight_irc_client_same_name(client, client->requested, nick) &&
        !bighti_ircc_set(&client->wanted, nick))
        return false;
    return bighti_ircc_set(&client->nick, nick);
}

void bighti_ircc_on_nick(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *nick = message->params[0];

    if (!name_fits(nick) || message->from.is_server)
        return;
    if (message->from.is_self && !take_nick(client, nick)) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    for (size_t i = 0; i < client->channel_count; i++) {
        bight_irc_member *member =
            bight_irc_channel_find_member(client->channels[i], message->from.nick);

        if (member == NULL)
            continue;
        drop_ghost(client->channels[i], member, nick);
        rename_member(member, nick, message);
    }
    BIGHTI_IRCC_TELL(client, nick_changed,
                     (client, &message->from, nick, message->time, client->data));
}

static void tell_updated(bight_irc_member *member, const bighti_ircc_message *message)
{
    bight_irc_member_change change = change_of(BIGHT_IRC_UPDATED, member, message, "");

    change.old_position = change.new_position =
        bight_irc_channel_get_position(member->channel, member);
    tell_change(member->channel->client, &change);
}

void bighti_ircc_on_away(bight_irc_client *client, const bighti_ircc_message *message)
{
    bool away = message->params[0][0] != '\0';

    for (size_t i = 0; i < client->channel_count; i++) {
        bight_irc_member *member =
            bight_irc_channel_find_member(client->channels[i], message->from.nick);

        if (member == NULL || member->away == away)
            continue;
        member->away = away;
        tell_updated(member, message);
    }
}

void bighti_ircc_on_chghost(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *user = message->params[0], *host = message->params[1];

    if (!name_fits(user) || !name_fits(host))
        return;
    if (message->from.is_self && !keep_own_address(client, user, host)) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    for (size_t i = 0; i < client->channel_count; i++) {
        bight_irc_member *member =
            bight_irc_channel_find_member(client->channels[i], message->from.nick);

        if (member == NULL)
            continue;
        if (!set_address(member, user, host)) {
            bighti_ircc_out_of_memory(client);
            return;
        }
        tell_updated(member, message);
    }
}

/* RPL_WHOREPLY: "<me> <channel> <user> <host> <server> <nick> <H|G>[*][@] :<hops> <real name>". */
void bighti_ircc_on_who(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[1]);
    bight_irc_member *member =
        channel ? bight_irc_channel_find_member(channel, message->params[5]) : NULL;

    if (member == NULL || !name_fits(message->params[2]) || !name_fits(message->params[3]))
        return;
    member->away = message->params[6][0] == 'G';
    if (set_address(member, message->params[2], message->params[3]))
        tell_updated(member, message);
    else
        bighti_ircc_out_of_memory(client);
}

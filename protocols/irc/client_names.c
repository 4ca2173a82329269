/* The names list of a channel, which arrives in several lines, and its topic.
 *
 * NAMES is authoritative, so it also corrects earlier errors. Its first line begins a collection,
 * members who join meanwhile count as seen, and at the end unseen members are dropped. */
#include "client_private.h"

#include <stdlib.h>
#include <string.h>

static void begin_collecting(bight_irc_channel *channel)
{
    if (channel->collecting)
        return;
    channel->collecting = true;
    for (size_t i = 0; i < channel->members.count; i++)
        channel->members.by_nick[i]->seen = false;
}

/* Cut the text at `mark`, and return the part after it, or "". */
static const char *cut_at(char *text, char mark)
{
    char *at = strchr(text, mark);

    if (!at)
        return "";
    *at = '\0';
    return at + 1;
}

/* The modes of a member after NAMES has shown some. Without multi-prefix, only the highest is
 * shown: higher ones are gone, lower ones may still be set. */
static uint64_t modes_now(const bight_irc_client *client, uint64_t before, uint64_t shown)
{
    const char *letters = client->features.prefix_modes;

    if (client->capabilities & BIGHTI_IRCC_MULTI_PREFIX)
        return shown;
    while (*letters != '\0' && !(shown & bighti_ircc_mode_bit(*letters))) {
        before &= ~bighti_ircc_mode_bit(*letters);
        letters++;
    }
    return before | shown;
}

/* "@+nick", with userhost-in-names "@+nickuser == NULL@host". False without memory. */
static bool take_name(bight_irc_channel *channel, char *name)
{
    bight_irc_client *client = channel->client;
    uint64_t modes = 0;
    char mode;
    const char *user, *host;
    bight_irc_member *member;
    bool full = false;

    while ((mode = bighti_ircc_prefix_mode(client, *name)) != '\0') {
        modes |= bighti_ircc_mode_bit(mode);
        name++;
    }
    host = cut_at(name, '@');
    user = cut_at(name, '!');
    if (name[0] == '\0' || strlen(name) > BIGHTI_IRCC_NAME_MAX)
        return true;
    member = bight_irc_channel_find_member(channel, name);
    if (member == NULL)
        member = bighti_ircc_member_add(channel, name, &full);
    if (member == NULL)
        return full;
    member->seen = true;
    bighti_ircc_member_set_modes(member, modes_now(client, member->modes, modes));
    return (user[0] == '\0' || bighti_ircc_set(&member->user, user)) &&
           (host[0] == '\0' || bighti_ircc_set(&member->host, host));
}

/* RPL_NAMREPLY: "<me> <=|*|@> <channel> :[prefix]nick ...". */
void bighti_ircc_on_names(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[2]);
    char *copy, *rest, *name;

    if (channel == NULL) {
        bighti_ircc_tell_info(client, message, message->params[2], message->params[3]);
        return;
    }
    copy = bighti_ircc_dup(message->params[3]);
    if (copy == NULL) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    begin_collecting(channel);
    rest = copy;
    while ((name = strsep(&rest, " ")) != NULL) {
        if (!take_name(channel, name)) {
            bighti_ircc_out_of_memory(client);
            break;
        }
    }
    free(copy);
}

void bighti_ircc_on_names_end(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[1]);

    if (channel == NULL || !channel->collecting)
        return;
    channel->collecting = false;
    bighti_ircc_members_keep_seen(channel);
    BIGHTI_IRCC_TELL(client, members_reset, (client, channel, client->data));
}

static void client_names_set_topic(bight_irc_channel *channel, const char *topic,
                                   const char *setter, int64_t time)
{
    if (!bighti_ircc_set(&channel->topic, topic) ||
        !bighti_ircc_set(&channel->topic_setter, setter))
        bighti_ircc_out_of_memory(channel->client);
    channel->topic_time = time;
}

void bighti_ircc_on_topic(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[0]);

    if (channel == NULL)
        return;
    client_names_set_topic(channel, message->params[1], message->from.nick, message->time);
    BIGHTI_IRCC_TELL(client, topic_changed,
                     (client, channel, &message->from, message->time, client->data));
}

/* RPL_TOPIC and RPL_NOTOPIC. */
void bighti_ircc_on_topic_is(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[1]);

    if (channel == NULL) {
        bighti_ircc_tell_info(client, message, message->params[1], message->params[2]);
        return;
    }
    client_names_set_topic(channel, message->code == 332 ? message->params[2] : "", "", 0);
    BIGHTI_IRCC_TELL(client, topic_changed, (client, channel, NULL, message->time, client->data));
}

/* RPL_TOPICWHOTIME: "<me> <channel> <who> <seconds since 1970>". It follows the topic. */
void bighti_ircc_on_topic_by(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[1]);

    if (channel == NULL || message->count < 4)
        return;
    if (!bighti_ircc_set(&channel->topic_setter, message->params[2])) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    channel->topic_setter[strcspn(channel->topic_setter, "!")] = '\0';
    channel->topic_time = (int64_t)strtoul(message->params[3], NULL, 10) * 1000;
}

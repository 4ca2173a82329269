/* MODE: a string of letters, followed by the arguments of some of them. The server announces which
 * letters take one (PREFIX, CHANMODES); all other letters take none. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdio.h>
#include <string.h>

/* The current change, and the position of the next argument. */
typedef struct mode_reader {
    const char *letters;
    bool on;
    const char *const *params;
    size_t count;
    size_t next;
} mode_reader;

static bool modes_is_in(char letter, const char *set)
{
    return strchr(set, letter) != NULL;
}

static const char *take_argument(mode_reader *reader)
{
    return reader->next < reader->count ? reader->params[reader->next++] : "";
}

static void forget_argument(bight_irc_channel *channel, char letter)
{
    for (size_t i = 0; i < channel->argument_count; i++) {
        if (channel->arguments[i].letter == letter) {
            channel->arguments[i] = channel->arguments[--channel->argument_count];
            return;
        }
    }
}

static void keep_argument(bight_irc_channel *channel, char letter, const char *value)
{
    size_t at;

    forget_argument(channel, letter);
    if (channel->argument_count == BIGHTI_IRCC_MODE_ARGUMENTS_MAX)
        return;
    at = channel->argument_count++;
    channel->arguments[at].letter = letter;
    bight_irc_repair(value, strlen(value), channel->arguments[at].value,
                     sizeof(channel->arguments[at].value));
}

static void rank(bight_irc_channel *channel, const mode_reader *reader, char letter,
                 const char *nick, const bighti_ircc_message *message)
{
    bight_irc_member *member = bight_irc_channel_find_member(channel, nick);
    bight_irc_client *client = channel->client;
    uint64_t bit = bighti_ircc_mode_bit(letter);
    bight_irc_member_change change;

    if (member == NULL || !(member->modes & bit) == !reader->on)
        return;
    change = (bight_irc_member_change){.what = BIGHT_IRC_RANKED,
                                       .channel = channel,
                                       .member = member,
                                       .old_nick = member->nick,
                                       .by = message->from,
                                       .text = "",
                                       .time = message->time};
    change.old_position = bight_irc_channel_get_position(channel, member);
    bighti_ircc_member_set_modes(member, reader->on ? member->modes | bit : member->modes & ~bit);
    change.new_position = bight_irc_channel_get_position(channel, member);
    BIGHTI_IRCC_TELL(client, member_changed, (client, &change, client->data));
}

/* One letter of a channel's modes. */
static void change_mode(bight_irc_channel *channel, mode_reader *reader, char letter,
                        const bighti_ircc_message *message)
{
    const bighti_ircc_features *features = &channel->client->features;
    const char *value;

    if (modes_is_in(letter, features->prefix_modes)) {
        rank(channel, reader, letter, take_argument(reader), message);
    } else if (modes_is_in(letter, features->channel_modes[0])) {
        take_argument(reader); /* a list, of bans for example, is not tracked */
    } else if (modes_is_in(letter, features->channel_modes[1]) ||
               (modes_is_in(letter, features->channel_modes[2]) && reader->on)) {
        value = take_argument(reader);
        if (reader->on)
            keep_argument(channel, letter, value);
        else
            forget_argument(channel, letter);
        if (letter == 'k')
            bighti_ircc_want_key(channel->client, channel->name, reader->on ? value : NULL);
    } else if (modes_is_in(letter, features->channel_modes[2])) {
        forget_argument(channel, letter);
    } else if (reader->on) {
        channel->flags |= bighti_ircc_mode_bit(letter);
    } else {
        channel->flags &= ~bighti_ircc_mode_bit(letter);
    }
}

static void write_modes(bight_irc_channel *channel)
{
    char *out = channel->modes_text;
    size_t used = 0;

    out[used++] = '+';
    for (int letter = 'A'; letter <= 'z'; letter++) {
        if (channel->flags & bighti_ircc_mode_bit((char)letter))
            out[used++] = (char)letter;
    }
    for (size_t i = 0; i < channel->argument_count; i++)
        out[used++] = channel->arguments[i].letter;
    out[used] = '\0';
    /* 1 + 52 + 16 letters and 16 arguments of 64 bytes fit. */
    for (size_t i = 0; i < channel->argument_count; i++)
        used += (size_t)snprintf(out + used, sizeof(channel->modes_text) - used, " %s",
                                 channel->arguments[i].value);
}

/* Read "+o-v nick nick" from the parameters, from `first` on. */
static void read_modes(bight_irc_channel *channel, const bighti_ircc_message *message, size_t first)
{
    mode_reader reader = {message->params[first], true, message->params, message->count, first + 1};

    for (; *reader.letters != '\0'; reader.letters++) {
        if (*reader.letters == '+' || *reader.letters == '-')
            reader.on = *reader.letters == '+';
        else
            change_mode(channel, &reader, *reader.letters, message);
    }
    write_modes(channel);
}

static void tell_modes(bight_irc_client *client, bight_irc_channel *channel,
                       const bighti_ircc_message *message, size_t first)
{
    char text[2048];

    bighti_ircc_join_params(message, first, message->count, text, sizeof(text));
    BIGHTI_IRCC_TELL(client, modes_changed,
                     (client, channel, &message->from, text, message->time, client->data));
}

void bighti_ircc_on_mode(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[0]);

    if (channel == NULL && !bighti_ircc_is_self(client, message->params[0]))
        return;
    if (channel != NULL)
        read_modes(channel, message, 1);
    tell_modes(client, channel, message, 1);
}

/* RPL_CHANNELMODEIS: "<me> <channel> <modes> <arguments>": all that are set. */
void bighti_ircc_on_mode_is(bight_irc_client *client, const bighti_ircc_message *message)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, message->params[1]);

    if (channel == NULL) {
        bighti_ircc_tell_info(client, message, message->params[1], message->params[2]);
        return;
    }
    channel->flags = 0;
    channel->argument_count = 0;
    read_modes(channel, message, 2);
    tell_modes(client, channel, message, 2);
}

/* PRIVMSG, NOTICE and TAGMSG to users and channels; AWAY. A NOTICE is never answered, not even
 * with an error. This prevents endless conversations between two programs (RFC 2812 section
 * 3.3.2). */
#include "server_handlers.h"
#include "server_send.h"
#include <stdlib.h>
#include <string.h>

typedef struct talk {
    bighti_ircd_user *from;
    const char *command, *text; /* text is NULL for TAGMSG */
    bight_view tags;            /* those that are passed on */
} talk;

static bool is_quiet(const talk *message)
{
    return strcmp(message->command, "NOTICE") == 0;
}

static void talk_refuse(const talk *message, bighti_irc_numeric numeric, const char *text,
                        const char *target)
{
    if (!is_quiet(message))
        bighti_ircd_reply(message->from, numeric, text, target, NULL);
}

static void talk_begin(bighti_ircd_event *event, const talk *message, const char *target)
{
    bighti_ircd_event_begin(event, message->from, message->command);
    bighti_ircd_line_word(&event->line, target);
    if (message->text != NULL)
        bighti_ircd_line_text(&event->line, message->text);
    event->tags = message->tags;
    event->tags_only = message->text == NULL;
}

static void echo(bighti_ircd_event *event, const talk *message)
{
    if ((message->from->caps & CAP_ECHO_MESSAGE) != 0)
        bighti_ircd_event_send(event, message->from);
    bighti_ircd_event_end(event);
}

static void to_user(const talk *message, const char *nick)
{
    bighti_ircd_user *target = bighti_ircd_user_find(message->from->server, nick);
    bighti_ircd_event event;

    if (target == NULL) {
        talk_refuse(message, ERR_NOSUCHNICK, "No such nick/channel", nick);
        return;
    }
    talk_begin(&event, message, target->nick);
    bighti_ircd_event_send(&event, target);
    echo(&event, message);
    if (target->away != NULL && strcmp(message->command, "PRIVMSG") == 0)
        bighti_ircd_reply(message->from, RPL_AWAY, target->away, target->nick, NULL);
}

static bool may_talk(const bighti_ircd_channel *channel, bighti_ircd_user *user)
{
    bighti_ircd_member *member = bighti_ircd_member_find(channel, user);

    if (member == NULL)
        return (channel->modes & (MODE_NO_EXTERNAL | MODE_MODERATED)) == 0 &&
               !bighti_ircd_channel_bans(channel, user);
    return member->rank != 0 ||
           ((channel->modes & MODE_MODERATED) == 0 && !bighti_ircd_member_is_banned(member));
}

/* "@#channel" is for operators, "+#channel" for those with a voice and operators (STATUSMSG). */
static void to_channel(const talk *message, const char *target)
{
    uint32_t rank = *target == '@' ? MEMBER_OP : *target == '+' ? MEMBER_OP | MEMBER_VOICE : 0;
    bighti_ircd_channel *channel =
        bighti_ircd_channel_find(message->from->server, target + (rank != 0));
    char shown[BIGHTI_IRCD_CHANNEL + 2] = "";
    bighti_ircd_event event;

    if (channel == NULL) {
        talk_refuse(message, ERR_NOSUCHCHANNEL, "No such channel", target);
        return;
    }
    if (!may_talk(channel, message->from)) {
        talk_refuse(message, ERR_CANNOTSENDTOCHAN, "Cannot send to channel", channel->name);
        return;
    }
    strncat(shown, target, rank != 0 ? 1 : 0);
    strncat(shown, channel->name, BIGHTI_IRCD_CHANNEL);
    talk_begin(&event, message, shown);
    bighti_ircd_event_to_channel(&event, channel, message->from, rank, 0);
    echo(&event, message);
}

static bool is_channel(const char *target)
{
    if (*target == '@' || *target == '+')
        target++;
    return *target != '\0' && strchr(BIGHTI_IRCD_CHANTYPES, *target) != NULL;
}

/* The bytes that follow the first byte of a character; -1 if it cannot be a first byte. */
static int utf8_rest(uint8_t byte)
{
    if (byte < 0x80)
        return 0;
    if (byte >= 0xc2 && byte <= 0xdf)
        return 1;
    if (byte >= 0xe0 && byte <= 0xef)
        return 2;
    return byte >= 0xf0 && byte <= 0xf4 ? 3 : -1;
}

/* The second byte excludes overlong forms, surrogates and numbers beyond Unicode. */
static bool utf8_second_is_valid(uint8_t first, uint8_t second)
{
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    return second >= least && second <= most;
}

static bool utf8_is_valid(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int rest = utf8_rest(bytes[i]);

        if (rest < 0 || (size_t)rest >= size - i ||
            (rest > 0 && !utf8_second_is_valid(bytes[i], bytes[i + 1])))
            return false;
        for (int more = 2; more <= rest; more++) {
            if ((bytes[i + (size_t)more] & 0xc0) != 0x80)
                return false;
        }
        i += (size_t)rest;
    }
    return true;
}

/* Only the client's tags with '+' are passed on, and of those only what is UTF-8, as the
 * specification of tags requires. */
static bight_view passed_tags(bight_view tags, char *buffer)
{
    bight_irc_tag tag;
    size_t size = 0;

    while (bight_irc_tags_next(&tags, &tag)) {
        size_t length = tag.key.size + (tag.value.data != NULL ? tag.value.size + 1 : 0);

        if (tag.key.data[0] != '+' || size + length + (size > 0) > BIGHTI_IRCD_CLIENT_TAGS ||
            !utf8_is_valid(tag.key.data, length))
            continue;
        if (size > 0)
            buffer[size++] = ';';
        memcpy(buffer + size, tag.key.data, length);
        size += length;
    }
    return (bight_view){(const uint8_t *)buffer, size};
}

static bool is_complete(const talk *message, const bighti_ircd_args *args)
{
    if (args->words[0] == NULL || *args->words[0] == '\0') {
        if (!is_quiet(message))
            bighti_ircd_reply(message->from, ERR_NORECIPIENT, "No recipient given", NULL);
        return false;
    }
    if (message->text != NULL && *message->text == '\0') {
        if (!is_quiet(message))
            bighti_ircd_reply(message->from, ERR_NOTEXTTOSEND, "No text to send", NULL);
        return false;
    }
    return true;
}

void bighti_ircd_on_talk(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char buffer[BIGHTI_IRCD_CLIENT_TAGS];
    bool tags_only = strcmp(args->command, "TAGMSG") == 0;
    const char *text = args->words[1] != NULL ? args->words[1] : "";
    talk message = {user, args->command, tags_only ? NULL : text, passed_tags(args->tags, buffer)};
    char *targets = args->words[0], *target;

    if ((user->caps & CAP_MESSAGE_TAGS) == 0)
        message.tags = (bight_view){NULL, 0};
    if (!is_complete(&message, args) || (tags_only && message.tags.size == 0))
        return;
    if (!tags_only)
        user->last_talk = bight_reactor_now(user->server->reactor);
    for (int i = 0; (target = bighti_ircd_next_item(&targets)) != NULL; i++) {
        if (i == BIGHTI_IRCD_TARGETS) {
            talk_refuse(&message, ERR_TOOMANYTARGETS, "Too many targets", target);
            return;
        }
        if (is_channel(target))
            to_channel(&message, target);
        else
            to_user(&message, target);
    }
}

void bighti_ircd_on_away(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char *text = args->words[0];
    char *away = NULL;
    bighti_ircd_event event;

    if (text != NULL && *text != '\0') {
        bighti_ircd_cut(text, user->server->options.reason_length);
        away = bighti_ircd_dup(text);
        if (away == NULL) {
            bighti_ircd_user_doom(user, "Out of memory");
            return;
        }
    }
    free(user->away);
    user->away = away;
    bighti_ircd_reply(user, away != NULL ? RPL_NOWAWAY : RPL_UNAWAY,
                      away != NULL ? "You have been marked as being away"
                                   : "You are no longer marked as being away",
                      NULL);
    bighti_ircd_event_begin(&event, user, "AWAY");
    if (away != NULL)
        bighti_ircd_line_text(&event.line, away);
    bighti_ircd_event_to_peers(&event, user, CAP_AWAY_NOTIFY);
    bighti_ircd_event_end(&event);
}

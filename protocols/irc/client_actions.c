/* The actions of a program: they are checked, written as a line and queued. client_words.c sends
 * messages; client.c connects and quits. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lengths to assume until the server has shown this client's address. */
enum { USER_GUESS = 12, HOST_GUESS = 63 };

static bight_status actions_check(const bight_irc_client *client, const char *name)
{
    if (client->state != BIGHT_IRC_READY)
        return BIGHT_ERROR_STATE;
    return bighti_ircc_is_name(name) ? BIGHT_OK : BIGHT_ERROR_INVALID;
}

/* Both names must be valid. */
static bight_status check_two(const bight_irc_client *client, const char *a, const char *b)
{
    bight_status status = actions_check(client, a);

    return status == BIGHT_OK ? actions_check(client, b) : status;
}

static const char *null_if_empty(const char *text)
{
    return text && text[0] != '\0' ? text : NULL;
}

bight_status bight_irc_client_join(bight_irc_client *client, const char *channel, const char *key)
{
    bight_status status = actions_check(client, channel);

    key = null_if_empty(key);
    if (status == BIGHT_OK && key != NULL && !bighti_ircc_is_name(key))
        return BIGHT_ERROR_INVALID;
    if (status == BIGHT_OK)
        status = bighti_ircc_queue(client, "JOIN", channel, key, NULL);
    if (status == BIGHT_OK)
        bighti_ircc_want(client, channel, key);
    return status;
}

/* -- Texts that are one line -- */

static size_t actions_limit_of(const bight_irc_client *client, const char *command)
{
    static const struct {
        const char *command, *feature;
    } limits[] = {{"TOPIC", "TOPICLEN"}, {"KICK", "KICKLEN"}, {"AWAY", "AWAYLEN"}};
    const char *value = NULL;
    unsigned long bytes;

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        if (strcmp(limits[i].command, command) == 0)
            value = bight_irc_client_get_feature(client, limits[i].feature);
    }
    bytes = value != NULL ? strtoul(value, NULL, 10) : 0;
    return bytes > 0 && bytes < BIGHTI_IRCC_LINE_MAX ? bytes : BIGHTI_IRCC_LINE_MAX;
}

size_t bighti_ircc_text_room(const bight_irc_client *client, const char *command,
                             const char *target, const char *nick)
{
    size_t user = client->user_seen != NULL ? strlen(client->user_seen) : USER_GUESS;
    size_t host = client->host_seen != NULL ? strlen(client->host_seen) : HOST_GUESS;
    size_t around = strlen(":!@    :\r\n") + strlen(client->nick) + user + host + strlen(command) +
                    strlen(target) + strlen(nick);
    size_t line = client->features.line_length, limit = actions_limit_of(client, command);
    size_t room = around < line ? line - around : 0;

    return room < limit ? room : limit;
}

/* A text that the server would cut, or that would be a second line, is refused. */
static bight_status check_text(const bight_irc_client *client, const char *command,
                               const char *target, const char *nick, const char *text)
{
    if (text == NULL)
        return BIGHT_OK;
    if (strpbrk(text, "\r\n") != NULL)
        return BIGHT_ERROR_INVALID;
    return strlen(text) > bighti_ircc_text_room(client, command, target, nick) ? BIGHT_ERROR_LIMIT
                                                                               : BIGHT_OK;
}

bight_status bight_irc_client_part(bight_irc_client *client, const char *channel,
                                   const char *reason)
{
    bight_status status = actions_check(client, channel);

    if (status == BIGHT_OK)
        status = check_text(client, "PART", channel, "", reason);
    if (status == BIGHT_OK)
        status = bighti_ircc_queue(client, "PART", channel, null_if_empty(reason), NULL);
    if (status == BIGHT_OK)
        bighti_ircc_unwant(client, channel);
    return status;
}

/* During registration, NICK bypasses the queue, which waits for the welcome. */
static bight_status nick_while_registering(bight_irc_client *client, const char *nick)
{
    if (!bighti_ircc_set(&client->nick, nick))
        return BIGHT_ERROR_NO_MEMORY;
    client->nick_unsent = true;
    client->asked = false;
    client->tried = SIZE_MAX / 2; /* a nick that the user chose has no alternatives: ask again */
    bight_timer_start(client->deadline, client->options.register_timeout);
    bight_task_schedule(client->soon);
    return BIGHT_OK;
}

bight_status bight_irc_client_nick(bight_irc_client *client, const char *nick)
{
    if (!bighti_ircc_is_name(nick))
        return BIGHT_ERROR_INVALID;
    if (client->state == BIGHT_IRC_CLOSING)
        return BIGHT_ERROR_STATE;
    if (client->welcomed && client->transport != NULL)
        return bighti_ircc_set(&client->requested, nick)
                   ? bighti_ircc_queue(client, "NICK", nick, NULL)
                   : BIGHT_ERROR_NO_MEMORY;
    if (!bighti_ircc_set(&client->wanted, nick))
        return BIGHT_ERROR_NO_MEMORY;
    if (client->state == BIGHT_IRC_REGISTERING)
        return nick_while_registering(client, nick);
    return bighti_ircc_set(&client->nick, nick) ? BIGHT_OK : BIGHT_ERROR_NO_MEMORY;
}

bight_status bight_irc_client_topic(bight_irc_client *client, const char *channel,
                                    const char *topic)
{
    bight_status status = actions_check(client, channel);

    if (status == BIGHT_OK)
        status = check_text(client, "TOPIC", channel, "", topic);
    return status == BIGHT_OK ? bighti_ircc_queue(client, "TOPIC", channel, topic, NULL) : status;
}

bight_status bight_irc_client_kick(bight_irc_client *client, const char *channel, const char *nick,
                                   const char *reason)
{
    bight_status status = check_two(client, channel, nick);

    if (status == BIGHT_OK)
        status = check_text(client, "KICK", channel, nick, reason);
    return status == BIGHT_OK
               ? bighti_ircc_queue(client, "KICK", channel, nick, null_if_empty(reason), NULL)
               : status;
}

bight_status bight_irc_client_invite(bight_irc_client *client, const char *nick,
                                     const char *channel)
{
    bight_status status = check_two(client, nick, channel);

    return status == BIGHT_OK ? bighti_ircc_queue(client, "INVITE", nick, channel, NULL) : status;
}

bight_status bight_irc_client_mode(bight_irc_client *client, const char *target, const char *modes)
{
    char line[BIGHTI_IRCC_LINE_MAX];
    bight_status status = actions_check(client, target);

    if (status != BIGHT_OK)
        return status;
    if (!null_if_empty(modes))
        return bighti_ircc_queue(client, "MODE", target, NULL);
    /* Modes and their arguments are separate words. */
    if (snprintf(line, sizeof(line), "MODE %s %s", target, modes) >= (int)sizeof(line))
        return BIGHT_ERROR_LIMIT;
    return bight_irc_client_raw(client, line);
}

bight_status bight_irc_client_away(bight_irc_client *client, const char *text)
{
    bight_status status;

    if (client->state != BIGHT_IRC_READY)
        return BIGHT_ERROR_STATE;
    status = check_text(client, "AWAY", "", "", text);
    return status == BIGHT_OK ? bighti_ircc_queue(client, "AWAY", null_if_empty(text), NULL)
                              : status;
}

bight_status bight_irc_client_whois(bight_irc_client *client, const char *nick)
{
    bight_status status = actions_check(client, nick);

    return status == BIGHT_OK ? bighti_ircc_queue(client, "WHOIS", nick, NULL) : status;
}

bight_status bight_irc_client_list(bight_irc_client *client, const char *pattern)
{
    if (client->state != BIGHT_IRC_READY)
        return BIGHT_ERROR_STATE;
    return bighti_ircc_queue(client, "LIST", null_if_empty(pattern), NULL);
}

bight_status bight_irc_client_raw(bight_irc_client *client, const char *line)
{
    char text[BIGHTI_IRCC_LINE_MAX];
    bight_irc_message message;
    size_t size = bight_irc_repair(line, strlen(line), text, sizeof(text));
    bighti_ircc_line *made;
    bighti_link lines;

    if (client->state != BIGHT_IRC_READY)
        return BIGHT_ERROR_STATE;
    if (size + 2 > client->features.line_length)
        return BIGHT_ERROR_LIMIT;
    if (bight_irc_message_parse((const uint8_t *)text, size, &message) != BIGHT_OK)
        return BIGHT_ERROR_INVALID;
    memcpy(text + size, "\r\n", 2);
    made = bighti_ircc_line_new(text, size + 2);
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_link_init(&lines);
    bighti_list_append(&lines, &made->link);
    return bighti_ircc_queue_lines(client, &lines, 1);
}

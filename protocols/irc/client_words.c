/* Messages: PRIVMSG and NOTICE, the actions and requests of CTCP inside them, and sending, where
 * long texts are split so that they arrive complete.
 *
 * A server puts our name in front of what it passes on, ":nickuser == NULL@host ", and cuts the
 * line at 512 bytes without a word. So a text is split for the line that the others get, not for
 * ours. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Answers to CTCP: two at once, then one per 20 s, and only while the queue is short. A flood of
 * requests must neither cause a flood of answers nor delay the user's messages. */
#define CTCP_INTERVAL BIGHT_SEC(20)
enum { CTCP_BURST = 2 };
enum { CTCP_TEXT_MAX = 200 };
/* Lengths to assume until the server has shown this client's address; user names and hosts are
 * rarely longer. */
enum { USER_GUESS = 12 };
enum { HOST_GUESS = 63 };
/* The minimum size of a part of a text, however long the names in its line are. */
enum { PART_MIN = 16 };

/* The conversation in which a window shows a message; see bight_irc_words. */
static const char *conversation_of(const bight_irc_client *client, const bight_irc_source *from,
                                   const char *target)
{
    bight_irc_channel *channel = bight_irc_client_find_channel(client, target);

    if (channel != NULL)
        return channel->name;
    if (bight_irc_client_is_channel(client, target) || from->is_self)
        return target;
    return from->is_server ? "" : from->nick;
}

static bool mentions_us(const bight_irc_client *client, const bight_irc_source *from,
                        const char *text)
{
    char plain[2048];

    if (from->is_self || from->is_server)
        return false;
    bight_irc_strip(text, plain, sizeof(plain));
    return bight_irc_mentions(plain, client->nick);
}

static void tell_words(bight_irc_client *client, const bighti_ircc_message *message,
                       bight_irc_manner manner, const char *text)
{
    const char *target = message->params[0];
    char conversation[BIGHTI_IRCC_NAME_MAX + 1];
    bight_irc_words words = {.manner = manner, .from = message->from};

    if (target[0] != '\0' && strchr(client->features.status_prefixes, target[0]) &&
        bight_irc_client_is_channel(client, target + 1))
        words.status = *target++;
    words.target = target;
    words.conversation = conversation_of(client, &message->from, target);
    /* A copy, because a nested loop in the event could leave the channel. Only an invalid name is
     * longer; it is valid as long as the message. */
    if (strlen(words.conversation) < sizeof(conversation))
        words.conversation =
            memcpy(conversation, words.conversation, strlen(words.conversation) + 1);
    words.mentions_me = mentions_us(client, &message->from, text);
    words.text = text;
    words.time = message->time;
    BIGHTI_IRCC_TELL(client, said, (client, &words, client->data));
}

static bool may_answer(bight_irc_client *client)
{
    uint64_t now = bight_reactor_now(client->reactor);

    if (client->queued > client->options.send_queue / 2)
        return false;
    if (client->ctcp_next_free < now)
        client->ctcp_next_free = now;
    if (client->ctcp_next_free > now + (CTCP_BURST - 1) * CTCP_INTERVAL)
        return false;
    client->ctcp_next_free += CTCP_INTERVAL;
    return true;
}

/* Write the answer to a request; returns false if it has none. */
static bool answer_text(const bight_irc_client *client, const char *command, const char *text,
                        char *out, size_t capacity)
{
    if (strcasecmp(command, "VERSION") == 0) {
        const char *version = client->options.version ? client->options.version : "Bight";

        snprintf(out, capacity, "%s", version);
        return version[0] != '\0';
    }
    if (strcasecmp(command, "PING") == 0) {
        bight_irc_repair(text, strlen(text), out, capacity);
        return strlen(text) < capacity;
    }
    if (strcasecmp(command, "TIME") == 0) {
        time_t now = (time_t)(bighti_ircc_wall_clock(client) / 1000);
        struct tm parts;

        return gmtime_r(&now, &parts) && strftime(out, capacity, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0;
    }
    if (strcasecmp(command, "CLIENTINFO") == 0) {
        snprintf(out, capacity, "ACTION CLIENTINFO PING TIME VERSION");
        return true;
    }
    return false;
}

static void ctcp_answer(bight_irc_client *client, const char *nick, const char *command,
                        const char *text)
{
    char reply[CTCP_TEXT_MAX + 1];
    char line[CTCP_TEXT_MAX + 40];

    if (!answer_text(client, command, text, reply, sizeof(reply)) || !may_answer(client))
        return;
    snprintf(line, sizeof(line), "\001%s%s%s\001", command, reply[0] ? " " : "", reply);
    /* If the queue is full or memory is lacking, there is no answer, which CTCP allows. */
    if (bighti_ircc_queue(client, "NOTICE", nick, line, NULL) != BIGHT_OK)
        return;
}

/* "COMMAND text" between two bytes 1, the second of which some clients omit. */
static void ctcp_on_ctcp(bight_irc_client *client, const bighti_ircc_message *message, char *text)
{
    bool is_reply = strcasecmp(message->command, "NOTICE") == 0;
    char *space;

    text[strcspn(text, "\001")] = '\0';
    space = strchr(text, ' ');
    if (space)
        *space++ = '\0';
    if (strcasecmp(text, "ACTION") == 0) {
        tell_words(client, message, BIGHT_IRC_ACTION, bighti_ircc_text(space));
        return;
    }
    if (message->from.is_self || text[0] == '\0' || strlen(text) > 20)
        return;
    BIGHTI_IRCC_TELL(
        client, ctcp,
        (client, &message->from, text, bighti_ircc_text(space), is_reply, client->data));
    if (!is_reply && !message->from.is_server && !client->freed && !client->ended)
        ctcp_answer(client, message->from.nick, text, bighti_ircc_text(space));
}

void bighti_ircc_on_words(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *text = message->params[1];
    char *copy;

    if (message->count < 2)
        return;
    if (message->from.is_self && bighti_ircc_is_self(client, message->params[0]) &&
        bighti_ircc_monologue_is_told(client, text))
        return;
    if (text[0] != '\001') {
        tell_words(client, message,
                   strcasecmp(message->command, "NOTICE") == 0 ? BIGHT_IRC_NOTICE
                                                               : BIGHT_IRC_MESSAGE,
                   text);
        return;
    }
    copy = bighti_ircc_dup(text + 1);
    if (copy == NULL) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    ctcp_on_ctcp(client, message, copy);
    free(copy);
}

/* A text that is being sent: its target, its manner, and the lines made so far. */
typedef struct speech {
    bight_irc_client *client;
    const char *command;
    const char *target;
    const char *before; /* the prefix of each part, for CTCP */
    const char *after;
    size_t part_max;
    bighti_link lines;
    size_t count;
} speech;

/* The bytes of text that fit into one line in the form that other clients receive. */
static size_t part_max(const bight_irc_client *client, const speech *words)
{
    size_t user = client->user_seen != NULL ? strlen(client->user_seen) : USER_GUESS;
    size_t host = client->host_seen != NULL ? strlen(client->host_seen) : HOST_GUESS;
    size_t around = strlen(":!@   :\r\n") + strlen(client->nick) + user + host +
                    strlen(words->command) + strlen(words->target) + strlen(words->before) +
                    strlen(words->after);
    size_t line = client->features.line_length;

    return around + PART_MIN < line ? line - around : PART_MIN;
}

static bight_status add_part(speech *words, const char *text, size_t size)
{
    char part[BIGHTI_IRCC_LINE_MAX];
    char line[BIGHTI_IRCC_LINE_MAX];
    const char *params[] = {words->target, part};
    size_t length;
    bighti_ircc_line *made;
    bight_status status;

    if (words->count == words->client->options.send_queue)
        return BIGHT_ERROR_LIMIT;
    snprintf(part, sizeof(part), "%s%.*s%s", words->before, (int)size, text, words->after);
    status = bighti_ircc_format(words->client, words->command, params, 2, line, &length);
    if (status != BIGHT_OK)
        return status;
    made = bighti_ircc_line_new(line, length);
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_list_append(&words->lines, &made->link);
    words->count++;
    return BIGHT_OK;
}

/* Split each line of the text into parts; modifies the text. */
static bight_status add_text(speech *words, char *text)
{
    bight_status status = BIGHT_OK;
    char *line;

    while (status == BIGHT_OK && (line = strsep(&text, "\r\n")) != NULL) {
        while (status == BIGHT_OK && *line != '\0') {
            size_t size = bight_irc_split(line, words->part_max);

            status = add_part(words, line, size);
            line += size;
        }
    }
    if (status == BIGHT_OK && words->count == 0)
        return BIGHT_ERROR_INVALID;
    return status;
}

bool bighti_ircc_is_name(const char *name)
{
    return name[0] != '\0' && name[0] != ':' && strpbrk(name, " ,\r\n\001") == NULL &&
           strlen(name) <= BIGHTI_IRCC_NAME_MAX;
}

static bight_status speak(speech *words, const char *text)
{
    size_t size = strlen(text);
    char *copy;
    bight_status status;

    if (words->client->state != BIGHT_IRC_READY)
        return BIGHT_ERROR_STATE;
    if (!bighti_ircc_is_name(words->target))
        return BIGHT_ERROR_INVALID;
    copy = malloc(size * 3 + 1);
    if (copy == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bight_irc_repair(text, size, copy, size * 3 + 1);
    bighti_link_init(&words->lines);
    words->part_max = part_max(words->client, words);
    status = add_text(words, copy);
    free(copy);
    if (status == BIGHT_OK)
        return bighti_ircc_queue_lines(words->client, &words->lines, words->count);
    bighti_ircc_lines_free(&words->lines);
    return status;
}

bight_status bight_irc_client_say(bight_irc_client *client, const char *target, const char *text)
{
    speech words = {.client = client, .command = "PRIVMSG", .target = target};

    words.before = words.after = "";
    return speak(&words, text);
}

bight_status bight_irc_client_act(bight_irc_client *client, const char *target, const char *text)
{
    speech words = {.client = client, .command = "PRIVMSG", .target = target};

    words.before = "\001ACTION ";
    words.after = "\001";
    return speak(&words, text);
}

bight_status bight_irc_client_notice(bight_irc_client *client, const char *target, const char *text)
{
    speech words = {.client = client, .command = "NOTICE", .target = target};

    words.before = words.after = "";
    return speak(&words, text);
}

bight_status bight_irc_client_ctcp(bight_irc_client *client, const char *target,
                                   const char *command, const char *text)
{
    char request[BIGHTI_IRCC_LINE_MAX];

    if (client->state != BIGHT_IRC_READY)
        return BIGHT_ERROR_STATE;
    if (!bighti_ircc_is_name(target) || !bighti_ircc_is_name(command) ||
        (text && strpbrk(text, "\001\r\n")))
        return BIGHT_ERROR_INVALID;
    if (snprintf(request, sizeof(request), "\001%s%s%s\001", command, text != NULL ? " " : "",
                 bighti_ircc_text(text)) >= (int)sizeof(request))
        return BIGHT_ERROR_LIMIT;
    return bighti_ircc_queue(client, "PRIVMSG", target, request, NULL);
}

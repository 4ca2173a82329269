/* Sending lines. A server limits the rate of a client and disconnects one that sends too much (RFC
 * 2813 5.8). So lines wait in a queue and are sent at a pace that servers accept: first a burst,
 * then one line per interval. Urgent lines, answers to PING and the registration, bypass the
 * queue.
 *
 * The pace is a token bucket kept as one number, the time at which it would be full again (GCRA):
 * a line may be sent while that time is less than a burst ahead, and moves it on by one
 * interval. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines that one turn may send, so that a program that answers its own messages does not block the
 * loop. */
enum { LINES_A_TURN = 64 };

bight_status bighti_ircc_format(const bight_irc_client *client, const char *command,
                                const char *const *params, size_t count, char *line, size_t *size)
{
    bight_irc_message message;
    char repaired[BIGHTI_IRCC_LINE_MAX];
    size_t used = 0;
    const char *clean[BIGHT_IRC_MAX_PARAMS + 1];

    for (size_t i = 0; i < count && i <= BIGHT_IRC_MAX_PARAMS; i++) {
        clean[i] = repaired + used;
        used += bight_irc_repair(params[i], strlen(params[i]), repaired + used,
                                 sizeof(repaired) - used) +
                1;
        if (used >= sizeof(repaired))
            return BIGHT_ERROR_LIMIT;
    }
    message = bight_irc_message_of(command, clean, count);
    return bight_irc_message_format(&message, line, BIGHTI_IRCC_LINE_MAX,
                                    client->features.line_length, size);
}

/* Collect strings up to a NULL, and write them as a line. */
static bight_status format_list(const bight_irc_client *client, const char *command, va_list list,
                                char *line, size_t *size)
{
    const char *params[BIGHT_IRC_MAX_PARAMS];
    size_t count = 0;
    const char *param;

    while ((param = va_arg(list, const char *)) != NULL && count < BIGHT_IRC_MAX_PARAMS)
        params[count++] = param;
    return bighti_ircc_format(client, command, params, count, line, size);
}

bight_status bighti_ircc_queue(bight_irc_client *client, const char *command, ...)
{
    char text[BIGHTI_IRCC_LINE_MAX];
    size_t size;
    bighti_ircc_line *line;
    bighti_link lines;
    bight_status status;
    va_list list;

    va_start(list, command);
    status = format_list(client, command, list, text, &size);
    va_end(list);
    if (status != BIGHT_OK)
        return status;
    line = bighti_ircc_line_new(text, size);
    if (line == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_link_init(&lines);
    bighti_list_append(&lines, &line->link);
    return bighti_ircc_queue_lines(client, &lines, 1);
}

/* Report a line to the program's log, without passwords. */
static void client_send_tell_line(bight_irc_client *client, const char *text, size_t size)
{
    static const char *const secret[] = {"PASS ", "OPER ", "AUTHENTICATE "};
    char copy[BIGHTI_IRCC_LINE_MAX];

    if (size < 2 || size >= sizeof(copy))
        return;
    memcpy(copy, text, size - 2);
    copy[size - 2] = '\0';
    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
        if (strncasecmp(copy, secret[i], strlen(secret[i])) == 0)
            snprintf(copy + strlen(secret[i]), sizeof(copy) - strlen(secret[i]), "***");
    }
    BIGHTI_IRCC_TELL(client, line, (client, true, copy, client->data));
}

static void write_line(bight_irc_client *client, const char *text, size_t size)
{
    if (bight_transport_write(client->transport, text, size) == BIGHT_FLOW_WAIT)
        client->blocked = true;
    client_send_tell_line(client, text, size);
}

void bighti_ircc_send_now(bight_irc_client *client, const char *command, ...)
{
    char text[BIGHTI_IRCC_LINE_MAX];
    size_t size;
    va_list list;
    bight_status status;

    va_start(list, command);
    status = format_list(client, command, list, text, &size);
    va_end(list);
    /* If the peer does not read earlier output, it will not read this either. */
    if (status == BIGHT_OK && client->transport != NULL && !client->blocked)
        write_line(client, text, size);
}

/* Report this client's own message when it is sent, unless the server echoes it. */
static void tell_own_words(bight_irc_client *client, bighti_ircc_line *line)
{
    bighti_ircc_message message;
    /* Copies, because a nested loop in the event could change the originals. */
    char nick[BIGHTI_IRCC_NAME_MAX + 1], user[sizeof(nick)], host[sizeof(nick)];

    if (!bighti_ircc_parse(client, line->text, line->size - 2, &message))
        return;
    if (strcmp(message.command, "PRIVMSG") != 0 && strcmp(message.command, "NOTICE") != 0)
        return;
    if (bighti_ircc_is_self(client, message.params[0])) {
        bighti_ircc_monologue_note(client, message.params[1]);
        return;
    }
    if (client->capabilities & BIGHTI_IRCC_ECHO_MESSAGE)
        return;
    snprintf(nick, sizeof(nick), "%s", client->nick);
    snprintf(user, sizeof(user), "%s", bighti_ircc_text(client->user_seen));
    snprintf(host, sizeof(host), "%s", bighti_ircc_text(client->host_seen));
    message.from = (bight_irc_source){nick, user, host, true, false};
    bighti_ircc_on_words(client, &message);
}

/* Returns whether a line may be sent now. If not, starts the timer for the time when it may. */
static bool client_send_take_token(bight_irc_client *client)
{
    uint64_t interval = client->options.send_interval;
    uint64_t ahead = (uint64_t)(client->options.send_burst - 1) * interval;
    uint64_t now = bight_reactor_now(client->reactor);

    if (client->next_free < now)
        client->next_free = now;
    if (client->next_free > now + ahead) {
        bight_timer_start(client->pace, client->next_free - now - ahead);
        return false;
    }
    client->next_free += interval;
    return true;
}

static bool may_send(const bight_irc_client *client)
{
    return client->transport && client->welcomed && !client->blocked && !client->freed &&
           !bighti_list_is_empty(&client->queue);
}

/* Request the modes of joined channels, which are not urgent. This happens only while nothing else
 * is queued and the bucket is full, so that the user's next message is not delayed. */
static void ask_modes(bight_irc_client *client)
{
    uint64_t now = bight_reactor_now(client->reactor);

    for (size_t i = 0; i < client->channel_count; i++) {
        bight_irc_channel *channel = client->channels[i];

        if (!channel->modes_unasked)
            continue;
        if (client->next_free > now) {
            bight_timer_start(client->pace, client->next_free - now);
            return;
        }
        channel->modes_unasked = false;
        client->next_free = now + client->options.send_interval;
        bighti_ircc_send_now(client, "MODE", channel->name, NULL);
    }
}

static void send_queued(bight_irc_client *client)
{
    for (unsigned i = 0; may_send(client); i++) {
        bighti_ircc_line *line;

        if (i == LINES_A_TURN) {
            bight_task_schedule(client->soon);
            return;
        }
        if (!client_send_take_token(client))
            return;
        line = BIGHTI_CONTAINER(bighti_list_pop(&client->queue), bighti_ircc_line, link);
        client->queued--;
        write_line(client, line->text, line->size);
        tell_own_words(client, line);
        bighti_ircc_line_free(line);
    }
}

void bighti_ircc_pump(bight_irc_client *client)
{
    send_queued(client);
    if (client->state == BIGHT_IRC_READY && client->transport != NULL && !client->blocked &&
        !client->freed && bighti_list_is_empty(&client->queue))
        ask_modes(client);
}

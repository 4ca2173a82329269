/* Handles a received line: repairs it, splits it into strings, and calls the handler of its
 * command. An unknown command is ignored, because RFC 1459 defines no answer to it. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Make room for the repaired form of a line of `size` bytes: each byte may become three. */
static bool client_dispatch_reserve(bight_irc_client *client, size_t size)
{
    char *bigger;

    if (client->repaired_size >= size * 3 + 1)
        return true;
    bigger = realloc(client->repaired, size * 3 + 1);
    if (!bigger)
        return false;
    client->repaired = bigger;
    client->repaired_size = size * 3 + 1;
    return true;
}

/* "2024-01-02T03:04:05.678Z" in milliseconds since 1970; -1 if it is anything else. */
static int64_t parse_time(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    int64_t fraction = 0;

    if (rest == NULL || parts.tm_year < 70 || parts.tm_year > 8000)
        return -1;
    if (*rest == '.') {
        int64_t unit = 100;

        for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
            fraction += (*rest - '0') * unit;
            unit /= 10;
        }
    }
    return strcmp(rest, "Z") == 0 ? (int64_t)timegm(&parts) * 1000 + fraction : -1;
}

static int64_t time_of(const bight_irc_client *client, const bight_irc_message *message)
{
    char text[64];
    bight_view value;
    int64_t time;

    if (!bight_irc_message_find_tag(message, "time", &value) || value.size >= sizeof(text))
        return bighti_ircc_wall_clock(client);
    text[bight_irc_tag_unescape(value, text)] = '\0';
    time = parse_time(text);
    return time >= 0 ? time : bighti_ircc_wall_clock(client);
}

/* Turn a view of the line into a string in place. A delimiter, or the NUL at the end of the line,
 * follows each part and is overwritten. Call this only after the whole line was parsed. */
static const char *end_string(char *line, bight_view view)
{
    char *start;

    if (view.data == NULL)
        return "";
    start = line + (view.data - (const uint8_t *)line);
    start[view.size] = '\0';
    return start;
}

static bool is_server(const bight_irc_client *client, const bight_irc_source *source)
{
    if (source->nick[0] == '\0')
        return true;
    if (source->user[0] != '\0' || source->host[0] != '\0')
        return false;
    return strchr(source->nick, '.') != NULL ||
           (client->server && strcmp(source->nick, client->server) == 0);
}

static bight_irc_source source_of(const bight_irc_client *client, char *line,
                                  const bight_irc_message *parsed)
{
    bight_irc_source source = {end_string(line, parsed->nick), end_string(line, parsed->user),
                               end_string(line, parsed->host), false, false};

    source.is_server = is_server(client, &source);
    source.is_self = !source.is_server && bighti_ircc_is_self(client, source.nick);
    if (source.nick[0] == '\0') /* a message without a source is from the server */
        source.nick = bighti_ircc_text(client->server);
    return source;
}

bool bighti_ircc_parse(bight_irc_client *client, char *line, size_t size,
                       bighti_ircc_message *message)
{
    bight_irc_message parsed;

    if (bight_irc_message_parse((const uint8_t *)line, size, &parsed) != BIGHT_OK)
        return false;
    line[size] = '\0';
    message->time = time_of(client, &parsed);
    message->code = bight_irc_message_numeric(&parsed);
    message->from = source_of(client, line, &parsed);
    message->command = end_string(line, parsed.command);
    message->count = parsed.param_count;
    for (size_t i = 0; i < BIGHT_IRC_MAX_PARAMS; i++)
        message->params[i] = i < parsed.param_count ? end_string(line, parsed.params[i]) : "";
    return true;
}

void bighti_ircc_join_params(const bighti_ircc_message *message, size_t first, size_t end,
                             char *out, size_t capacity)
{
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = first; i < end && used < capacity; i++) {
        if (i > first)
            used += bight_irc_repair(" ", 1, out + used, capacity - used);
        if (used < capacity)
            used += bight_irc_repair(message->params[i], strlen(message->params[i]), out + used,
                                     capacity - used);
    }
}

static void on_ping(bight_irc_client *client, const bighti_ircc_message *message)
{
    bighti_ircc_send_now(client, "PONG", message->params[0], NULL);
}

static void on_pong(bight_irc_client *client, const bighti_ircc_message *message)
{
    (void)message;
    if (client->ping_at != 0)
        client->lag = bight_reactor_now(client->reactor) - client->ping_at;
    client->ping_at = 0;
}

/* The server is about to close, and gives the reason. */
static void on_error(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (!bighti_ircc_set(&client->farewell, message->params[0]))
        bighti_ircc_out_of_memory(client);
}

static void on_invite(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (message->count >= 2 && bighti_ircc_is_self(client, message->params[0]))
        BIGHTI_IRCC_TELL(client, invited,
                         (client, &message->from, message->params[1], message->time, client->data));
}

static void on_wallops(bight_irc_client *client, const bighti_ircc_message *message)
{
    bighti_ircc_tell_info(client, message, message->from.nick, message->params[0]);
}

/* Standard replies of IRCv3: "FAIL COMMAND CODE [context...] :text". */
static void on_standard_reply(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *text = message->params[message->count ? message->count - 1 : 0];

    if (strcasecmp(message->command, "NOTE") == 0)
        bighti_ircc_tell_info(client, message, message->params[0], text);
    else
        bighti_ircc_tell_problem(client, 0, message->params[0], text, message->time);
}

static const struct {
    const char *command;
    void (*handle)(bight_irc_client *client, const bighti_ircc_message *message);
} commands[] = {
    {"PRIVMSG", bighti_ircc_on_words},
    {"NOTICE", bighti_ircc_on_words},
    {"JOIN", bighti_ircc_on_join},
    {"PART", bighti_ircc_on_part},
    {"QUIT", bighti_ircc_on_quit},
    {"NICK", bighti_ircc_on_nick},
    {"MODE", bighti_ircc_on_mode},
    {"PING", on_ping},
    {"PONG", on_pong},
    {"KICK", bighti_ircc_on_kick},
    {"TOPIC", bighti_ircc_on_topic},
    {"AWAY", bighti_ircc_on_away},
    {"CHGHOST", bighti_ircc_on_chghost},
    {"INVITE", on_invite},
    {"CAP", bighti_ircc_on_cap},
    {"ERROR", on_error},
    {"WALLOPS", on_wallops},
    {"FAIL", on_standard_reply},
    {"WARN", on_standard_reply},
    {"NOTE", on_standard_reply},
};

static void dispatch_message(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (message->code >= 0) {
        bighti_ircc_on_numeric(client, message);
        return;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcasecmp(commands[i].command, message->command) == 0) {
            commands[i].handle(client, message);
            return;
        }
    }
}

void bighti_ircc_dispatch(bight_irc_client *client, const uint8_t *line, size_t size)
{
    bighti_ircc_message message;
    size_t length;

    if (!client_dispatch_reserve(client, size)) {
        bighti_ircc_out_of_memory(client);
        return;
    }
    length = bight_irc_repair(line, size, client->repaired, client->repaired_size);
    BIGHTI_IRCC_TELL(client, line, (client, false, client->repaired, client->data));
    if (client->freed || client->ended)
        return;
    if (bighti_ircc_parse(client, client->repaired, length, &message))
        dispatch_message(client, &message);
}

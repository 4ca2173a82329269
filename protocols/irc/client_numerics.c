/* Numerics: the replies of a server (RFC 2812 5). A few update the session's data. The others are
 * for the user: 400 to 599 are problems, the rest is information. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a text for the user. */
enum { TEXT_MAX = 2048 };

void bighti_ircc_tell_info(bight_irc_client *client, const bighti_ircc_message *message,
                           const char *about, const char *text)
{
    bight_irc_info info = {message->code > 0 ? message->code : 0, about, text, message->time};

    BIGHTI_IRCC_TELL(client, info, (client, &info, client->data));
}

void bighti_ircc_tell_problem(bight_irc_client *client, int code, const char *about,
                              const char *text, int64_t time)
{
    char full[TEXT_MAX];
    bight_irc_problem problem = {code, about, text, time};
    int length = snprintf(full, sizeof(full), "%s: %s", about, text);

    if (about[0] != '\0' && length < (int)sizeof(full))
        problem.text = full;
    BIGHTI_IRCC_TELL(client, problem, (client, &problem, client->data));
}

static const char *last_param(const bighti_ircc_message *message)
{
    return message->params[message->count > 0 ? message->count - 1 : 0];
}

/* "<me> [<about> ...] :<text>". `about` is the first parameter between the nick and the text. */
static void tell_any(bight_irc_client *client, const bighti_ircc_message *message)
{
    char text[TEXT_MAX];
    size_t last = message->count > 0 ? message->count - 1 : 0;
    const char *about = last > 1 ? message->params[1] : "";

    if (message->code >= 400 && message->code < 600) {
        bighti_ircc_tell_problem(client, message->code, about, last_param(message), message->time);
        return;
    }
    bighti_ircc_join_params(message, message->count > 1 ? 1 : 0, message->count, text,
                            sizeof(text));
    bighti_ircc_tell_info(client, message, about, text);
}

static void on_motd_end(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (message->code == 376)
        tell_any(client, message);
    if (client->welcomed)
        bighti_ircc_ready(client);
}

static void on_welcome(bight_irc_client *client, const bighti_ircc_message *message)
{
    bighti_ircc_on_welcome(client, message);
    tell_any(client, message);
}

static void on_nick_problem(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (!bighti_ircc_nick_refused(client, message))
        tell_any(client, message);
}

/* The password is wrong, or this client is banned, so a retry would be useless. The server closes
 * next, and this rejection is the reason. After the welcome, a wrong password concerns OPER and
 * ends nothing. */
static void numerics_on_unwanted(bight_irc_client *client, const bighti_ircc_message *message)
{
    bool password = message->code == 464;

    if (!client->welcomed && client->why == NULL) {
        client->hopeless = true;
        client->why = bight_error_new_code(BIGHT_DOMAIN_IRC, message->code,
                                           password ? BIGHT_ERROR_DENIED : BIGHT_ERROR_PERMISSION,
                                           "%s refused the %s: %s", bighti_ircc_peer(client),
                                           password ? "password" : "client", last_param(message));
    }
    tell_any(client, message);
}

/* A server without capabilities; the user need not see this. */
static void on_unknown_command(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (strcasecmp(message->params[1], "CAP") == 0)
        client->cap_open = false;
    else
        tell_any(client, message);
}

static void on_away_is(bight_irc_client *client, const bighti_ircc_message *message)
{
    BIGHTI_IRCC_TELL(client, away, (client, message->params[1], message->params[2], client->data));
}

static void numerics_on_self_away(bight_irc_client *client, const bighti_ircc_message *message)
{
    client->away = message->code == 306;
    BIGHTI_IRCC_TELL(client, self_away, (client, client->away, client->data));
}

static void numerics_on_list_item(bight_irc_client *client, const bighti_ircc_message *message)
{
    unsigned long members = strtoul(message->params[2], NULL, 10);

    BIGHTI_IRCC_TELL(client, list_item,
                     (client, message->params[1],
                      members > 10000000 ? 10000000u : (unsigned)members, message->params[3],
                      client->data));
}

static void numerics_on_list_end(bight_irc_client *client, const bighti_ircc_message *message)
{
    (void)message;
    BIGHTI_IRCC_TELL(client, list_end, (client, client->data));
}

/* RPL_HOSTHIDDEN: "<me> <[user@]host> :is now your displayed host". */
static void on_host_hidden(bight_irc_client *client, const bighti_ircc_message *message)
{
    const char *at = strchr(message->params[1], '@');
    const char *host = at ? at + 1 : message->params[1];

    if (host[0] != '\0' && strlen(host) <= BIGHTI_IRCC_NAME_MAX &&
        !bighti_ircc_set(&client->host_seen, host))
        bighti_ircc_out_of_memory(client);
    tell_any(client, message);
}

/* RPL_INVITING: "<me> <nick> <channel>"; some servers send them in the other order. */
static void on_inviting(bight_irc_client *client, const bighti_ircc_message *message)
{
    bool turned = bight_irc_client_is_channel(client, message->params[1]);
    const char *nick = message->params[turned ? 2 : 1];
    const char *channel = message->params[turned ? 1 : 2];
    char text[2 * BIGHTI_IRCC_NAME_MAX + 40];

    if (strlen(nick) > BIGHTI_IRCC_NAME_MAX || strlen(channel) > BIGHTI_IRCC_NAME_MAX)
        return;
    snprintf(text, sizeof(text), "%s is invited to %s", nick, channel);
    bighti_ircc_tell_info(client, message, channel, text);
}

/* Not interesting for the user, or reported by other events. */
static void on_silent(bight_irc_client *client, const bighti_ircc_message *message)
{
    (void)client;
    (void)message;
}

static const struct {
    int code;
    void (*handle)(bight_irc_client *client, const bighti_ircc_message *message);
} numerics[] = {
    {1, on_welcome},
    {5, bighti_ircc_on_isupport},
    {301, on_away_is},
    {305, numerics_on_self_away},
    {306, numerics_on_self_away},
    {315, on_silent}, /* end of WHO */
    {321, on_silent}, /* the header of LIST */
    {322, numerics_on_list_item},
    {323, numerics_on_list_end},
    {324, bighti_ircc_on_mode_is},
    {329, on_silent}, /* when the channel was created */
    {331, bighti_ircc_on_topic_is},
    {332, bighti_ircc_on_topic_is},
    {333, bighti_ircc_on_topic_by},
    {341, on_inviting},
    {352, bighti_ircc_on_who},
    {353, bighti_ircc_on_names},
    {366, bighti_ircc_on_names_end},
    {376, on_motd_end},
    {396, on_host_hidden},
    {421, on_unknown_command},
    {422, on_motd_end},
    {431, on_nick_problem},
    {432, on_nick_problem},
    {433, on_nick_problem},
    {436, on_nick_problem},
    {437, on_nick_problem},
    {464, numerics_on_unwanted},
    {465, numerics_on_unwanted},
};

void bighti_ircc_on_numeric(bight_irc_client *client, const bighti_ircc_message *message)
{
    if (bighti_ircc_on_whois(client, message))
        return;
    bighti_ircc_note_refusal(client, message);
    for (size_t i = 0; i < sizeof(numerics) / sizeof(numerics[0]); i++) {
        if (numerics[i].code == message->code) {
            numerics[i].handle(client, message);
            return;
        }
    }
    tell_any(client, message);
}

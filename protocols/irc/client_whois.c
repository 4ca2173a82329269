/* The answer to WHOIS is a series of numerics in any order, with 318 at the end. They are
 * collected into one answer at a time, because a server answers requests in order. */
#include "client_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the list of channels that are kept. */
enum { CHANNELS_MAX = 4096 };

void bighti_ircc_whois_free(bighti_ircc_whois *whois)
{
    if (whois == NULL)
        return;
    free(whois->nick);
    free(whois->user);
    free(whois->host);
    free(whois->real_name);
    free(whois->server);
    free(whois->channels);
    free(whois->account);
    free(whois->away);
    free(whois);
}

/* RPL_WHOISUSER: "<me> <nick> <user> <host> * :<real name>". */
static bool whois_begin(bight_irc_client *client, const bighti_ircc_message *message)
{
    bighti_ircc_whois *whois = calloc(1, sizeof(*whois));

    if (whois == NULL)
        return false;
    bighti_ircc_whois_free(client->whois);
    client->whois = whois;
    whois->idle = -1;
    return bighti_ircc_set(&whois->nick, message->params[1]) &&
           bighti_ircc_set(&whois->user, message->params[2]) &&
           bighti_ircc_set(&whois->host, message->params[3]) &&
           bighti_ircc_set(&whois->real_name, message->params[5]);
}

/* RPL_WHOISCHANNELS may come several times. */
static bool whois_add_channels(bighti_ircc_whois *whois, const char *channels)
{
    size_t have = strlen(bighti_ircc_text(whois->channels));
    size_t more = strlen(channels);
    char *joined;

    if (have + more > CHANNELS_MAX)
        return true;
    joined = malloc(have + more + 2);
    if (!joined)
        return false;
    snprintf(joined, have + more + 2, "%s%s%s", bighti_ircc_text(whois->channels), have ? " " : "",
             channels);
    free(whois->channels);
    whois->channels = joined;
    return true;
}

/* RPL_WHOISIDLE: "<me> <nick> <seconds idle> [<signed on>] :<text>". */
static void set_idle(bighti_ircc_whois *whois, const bighti_ircc_message *message)
{
    whois->idle = (int64_t)(strtoul(message->params[2], NULL, 10) & INT32_MAX);
    if (message->count > 4)
        whois->signed_on = (int64_t)(strtoul(message->params[3], NULL, 10) & UINT32_MAX) * 1000;
}

static void whois_end(bight_irc_client *client)
{
    bighti_ircc_whois *whois = client->whois;
    bight_irc_whois answer;

    client->whois = NULL;
    answer = (bight_irc_whois){
        .nick = bighti_ircc_text(whois->nick),
        .user = bighti_ircc_text(whois->user),
        .host = bighti_ircc_text(whois->host),
        .real_name = bighti_ircc_text(whois->real_name),
        .server = bighti_ircc_text(whois->server),
        .channels = bighti_ircc_text(whois->channels),
        .account = bighti_ircc_text(whois->account),
        .away = bighti_ircc_text(whois->away),
        .idle = whois->idle,
        .signed_on = whois->signed_on,
        .is_operator = whois->is_operator,
        .is_secure = whois->is_secure,
    };
    BIGHTI_IRCC_TELL(client, whois, (client, &answer, client->data));
    bighti_ircc_whois_free(whois);
}

/* Handle one numeric of the current answer. Returns false when out of memory. */
static bool whois_collect(bighti_ircc_whois *whois, const bighti_ircc_message *message)
{
    switch (message->code) {
    case 301:
        return bighti_ircc_set(&whois->away, message->params[2]);
    case 312:
        return bighti_ircc_set(&whois->server, message->params[2]);
    case 313:
        whois->is_operator = true;
        return true;
    case 317:
        set_idle(whois, message);
        return true;
    case 319:
        return whois_add_channels(whois, message->params[2]);
    case 330:
        return bighti_ircc_set(&whois->account, message->params[2]);
    case 671:
        whois->is_secure = true;
        return true;
    default:
        return true;
    }
}

static bool whois_is_known(int code)
{
    static const int codes[] = {301, 312, 313, 317, 318, 319, 330, 671};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (codes[i] == code)
            return true;
    }
    return false;
}

bool bighti_ircc_on_whois(bight_irc_client *client, const bighti_ircc_message *message)
{
    bool worked = true;

    if (message->code == 311)
        worked = whois_begin(client, message);
    else if (message->code == 318 && client->whois == NULL)
        return true; /* `problem` has already reported that there is no such person */
    else if (!whois_is_known(message->code) || client->whois == NULL ||
             !bight_irc_client_same_name(client, client->whois->nick, message->params[1]))
        return false;
    else if (message->code == 318)
        whois_end(client);
    else
        worked = whois_collect(client->whois, message);
    if (!worked)
        bighti_ircc_out_of_memory(client);
    return true;
}

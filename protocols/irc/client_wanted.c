/* The channels that a person wants to be in, with their keys. This is a list of its own, and not
 * made from the channels of a connection: a connection that is lost while channels are being
 * joined again would leave only a part of them.
 *
 * A channel is wanted from the request to join it, or from a JOIN by the server, until the client
 * leaves it or is thrown out. A request that the server refuses is forgotten, but a channel that
 * the client has been in is not: it may only be full or locked for the moment. */
#include "client_private.h"

#include <bight/log.h>
#include <stdlib.h>
#include <string.h>

static bighti_ircc_wish *wish_find(bight_irc_client *client, const char *channel)
{
    for (size_t i = 0; i < client->wish_count; i++) {
        if (bight_irc_client_same_name(client, client->wishes[i].channel, channel))
            return &client->wishes[i];
    }
    return NULL;
}

static void wish_clear(bighti_ircc_wish *wish)
{
    free(wish->channel);
    free(wish->key);
}

/* NULL without memory, or if there are too many. */
static bighti_ircc_wish *wish_add(bight_irc_client *client, const char *channel)
{
    bighti_ircc_wish *more, *wish;

    if (client->wish_count >= client->options.channels_max)
        return NULL;
    more = realloc(client->wishes, (client->wish_count + 1) * sizeof(*more));
    if (more == NULL)
        return NULL;
    client->wishes = more;
    wish = &more[client->wish_count];
    *wish = (bighti_ircc_wish){.channel = bighti_ircc_dup(channel)};
    if (wish->channel == NULL)
        return NULL;
    client->wish_count++;
    return wish;
}

static void wish_set_key(bighti_ircc_wish *wish, const char *key)
{
    if (key == NULL) {
        free(wish->key);
        wish->key = NULL;
    } else if (!bighti_ircc_set(&wish->key, key)) {
        bight_log(BIGHT_LOG_WARNING, "the key of %s is not remembered: out of memory",
                  wish->channel);
    }
}

void bighti_ircc_want(bight_irc_client *client, const char *channel, const char *key)
{
    bighti_ircc_wish *wish = wish_find(client, channel);

    if (wish == NULL)
        wish = wish_add(client, channel);
    if (wish != NULL && key != NULL)
        wish_set_key(wish, key);
}

void bighti_ircc_want_joined(bight_irc_client *client, const char *channel)
{
    bighti_ircc_wish *wish;

    bighti_ircc_want(client, channel, NULL);
    wish = wish_find(client, channel);
    if (wish != NULL)
        wish->joined = true;
}

/* Servers show "*" instead of a key to those who may not see it. */
void bighti_ircc_want_key(bight_irc_client *client, const char *channel, const char *key)
{
    bighti_ircc_wish *wish = wish_find(client, channel);

    if (wish != NULL && (key == NULL || (strcmp(key, "*") != 0 && bighti_ircc_is_name(key))))
        wish_set_key(wish, key);
}

static void wish_remove(bight_irc_client *client, bighti_ircc_wish *wish)
{
    size_t after = client->wish_count - (size_t)(wish - client->wishes) - 1;

    wish_clear(wish);
    memmove(wish, wish + 1, after * sizeof(*wish));
    client->wish_count--;
}

void bighti_ircc_unwant(bight_irc_client *client, const char *channel)
{
    bighti_ircc_wish *wish = wish_find(client, channel);

    if (wish != NULL)
        wish_remove(client, wish);
}

void bighti_ircc_note_refusal(bight_irc_client *client, const bighti_ircc_message *message)
{
    static const int refusals[] = {403, 405, 437, 470, 471, 473, 474,
                                   475, 476, 477, 479, 480, 489, 520};
    bighti_ircc_wish *wish;

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i] != message->code)
            continue;
        wish = wish_find(client, message->params[1]);
        if (wish != NULL && !wish->joined)
            wish_remove(client, wish);
    }
}

void bighti_ircc_forget_wishes(bight_irc_client *client)
{
    for (size_t i = 0; i < client->wish_count; i++)
        wish_clear(&client->wishes[i]);
    free(client->wishes);
    client->wishes = NULL;
    client->wish_count = 0;
}

/* -- Joining -- */

/* The strings are copies: an event may change the list. */
static void wish_join(bight_irc_client *client, const char *channel, const char *key)
{
    if (bight_irc_client_join(client, channel, key) != BIGHT_OK)
        bighti_ircc_tell_problem(client, 0, channel, "cannot be joined",
                                 bighti_ircc_wall_clock(client));
}

static bool wishes_go_on(const bight_irc_client *client)
{
    return !client->freed && !client->ended && client->state == BIGHT_IRC_READY;
}

/* An entry of the options, "#a key". A key that was set since is newer. */
static void join_entry(bight_irc_client *client, char *entry)
{
    char *rest = NULL;
    const char *channel = strtok_r(entry, " ", &rest);
    const char *key = strtok_r(NULL, " ", &rest);
    const bighti_ircc_wish *wish = channel != NULL ? wish_find(client, channel) : NULL;
    char *newer = wish != NULL && wish->key != NULL ? bighti_ircc_dup(wish->key) : NULL;

    if (channel != NULL)
        wish_join(client, channel, newer != NULL ? newer : key);
    free(newer);
}

/* Each channel has its own line, because a server may reject one. */
static void join_options(bight_irc_client *client)
{
    char *copy = bighti_ircc_dup(bighti_ircc_text(client->options.join));
    char *rest = copy;
    char *entry;

    if (copy == NULL)
        bighti_ircc_out_of_memory(client);
    while (wishes_go_on(client) && (entry = strsep(&rest, ",")) != NULL)
        join_entry(client, entry);
    free(copy);
}

/* Whether a list, as in the options, names a channel. */
static bool list_names(const bight_irc_client *client, const char *list, const char *channel)
{
    while (*list != '\0') {
        size_t size;

        list += strspn(list, ", ");
        size = strcspn(list, ", ");
        if (bight_irc_equal(client->features.mapping, (bight_view){(const uint8_t *)list, size},
                            bight_view_of(channel)))
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

void bighti_ircc_join_wanted(bight_irc_client *client)
{
    const char *first = bighti_ircc_text(client->options.join);

    join_options(client);
    for (size_t i = 0; wishes_go_on(client) && i < client->wish_count; i++) {
        char *channel = bighti_ircc_dup(client->wishes[i].channel);
        char *key = bighti_ircc_dup(bighti_ircc_text(client->wishes[i].key));

        if (channel == NULL || key == NULL)
            bighti_ircc_out_of_memory(client);
        else if (!list_names(client, first, channel))
            wish_join(client, channel, key);
        free(channel);
        free(key);
    }
}

/* Messages to oneself. A server delivers one like any other message; a server with echo-message may
 * send an echo besides, and nothing distinguishes the two. So the texts that were sent are
 * remembered for a while: of each, the first arrival is told, and the second is dropped. */
#include "client_private.h"

#include <stdlib.h>
#include <string.h>

static void monologue_remove(bight_irc_client *client, size_t at)
{
    bighti_ircc_monologue *list = client->monologues;

    free(list[at].text);
    memmove(&list[at], &list[at + 1], (client->monologue_count - at - 1) * sizeof(list[0]));
    client->monologue_count--;
}

void bighti_ircc_monologue_note(bight_irc_client *client, const char *text)
{
    char *copy;

    if (!(client->capabilities & BIGHTI_IRCC_ECHO_MESSAGE))
        return;
    copy = bighti_ircc_dup(text);
    if (copy == NULL)
        return;
    if (client->monologue_count == BIGHTI_IRCC_MONOLOGUES)
        monologue_remove(client, 0);
    client->monologues[client->monologue_count++] = (bighti_ircc_monologue){copy, false};
}

/* The position of a text that was told or not; the count if there is none. */
static size_t monologue_find(const bight_irc_client *client, const char *text, bool told)
{
    size_t at = 0;

    while (at < client->monologue_count &&
           (client->monologues[at].told != told || strcmp(client->monologues[at].text, text) != 0))
        at++;
    return at;
}

bool bighti_ircc_monologue_is_told(bight_irc_client *client, const char *text)
{
    size_t waiting = monologue_find(client, text, false);
    size_t told = monologue_find(client, text, true);

    if (waiting < client->monologue_count) {
        client->monologues[waiting].told = true;
        return false;
    }
    if (told == client->monologue_count)
        return false;
    monologue_remove(client, told);
    return true;
}

void bighti_ircc_monologues_forget(bight_irc_client *client)
{
    while (client->monologue_count > 0)
        monologue_remove(client, client->monologue_count - 1);
}

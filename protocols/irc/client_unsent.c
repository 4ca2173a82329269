/* Lines that were accepted and cannot be sent any more are reported, so that no word is lost
 * without a person knowing. */
#include "client_private.h"

#include <stdlib.h>
#include <string.h>

/* "\001ACTION waves\001" is "waves". */
static void unsent_read_action(bight_irc_unsent *unsent, char *text)
{
    static const char action[] = "\001ACTION ";

    if (strncmp(text, action, sizeof(action) - 1) != 0)
        return;
    text += sizeof(action) - 1;
    text[strcspn(text, "\001")] = '\0';
    unsent->is_action = true;
    unsent->text = text;
}

static void unsent_tell(bight_irc_client *client, bighti_ircc_line *line)
{
    bighti_ircc_message message;
    bight_irc_unsent unsent = {.time = bighti_ircc_wall_clock(client)};

    if (client->freed || !BIGHTI_SLOT(client->events, bight_irc_client_events, unsent) ||
        !bighti_ircc_parse(client, line->text, line->size - 2, &message))
        return;
    unsent.command = message.command;
    unsent.target = unsent.text = "";
    if (message.count > 0 && strcmp(message.command, "AWAY") != 0)
        unsent.target = message.params[0];
    if (message.count > 1 || unsent.target[0] == '\0')
        unsent.text = message.params[message.count > 0 ? message.count - 1 : 0];
    unsent_read_action(&unsent, (char *)unsent.text);
    client->events->unsent(client, &unsent, client->data);
}

/* The event may queue more, which is refused when the connection has ended. */
void bighti_ircc_drop_unsent(bight_irc_client *client)
{
    bighti_link lines;

    bighti_link_init(&lines);
    bighti_list_splice(&lines, &client->queue);
    client->queued = 0;
    while (!bighti_list_is_empty(&lines)) {
        bighti_ircc_line *line = BIGHTI_CONTAINER(bighti_list_pop(&lines), bighti_ircc_line, link);

        unsent_tell(client, line);
        bighti_ircc_line_free(line);
    }
    bighti_ircc_clear_queue(client);
}

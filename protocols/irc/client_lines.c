/* Lines that wait to be sent: a list, with one block of memory per line. The lines of a text are
 * first collected in a separate list, so that either all or none are queued. */
#include "client_private.h"

#include <stdlib.h>
#include <string.h>

bighti_ircc_line *bighti_ircc_line_new(const char *text, size_t size)
{
    bighti_ircc_line *line = malloc(sizeof(*line) + size + 1);

    if (line == NULL)
        return NULL;
    bighti_link_init(&line->link);
    line->size = size;
    memcpy(line->text, text, size);
    line->text[size] = '\0';
    return line;
}

void bighti_ircc_line_free(bighti_ircc_line *line)
{
    free(line);
}

void bighti_ircc_lines_free(bighti_link *lines)
{
    bighti_link *link = lines->next;

    while (link != lines) {
        bighti_link *next = link->next;

        bighti_ircc_line_free(BIGHTI_CONTAINER(link, bighti_ircc_line, link));
        link = next;
    }
    bighti_link_init(lines);
}

bight_status bighti_ircc_queue_lines(bight_irc_client *client, bighti_link *take_lines,
                                     size_t count)
{
    if (client->transport == NULL) { /* the connection is ending: nothing is sent any more */
        bighti_ircc_lines_free(take_lines);
        return BIGHT_ERROR_STATE;
    }
    if (client->queued + count > client->options.send_queue) {
        bighti_ircc_lines_free(take_lines);
        return BIGHT_ERROR_LIMIT;
    }
    bighti_list_splice(&client->queue, take_lines);
    client->queued += count;
    bight_task_schedule(client->soon);
    return BIGHT_OK;
}

void bighti_ircc_clear_queue(bight_irc_client *client)
{
    bighti_ircc_lines_free(&client->queue);
    client->queued = 0;
}

/* The parser passes over the line once and returns views of it. It first checks the whole line for
 * NUL, CR and LF, so that no part can contain one. */
#include "ascii.h"
#include <bight/irc_message.h>
#include <string.h>

/* The part after an '@' or ':'. If nothing follows, the part counts as missing. */
static bight_view prefixed(bight_view word)
{
    if (word.size <= 1)
        return (bight_view){NULL, 0};
    return (bight_view){word.data + 1, word.size - 1};
}

static bight_view irc_message_rest_of(bight_view view, size_t from)
{
    return (bight_view){view.data + from, view.size - from};
}

/* Remove and return the text up to the next space; also remove the spaces after it. */
static bight_view irc_message_take_word(bight_view *line)
{
    const uint8_t *space = memchr(line->data, ' ', line->size);
    size_t length = space != NULL ? (size_t)(space - line->data) : line->size;
    bight_view word = {line->data, length};

    while (length < line->size && line->data[length] == ' ')
        length++;
    *line = irc_message_rest_of(*line, length);
    return word;
}

static bool holds_line_break(bight_view view)
{
    return memchr(view.data, '\0', view.size) != NULL ||
           memchr(view.data, '\n', view.size) != NULL || memchr(view.data, '\r', view.size) != NULL;
}

static void split_source(bight_irc_message *message)
{
    bight_view source = message->source;
    const uint8_t *bang, *at;
    size_t nick, from, end;

    if (source.data == NULL)
        return;
    bang = memchr(source.data, '!', source.size);
    nick = bang != NULL ? (size_t)(bang - source.data) : source.size;
    from = bang != NULL ? nick + 1 : 0;
    at = memchr(source.data + from, '@', source.size - from);
    end = at != NULL ? (size_t)(at - source.data) : source.size;
    if (bang != NULL)
        message->user = (bight_view){bang + 1, end - from};
    if (at != NULL) {
        message->host = irc_message_rest_of(source, end + 1);
        nick = bang != NULL ? nick : end;
    }
    message->nick = (bight_view){source.data, nick};
}

static void take_params(bight_view line, bight_irc_message *message)
{
    while (line.size > 0 && message->param_count < BIGHT_IRC_MAX_PARAMS) {
        bight_view *param = &message->params[message->param_count++];

        if (line.data[0] == ':') {
            *param = irc_message_rest_of(line, 1);
            message->trailing = true;
            return;
        }
        if (message->param_count == BIGHT_IRC_MAX_PARAMS) {
            *param = line;
            return;
        }
        *param = irc_message_take_word(&line);
    }
}

bight_status bight_irc_message_parse(const uint8_t *line, size_t size, bight_irc_message *message)
{
    bight_view left = {line, size};
    bight_irc_message parsed = {0};

    if (size == 0 || holds_line_break(left))
        return BIGHT_ERROR_PROTOCOL;
    if (left.data[0] == '@')
        parsed.tags = prefixed(irc_message_take_word(&left));
    while (left.size > 0 && left.data[0] == ' ')
        left = irc_message_rest_of(left, 1);
    if (left.size > 0 && left.data[0] == ':') {
        parsed.source = prefixed(irc_message_take_word(&left));
        split_source(&parsed);
    }
    parsed.command = irc_message_take_word(&left);
    if (!bighti_irc_is_command(parsed.command))
        return BIGHT_ERROR_PROTOCOL;
    take_params(left, &parsed);
    *message = parsed;
    return BIGHT_OK;
}

bight_view bight_irc_message_param(const bight_irc_message *message, size_t index)
{
    if (index >= message->param_count || index >= BIGHT_IRC_MAX_PARAMS)
        return (bight_view){NULL, 0};
    return message->params[index];
}

bool bight_irc_message_is(const bight_irc_message *message, const char *command)
{
    return bighti_ascii_equal(message->command, bight_view_of(command));
}

int bight_irc_message_numeric(const bight_irc_message *message)
{
    bight_view command = message->command;

    if (command.size != 3 || !bighti_ascii_is_digit(command.data[0]))
        return -1;
    return (command.data[0] - '0') * 100 + (command.data[1] - '0') * 10 + (command.data[2] - '0');
}

size_t bight_irc_text_fit(bight_view text, size_t max)
{
    size_t cut = max;

    if (text.size <= max)
        return text.size;
    /* A character has at most three bytes after its first; more than that is not UTF-8. */
    while (cut > 0 && max - cut < 3 && (text.data[cut] & 0xC0) == 0x80)
        cut--;
    if ((text.data[cut] & 0xC0) == 0x80 || (cut < max && text.data[cut] < 0xC0))
        return max;
    return cut;
}

/* Formats a message. Everything is checked and measured before the first byte is written, so a
 * rejected message leaves the buffer unchanged, and a written message parses back to itself. */
#include "ascii.h"
#include <bight/irc_message.h>
#include <string.h>

static bool holds_any(bight_view view, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && view.size > 0; i++) {
        if (memchr(view.data, bytes[i], view.size) != NULL)
            return true;
    }
    return false;
}

/* Whether a view is a word that can be put between spaces. */
static bool irc_format_is_word(bight_view view)
{
    return view.size > 0 && !holds_any(view, "\0\r\n ", 4);
}

static bool needs_colon(bight_view param)
{
    return param.size == 0 || param.data[0] == ':' || memchr(param.data, ' ', param.size) != NULL;
}

static bool irc_format_is_valid(const bight_irc_message *message)
{
    size_t count = message->param_count;

    if (count > BIGHT_IRC_MAX_PARAMS || !bighti_irc_is_command(message->command))
        return false;
    if ((message->tags.data != NULL && !irc_format_is_word(message->tags)) ||
        (message->source.data != NULL && !irc_format_is_word(message->source)))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (holds_any(message->params[i], "\0\r\n", 3) ||
            (i + 1 < count && needs_colon(message->params[i])))
            return false;
    }
    return true;
}

static bool last_has_colon(const bight_irc_message *message)
{
    size_t count = message->param_count;

    return count > 0 && (message->trailing || needs_colon(message->params[count - 1]));
}

static size_t body_size(const bight_irc_message *message)
{
    size_t size = message->command.size + 2;

    if (message->source.data != NULL)
        size += message->source.size + 2;
    for (size_t i = 0; i < message->param_count; i++)
        size += 1 + message->params[i].size;
    return size + last_has_colon(message);
}

static char *irc_format_put(char *to, bight_view view)
{
    if (view.size > 0)
        memcpy(to, view.data, view.size);
    return to + view.size;
}

static char *put_prefixed(char *to, char prefix, bight_view word)
{
    if (word.data == NULL)
        return to;
    *to++ = prefix;
    to = irc_format_put(to, word);
    *to++ = ' ';
    return to;
}

static void write_message(const bight_irc_message *message, char *to)
{
    to = put_prefixed(to, '@', message->tags);
    to = put_prefixed(to, ':', message->source);
    to = irc_format_put(to, message->command);
    for (size_t i = 0; i < message->param_count; i++) {
        *to++ = ' ';
        if (i + 1 == message->param_count && last_has_colon(message))
            *to++ = ':';
        to = irc_format_put(to, message->params[i]);
    }
    *to++ = '\r';
    *to = '\n';
}

bight_status bight_irc_message_format(const bight_irc_message *message, char *buffer,
                                      size_t capacity, size_t max_body, size_t *length)
{
    size_t tags = message->tags.data != NULL ? message->tags.size + 2 : 0;
    size_t body;

    if (!irc_format_is_valid(message))
        return BIGHT_ERROR_INVALID;
    body = body_size(message);
    if (body > (max_body > 0 ? max_body : BIGHT_IRC_MAX_BODY) || tags > BIGHT_IRC_MAX_TAGS ||
        tags + body > capacity)
        return BIGHT_ERROR_LIMIT;
    write_message(message, buffer);
    *length = tags + body;
    return BIGHT_OK;
}

bight_irc_message bight_irc_message_of(const char *command, const char *const *params, size_t count)
{
    bight_irc_message message = {.command = bight_view_of(command)};

    for (size_t i = 0; i < count && params[i] != NULL; i++) {
        if (message.param_count++ < BIGHT_IRC_MAX_PARAMS)
            message.params[i] = bight_view_of(params[i]);
    }
    return message;
}

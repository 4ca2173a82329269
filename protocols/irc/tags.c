/* Message tags of IRCv3 (https://ircv3.net/specs/extensions/message-tags). */
#include "ascii.h"
#include <bight/irc_message.h>
#include <string.h>

bool bight_irc_tags_next(bight_view *tags, bight_irc_tag *tag)
{
    while (tags->size > 0) {
        const uint8_t *end = memchr(tags->data, ';', tags->size);
        size_t length = end != NULL ? (size_t)(end - tags->data) : tags->size;
        bight_view item = {tags->data, length};
        const uint8_t *equals = memchr(item.data, '=', item.size);

        length += end != NULL;
        *tags = (bight_view){tags->data + length, tags->size - length};
        if (item.size == 0 || equals == item.data)
            continue;
        *tag = (bight_irc_tag){item, {NULL, 0}};
        if (equals != NULL) {
            tag->key.size = (size_t)(equals - item.data);
            tag->value = (bight_view){equals + 1, item.size - tag->key.size - 1};
        }
        return true;
    }
    return false;
}

bool bight_irc_message_find_tag(const bight_irc_message *message, const char *key,
                                bight_view *value)
{
    bight_view tags = message->tags, wanted = bight_view_of(key);
    bight_irc_tag tag;
    bool found = false;

    while (bight_irc_tags_next(&tags, &tag)) {
        if (!bight_view_equal(tag.key, wanted))
            continue;
        found = true;
        if (value != NULL)
            *value = tag.value;
    }
    return found;
}

static uint8_t unescaped(uint8_t code)
{
    switch (code) {
    case ':':
        return ';';
    case 's':
        return ' ';
    case 'r':
        return '\r';
    case 'n':
        return '\n';
    default:
        return code;
    }
}

size_t bight_irc_tag_unescape(bight_view value, char *buffer)
{
    size_t length = 0;

    for (size_t i = 0; i < value.size; i++) {
        uint8_t byte = value.data[i];

        if (byte == '\\') {
            if (++i == value.size)
                break;
            byte = unescaped(value.data[i]);
        }
        buffer[length++] = (char)byte;
    }
    return length;
}

/* The letter of the escape for a byte, or 0 for a byte that needs no escape. */
static char escape_of(uint8_t byte)
{
    switch (byte) {
    case ';':
        return ':';
    case ' ':
        return 's';
    case '\r':
        return 'r';
    case '\n':
        return 'n';
    case '\\':
        return '\\';
    default:
        return 0;
    }
}

static bool irc_tags_is_name(const char *name, size_t length, bool vendor)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = (uint8_t)name[i];

        if (!bighti_ascii_is_letter(byte) && !bighti_ascii_is_digit(byte) && byte != '-' &&
            !(vendor && byte == '.'))
            return false;
    }
    return length > 0;
}

static bool irc_tags_is_key(const char *key)
{
    const char *name = key + (*key == '+');
    const char *slash = strchr(name, '/');

    if (slash != NULL) {
        if (!irc_tags_is_name(name, (size_t)(slash - name), true))
            return false;
        name = slash + 1;
    }
    return irc_tags_is_name(name, strlen(name), false);
}

static size_t escaped_size(bight_view value)
{
    size_t size = value.size;

    for (size_t i = 0; i < value.size; i++)
        size += escape_of(value.data[i]) != 0;
    return size;
}

static char *write_escaped(char *to, bight_view value)
{
    for (size_t i = 0; i < value.size; i++) {
        char escape = escape_of(value.data[i]);

        if (escape != 0)
            *to++ = '\\';
        *to++ = escape != 0 ? escape : (char)value.data[i];
    }
    return to;
}

bight_status bight_irc_tags_add(char *buffer, size_t capacity, size_t *length, const char *key,
                                bight_view value)
{
    size_t key_size = strlen(key);
    size_t separator = *length > 0;
    size_t value_size = escaped_size(value);
    char *to = buffer + *length;

    if (!irc_tags_is_key(key) || (value.size > 0 && memchr(value.data, '\0', value.size) != NULL))
        return BIGHT_ERROR_INVALID;
    if (separator + key_size + (value.size > 0) > capacity - *length ||
        value_size > capacity - *length - separator - key_size - (value.size > 0))
        return BIGHT_ERROR_LIMIT;
    if (separator > 0)
        *to++ = ';';
    memcpy(to, key, key_size);
    to += key_size;
    if (value.size > 0) {
        *to++ = '=';
        to = write_escaped(to, value);
    }
    *length = (size_t)(to - buffer);
    return BIGHT_OK;
}

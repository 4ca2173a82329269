#include "text.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool words_reserve(cli_text *text, size_t more)
{
    size_t room = text->room > 0 ? text->room : 256;
    char *bytes;

    if (text->failed || more > SIZE_MAX / 4 - text->size)
        text->failed = true;
    if (text->failed || more <= text->room - text->size)
        return !text->failed;
    while (room < text->size + more)
        room *= 2;
    bytes = realloc(text->bytes, room);
    if (bytes == NULL) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->room = room;
    return true;
}

void cli_text_add(cli_text *text, const void *bytes, size_t size)
{
    if (size == 0 || !words_reserve(text, size))
        return;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
}

void cli_text_add_string(cli_text *text, const char *string)
{
    cli_text_add(text, string, strlen(string));
}

void cli_text_repeat(cli_text *text, char c, size_t count)
{
    if (count == 0 || !words_reserve(text, count))
        return;
    memset(text->bytes + text->size, c, count);
    text->size += count;
}

void cli_text_format(cli_text *text, const char *format, ...)
{
    char buffer[128];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(buffer, sizeof(buffer), format, arguments);
    va_end(arguments);
    if (length > 0)
        cli_text_add(text, buffer,
                     (size_t)length < sizeof(buffer) ? (size_t)length : sizeof(buffer) - 1);
}

void cli_text_drop(cli_text *text, size_t size)
{
    text->size -= size;
    if (text->size > 0)
        memmove(text->bytes, text->bytes + size, text->size);
}

void cli_text_free(cli_text *text)
{
    free(text->bytes);
    *text = (cli_text){0};
}

/* -- UTF-8 -- */

/* The length and the minimum value of a sequence with this first byte; 0 if invalid. */
static size_t length_of(unsigned char first, unsigned *least)
{
    if (first < 0x80) {
        *least = 0;
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0) {
        *least = 0x80;
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0) {
        *least = 0x800;
        return 3;
    }
    *least = 0x10000;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

size_t cli_utf8_read(const char *bytes, size_t size, unsigned *character)
{
    static const unsigned char first_mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned least;
    size_t length = length_of((unsigned char)bytes[0], &least);
    unsigned value;

    *character = 0xfffd;
    if (length == 0 || length > size)
        return 1;
    value = (unsigned char)bytes[0] & first_mask[length];
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)bytes[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | ((unsigned char)bytes[i] & 0x3f);
    }
    if (value < least || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 1;
    *character = value;
    return length;
}

typedef struct range {
    unsigned first, last;
} range;

/* The relevant blocks: combining marks and joiners, then characters two columns wide. */
static const range none[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},   {0x0610, 0x061a},   {0x064b, 0x065f},
    {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},   {0x1ab0, 0x1aff},   {0x1dc0, 0x1dff},
    {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x2064},   {0x20d0, 0x20ff},   {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f}, {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};
static const range two[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},
    {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},
    {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},
    {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
    {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool words_is_in(const range *ranges, size_t count, unsigned character)
{
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

int cli_utf8_width(unsigned character)
{
    if (words_is_in(none, sizeof(none) / sizeof(*none), character))
        return 0;
    return words_is_in(two, sizeof(two) / sizeof(*two), character) ? 2 : 1;
}

/* Growing text, and the width of characters on a terminal. */
#ifndef BIGHT_CLI_TEXT_H
#define BIGHT_CLI_TEXT_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>

/* Initialise it with zeros. When out of memory, text is dropped and `failed` is set. */
typedef struct cli_text {
    char *bytes;
    size_t size, room;
    bool failed;
} cli_text;

void cli_text_add(cli_text *text, const void *bytes, size_t size);
void cli_text_add_string(cli_text *text, const char *string);
void cli_text_repeat(cli_text *text, char c, size_t count);
void cli_text_format(cli_text *text, const char *format, ...) BIGHT_PRINTF(2, 3);

/* Remove bytes from the front. */
void cli_text_drop(cli_text *text, size_t size);
void cli_text_free(cli_text *text);

/* Read one character of UTF-8, of `size` > 0 bytes. Returns its length. Invalid UTF-8 counts as
 * one byte, U+FFFD. */
size_t cli_utf8_read(const char *bytes, size_t size, unsigned *character);

/* The columns of a character on a terminal: 0, 1 or 2. */
int cli_utf8_width(unsigned character);

#endif

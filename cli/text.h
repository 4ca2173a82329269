/* Text that grows, and how wide it is on a terminal. */
#ifndef BIGHT_CLI_TEXT_H
#define BIGHT_CLI_TEXT_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>

/* Begin with zeros. What does not fit in memory is left out, and `failed` tells. */
typedef struct cli_text {
    char *bytes;
    size_t size, room;
    bool failed;
} cli_text;

void cli_text_add(cli_text *text, const void *bytes, size_t size);
void cli_text_add_string(cli_text *text, const char *string);
void cli_text_repeat(cli_text *text, char c, size_t count);
void cli_text_format(cli_text *text, const char *format, ...) BIGHT_PRINTF(2, 3);

/* Take bytes away from the front. */
void cli_text_drop(cli_text *text, size_t size);
void cli_text_free(cli_text *text);

/* Read one character of UTF-8, of `size` > 0 bytes. Gives its length; what is no UTF-8 is one byte,
 * as U+FFFD. */
size_t cli_utf8_read(const char *bytes, size_t size, unsigned *character);

/* Columns that a character takes on a terminal: 0, 1 or 2. */
int cli_utf8_width(unsigned character);

#endif

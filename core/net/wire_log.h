/* The text form of bytes, and the search for secrets: wire_text.c. No I/O. */
#ifndef BIGHTI_NET_WIRE_LOG_H
#define BIGHTI_NET_WIRE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BIGHTI_MOST_SECRETS = 32, BIGHTI_SECRET_SIZE = 64 };

/* A word in lower case, with the table for finding it in a stream: for each byte of the word, how
 * many bytes before it still match if this byte does not. */
typedef struct bighti_secret {
    uint8_t size;
    uint8_t word[BIGHTI_SECRET_SIZE];
    uint8_t back[BIGHTI_SECRET_SIZE];
} bighti_secret;

typedef struct bighti_secrets {
    unsigned count;
    bighti_secret *all;
} bighti_secrets;

/* How many bytes of each word match at this position of a stream. */
typedef struct bighti_search {
    uint8_t matched[BIGHTI_MOST_SECRETS];
    bool hidden; /* until the end of the line */
} bighti_search;

/* `word` is not empty and not too long. */
void bighti_secret_init(bighti_secret *secret, const char *word);

/* Whether the next byte of the stream is part of a secret. */
bool bighti_search_hides(bighti_search *search, const bighti_secrets *secrets, uint8_t byte);

static inline bool bighti_wire_is_printable(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f;
}

/* Write the two hexadecimal digits of a byte, without a NUL. */
void bighti_wire_hex(uint8_t byte, char text[2]);

/* Write a byte as text: itself or an escape, without a NUL. Returns the length. */
size_t bighti_wire_escape(uint8_t byte, char text[4]);

#endif

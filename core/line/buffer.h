/* A queue of bytes: appended at the end, dropped from the front without moving the rest. */
#ifndef BIGHTI_LINE_BUFFER_H
#define BIGHTI_LINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed structure is empty and owns nothing. */
typedef struct bighti_line_buffer {
    uint8_t *data;
    size_t head;     /* index of the first valid byte */
    size_t size;     /* number of valid bytes */
    size_t capacity; /* of data */
} bighti_line_buffer;

/* @return  false when out of memory or if the size overflows; then nothing has changed */
bool bighti_line_buffer_append(bighti_line_buffer *buffer, const uint8_t *bytes, size_t size);

/* Drop bytes from the front; at most all of them. */
void bighti_line_buffer_drop(bighti_line_buffer *buffer, size_t size);

/* Drop everything and own nothing. */
void bighti_line_buffer_clear(bighti_line_buffer *buffer);

/* The first byte; only if there is one. */
static inline const uint8_t *bighti_line_buffer_bytes(const bighti_line_buffer *buffer)
{
    return buffer->data + buffer->head;
}

#endif

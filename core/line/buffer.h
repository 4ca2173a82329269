/* A queue of bytes: appended at the end, dropped from the front without moving the rest. */
#ifndef BIGHTI_LINE_BUFFER_H
#define BIGHTI_LINE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is empty and owns nothing. */
typedef struct bighti_line_buffer {
    uint8_t *data;
    size_t head;     /* of the first byte that counts */
    size_t size;     /* bytes that count */
    size_t capacity; /* of data */
} bighti_line_buffer;

/* @return  false without memory, or for a sum that does not fit; nothing was changed then */
bool bighti_line_buffer_append(bighti_line_buffer *buffer, const uint8_t *bytes, size_t size);

/* Drop from the front; at most what is there. */
void bighti_line_buffer_drop(bighti_line_buffer *buffer, size_t size);

/* Drop everything and own nothing. */
void bighti_line_buffer_clear(bighti_line_buffer *buffer);

/* The first byte; only if there is one. */
static inline const uint8_t *bighti_line_buffer_bytes(const bighti_line_buffer *buffer)
{
    return buffer->data + buffer->head;
}

#endif

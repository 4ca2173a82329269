#include "line/buffer.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

/* Make room for `size` more bytes. Moving to the front is taken only where it frees at least as
 * much as it moves, so that many small drops and appends together stay linear. */
static bool reserve(bighti_line_buffer *buffer, size_t size)
{
    size_t wanted, capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;
    uint8_t *data;

    if (size > SIZE_MAX / 2 - buffer->size)
        return false;
    wanted = buffer->size + size;
    if (size <= buffer->capacity - buffer->head - buffer->size && buffer->data != NULL)
        return true;
    if (buffer->head >= buffer->size && wanted <= buffer->capacity) {
        memmove(buffer->data, buffer->data + buffer->head, buffer->size);
        buffer->head = 0;
        return true;
    }
    while (capacity < wanted)
        capacity *= 2;
    data = malloc(capacity);
    if (data == NULL)
        return false;
    if (buffer->size > 0)
        memcpy(data, buffer->data + buffer->head, buffer->size);
    free(buffer->data);
    *buffer = (bighti_line_buffer){data, 0, buffer->size, capacity};
    return true;
}

bool bighti_line_buffer_append(bighti_line_buffer *buffer, const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (!reserve(buffer, size))
        return false;
    memcpy(buffer->data + buffer->head + buffer->size, bytes, size);
    buffer->size += size;
    return true;
}

void bighti_line_buffer_drop(bighti_line_buffer *buffer, size_t size)
{
    buffer->size -= size;
    buffer->head = buffer->size > 0 ? buffer->head + size : 0;
}

void bighti_line_buffer_clear(bighti_line_buffer *buffer)
{
    free(buffer->data);
    *buffer = (bighti_line_buffer){NULL, 0, 0, 0};
}

#include "buffer.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

static bool move_to(bighti_line_buffer *buffer, size_t capacity)
{
    uint8_t *data = malloc(capacity);

    if (data == NULL)
        return false;
    if (buffer->data != NULL)
        memcpy(data, buffer->data + buffer->head, buffer->size);
    free(buffer->data);
    *buffer = (bighti_line_buffer){data, 0, buffer->size, capacity};
    return true;
}

/* Make room for `size` more bytes. The data is moved to the front only if this frees at least as
 * much as it moves, so that the total work of many small drops and appends stays linear. */
static bool buffer_reserve(bighti_line_buffer *buffer, size_t size)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : FIRST_CAPACITY;

    if (size > SIZE_MAX / 4 - buffer->size)
        return false;
    if (buffer->data != NULL && size <= buffer->capacity - buffer->head - buffer->size)
        return true;
    if (buffer->data != NULL && buffer->head >= buffer->size &&
        buffer->size + size <= buffer->capacity) {
        memmove(buffer->data, buffer->data + buffer->head, buffer->size);
        buffer->head = 0;
        return true;
    }
    while (capacity < buffer->size + size)
        capacity *= 2;
    return move_to(buffer, capacity);
}

bool bighti_line_buffer_append(bighti_line_buffer *buffer, const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (!buffer_reserve(buffer, size))
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

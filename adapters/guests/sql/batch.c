/* Rows that a thread passes to the reactor: an array of fields, and one byte buffer for all texts
 * and blobs. Both grow, so `data` of a field holds an offset until the batch is read for the first
 * time. */
#include "batch.h"
#include <stdlib.h>
#include <string.h>

struct bighti_sql_batch {
    size_t columns, limit;
    bight_sql_value *values;
    size_t count, capacity; /* of values */
    uint8_t *bytes;
    size_t used, room; /* of bytes */
    bool sealed;       /* the values hold pointers */
};

bighti_sql_batch *bighti_sql_batch_new(size_t columns, size_t limit)
{
    bighti_sql_batch *batch = calloc(1, sizeof(*batch));

    if (batch == NULL)
        return NULL;
    batch->columns = columns;
    batch->limit = limit;
    return batch;
}

void bighti_sql_batch_free(bighti_sql_batch *batch)
{
    if (batch == NULL)
        return;
    free(batch->values);
    free(batch->bytes);
    free(batch);
}

static bool grow_values(bighti_sql_batch *batch)
{
    size_t capacity = batch->capacity > 0 ? batch->capacity * 2 : batch->columns;
    bight_sql_value *values;

    if (batch->count < batch->capacity)
        return true;
    values = reallocarray(batch->values, capacity, sizeof(*values));
    if (values == NULL)
        return false;
    batch->values = values;
    batch->capacity = capacity;
    return true;
}

static bool grow_bytes(bighti_sql_batch *batch, size_t more)
{
    size_t room = batch->room > 0 ? batch->room : 256;
    uint8_t *bytes;

    if (more <= batch->room - batch->used)
        return true;
    if (more > SIZE_MAX / 4 || batch->used > SIZE_MAX / 4)
        return false;
    while (room < batch->used + more)
        room *= 2;
    bytes = realloc(batch->bytes, room);
    if (bytes == NULL)
        return false;
    batch->bytes = bytes;
    batch->room = room;
    return true;
}

static bool has_bytes(const bight_sql_value *value)
{
    return value->type == BIGHT_SQL_TEXT || value->type == BIGHT_SQL_BLOB;
}

bool bighti_sql_batch_add(bighti_sql_batch *batch, const bight_sql_value *value)
{
    bight_sql_value *field;
    size_t size = value->bytes.size;

    if (!grow_values(batch))
        return false;
    field = &batch->values[batch->count];
    *field = *value;
    if (has_bytes(value)) {
        if (size > SIZE_MAX / 4 || !grow_bytes(batch, size + 1))
            return false;
        if (size > 0)
            memcpy(batch->bytes + batch->used, value->bytes.data, size);
        batch->bytes[batch->used + size] = 0;
        field->bytes.data = (const uint8_t *)(uintptr_t)batch->used; /* NOLINT(performance-*) */
        batch->used += size + 1;
    }
    batch->count++;
    return true;
}

size_t bighti_sql_batch_size(const bighti_sql_batch *batch)
{
    return batch->used + batch->count * sizeof(*batch->values);
}

bool bighti_sql_batch_is_full(const bighti_sql_batch *batch)
{
    return bighti_sql_batch_size(batch) >= batch->limit;
}

size_t bighti_sql_batch_count(const bighti_sql_batch *batch)
{
    return batch->columns > 0 ? batch->count / batch->columns : 0;
}

size_t bighti_sql_batch_columns(const bighti_sql_batch *batch)
{
    return batch->columns;
}

const bight_sql_value *bighti_sql_batch_values(bighti_sql_batch *batch)
{
    if (batch->sealed)
        return batch->values;
    for (size_t i = 0; i < batch->count; i++) {
        bight_sql_value *value = &batch->values[i];

        if (has_bytes(value))
            value->bytes.data = batch->bytes + (uintptr_t)value->bytes.data;
    }
    batch->sealed = true;
    return batch->values;
}

uint8_t *bighti_sql_batch_take_bytes(bighti_sql_batch *batch)
{
    uint8_t *bytes = batch->bytes;

    batch->bytes = NULL;
    return bytes;
}

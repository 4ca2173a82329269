/* A table is the public structure with private data behind it: the fields of all rows in one
 * array, and the buffers of the batches, which contain the texts. */
#include "table.h"
#include "batch.h"
#include <base/check.h>
#include <stdlib.h>
#include <string.h>

typedef struct table_rest {
    bight_sql_table table;
    bight_sql_column *columns; /* one block with their names */
    bight_sql_value *values;
    size_t count, capacity; /* of values */
    uint8_t **blocks;       /* buffers of bytes */
    size_t block_count, block_capacity;
} table_rest;

bight_sql_table *bighti_sql_table_new(void)
{
    table_rest *rest = calloc(1, sizeof(*rest));

    return rest != NULL ? &rest->table : NULL;
}

static table_rest *rest_of(bight_sql_table *table)
{
    return BIGHTI_CONTAINER(table, table_rest, table);
}

void bight_sql_table_free(void *table)
{
    table_rest *rest;

    if (table == NULL)
        return;
    rest = rest_of(table);
    for (size_t i = 0; i < rest->block_count; i++)
        free(rest->blocks[i]);
    free(rest->blocks);
    free(rest->values);
    free(rest->columns);
    free(rest);
}

static char *table_put(char *at, const char *text, const char **place)
{
    size_t size = strlen(text) + 1;

    memcpy(at, text, size);
    *place = at;
    return at + size;
}

bool bighti_sql_table_set_columns(bight_sql_table *table, const bight_sql_column *columns,
                                  size_t count)
{
    size_t size = count * sizeof(*columns);
    bight_sql_column *copy;
    char *at;

    for (size_t i = 0; i < count; i++)
        size += strlen(columns[i].name) + strlen(columns[i].type) + 2;
    copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        return false;
    at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        at = table_put(at, columns[i].name, &copy[i].name);
        at = table_put(at, columns[i].type, &copy[i].type);
    }
    free(rest_of(table)->columns);
    rest_of(table)->columns = copy;
    table->columns = copy;
    table->column_count = count;
    return true;
}

static bool table_reserve(table_rest *rest, size_t more)
{
    size_t capacity = rest->capacity > 0 ? rest->capacity : 16;
    bight_sql_value *values;
    uint8_t **blocks;

    if (rest->block_count == rest->block_capacity) {
        size_t wanted = rest->block_capacity > 0 ? rest->block_capacity * 2 : 4;

        blocks = reallocarray(rest->blocks, wanted, sizeof(*blocks));
        if (blocks == NULL)
            return false;
        rest->blocks = blocks;
        rest->block_capacity = wanted;
    }
    while (capacity < rest->count + more)
        capacity *= 2;
    if (capacity == rest->capacity)
        return true;
    values = reallocarray(rest->values, capacity, sizeof(*values));
    if (values == NULL)
        return false;
    rest->values = values;
    rest->capacity = capacity;
    return true;
}

bool bighti_sql_table_add(bight_sql_table *table, bighti_sql_batch *take_batch)
{
    table_rest *rest = rest_of(table);
    size_t count = bighti_sql_batch_count(take_batch) * bighti_sql_batch_columns(take_batch);
    bool added = table_reserve(rest, count);

    if (added && count > 0) {
        memcpy(rest->values + rest->count, bighti_sql_batch_values(take_batch),
               count * sizeof(*rest->values));
        rest->count += count;
        rest->blocks[rest->block_count++] = bighti_sql_batch_take_bytes(take_batch);
        table->row_count += bighti_sql_batch_count(take_batch);
        table->values = rest->values;
    }
    bighti_sql_batch_free(take_batch);
    return added;
}

const bight_sql_value *bight_sql_table_at(const bight_sql_table *table, size_t row, size_t column)
{
    BIGHTI_REQUIRE(table->values != NULL && row < table->row_count && column < table->column_count,
                   "there is no such field in the table");
    return &table->values[row * table->column_count + column];
}

const bight_sql_table *bight_result_get_table(bight_result result)
{
    BIGHTI_REQUIRE(result.error == NULL && result.destroy == bight_sql_table_free,
                   "the result is no table");
    return result.value;
}

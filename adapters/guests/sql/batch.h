/* Reading batches of rows, which backends fill (backend.h). */
#ifndef BIGHTI_SQL_BATCH_H
#define BIGHTI_SQL_BATCH_H

#include "backend.h"

/* The rows as an array. Its pointers are valid as long as the batch. */
const bight_sql_value *bighti_sql_batch_values(bighti_sql_batch *batch);
size_t bighti_sql_batch_columns(const bighti_sql_batch *batch);

/* The size of its rows in bytes. */
size_t bighti_sql_batch_size(const bighti_sql_batch *batch);

/* Take the buffer that the texts and blobs point into. */
uint8_t *bighti_sql_batch_take_bytes(bighti_sql_batch *batch);

#endif

/* Reading batches of rows, which backends fill (backend.h). */
#ifndef BIGHTI_SQL_BATCH_H
#define BIGHTI_SQL_BATCH_H

#include "backend.h"

/* Rows, as an array with pointers that are good while the batch lives. */
const bight_sql_value *bighti_sql_batch_values(bighti_sql_batch *batch);
size_t bighti_sql_batch_columns(const bighti_sql_batch *batch);

/* What it holds, in bytes. */
size_t bighti_sql_batch_size(const bighti_sql_batch *batch);

/* Take the bytes that its text and blobs are in; the values point there. */
uint8_t *bighti_sql_batch_take_bytes(bighti_sql_batch *batch);

#endif

/* Fills the table that the user receives. */
#ifndef BIGHTI_SQL_TABLE_H
#define BIGHTI_SQL_TABLE_H

#include "backend.h"

/* NULL when out of memory. */
bight_sql_table *bighti_sql_table_new(void);

/* False without memory. */
bool bighti_sql_table_set_columns(bight_sql_table *table, const bight_sql_column *columns,
                                  size_t count);
bool bighti_sql_table_add(bight_sql_table *table, bighti_sql_batch *take_batch);

#endif

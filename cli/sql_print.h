/* Rows of a database as text, for a person or for a program. */
#ifndef BIGHT_CLI_SQL_PRINT_H
#define BIGHT_CLI_SQL_PRINT_H

#include "text.h"
#include <bight/sql.h>

/* A table with a head, aligned columns and the number of rows; of a statement without columns how
 * many rows it has changed, or nothing. What could move the cursor of a terminal is written as an
 * escape. */
void cli_sql_print_table(cli_text *out, const bight_sql_table *table);

/* RFC 4180, but with lines that end in LF: NULL is an empty field, an empty text is "". */
void cli_sql_print_csv_head(cli_text *out, const bight_sql_column *columns, size_t count);
void cli_sql_print_csv_row(cli_text *out, const bight_sql_row *row);

/* A row is an object on a line of its own. */
void cli_sql_print_json_row(cli_text *out, const bight_sql_row *row);

#endif

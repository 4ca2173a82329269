/* Formats rows of a database as text, for people or for programs. */
#ifndef BIGHT_CLI_SQL_PRINT_H
#define BIGHT_CLI_SQL_PRINT_H

#include "text.h"
#include <bight/sql.h>

/* A table with a head, aligned columns and the number of rows; for a statement without columns,
 * the number of changed rows, or nothing. Control characters are written as escapes. */
void cli_sql_print_table(cli_text *out, const bight_sql_table *table);

/* RFC 4180, but with lines that end in LF: NULL is an empty field, an empty text is "". */
void cli_sql_print_csv_head(cli_text *out, const bight_sql_column *columns, size_t count);
void cli_sql_print_csv_row(cli_text *out, const bight_sql_row *row);

/* Each row is an object on a separate line. */
void cli_sql_print_json_row(cli_text *out, const bight_sql_row *row);

#endif

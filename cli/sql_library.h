/* The functions of libbight-sql that the tool calls; the library is loaded when the command
 * runs. */
#ifndef BIGHT_CLI_SQL_LIBRARY_H
#define BIGHT_CLI_SQL_LIBRARY_H

#include "library.h"
#include <bight/sql.h>

typedef struct cli_sql_functions {
    __typeof__(&bight_result_get_table) bight_result_get_table;
    __typeof__(&bight_sql_close_at) bight_sql_close_at;
    __typeof__(&bight_sql_each_at) bight_sql_each_at;
    __typeof__(&bight_sql_free) bight_sql_free;
    __typeof__(&bight_sql_open) bight_sql_open;
    __typeof__(&bight_sql_query_at) bight_sql_query_at;
    __typeof__(&bight_sql_session_at) bight_sql_session_at;
    __typeof__(&bight_sql_split) bight_sql_split;
    __typeof__(&bight_sql_table_at) bight_sql_table_at;
} cli_sql_functions;

/* Filled when cli_sql_library is loaded. */
extern cli_sql_functions cli_sql;

extern const cli_library cli_sql_library;

#endif

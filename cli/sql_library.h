/* What the tool calls of libbight-sql, which is loaded when its command runs. */
#ifndef BIGHT_CLI_SQL_LIBRARY_H
#define BIGHT_CLI_SQL_LIBRARY_H

#include "library.h"
#include <bight/sql.h>

typedef struct cli_sql_functions {
    CLI_FUNCTION(bight_result_get_table);
    CLI_FUNCTION(bight_sql_each_at);
    CLI_FUNCTION(bight_sql_free);
    CLI_FUNCTION(bight_sql_open);
    CLI_FUNCTION(bight_sql_query_at);
    CLI_FUNCTION(bight_sql_session_at);
    CLI_FUNCTION(bight_sql_split);
    CLI_FUNCTION(bight_sql_table_at);
} cli_sql_functions;

/* Filled when cli_sql_library has been loaded. */
extern cli_sql_functions cli_sql;

extern const cli_library cli_sql_library;

#endif

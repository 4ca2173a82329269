#include "sql_library.h"
#include <stddef.h>

cli_sql_functions cli_sql;

static const cli_symbol symbols[] = {
    CLI_SYMBOL(cli_sql, bight_result_get_table), CLI_SYMBOL(cli_sql, bight_sql_close_at),
    CLI_SYMBOL(cli_sql, bight_sql_each_at),      CLI_SYMBOL(cli_sql, bight_sql_free),
    CLI_SYMBOL(cli_sql, bight_sql_open),         CLI_SYMBOL(cli_sql, bight_sql_query_at),
    CLI_SYMBOL(cli_sql, bight_sql_session_at),   CLI_SYMBOL(cli_sql, bight_sql_split),
    CLI_SYMBOL(cli_sql, bight_sql_table_at),     {NULL, NULL},
};

const cli_library cli_sql_library = {"libbight-sql", CLI_LIBRARY_FILE("bight-sql"), symbols};

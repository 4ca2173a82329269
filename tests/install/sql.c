/* A program of a user: it asks a database in memory. */
#include <bight/reactor.h>
#include <bight/sql.h>
#include <stdio.h>

static bight_result show(bight_result in, void *data)
{
    if (in.error != NULL)
        printf("%s\n", bight_error_get_message(in.error));
    else
        printf("database says %s\n",
               bight_sql_value_get_text(bight_sql_table_at(bight_result_get_table(in), 0, 0)));
    bight_result_free(in);
    bight_reactor_stop(data);
    return bight_result_value(NULL);
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_error *error = NULL;
    bight_deferred *asked;
    bight_sql *sql;

    if (reactor == NULL)
        return 1;
    if (bight_sql_open(reactor, "sqlite::memory:", NULL, &error, &sql) == BIGHT_OK) {
        asked = bight_sql_query(sql, "select 'hello'", NULL, 0);
        bight_deferred_both(asked, show, reactor);
        bight_deferred_free(asked);
        if (bight_reactor_run(reactor) != BIGHT_OK)
            return 1;
        bight_sql_free(sql);
    } else {
        printf("database says it is not in this build\n");
        bight_error_unref(error);
    }
    bight_reactor_free(reactor);
    return 0;
}

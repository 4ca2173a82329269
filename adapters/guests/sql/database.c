#include "database.h"
#include <base/check.h>
#include <stdlib.h>

void bighti_sql_hold(bighti_sql_database *database)
{
    database->holds++;
}

/* The backend has ended completely. The promise fires last, because its steps are user code. */
static void database_end(bighti_sql_database *database)
{
    bight_promise *ended = database->ended;

    bighti_sql_hold(database);
    database->gone = true;
    database->ended = NULL;
    database->backend->free(database->opened.owner);
    bight_task_free(database->task);
    database->task = NULL;
    bight_timer_free(database->timer);
    database->timer = NULL;
    bight_fork_watch_free(database->fork);
    database->fork = NULL;
    if (ended != NULL)
        bight_promise_fire(ended, NULL, NULL);
    database->holds--;
}

void bighti_sql_release(bighti_sql_database *database)
{
    BIGHTI_REQUIRE(database->holds > 0, "a database is released twice");
    database->holds--;
    if (!database->closed || database->closing || !bighti_list_is_empty(&database->connections))
        return;
    if (!database->gone)
        database_end(database);
    /* Leases may still wait for deferreds that do not belong to the database. */
    if (database->holds == 0)
        free(database);
}

bight_error *bighti_sql_check_process(const bighti_sql_database *database)
{
    if (!bighti_sql_is_inherited(database))
        return NULL;
    return bight_error_new(BIGHT_ERROR_STATE, "the database is open in the process that forked; "
                                              "this one has to open it anew");
}

#include "ask.h"
#include "pool.h"
#include "table.h"
#include "terms.h"
#include <bight/value.h>

static void on_given_up(bight_promise *promise, void *data)
{
    bighti_sql_work *work = data;

    work->promise = NULL;
    bight_promise_free(promise);
    if (work->connection != NULL) {
        bighti_sql_work_stop(work, NULL);
        return;
    }
    if (work->waiting && !work->database->closed)
        work->database->waiting_count--;
    bighti_sql_work_drop(work);
}

/* -- Sending work to a connection -- */

/* Returns the reason why a work cannot wait for a connection; NULL if it can. */
static bight_error *work_refuse(const bighti_sql_work *work)
{
    const bighti_sql_database *database = work->database;

    if (database->closed)
        return bight_error_new(BIGHT_ERROR_CLOSED, "the database was closed");
    if (bighti_sql_is_inherited(database))
        return bighti_sql_check_process(database);
    if (work->lease != NULL && !work->begins)
        return bighti_sql_lease_refuse(work->lease);
    if (database->waiting_count >= database->options.waiting)
        return bight_error_new(BIGHT_ERROR_LIMIT, "%u statements wait for the database already",
                               database->waiting_count);
    return NULL;
}

static void work_submit(bighti_sql_work *work)
{
    bighti_sql_database *database = work->database;
    bight_error *error = work_refuse(work);

    if (error != NULL) {
        bighti_sql_work_end(work, error, 0);
    } else if (work->lease != NULL && !work->begins) {
        bighti_sql_append(work->lease->connection, work);
    } else {
        work->waiting = true;
        bighti_list_append(&database->waiting, &work->link);
        database->waiting_count++;
        bighti_sql_serve(database);
        if (work->waiting)
            bighti_sql_limit_wait(work);
    }
}

bight_deferred *bighti_sql_ask(bighti_sql_work *take_work, const char *where)
{
    bight_deferred *deferred = bight_deferred_new_at(&take_work->promise, where);

    if (deferred == NULL) {
        bighti_sql_work_drop(take_work);
        return NULL;
    }
    bight_promise_on_cancel(take_work->promise, on_given_up, take_work);
    work_submit(take_work);
    return deferred;
}

/* -- The public functions -- */

bight_deferred *bight_sql_connect_at(bight_sql *sql, const char *where)
{
    bighti_sql_work *work = bighti_sql_work_new(sql, NULL, NULL, 0);

    return work != NULL ? bighti_sql_ask(work, where) : NULL;
}

bight_deferred *bight_sql_execute_at(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count, const char *where)
{
    bighti_sql_work *work = bighti_sql_work_new(sql, statement, values, count);

    return work != NULL ? bighti_sql_ask(work, where) : NULL;
}

bight_deferred *bight_sql_execute_many_at(bight_sql *sql, const char *statement,
                                          const bight_sql_value *values, size_t count, size_t rows,
                                          const char *where)
{
    bighti_sql_work *work;

    if (rows == 0)
        return bight_deferred_fired_at(NULL, bight_value_int, where);
    if (count > SIZE_MAX / sizeof(*values) / 4 / rows)
        return NULL;
    work = bighti_sql_work_new(sql, statement, values, count * rows);
    if (work == NULL)
        return NULL;
    work->statement.count = count;
    work->statement.rows = rows;
    return bighti_sql_ask(work, where);
}

static bight_deferred *rows_ask(bighti_sql_work *work, bighti_sql_sink sink, const char *where)
{
    if (work == NULL)
        return NULL;
    work->sink = sink;
    work->table = bighti_sql_table_new();
    if (work->table != NULL)
        return bighti_sql_ask(work, where);
    bighti_sql_work_drop(work);
    return NULL;
}

bight_deferred *bight_sql_query_at(bight_sql *sql, const char *statement,
                                   const bight_sql_value *values, size_t count, const char *where)
{
    return rows_ask(bighti_sql_work_new(sql, statement, values, count), BIGHTI_SQL_KEEP, where);
}

bight_deferred *bight_sql_each_at(bight_sql *sql, const char *statement,
                                  const bight_sql_value *values, size_t count, bight_sql_row_fn fn,
                                  void *data, const char *where)
{
    bighti_sql_work *work = bighti_sql_work_new(sql, statement, values, count);

    if (work != NULL) {
        work->fn = fn;
        work->data = data;
    }
    return rows_ask(work, BIGHTI_SQL_TELL, where);
}

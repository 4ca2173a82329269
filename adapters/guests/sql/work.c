#include "database.h"
#include <base/check.h>
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

/* -- Making -- */

static size_t size_of_bytes(const bight_sql_value *values, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += values[i].bytes.size;
    return size;
}

/* The work, its values, their bytes and the text, in one block. */
static void copy_statement(bighti_sql_work *work, const char *text, const bight_sql_value *values,
                           size_t count)
{
    uint8_t *at = (uint8_t *)(work->values + count);

    for (size_t i = 0; i < count; i++) {
        bight_view *bytes = &work->values[i].bytes;

        work->values[i] = values[i];
        if (bytes->size > 0)
            memcpy(at, bytes->data, bytes->size);
        bytes->data = at;
        at += bytes->size;
    }
    memcpy(at, text, strlen(text) + 1);
    work->statement = (bighti_sql_statement){(const char *)at, work->values, count};
}

bighti_sql_work *bighti_sql_work_new(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count)
{
    size_t size = count * sizeof(*values) + size_of_bytes(values, count);
    bighti_sql_work *work;

    if (statement != NULL)
        size += strlen(statement) + 1;
    work = calloc(1, sizeof(*work) + size);
    if (work == NULL)
        return NULL;
    bighti_link_init(&work->link);
    bighti_link_init(&work->ready);
    bight_owner_init(&work->owner);
    work->database = sql->database;
    work->lease = sql->lease;
    if (statement != NULL)
        copy_statement(work, statement, values, count);
    return work;
}

static void work_free(bighti_sql_work *work)
{
    bighti_link_unlink(&work->link);
    bighti_link_unlink(&work->ready);
    bighti_sql_batch_free(work->batch);
    bight_sql_table_free(work->table);
    bight_error_unref(work->error);
    free(work);
}

/* -- The end -- */

void bighti_sql_work_enter(bighti_sql_work *work)
{
    work->busy++;
}

bool bighti_sql_work_leave(bighti_sql_work *work)
{
    if (--work->busy > 0 || !work->dead)
        return !work->dead;
    work_free(work);
    return false;
}

/* Free it now, or when all user code on the stack has come back. */
static void discard(bighti_sql_work *work)
{
    bighti_link_unlink(&work->link);
    bighti_link_unlink(&work->ready);
    work->dead = true;
    bighti_sql_work_enter(work);
    bight_owner_deinit(&work->owner);
    if (bighti_sql_work_leave(work))
        return;
}

static bight_result outcome(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    bight_sql_table *table = work->table;

    if (take_error != NULL)
        return bight_result_error(take_error);
    if (table == NULL)
        return bight_result_int((intptr_t)changes);
    work->table = NULL;
    table->changes = changes;
    return bight_result_take(table, bight_sql_table_free);
}

void bighti_sql_work_end(bighti_sql_work *take_work, bight_error *take_error, int64_t changes)
{
    bight_promise *promise = take_work->promise;
    bight_result result;

    take_work->promise = NULL;
    if (promise != NULL)
        bight_promise_on_cancel(promise, NULL, NULL);
    if (take_work->end != NULL) {
        take_work->end(take_work, take_error, changes);
        discard(take_work);
        return;
    }
    result = outcome(take_work, take_error, changes);
    discard(take_work);
    if (promise != NULL)
        bight_promise_complete(promise, result);
    else
        bight_result_free(result);
}

void bighti_sql_work_end_later(bighti_sql_work *take_work, bight_error *take_error)
{
    take_work->error = take_error;
    take_work->ending = true;
    bighti_sql_make_ready(take_work);
}

void bighti_sql_fail_works(bighti_link *works, const bight_error *error)
{
    bighti_link *link;

    while ((link = bighti_list_pop(works)) != NULL)
        bighti_sql_work_end(BIGHTI_CONTAINER(link, bighti_sql_work, link), bight_error_ref(error),
                            0);
}

void bighti_sql_work_stop(bighti_sql_work *work, bight_error *take_error)
{
    if (work->error == NULL)
        work->error = take_error;
    else
        bight_error_unref(take_error);
    if (work->stopped)
        return;
    work->stopped = true;
    if (work->batch != NULL && work->busy == 0) {
        /* Nobody goes on with these rows; the backend is told so in the next turn. */
        bighti_sql_batch_free(work->batch);
        work->batch = NULL;
        bighti_sql_make_ready(work);
    }
    if (work->connection != NULL && !bighti_sql_is_inherited(work->database))
        work->connection->backend->cancel(work->connection);
    /* What the row function waited for is cancelled: user code. */
    bighti_sql_work_enter(work);
    bight_owner_deinit(&work->owner);
    (void)!bighti_sql_work_leave(work);
}

static void on_cancel(bight_promise *promise, void *data)
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
    discard(work);
}

/* -- The way to a connection -- */

/* Why it cannot even wait; NULL if it can. */
static bight_error *refuse(const bighti_sql_work *work)
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

static void submit(bighti_sql_work *work)
{
    bighti_sql_database *database = work->database;
    bight_error *error = refuse(work);

    if (error != NULL) {
        bighti_sql_work_end(work, error, 0);
    } else if (work->lease != NULL && !work->begins) {
        bighti_sql_connection *connection = work->lease->connection;

        bighti_list_append(&connection->queue, &work->link);
        bighti_sql_next(connection);
    } else {
        work->waiting = true;
        bighti_list_append(&database->waiting, &work->link);
        database->waiting_count++;
        bighti_sql_serve(database);
    }
}

bight_deferred *bighti_sql_work_start(bighti_sql_work *take_work, const char *where)
{
    bight_deferred *deferred = bight_deferred_new_at(&take_work->promise, where);

    if (deferred == NULL) {
        work_free(take_work);
        return NULL;
    }
    bight_promise_on_cancel(take_work->promise, on_cancel, take_work);
    submit(take_work);
    return deferred;
}

/* -- What the user calls -- */

bight_deferred *bight_sql_connect_at(bight_sql *sql, const char *where)
{
    bighti_sql_work *work = bighti_sql_work_new(sql, NULL, NULL, 0);

    return work != NULL ? bighti_sql_work_start(work, where) : NULL;
}

bight_deferred *bight_sql_execute_at(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count, const char *where)
{
    bighti_sql_work *work = bighti_sql_work_new(sql, statement, values, count);

    return work != NULL ? bighti_sql_work_start(work, where) : NULL;
}

static bight_deferred *start_rows(bighti_sql_work *work, bighti_sql_sink sink, const char *where)
{
    if (work == NULL)
        return NULL;
    work->sink = sink;
    work->table = bighti_sql_table_new();
    if (work->table != NULL)
        return bighti_sql_work_start(work, where);
    work_free(work);
    return NULL;
}

bight_deferred *bight_sql_query_at(bight_sql *sql, const char *statement,
                                   const bight_sql_value *values, size_t count, const char *where)
{
    return start_rows(bighti_sql_work_new(sql, statement, values, count), BIGHTI_SQL_KEEP, where);
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
    return start_rows(work, BIGHTI_SQL_TELL, where);
}

#include "work.h"
#include "batch.h"
#include <base/check.h>
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

/* -- Making -- */

static size_t values_size(const bight_sql_value *values, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += values[i].bytes.size;
    return size;
}

/* The work, its values, their bytes and the text, in one block. */
static void statement_copy(bighti_sql_work *work, const char *text, const bight_sql_value *values,
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
    work->statement = (bighti_sql_statement){(const char *)at, work->values, count, 0, false};
}

bighti_sql_work *bighti_sql_work_new(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count)
{
    size_t size = count * sizeof(*values) + values_size(values, count);
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
        statement_copy(work, statement, values, count);
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

void bighti_sql_work_drop(bighti_sql_work *take_work)
{
    bighti_link_unlink(&take_work->link);
    bighti_link_unlink(&take_work->ready);
    take_work->dead = true;
    bighti_sql_work_enter(take_work);
    bight_owner_deinit(&take_work->owner);
    (void)!bighti_sql_work_leave(take_work);
}

static bight_result work_outcome(bighti_sql_work *work, bight_error *take_error, int64_t changes)
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
        bighti_sql_work_drop(take_work);
        return;
    }
    result = work_outcome(take_work, take_error, changes);
    bighti_sql_work_drop(take_work);
    if (promise != NULL)
        bight_promise_complete(promise, result);
    else
        bight_result_free(result);
}

void bighti_sql_work_make_ready(bighti_sql_work *work)
{
    if (!bighti_link_is_linked(&work->ready))
        bighti_list_append(&work->database->ready, &work->ready);
    bight_task_schedule(work->database->task);
}

void bighti_sql_work_end_later(bighti_sql_work *take_work, bight_error *take_error)
{
    take_work->error = take_error;
    take_work->ending = true;
    bighti_sql_work_make_ready(take_work);
}

void bighti_sql_works_end(bighti_link *works, const bight_error *error)
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
        /* Nobody uses these rows any more; the backend is asked to go on in the next turn. */
        bighti_sql_batch_free(work->batch);
        work->batch = NULL;
        bighti_sql_work_make_ready(work);
    }
    if (work->connection != NULL && !bighti_sql_is_inherited(work->database))
        work->connection->backend->cancel(work->connection);
    /* This cancels the deferred of the row function, which runs user code. */
    bighti_sql_work_enter(work);
    bight_owner_deinit(&work->owner);
    (void)!bighti_sql_work_leave(work);
}

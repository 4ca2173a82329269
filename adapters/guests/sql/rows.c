/* Rows on their last stretch: from a batch into a table, or to the user's function. A slice of a
 * batch is told in one callback of the reactor; the rest comes in the next turn, so that a window
 * is drawn meanwhile. */
#include "database.h"
#include <base/check.h>

enum { ROWS_IN_A_TURN = 128 };

static bight_error *no_memory(void)
{
    return bight_error_new(BIGHT_ERROR_NO_MEMORY, "rows of a database: out of memory");
}

void bighti_sql_columns(bighti_sql_connection *connection, const bight_sql_column *columns,
                        size_t count)
{
    bighti_sql_work *work = connection->work;

    if (work->table != NULL && !work->stopped &&
        !bighti_sql_table_set_columns(work->table, columns, count))
        bighti_sql_work_stop(work, no_memory());
}

static void keep(bighti_sql_work *work, bighti_sql_batch *take_batch)
{
    size_t largest = work->database->options.largest;

    work->kept += bighti_sql_batch_size(take_batch);
    if (work->kept > largest) {
        bighti_sql_batch_free(take_batch);
        bighti_sql_work_stop(
            work, bight_error_new(BIGHT_ERROR_LIMIT, "the rows take more than %zu bytes", largest));
    } else if (!bighti_sql_table_add(work->table, take_batch)) {
        bighti_sql_work_stop(work, no_memory());
    } else {
        work->connection->backend->more(work->connection);
    }
}

void bighti_sql_rows(bighti_sql_connection *connection, bighti_sql_batch *take_batch)
{
    bighti_sql_work *work = connection->work;

    if (work->stopped) {
        bighti_sql_batch_free(take_batch);
    } else if (work->sink == BIGHTI_SQL_KEEP) {
        keep(work, take_batch);
    } else if (work->sink == BIGHTI_SQL_TELL) {
        work->batch = take_batch;
        work->next = 0;
        bighti_sql_tell_rows(work);
    } else {
        bighti_sql_batch_free(take_batch);
        connection->backend->more(connection);
    }
}

static bight_result on_ready(bight_result in, void *data)
{
    bighti_sql_work *work = data;

    if (in.error != NULL)
        bighti_sql_work_stop(work, bight_error_ref(in.error));
    else
        bighti_sql_make_ready(work);
    bight_result_free(in);
    return bight_result_value(NULL);
}

/* Whether to go on with the next row. */
static bool take_answer(bighti_sql_work *work, bight_result answer)
{
    if (answer.error == NULL && answer.wait == NULL)
        return true;
    if (answer.error != NULL) {
        bighti_sql_work_stop(work, answer.error);
        return false;
    }
    bight_deferred_bind(answer.wait, &work->owner);
    bight_deferred_both(answer.wait, on_ready, work);
    bight_deferred_free(answer.wait);
    return false;
}

static bight_result tell_row(bighti_sql_work *work)
{
    bight_sql_table *table = work->table;
    size_t columns = bighti_sql_batch_columns(work->batch);
    const bight_sql_value *values = bighti_sql_batch_values(work->batch);
    bight_sql_row row = {table->row_count, columns, table->columns, values + work->next * columns};
    bight_result answer;

    table->row_count++;
    work->next++;
    answer = work->fn(&row, work->data);
    if (answer.error != NULL || answer.wait != NULL)
        return answer;
    bight_result_free(answer);
    return bight_result_value(NULL);
}

/* Tell a row. Whether to go on with the next; else the work may be gone. */
static bool tell_one(bighti_sql_work *work)
{
    bight_result answer;

    bighti_sql_work_enter(work);
    answer = tell_row(work);
    if (!bighti_sql_work_leave(work)) {
        bight_result_free(answer);
        return false;
    }
    if (!work->stopped)
        return take_answer(work, answer);
    bighti_sql_batch_free(work->batch);
    work->batch = NULL;
    bight_result_free(answer);
    return false;
}

void bighti_sql_tell_rows(bighti_sql_work *work)
{
    size_t count = bighti_sql_batch_count(work->batch);

    for (int told = 0; told < ROWS_IN_A_TURN && work->next < count; told++)
        if (!tell_one(work))
            return;
    if (work->next < count) {
        bighti_sql_make_ready(work);
        return;
    }
    bighti_sql_batch_free(work->batch);
    work->batch = NULL;
    if (!bighti_sql_is_inherited(work->database))
        work->connection->backend->more(work->connection);
}

/* -- The task -- */

void bighti_sql_make_ready(bighti_sql_work *work)
{
    if (!bighti_link_is_linked(&work->ready))
        bighti_list_append(&work->database->ready, &work->ready);
    bight_task_schedule(work->database->task);
}

static void go_on(bighti_sql_work *work)
{
    bight_error *error = work->error;

    if (!work->ending) {
        bighti_sql_tell_rows(work);
        return;
    }
    work->error = NULL;
    bighti_sql_work_end(work, error, 0);
}

void bighti_sql_go_on(bight_task *task, void *data)
{
    bighti_sql_database *database = data;
    bighti_link now, *link;

    (void)task;
    bighti_link_init(&now);
    bighti_list_splice(&now, &database->ready);
    bighti_sql_hold(database);
    while ((link = bighti_list_pop(&now)) != NULL)
        go_on(BIGHTI_CONTAINER(link, bighti_sql_work, ready));
    bighti_sql_release(database);
}

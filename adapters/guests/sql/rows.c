/* Passes rows from a batch to a table or to the user's function. One callback of the reactor
 * passes a slice of a batch. The rest follows in the next turn, so that a window can be drawn
 * meanwhile.
 *
 * A batch that is used up before bighti_sql_rows() returns takes no turn of its own: the backend
 * goes on at once. more() is called only for a batch that had to wait for the next turn or for a
 * deferred of the row function, or that was dropped while it waited. */
#include "rows.h"
#include "batch.h"
#include "table.h"
#include <base/check.h>

enum { ROWS_IN_A_TURN = 128 };

static bight_error *rows_no_memory(void)
{
    return bight_error_new(BIGHT_ERROR_NO_MEMORY, "rows of a database: out of memory");
}

void bighti_sql_columns(bighti_sql_connection *connection, const bight_sql_column *columns,
                        size_t count)
{
    bighti_sql_work *work = connection->seat.work;

    if (work->table != NULL && !work->stopped &&
        !bighti_sql_table_set_columns(work->table, columns, count))
        bighti_sql_work_stop(work, rows_no_memory());
}

static void batch_keep(bighti_sql_work *work, bighti_sql_batch *take_batch)
{
    size_t largest = work->database->options.largest;

    work->kept += bighti_sql_batch_size(take_batch);
    if (work->kept > largest) {
        bighti_sql_batch_free(take_batch);
        bighti_sql_work_stop(
            work, bight_error_new(BIGHT_ERROR_LIMIT, "the rows take more than %zu bytes", largest));
    } else if (!bighti_sql_table_add(work->table, take_batch)) {
        bighti_sql_work_stop(work, rows_no_memory());
    }
}

/* -- Passing rows on -- */

static void rows_go_on(bighti_sql_work *work);

/* The deferred of the row function has fired. The next row is passed on here and not a turn later,
 * because the code that fires the deferred runs user code anyway. */
static bight_result rows_on_answer(bight_result in, void *data)
{
    bighti_sql_work *work = data;
    bight_error *error = in.error != NULL ? bight_error_ref(in.error) : NULL;

    work->asking = false;
    bight_result_free(in);
    if (error != NULL)
        bighti_sql_work_stop(work, error);
    else if (work->busy > 0)
        bighti_sql_work_make_ready(work);
    else
        rows_go_on(work);
    return bight_result_value(NULL);
}

static void answer_settle(bighti_sql_work *work, bight_result answer)
{
    if (answer.error != NULL)
        bighti_sql_work_stop(work, answer.error);
    else
        bight_result_free(answer);
}

/* Returns false if the next row has to wait for the answer. */
static bool rows_answer_take(bighti_sql_work *work, bight_result answer)
{
    bight_deferred *wait = answer.wait;

    if (work->dead || work->stopped) {
        bight_result_free(answer);
        return true;
    }
    if (wait != NULL && bight_deferred_take(wait, &answer)) {
        bight_deferred_free(wait);
        wait = NULL;
    }
    if (wait == NULL) {
        answer_settle(work, answer);
        return true;
    }
    bight_deferred_bind(wait, &work->owner);
    bight_deferred_both(wait, rows_on_answer, work);
    bight_deferred_free(wait);
    return work->stopped; /* when out of memory it has failed at once */
}

static bight_result row_tell(bighti_sql_work *work)
{
    bight_sql_table *table = work->table;
    size_t columns = bighti_sql_batch_columns(work->batch);
    const bight_sql_value *values = bighti_sql_batch_values(work->batch);
    bight_sql_row row = {table->row_count, columns, table->columns, values + work->next * columns};

    table->row_count++;
    work->next++;
    return work->fn(&row, work->data);
}

/* Returns whether the batch is finished; else the rest of it waits. */
static bool slice_tell(bighti_sql_work *work)
{
    for (int told = 0; !work->dead && !work->stopped; told++) {
        if (work->next == bighti_sql_batch_count(work->batch))
            return true;
        if (told == ROWS_IN_A_TURN) {
            bighti_sql_work_make_ready(work);
            return false;
        }
        work->asking = true;
        if (!rows_answer_take(work, row_tell(work)))
            return false;
        work->asking = false;
    }
    return true;
}

/* Pass on rows of a batch. Returns whether the backend should go on; if not, the work may be
 * freed. */
static bool rows_tell(bighti_sql_work *work)
{
    bool used_up;

    bighti_sql_work_enter(work);
    used_up = slice_tell(work);
    if (!bighti_sql_work_leave(work) || !used_up)
        return false;
    bighti_sql_batch_free(work->batch);
    work->batch = NULL;
    return !bighti_sql_is_inherited(work->database);
}

/* Must be the last action on a work, because the backend may report its end at once. */
static void rows_go_on(bighti_sql_work *work)
{
    if (rows_tell(work))
        work->connection->backend->more(work->connection);
}

bool bighti_sql_rows(bighti_sql_connection *connection, bighti_sql_batch *take_batch)
{
    bighti_sql_work *work = connection->seat.work;

    if (!work->stopped && work->sink == BIGHTI_SQL_TELL) {
        work->batch = take_batch;
        work->next = 0;
        return rows_tell(work);
    }
    if (!work->stopped && work->sink == BIGHTI_SQL_KEEP)
        batch_keep(work, take_batch);
    else
        bighti_sql_batch_free(take_batch);
    return true;
}

/* -- The task -- */

static void work_go_on(bighti_sql_work *work)
{
    bight_error *error = work->error;

    if (!work->ending) {
        rows_go_on(work);
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
        work_go_on(BIGHTI_CONTAINER(link, bighti_sql_work, ready));
    bighti_sql_release(database);
}

#include "sqlite.h"
#include <base/check.h>
#include <stdlib.h>

static bool give(sqlite_connection *connection, sqlite_job job);

static sqlite_connection *connection_of(bighti_sql_connection *head)
{
    return BIGHTI_CONTAINER(head, sqlite_connection, head);
}

static bool is_inherited(const sqlite_connection *connection)
{
    return bight_fork_watch_is_inherited(connection->database->fork);
}

/* -- Results of a job -- */

static void free_columns(sqlite_connection *connection)
{
    for (int i = 0; connection->columns != NULL && i < connection->column_count; i++) {
        free((char *)connection->columns[i].name);
        free((char *)connection->columns[i].type);
    }
    free(connection->columns);
    connection->columns = NULL;
}

static void drop_rows(sqlite_connection *connection)
{
    free_columns(connection);
    bighti_sql_batch_free(connection->batch);
    connection->batch = NULL;
}

static void drop_left(sqlite_connection *connection)
{
    drop_rows(connection);
    bight_error_unref(connection->error);
    connection->error = NULL;
    connection->done = false;
}

static void connection_free(sqlite_connection *connection)
{
    drop_left(connection);
    bight_lane_free(connection->lane);
    free(connection);
}

/* A report may run any code, so it is the last action here. */

static void end_statement(sqlite_connection *connection, bight_error *take_error)
{
    connection->running = false;
    if (take_error != NULL && connection->statement.resets)
        bighti_sql_lost(&connection->head, take_error);
    else if (take_error != NULL)
        bighti_sql_failed(&connection->head, take_error);
    else
        bighti_sql_done(&connection->head, connection->changes);
}

static bight_error *take_error(sqlite_connection *connection)
{
    bight_error *error = connection->error;

    connection->error = NULL;
    return error;
}

static bight_error *no_thread(const sqlite_connection *connection)
{
    return bight_error_new(BIGHT_ERROR_LIMIT, "sqlite:%s: there is no thread to work on it",
                           connection->database->place.path);
}

/* The rows are used up. If the statement was cancelled and still has a cursor, its next job ends
 * it. */
static void statement_go_on(sqlite_connection *connection)
{
    if (connection->done) {
        end_statement(connection, NULL);
    } else if (!give(connection, SQLITE_JOB_MORE)) {
        bighti_sqlite_end(connection, no_thread(connection));
        end_statement(connection, take_error(connection));
    }
}

static void sqlite_report_rows(sqlite_connection *connection)
{
    bighti_sql_batch *batch = connection->batch;

    connection->batch = NULL;
    if (connection->columns != NULL) {
        bighti_sql_columns(&connection->head, connection->columns,
                           (size_t)connection->column_count);
        free_columns(connection);
    }
    if (batch == NULL || bighti_sql_batch_count(batch) == 0)
        bighti_sql_batch_free(batch);
    else if (!bighti_sql_rows(&connection->head, batch))
        return;
    statement_go_on(connection);
}

static void report_statement(sqlite_connection *connection)
{
    if (connection->error != NULL) {
        free_columns(connection);
        end_statement(connection, take_error(connection));
    } else if (atomic_load_explicit(&connection->cancelled, memory_order_relaxed)) {
        drop_rows(connection);
        statement_go_on(connection);
    } else {
        sqlite_report_rows(connection);
    }
}

static void report_open(sqlite_connection *connection)
{
    if (connection->error != NULL)
        bighti_sql_lost(&connection->head, take_error(connection));
    else
        bighti_sql_connected(&connection->head);
}

/* -- Jobs -- */

/* No thread accepts the job, so the connection is closed here, on the reactor's thread. */
static void close_here(sqlite_connection *connection)
{
    bighti_sqlite_do(connection, SQLITE_JOB_CLOSE);
    bighti_sql_closed(&connection->head);
    connection_free(connection);
}

static void close_next(sqlite_connection *connection)
{
    if (!give(connection, SQLITE_JOB_CLOSE))
        close_here(connection);
}

/* Make the running job end soon. While the file is being opened, also anew for a reset, there is
 * nothing to interrupt yet. */
static void stop_job(void *data)
{
    sqlite_connection *connection = data;

    atomic_store(&connection->cancelled, true);
    if ((connection->job == SQLITE_JOB_RUN || connection->job == SQLITE_JOB_MORE) &&
        !connection->statement.resets)
        sqlite3_interrupt(connection->handle);
}

static bight_result work(bight_work *work, void *data)
{
    sqlite_connection *connection = data;

    bight_work_on_cancel(work, stop_job, connection);
    bighti_sqlite_do(connection, connection->job);
    bight_work_on_cancel(work, NULL, NULL);
    return bight_result_value(NULL);
}

/* The job is over, and the thread no longer uses the connection. The job was dropped if the pool
 * was stopped first, together with the reactor. */
static void sqlite_on_over(void *data)
{
    sqlite_connection *connection = data;
    sqlite_job job = connection->job;

    connection->job = SQLITE_JOB_NONE;
    connection->database->jobs--;
    if (is_inherited(connection))
        return;
    if (connection->submitting) {
        connection->refused = true;
        return;
    }
    if (job == SQLITE_JOB_CLOSE) {
        if (!connection->ran)
            bighti_sqlite_do(connection, job);
        bighti_sql_closed(&connection->head);
        connection_free(connection);
        return;
    }
    if (!connection->ran && connection->error == NULL)
        connection->error = bight_error_new(BIGHT_ERROR_CANCELLED, "the reactor was freed");
    if (connection->closing)
        close_next(connection);
    else if (job == SQLITE_JOB_OPEN)
        report_open(connection);
    else
        report_statement(connection);
}

static bight_result ignore(bight_result in, void *data)
{
    (void)data;
    bight_result_free(in);
    return bight_result_value(NULL);
}

/* Returns whether a thread will run the job, or has run it. */
static bool give(sqlite_connection *connection, sqlite_job job)
{
    bight_work_options options = BIGHT_WORK_OPTIONS_INIT;
    bight_deferred *deferred;

    options.lane = connection->lane;
    connection->job = job;
    connection->database->jobs++;
    connection->ran = connection->refused = false;
    connection->submitting = true;
    deferred = bight_threads_run_with(connection->database->threads, &options, work, connection,
                                      sqlite_on_over);
    connection->submitting = false;
    bight_deferred_both(deferred, ignore, NULL);
    bight_deferred_free(deferred);
    return !connection->refused;
}

/* -- Requests -- */

static bool sqlite_set_up(sqlite_connection *connection)
{
    sqlite_database *database = connection->database;

    atomic_init(&connection->cancelled, false);
    connection->lane = bight_lane_new(database->threads);
    return connection->lane != NULL;
}

static bighti_sql_connection *sqlite_connect(bight_sql *sql, void *owner)
{
    sqlite_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    bighti_sql_connection_init(&connection->head, &bighti_sqlite_backend, sql, owner);
    connection->database = owner;
    if (sqlite_set_up(connection) && give(connection, SQLITE_JOB_OPEN))
        return &connection->head;
    connection_free(connection);
    return NULL;
}

static bight_error *sqlite_run(bighti_sql_connection *head, const bighti_sql_statement *statement)
{
    sqlite_connection *connection = connection_of(head);

    connection->statement = *statement;
    atomic_store(&connection->cancelled, false);
    drop_left(connection);
    if (!give(connection, SQLITE_JOB_RUN))
        return no_thread(connection);
    connection->running = true;
    return NULL;
}

static void sqlite_more(bighti_sql_connection *head)
{
    statement_go_on(connection_of(head));
}

static void sqlite_cancel(bighti_sql_connection *head)
{
    stop_job(connection_of(head));
}

static void sqlite_close_connection(bighti_sql_connection *head)
{
    sqlite_connection *connection = connection_of(head);

    if (is_inherited(connection)) {
        bighti_sqlite_leave_to_parent(connection);
        bighti_sql_closed(head);
        connection_free(connection);
        return;
    }
    connection->closing = true;
    stop_job(connection);
    if (connection->job == SQLITE_JOB_NONE)
        close_next(connection);
}

/* -- A database -- */

static void sqlite_database_free(void *owner)
{
    sqlite_database *database = owner;

    bight_threads_free(database->threads);
    bighti_sqlite_place_free(&database->place);
    free(database);
}

static bight_error *start_threads(sqlite_database *database, unsigned connections)
{
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;
    bight_status status;

    options.threads = connections;
    options.queue = (size_t)connections + 1;
    options.name = "bight-sqlite";
    status = bight_threads_new(database->reactor, &options, &database->threads);
    return status == BIGHT_OK
               ? NULL
               : bight_error_new(status, "open database: threads: %s", bight_status_text(status));
}

static bight_error *sqlite_open_database(bight_reactor *reactor, const char *address,
                                         const bight_sql_options *options,
                                         bighti_sql_opened *opened)
{
    sqlite_database *database = calloc(1, sizeof(*database));
    bight_error *error;

    if (database == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
    database->reactor = reactor;
    database->fork = opened->fork;
    database->batch = options->batch;
    database->busy_timeout = options->busy_timeout;
    database->statements = options->statements;
    error = bighti_sqlite_parse(address, &database->place);
    if (error == NULL && database->place.in_memory)
        opened->connections = 1;
    if (error == NULL)
        error = start_threads(database, opened->connections);
    if (error == NULL) {
        opened->owner = database;
        return NULL;
    }
    sqlite_database_free(database);
    return error;
}

static const char *const schemes[] = {"sqlite", NULL};

const bighti_sql_backend bighti_sqlite_backend = {
    .name = "sqlite",
    .schemes = schemes,
    /* Take the write lock at once. Two transactions that read first and write later would
     * deadlock, and one of them would have to fail. */
    .begin = "begin immediate",
    .commit = "commit",
    .rollback = "rollback",
    .reset = "reopen",
    .open = sqlite_open_database,
    .free = sqlite_database_free,
    .connect = sqlite_connect,
    .run = sqlite_run,
    .more = sqlite_more,
    .cancel = sqlite_cancel,
    .close = sqlite_close_connection,
};

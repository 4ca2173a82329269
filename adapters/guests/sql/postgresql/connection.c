/* A connection of the pool. A statement is sent with its parameters separate from its text. Rows
 * arrive one at a time (libpq's single-row mode) and are collected in a batch, which is reported
 * when it is full. If it is not used up at once, the socket is not read until pg_more(). The
 * server then waits too, and at most one batch and libpq's buffer are in memory.
 *
 * stages.c has the requests that precede a statement, and the conditions for sending it again.
 *
 * A report may run any code, so it is the last action of a function. Only after rows that were
 * used up is the connection unchanged. */
#include "../split.h"
#include "stages.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How often a connection that closes asks the server to stop its statement: for some seconds. */
enum { MOST_REQUESTS = 8 };

static void go_on(pg_connection *connection);

static pg_connection *of_head(bighti_sql_connection *head)
{
    return BIGHTI_CONTAINER(head, pg_connection, head);
}

static pg_connection *pg_of_link(pg_link *link)
{
    return BIGHTI_CONTAINER(link, pg_connection, link);
}

static void drop_batch(pg_connection *connection)
{
    bighti_sql_batch_free(connection->batch);
    connection->batch = NULL;
}

/* -- Ends -- */

static void drop_statement(pg_connection *connection)
{
    connection->statement = NULL;
    bighti_pg_parameters_deinit(&connection->parameters);
}

/* After a statement that changes the schema: statements prepared on other connections become
 * outdated when the transaction is over. */
static void note_change(pg_connection *connection)
{
    connection->stale |= connection->changing;
    connection->changed |= connection->changing;
    if (!connection->changed || connection->head.in_transaction)
        return;
    connection->changed = false;
    connection->link.database->generation++;
}

/* The error for everything that waits on a broken connection. An error of the running statement
 * itself would be misleading: the program would take its other statements for wrong ones. Errors
 * that caused the break stay: this side gave up, or the server said why it ends. */
static bight_error *pg_error_of_loss(pg_connection *connection)
{
    bight_error *error = bighti_pg_take_error(connection);
    const char *domain = error != NULL ? bight_error_get_domain(error) : NULL;

    if (error != NULL && (domain == NULL || strcmp(domain, BIGHT_DOMAIN_SQLSTATE) != 0 ||
                          bight_error_get_status(error) == BIGHT_ERROR_RESET))
        return error;
    bight_error_unref(error);
    return bighti_pg_error_of_break(connection->link.database, connection->link.conn);
}

/* Nothing is left to be done for it. */
static void pg_connection_free(pg_connection *connection)
{
    bighti_pg_canceller_free(connection->canceller);
    bighti_pg_link_close(&connection->link);
    drop_batch(connection);
    drop_statement(connection);
    bighti_pg_prepared_deinit(&connection->prepared);
    bight_error_unref(connection->error);
    bighti_sql_closed(&connection->head);
    free(connection);
}

static void report_lost(pg_connection *connection)
{
    if (connection->closing) {
        pg_connection_free(connection);
        return;
    }
    bighti_pg_link_unwatch_closed(&connection->link);
    connection->running = false;
    connection->broken = true;
    bighti_sql_lost(&connection->head, pg_error_of_loss(connection));
}

/* The server has completed the statement. A cancel request that was sent must be answered
 * first. */
static void report_end(pg_connection *connection)
{
    bight_error *error;

    if (connection->canceller != NULL && bighti_pg_cancel_is_sent(connection->canceller))
        return;
    if (connection->closing) {
        pg_connection_free(connection);
        return;
    }
    bighti_pg_canceller_free(connection->canceller);
    connection->canceller = NULL;
    connection->running = false;
    connection->head.in_transaction = PQtransactionStatus(connection->link.conn) != PQTRANS_IDLE;
    drop_statement(connection);
    note_change(connection);
    error = bighti_pg_take_error(connection);
    if (error != NULL)
        bighti_sql_failed(&connection->head, error);
    else
        bighti_sql_done(&connection->head, connection->changes);
}

/* A cancel request was answered, or cannot be sent. While the statement runs, the request is
 * repeated. */
static void pg_on_cancel(void *data, bight_error *take_error)
{
    pg_connection *connection = data;

    /* A statement that does not stop must not keep a database open for ever. */
    if (connection->closing && (take_error != NULL || ++connection->requests >= MOST_REQUESTS)) {
        bight_error_unref(take_error);
        pg_connection_free(connection);
        return;
    }
    if (take_error == NULL && !connection->over)
        return;
    bighti_pg_canceller_free(connection->canceller);
    connection->canceller = NULL;
    if (connection->over) {
        bight_error_unref(take_error);
        report_end(connection);
    } else {
        /* The statement cannot be stopped, so the connection waits for its end. */
        bighti_pg_note(connection, take_error);
        report_lost(connection);
    }
}

/* -- Results -- */

static void report_columns(pg_connection *connection, const PGresult *result)
{
    int count = PQnfields(result);
    bight_sql_column *columns;

    if (connection->has_columns || connection->stopped)
        return;
    connection->has_columns = true;
    columns = calloc((size_t)count + 1, sizeof(*columns));
    if (columns == NULL) {
        bighti_pg_note(connection,
                       bight_error_new(BIGHT_ERROR_NO_MEMORY, "columns: out of memory"));
        return;
    }
    for (int i = 0; i < count; i++)
        columns[i] =
            (bight_sql_column){PQfname(result, i), bighti_pg_type_name(PQftype(result, i))};
    bighti_sql_columns(&connection->head, columns, (size_t)count);
    free(columns);
}

/* When out of memory, the remaining rows are read and dropped, because the result must be read to
 * its end. */
static void take_row(pg_connection *connection, const PGresult *result)
{
    const pg_database *database = connection->link.database;

    report_columns(connection, result);
    if (connection->stopped || connection->error != NULL)
        return;
    if (connection->batch == NULL)
        connection->batch = bighti_sql_batch_new((size_t)PQnfields(result), database->batch);
    if (connection->batch != NULL && bighti_pg_add_row(database, connection->batch, result))
        return;
    drop_batch(connection);
    bighti_pg_note(connection, bight_error_new(BIGHT_ERROR_NO_MEMORY, "rows: out of memory"));
}

/* "INSERT 0 3" has changed three rows; "SELECT 3" and others none. */
static int64_t changes_of(PGresult *result)
{
    static const char *const words[] = {"INSERT ", "UPDATE ", "DELETE ", "MERGE "};
    const char *tag = PQcmdStatus(result);

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strncmp(tag, words[i], strlen(words[i])) == 0)
            return strtoll(PQcmdTuples(result), NULL, 10);
    return 0;
}

/* COPY is a different subprotocol. The only way out of it is to close the connection. */
static void refuse_copy(pg_connection *connection)
{
    bighti_pg_note(connection,
                   bight_error_new(BIGHT_ERROR_UNSUPPORTED, "copy from and to the client"));
    connection->broken = true;
}

static void take_result(pg_connection *connection, PGresult *result)
{
    if (connection->stage == PG_STAGE_ASK && PQresultStatus(result) == PGRES_TUPLES_OK) {
        bighti_pg_take_answer(connection, result);
        PQclear(result);
        return;
    }
    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
        connection->over = true;
        connection->broken |= PQexitPipelineMode(connection->link.conn) == 0;
        break;
    case PGRES_PIPELINE_ABORTED: /* after the error of an earlier row */
        break;
    case PGRES_SINGLE_TUPLE:
        take_row(connection, result);
        break;
    case PGRES_TUPLES_OK:
        if (connection->stage != PG_STAGE_MANY)
            report_columns(connection, result);
        connection->changes += changes_of(result);
        break;
    case PGRES_COMMAND_OK:
        connection->changes += changes_of(result);
        break;
    case PGRES_EMPTY_QUERY:
        break;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        refuse_copy(connection);
        break;
    default:
        bighti_pg_note(connection, bighti_pg_error_of_result(connection->link.database, result));
        break;
    }
    PQclear(result);
}

static bool has_full_batch(const pg_connection *connection)
{
    return connection->batch != NULL && bighti_sql_batch_is_full(connection->batch);
}

/* Takes the results that have arrived. Returns whether there is something to report. After an
 * error, rows are dropped. */
static bool pg_take_results(pg_connection *connection)
{
    PGconn *conn = connection->link.conn;

    while (!connection->over && !connection->broken && !has_full_batch(connection) &&
           PQisBusy(conn) == 0) {
        PGresult *result = PQgetResult(conn);

        if (result != NULL)
            take_result(connection, result);
        else if (connection->stage != PG_STAGE_MANY)
            connection->over = true;
        /* In a pipeline, NULL ends the results of one statement only. */
        else if (connection->broken || PQstatus(conn) == CONNECTION_BAD)
            break;
    }
    if (PQstatus(conn) == CONNECTION_BAD)
        connection->broken = true;
    if (connection->stopped || connection->error != NULL)
        drop_batch(connection);
    return connection->over || connection->broken || has_full_batch(connection);
}

/* Returns whether the batch was used up. Until then nothing is read: see pg_on_ready(). */
static bool pg_report_rows(pg_connection *connection)
{
    bighti_sql_batch *batch = connection->batch;

    connection->batch = NULL;
    connection->held = true;
    if (!bighti_sql_rows(&connection->head, batch))
        return false;
    connection->held = false;
    bighti_pg_link_read(&connection->link, true);
    return true;
}

/* Behind a pooler the session is not this connection's: a reset would undo what other clients have
 * done. Before the first question there is nothing to reset. */
static bool is_without_session(const pg_connection *connection)
{
    return connection->resetting && (!connection->asked || !connection->direct);
}

/* The session was reset: no statement is prepared any more, and this side's settings have gone too.
 * Returns false if that failed, and then the connection is given up. */
static bool pg_reset_ends(pg_connection *connection)
{
    connection->broken = connection->error != NULL;
    if (connection->broken || is_without_session(connection))
        return !connection->broken;
    bighti_pg_prepared_forget(&connection->prepared);
    connection->stale = connection->asked = false;
    return true;
}

/* There is no batch left to be reported. */
static void go_to_end(pg_connection *connection)
{
    if (connection->resetting && !connection->broken && pg_reset_ends(connection))
        report_end(connection);
    else if (connection->broken)
        report_lost(connection);
    else if (!bighti_pg_go_to_next_stage(connection))
        report_end(connection);
}

/* Report one batch, and the end if it has arrived. Another batch waits for the next turn. */
static void go_on(pg_connection *connection)
{
    if (connection->held || !pg_take_results(connection))
        return;
    if (connection->batch != NULL && !connection->broken) {
        if (!pg_report_rows(connection) || !pg_take_results(connection))
            return;
        if (connection->batch != NULL && !connection->broken) {
            bighti_pg_link_later(&connection->link);
            return;
        }
    }
    go_to_end(connection);
}

/* -- Callbacks of the link -- */

/* The program has run LISTEN itself. These messages are dropped; bight_sql_listen() delivers
 * them. */
static void drop_notifications(PGconn *conn)
{
    PGnotify *notification;

    while ((notification = PQnotifies(conn)) != NULL)
        PQfreemem(notification);
}

static void pg_on_ready(pg_link *link)
{
    pg_connection *connection = pg_of_link(link);
    bool alive;

    if (connection->held) { /* its rows wait, and so does all later input */
        bighti_pg_link_read(link, false);
        return;
    }
    alive = bighti_pg_link_consume(link);
    drop_notifications(link->conn);
    if (connection->running) {
        /* Input that arrived before the break is reported first. The socket is closed, so there is
         * no more. */
        connection->broken |= !alive && PQisBusy(link->conn) != 0;
        go_on(connection);
    } else if (!alive) {
        report_lost(connection);
    }
}

static void pg_on_task(pg_link *link)
{
    pg_connection *connection = pg_of_link(link);

    if (connection->running)
        go_on(connection);
    else if (connection->broken)
        report_lost(connection);
}

static void pg_on_connected(pg_link *link)
{
    bighti_sql_connected(&pg_of_link(link)->head);
}

static void pg_on_failed(pg_link *link, bight_error *take_error)
{
    bighti_sql_lost(&pg_of_link(link)->head, take_error);
}

static void pg_on_evicted(pg_link *link)
{
    pg_connection *connection = pg_of_link(link);

    if (connection->closing)
        pg_connection_free(connection);
}

static const pg_link_ops ops = {
    .connected = pg_on_connected,
    .failed = pg_on_failed,
    .ready = pg_on_ready,
    .task = pg_on_task,
    .evicted = pg_on_evicted,
};

/* -- Requests -- */

static bighti_sql_connection *pg_connect(bight_sql *sql, void *owner)
{
    pg_connection *connection = calloc(1, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    bighti_sql_connection_init(&connection->head, &bighti_postgresql_backend, sql, owner);
    bighti_pg_prepared_init(&connection->prepared, ((pg_database *)owner)->statements);
    if (bighti_pg_link_open(&connection->link, owner, &ops))
        return &connection->head;
    free(connection);
    return NULL;
}

/* In a failed transaction, statements cannot be prepared. */
static bool may_prepare(const pg_connection *connection, bighti_sql_nature nature)
{
    return nature == BIGHTI_SQL_KEPT && connection->prepared.limit > 0 &&
           PQtransactionStatus(connection->link.conn) != PQTRANS_INERROR;
}

static void begin_statement(pg_connection *connection, const char *text)
{
    bighti_sql_nature nature = bighti_sql_nature_of(text);
    pg_database *database = connection->link.database;

    connection->held = connection->stopped = connection->has_columns = false;
    connection->over = false;
    connection->changes = 0;
    connection->running = true;
    connection->text = text;
    connection->alone = PQtransactionStatus(connection->link.conn) == PQTRANS_IDLE;
    connection->changing = nature == BIGHTI_SQL_CHANGING && !connection->resetting;
    connection->stale |= connection->generation != database->generation;
    connection->generation = database->generation;
    connection->stale &= connection->prepared.prepared > 0;
    if (connection->many.rows == 0 && may_prepare(connection, nature))
        connection->statement =
            bighti_pg_prepared_use(&connection->prepared, text, &connection->parameters);
}

/* A connection that has broken meanwhile is reported in a later turn. */
static bight_error *pg_run(bighti_sql_connection *head, const bighti_sql_statement *statement)
{
    pg_connection *connection = of_head(head);
    bool is_many = statement->rows > 0;
    bight_error *error =
        is_many ? NULL : bighti_pg_parameters_make(&connection->parameters, statement);

    connection->many = *statement;
    if (error != NULL)
        return error;
    connection->resetting = statement->resets;
    begin_statement(connection, statement->text);
    if (is_without_session(connection)) {
        connection->over = true;
        bighti_pg_link_later(&connection->link);
        return NULL;
    }
    bighti_pg_send_next(connection);
    return NULL;
}

static void pg_more(bighti_sql_connection *head)
{
    pg_connection *connection = of_head(head);

    connection->held = false;
    bighti_pg_link_read(&connection->link, true);
    go_on(connection); /* rows may be in libpq's buffer already */
}

static void pg_cancel(bighti_sql_connection *head)
{
    pg_connection *connection = of_head(head);

    connection->stopped = true;
    if (connection->over || connection->broken || connection->canceller != NULL)
        return;
    connection->canceller = bighti_pg_cancel(&connection->link, pg_on_cancel, connection);
    if (connection->canceller == NULL) {
        bighti_pg_note(connection, bight_error_new(BIGHT_ERROR_NO_MEMORY, "cancel: out of memory"));
        connection->broken = true;
        bighti_pg_link_later(&connection->link); /* it is reported in a later turn */
    }
}

/* A server goes on with a statement whose client has gone, until it has rows to send. So a
 * statement that runs is stopped first. */
static bool is_to_be_stopped(const pg_connection *connection)
{
    return connection->running && !connection->over && !connection->broken &&
           !connection->link.dead && !bighti_pg_is_inherited(connection->link.database);
}

static void pg_close_connection(bighti_sql_connection *head)
{
    pg_connection *connection = of_head(head);

    if (!connection->closing && is_to_be_stopped(connection)) {
        pg_cancel(head);
        connection->closing = connection->canceller != NULL;
        connection->held = false;
        drop_batch(connection);
        bighti_pg_link_read(&connection->link, true);
        bighti_pg_link_later(&connection->link); /* input may have been read already */
    }
    if (!connection->closing || bighti_pg_is_inherited(connection->link.database))
        pg_connection_free(connection);
}

/* -- A database -- */

static void pg_database_free(void *owner)
{
    pg_database *database = owner;
    pg_channels *channels = database->channels;

    bighti_pg_target_deinit(&database->target);
    if (database->numbers != (locale_t)0)
        freelocale(database->numbers);
    free(database);
    bighti_pg_channels_free(channels);
}

static bight_error *pg_open_database(bight_reactor *reactor, const char *address,
                                     const bight_sql_options *options, bighti_sql_opened *opened)
{
    pg_database *database = calloc(1, sizeof(*database));
    bight_error *error;

    if (database == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
    database->reactor = reactor;
    database->fork = opened->fork;
    database->batch = options->batch;
    database->connect_timeout = options->connect_timeout;
    database->statements = options->statements;
    database->busy_timeout = options->busy_timeout;
    database->numbers = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    error = bighti_pg_target_parse(&database->target, address);
    if (error == NULL && database->numbers == (locale_t)0) {
        bighti_pg_target_deinit(&database->target);
        error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
    }
    if (error == NULL) {
        opened->owner = database;
        return NULL;
    }
    if (database->numbers != (locale_t)0)
        freelocale(database->numbers);
    free(database);
    return error;
}

static const char *const schemes[] = {"postgresql", "postgres", NULL};

const bighti_sql_backend bighti_postgresql_backend = {
    .name = "postgresql",
    .schemes = schemes,
    .begin = "begin",
    .commit = "commit",
    .rollback = "rollback",
    .reset = "discard all",
    .notify = "select pg_notify($1, $2)",
    .open = pg_open_database,
    .free = pg_database_free,
    .connect = pg_connect,
    .run = pg_run,
    .more = pg_more,
    .cancel = pg_cancel,
    .close = pg_close_connection,
    .listen = bighti_pg_listen,
    .unlisten = bighti_pg_unlisten,
};

/* The stages of a statement, each a separate request. A statement that was used before is prepared
 * first. Prepared statements that may be outdated are dropped first.
 *
 * An error of the server reveals changes by another program: the result has other columns (0A000),
 * the server does not know the name (26000), or it knows it already (42P05). Outside of a
 * transaction the error had no effect, and the statement is retried: unprepared, or with the
 * existing name. Inside a transaction it is too late, because the error has ended the transaction;
 * the program gets the error. The change is remembered, so that the transaction succeeds when it
 * is tried again.
 *
 * Behind a pooler that switches server connections between transactions (PgBouncer), prepared
 * statements may be missing, or exist unexpectedly, at any time, even inside a transaction; and a
 * setting would reach other clients. So a connection begins by asking the server for its process
 * ID. A pooler does not report the process ID of any real server to its clients. If the answer
 * differs from the one that libpq received, nothing is prepared and nothing is set. A pooler that
 * is not detected causes the errors above, but never wrong rows, because a name means the same
 * statement everywhere (name.c). */
#include "stages.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bighti_pg_note(pg_connection *connection, bight_error *take_error)
{
    if (connection->error == NULL)
        connection->error = take_error;
    else
        bight_error_unref(take_error);
}

bight_error *bighti_pg_take_error(pg_connection *connection)
{
    bight_error *error = connection->error;

    connection->error = NULL;
    return error;
}

/* -- Sending -- */

static bool send_run(pg_connection *connection)
{
    const pg_statement *statement = connection->statement;
    const pg_parameters *parameters = &connection->parameters;
    PGconn *conn = connection->link.conn;

    if (statement == NULL || !statement->is_prepared)
        return PQsendQueryParams(conn, connection->text, parameters->count, parameters->types,
                                 parameters->values, parameters->lengths, parameters->formats,
                                 0) != 0;
    return PQsendQueryPrepared(conn, statement->name, parameters->count, parameters->values,
                               parameters->lengths, parameters->formats, 0) != 0;
}

static bool send_prepare(pg_connection *connection)
{
    const pg_parameters *parameters = &connection->parameters;
    char *name = connection->statement->name;

    bighti_pg_name(connection->text, parameters->types, parameters->count, name);
    return PQsendPrepare(connection->link.conn, name, connection->text, parameters->count,
                         parameters->types) != 0;
}

static bool send_forget(pg_connection *connection, const char *name)
{
    char text[PG_NAME_SIZE + 16];

    snprintf(text, sizeof(text), "deallocate %s", name);
    return PQsendQuery(connection->link.conn, text) != 0;
}

/* The server's unit is milliseconds, and 0 means no limit there. So a timeout of 0 becomes the
 * shortest possible one. */
static unsigned long long lock_timeout_of(uint64_t duration)
{
    uint64_t ms = duration / BIGHT_MSEC(1);

    if (duration == BIGHT_NEVER)
        return 0;
    return ms == 0 ? 1 : ms < INT_MAX ? ms : INT_MAX;
}

/* The setting is made only if the answer is the expected one. */
static bool send_question(const pg_connection *connection)
{
    PGconn *conn = connection->link.conn;
    char text[256];

    snprintf(text, sizeof(text),
             "select pg_catalog.pg_backend_pid(), case when pg_catalog.pg_backend_pid() = %d then "
             "pg_catalog.set_config('lock_timeout', '%llu', false) end",
             PQbackendPID(conn), lock_timeout_of(connection->link.database->busy_timeout));
    return PQsendQuery(conn, text) != 0;
}

/* -- Many rows of values -- */

static bool has_types(const pg_parameters *parameters, const pg_parameters *before)
{
    return before->values != NULL &&
           (parameters->count == 0 ||
            memcmp(parameters->types, before->types, (size_t)parameters->count * sizeof(Oid)) == 0);
}

/* Send one row, and before it the statement if the types differ from those of the row before. */
static bool many_send_row(pg_connection *connection, const pg_parameters *parameters,
                          const pg_parameters *before)
{
    PGconn *conn = connection->link.conn;

    if (!has_types(parameters, before) &&
        PQsendPrepare(conn, "", connection->text, parameters->count, parameters->types) == 0)
        return false;
    return PQsendQueryPrepared(conn, "", parameters->count, parameters->values, parameters->lengths,
                               parameters->formats, 0) != 0;
}

/* Returns false if the connection broke. An error of a value is noted, and the rows before it are
 * not committed, because the pipeline then ends with a statement that fails. */
static bool many_send_rows(pg_connection *connection)
{
    bighti_sql_statement row = connection->many;
    pg_parameters before = {.values = NULL};
    bool sent = true;

    for (; sent && row.rows > 0 && connection->error == NULL; row.rows--) {
        pg_parameters parameters = {.values = NULL};
        bight_error *error = bighti_pg_parameters_make(&parameters, &row);

        if (error != NULL)
            bighti_pg_note(connection, error);
        else
            sent = many_send_row(connection, &parameters, &before);
        bighti_pg_parameters_deinit(&before);
        before = parameters;
        row.values += row.count;
    }
    bighti_pg_parameters_deinit(&before);
    if (sent && connection->error != NULL)
        sent = PQsendQueryParams(connection->link.conn, "rollback bight", 0, NULL, NULL, NULL, NULL,
                                 0) != 0;
    return sent;
}

/* Until its end, a pipeline is one transaction. */
static bool send_many(pg_connection *connection)
{
    PGconn *conn = connection->link.conn;

    return PQenterPipelineMode(conn) != 0 && many_send_rows(connection) &&
           PQpipelineSync(conn) != 0;
}

static bool send_stage(pg_connection *connection, pg_stage stage, const char *name)
{
    connection->stage = stage;
    switch (stage) {
    case PG_STAGE_ASK:
        return send_question(connection);
    case PG_STAGE_PREPARE:
        return send_prepare(connection);
    case PG_STAGE_MANY:
        return send_many(connection);
    case PG_STAGE_RUN:
        return send_run(connection) && PQsetSingleRowMode(connection->link.conn) != 0;
    default:
        return send_forget(connection, name);
    }
}

void bighti_pg_send_next(pg_connection *connection)
{
    pg_prepared *prepared = &connection->prepared;
    pg_stage stage = PG_STAGE_RUN;
    char name[PG_NAME_SIZE] = "all";

    if (!connection->asked)
        stage = PG_STAGE_ASK;
    else if (connection->many.rows > 0)
        stage = PG_STAGE_MANY;
    else if (connection->statement != NULL && connection->stale)
        stage = PG_STAGE_FORGET_ALL;
    else if (connection->statement != NULL && bighti_pg_prepared_is_due(connection->statement))
        stage = bighti_pg_prepared_make_room(prepared, name) ? PG_STAGE_FORGET : PG_STAGE_PREPARE;
    connection->over = false;
    if (!send_stage(connection, stage, name) || !bighti_pg_link_flush(&connection->link)) {
        connection->broken = true; /* it is reported in a later turn */
        bighti_pg_link_later(&connection->link);
    }
}

/* -- Results of the stages -- */

/* Applies from this statement on. */
static void prepare_nothing(pg_connection *connection)
{
    connection->asked = true;
    connection->direct = false;
    connection->prepared.limit = 0;
    connection->statement = NULL;
}

void bighti_pg_take_answer(pg_connection *connection, const PGresult *result)
{
    const char *process = PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "";

    connection->asked = connection->direct =
        strtol(process, NULL, 10) == PQbackendPID(connection->link.conn);
    if (!connection->direct)
        prepare_nothing(connection);
}

static bool has_failed_with(const pg_connection *connection, const char *wanted)
{
    char state[6];

    return connection->error != NULL && bight_sql_error_get_state(connection->error, state) &&
           strcmp(state, wanted) == 0;
}

/* Outside of a transaction the error had no effect, and the statement can go on. */
static void forgive(pg_connection *connection)
{
    if (connection->alone)
        bight_error_unref(bighti_pg_take_error(connection));
}

/* The server cannot find out the type of a parameter, for example in `$1 is null`. Any type will do
 * then. Returns whether there is one to be changed. */
static bool guess_types(pg_connection *connection)
{
    bool found = false;

    if (!connection->alone || connection->stopped || !has_failed_with(connection, "42P18"))
        return false;
    for (int i = 0; i < connection->parameters.count; i++)
        found = found || connection->parameters.types[i] == 0;
    bighti_pg_parameters_make_text(&connection->parameters);
    return found;
}

/* Returns whether the error is an expected one, and handles it. */
static bool expect_error(pg_connection *connection)
{
    if (connection->stage == PG_STAGE_PREPARE && has_failed_with(connection, "42P05"))
        bighti_pg_prepared_add(&connection->prepared, connection->statement);
    else if (connection->stage == PG_STAGE_FORGET && has_failed_with(connection, "26000"))
        connection->stale = true; /* others are probably missing too */
    else if (connection->stage == PG_STAGE_ASK && connection->error != NULL && !connection->stopped)
        prepare_nothing(connection); /* a server that rejects the query is not PostgreSQL */
    else if (connection->stage == PG_STAGE_PREPARE && guess_types(connection))
        connection->statement = NULL;
    else
        return false;
    forgive(connection);
    return true;
}

/* Handle the result of a stage, which has no rows. */
static void end_stage(pg_connection *connection)
{
    bool failed = connection->error != NULL;

    if (failed && !expect_error(connection)) {
        /* If the server was asked to stop, it is unknown whether the statement is prepared. */
        connection->stale |= connection->stopped || connection->stage == PG_STAGE_FORGET;
    } else if (!failed && connection->stage == PG_STAGE_FORGET_ALL) {
        bighti_pg_prepared_forget(&connection->prepared);
        connection->stale = false;
    } else if (!failed && connection->stage == PG_STAGE_PREPARE) {
        bighti_pg_prepared_add(&connection->prepared, connection->statement);
    }
    if (connection->error == NULL && connection->stopped)
        bighti_pg_note(connection,
                       bight_error_new(BIGHT_ERROR_CANCELLED, "cancelled before it ran"));
    connection->stage = PG_STAGE_RUN;
}

/* Whether the error means that a prepared statement is outdated: the result has other columns
 * (0A000), or the server does not know it (26000). */
static bool is_outdated(const pg_connection *connection)
{
    return connection->statement != NULL && connection->statement->is_prepared &&
           (has_failed_with(connection, "0A000") || has_failed_with(connection, "26000"));
}

bool bighti_pg_go_to_next_stage(pg_connection *connection)
{
    if (connection->stage == PG_STAGE_MANY)
        return false;
    if (connection->stage != PG_STAGE_RUN) {
        end_stage(connection);
        if (connection->error != NULL)
            return false;
        bighti_pg_send_next(connection);
        return true;
    }
    if (!guess_types(connection)) {
        if (!is_outdated(connection))
            return false;
        connection->stale = true;
        if (!connection->alone || connection->stopped || connection->has_columns)
            return false;
    }
    bight_error_unref(bighti_pg_take_error(connection));
    connection->statement = NULL;
    bighti_pg_send_next(connection);
    return true;
}

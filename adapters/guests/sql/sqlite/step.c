#include "../split.h"
#include "sqlite.h"
#include <stdlib.h>
#include <string.h>

/* A slow query hands over its rows after this time, even if the batch is not full. */
#define LONGEST_WAIT BIGHT_MSEC(20)

/* -- The end -- */

static void free_rest(sqlite_connection *connection)
{
    bighti_sql_batch_free(connection->batch);
    connection->batch = NULL;
}

void bighti_sqlite_end(sqlite_connection *connection, bight_error *take_error)
{
    sqlite3_finalize(connection->cursor);
    connection->cursor = NULL;
    if (take_error == NULL)
        return;
    free_rest(connection);
    bight_error_unref(connection->error);
    connection->error = take_error;
}

static void step_fail(sqlite_connection *connection, int code)
{
    bighti_sqlite_end(connection, bighti_sqlite_error(connection, code));
}

static void fail_without_memory(sqlite_connection *connection)
{
    step_fail(connection, SQLITE_NOMEM);
}

/* -- The beginning -- */

static bight_error *step_wrong(const sqlite_connection *connection, const char *state,
                               const char *message)
{
    return bight_error_new_code(BIGHT_DOMAIN_SQLSTATE, bight_sql_code_of_state(state),
                                BIGHT_ERROR_INVALID, "sqlite:%s: %s",
                                connection->database->place.path, message);
}

/* A kept statement is found again by its text, so it must be the whole text. Pragmas and some
 * others have effects while they are prepared, and are not kept. */
static bight_error *prepare(sqlite_connection *connection)
{
    const char *text = connection->statement.text;
    const char *tail = NULL;
    bool may_keep =
        connection->kept.cursors != NULL && bighti_sql_nature_of(text) == BIGHTI_SQL_KEPT;
    int code =
        sqlite3_prepare_v3(connection->handle, text, -1, may_keep ? SQLITE_PREPARE_PERSISTENT : 0,
                           &connection->cursor, &tail);

    if (code != SQLITE_OK)
        return bighti_sqlite_error(connection, code);
    if (!bighti_sql_is_blank(tail, strlen(tail)))
        return step_wrong(connection, "42601", "more than one statement in a text");
    connection->keeps = may_keep && *tail == '\0';
    return NULL;
}

static bight_error *find_or_prepare(sqlite_connection *connection)
{
    connection->fresh = true;
    connection->cursor = bighti_sqlite_kept_take(&connection->kept, connection->statement.text);
    connection->keeps = connection->cursor != NULL;
    return connection->keeps ? NULL : prepare(connection);
}

/* The number of the value for a parameter: 2 for $2 and ?2, and its own position for ?. */
static size_t step_number_of(sqlite3_stmt *cursor, int index)
{
    const char *name = sqlite3_bind_parameter_name(cursor, index);
    char *end;
    unsigned long number;

    if (name == NULL)
        return (size_t)index;
    if ((name[0] != '$' && name[0] != '?') || name[1] < '1' || name[1] > '9')
        return 0;
    number = strtoul(name + 1, &end, 10);
    return *end == '\0' ? number : 0;
}

static int bind_value(sqlite3_stmt *cursor, int index, const bight_sql_value *value)
{
    const char *bytes = value->bytes.data != NULL ? (const char *)value->bytes.data : "";

    /* The values live as long as the statement: SQLite need not copy them. */
    switch (value->type) {
    case BIGHT_SQL_INTEGER:
        return sqlite3_bind_int64(cursor, index, value->integer);
    case BIGHT_SQL_REAL:
        return sqlite3_bind_double(cursor, index, value->real);
    case BIGHT_SQL_TEXT:
        return sqlite3_bind_text64(cursor, index, bytes, value->bytes.size, SQLITE_STATIC,
                                   SQLITE_UTF8);
    case BIGHT_SQL_BLOB:
        return sqlite3_bind_blob64(cursor, index, bytes, value->bytes.size, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(cursor, index);
    }
}

static bight_error *step_bind(sqlite_connection *connection)
{
    const bighti_sql_statement *statement = &connection->statement;
    int count = sqlite3_bind_parameter_count(connection->cursor);
    size_t highest = 0;

    for (int index = 1; index <= count; index++) {
        size_t number = step_number_of(connection->cursor, index);
        int code;

        if (number == 0 || number > statement->count)
            return step_wrong(connection, "42P02",
                              "a parameter without a value; they are $1, $2, ...");
        if (number > highest)
            highest = number;
        code = bind_value(connection->cursor, index, &statement->values[number - 1]);
        if (code != SQLITE_OK)
            return bighti_sqlite_error(connection, code);
    }
    if (highest < statement->count)
        return step_wrong(connection, "08P01", "more values than parameters");
    return NULL;
}

/* Name and type point into SQLite's memory: valid until the statement's next step, so they are
 * copied. Before the first step they might belong to an outdated schema. */
static bool note_columns(sqlite_connection *connection)
{
    int count = sqlite3_column_count(connection->cursor);
    bight_sql_column *columns = calloc((size_t)count, sizeof(*columns));

    if (columns == NULL)
        return false;
    connection->columns = columns;
    connection->column_count = count;
    for (int i = 0; i < count; i++) {
        const char *name = sqlite3_column_name(connection->cursor, i);
        const char *type = sqlite3_column_decltype(connection->cursor, i);

        columns[i].name = strdup(name != NULL ? name : "");
        columns[i].type = strdup(type != NULL ? type : "");
        if (columns[i].name == NULL || columns[i].type == NULL)
            return false;
    }
    return true;
}

void bighti_sqlite_begin(sqlite_connection *connection)
{
    bight_error *error = find_or_prepare(connection);

    connection->changes_before = sqlite3_total_changes64(connection->handle);
    if (error == NULL)
        error = step_bind(connection);
    if (error != NULL) {
        bighti_sqlite_end(connection, error);
        return;
    }
    if (connection->cursor == NULL) { /* the text contains only a comment */
        connection->done = true;
        connection->changes = 0;
    }
}

/* -- The rows -- */

static bool read_bytes(sqlite3_stmt *cursor, int column, bight_sql_value *value)
{
    const void *bytes = value->type == BIGHT_SQL_TEXT
                            ? (const void *)sqlite3_column_text(cursor, column)
                            : sqlite3_column_blob(cursor, column);

    value->bytes.data = bytes;
    value->bytes.size = (size_t)sqlite3_column_bytes(cursor, column);
    /* An empty blob is NULL as well. */
    return bytes != NULL || (value->type == BIGHT_SQL_BLOB && value->bytes.size == 0);
}

static bool read_value(sqlite3_stmt *cursor, int column, bight_sql_value *value)
{
    *value = bight_sql_null();
    switch (sqlite3_column_type(cursor, column)) {
    case SQLITE_INTEGER:
        *value = bight_sql_integer(sqlite3_column_int64(cursor, column));
        return true;
    case SQLITE_FLOAT:
        *value = bight_sql_real(sqlite3_column_double(cursor, column));
        return true;
    case SQLITE_TEXT:
        value->type = BIGHT_SQL_TEXT;
        return read_bytes(cursor, column, value);
    case SQLITE_BLOB:
        value->type = BIGHT_SQL_BLOB;
        return read_bytes(cursor, column, value);
    default:
        return true;
    }
}

static bool read_row(sqlite_connection *connection, int columns)
{
    bight_sql_value value;

    for (int column = 0; column < columns; column++)
        if (!read_value(connection->cursor, column, &value) ||
            !bighti_sql_batch_add(connection->batch, &value))
            return false;
    return true;
}

/* The bound values are freed with the user's statement. */
static int step_keep(sqlite_connection *connection)
{
    int code = sqlite3_reset(connection->cursor);

    sqlite3_clear_bindings(connection->cursor);
    bighti_sqlite_kept_put(&connection->kept, connection->cursor);
    return code;
}

static void step_finish(sqlite_connection *connection)
{
    sqlite3 *handle = connection->handle;
    int code = connection->keeps ? step_keep(connection) : sqlite3_finalize(connection->cursor);

    connection->cursor = NULL;
    if (code != SQLITE_OK) {
        step_fail(connection, code);
        return;
    }
    connection->done = true;
    connection->changes = sqlite3_total_changes64(handle) != connection->changes_before
                              ? sqlite3_changes64(handle)
                              : 0;
}

static bool is_time_up(uint64_t start)
{
    return bight_monotonic_now() - start >= LONGEST_WAIT;
}

static bool step_make_room(sqlite_connection *connection, int columns)
{
    if (connection->fresh && !note_columns(connection))
        return false;
    connection->fresh = false;
    connection->batch = bighti_sql_batch_new((size_t)columns, connection->database->batch);
    return connection->batch != NULL;
}

void bighti_sqlite_step(sqlite_connection *connection)
{
    uint64_t start = bight_monotonic_now();
    int code = sqlite3_step(connection->cursor);
    int columns = sqlite3_column_count(connection->cursor);

    if (columns > 0 && !step_make_room(connection, columns)) {
        fail_without_memory(connection);
        return;
    }
    for (; code == SQLITE_ROW; code = sqlite3_step(connection->cursor)) {
        if (!read_row(connection, columns)) {
            fail_without_memory(connection);
            return;
        }
        if (bighti_sql_batch_is_full(connection->batch) || is_time_up(start))
            return;
    }
    if (code == SQLITE_DONE)
        step_finish(connection);
    else
        step_fail(connection, code);
}

/* -- Many rows of values -- */

/* Run the statement once, with the present row of values. */
static int many_step(sqlite_connection *connection)
{
    sqlite3_stmt *cursor = connection->cursor;
    int64_t before = sqlite3_total_changes64(connection->handle);
    int code;

    do
        code = sqlite3_step(cursor);
    while (code == SQLITE_ROW);
    code = sqlite3_reset(cursor);
    if (code == SQLITE_OK && sqlite3_total_changes64(connection->handle) != before)
        connection->changes += sqlite3_changes64(connection->handle);
    return code;
}

static bight_error *many_run(sqlite_connection *connection)
{
    bighti_sql_statement *statement = &connection->statement;
    bight_error *error = find_or_prepare(connection);

    connection->changes = 0;
    for (; error == NULL && connection->cursor != NULL && statement->rows > 0; statement->rows--) {
        int code;

        error = step_bind(connection);
        code = error == NULL ? many_step(connection) : SQLITE_OK;
        if (code != SQLITE_OK)
            error = bighti_sqlite_error(connection, code);
        statement->values += statement->count;
    }
    return error;
}

static int many_execute(sqlite_connection *connection, const char *text)
{
    return sqlite3_exec(connection->handle, text, NULL, NULL, NULL);
}

/* All rows or none: a savepoint is a transaction of its own where there is none. */
void bighti_sqlite_run_many(sqlite_connection *connection)
{
    bool alone = sqlite3_get_autocommit(connection->handle) != 0;
    int code = many_execute(connection, alone ? "begin immediate" : "savepoint bight_many");
    bight_error *error =
        code != SQLITE_OK ? bighti_sqlite_error(connection, code) : many_run(connection);

    if (error == NULL && connection->cursor != NULL) {
        code = connection->keeps ? step_keep(connection) : sqlite3_finalize(connection->cursor);
        connection->cursor = NULL;
        if (code != SQLITE_OK)
            error = bighti_sqlite_error(connection, code);
    }
    if (error == NULL) {
        code = many_execute(connection, alone ? "commit" : "release bight_many");
        error = code != SQLITE_OK ? bighti_sqlite_error(connection, code) : NULL;
    }
    connection->done = error == NULL;
    if (error == NULL)
        return;
    bighti_sqlite_end(connection, error);
    /* A cancel must not keep this from being undone; SQLite may have done it already. */
    atomic_store(&connection->cancelled, false);
    if (alone)
        (void)many_execute(connection, "rollback");
    else
        (void)many_execute(connection, "rollback to bight_many; release bight_many");
}

#include "sqlite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How many virtual machine instructions SQLite runs between two checks for a cancel: some
 * microseconds. */
enum { INSTRUCTIONS_BETWEEN_LOOKS = 1000 };

/* -- While it runs -- */

static int on_progress(void *data)
{
    sqlite_connection *connection = data;

    return atomic_load_explicit(&connection->cancelled, memory_order_relaxed);
}

static void job_rest(int attempt)
{
    /* Wait 1 to 20 ms, so that a short lock causes little delay. */
    long ms = attempt < 20 ? attempt + 1 : 20;
    struct timespec time = {0, ms * 1000000};

    nanosleep(&time, NULL);
}

/* Another connection or program holds a lock. Returns whether to try again. */
static int on_busy(void *data, int attempt)
{
    sqlite_connection *connection = data;
    uint64_t now = bight_monotonic_now();

    if (attempt == 0)
        connection->busy_since = now;
    if (on_progress(connection) ||
        now - connection->busy_since >= connection->database->busy_timeout)
        return 0;
    job_rest(attempt);
    return 1;
}

/* -- Opening and closing -- */

/* Not every operation calls on_busy() itself: the change to WAL mode does not. */
static int execute(sqlite_connection *connection, const char *text)
{
    int attempt = 0;
    int code;

    do
        code = sqlite3_exec(connection->handle, text, NULL, NULL, NULL);
    while ((code & 255) == SQLITE_BUSY && on_busy(connection, attempt++));
    return code;
}

static int job_set_up(sqlite_connection *connection)
{
    const sqlite_place *place = &connection->database->place;
    char text[64];
    int code;

    sqlite3_extended_result_codes(connection->handle, 1);
    sqlite3_progress_handler(connection->handle, INSTRUCTIONS_BETWEEN_LOOKS, on_progress,
                             connection);
    sqlite3_busy_handler(connection->handle, on_busy, connection);
    snprintf(text, sizeof(text), "pragma foreign_keys=%s", place->foreign_keys ? "on" : "off");
    code = execute(connection, text);
    if (code == SQLITE_OK && place->journal != NULL) {
        snprintf(text, sizeof(text), "pragma journal_mode=%s", place->journal);
        code = execute(connection, text);
    }
    /* This reads the file for the first time; opening only recorded its name. */
    return code == SQLITE_OK ? execute(connection, "pragma schema_version") : code;
}

static void do_open(sqlite_connection *connection)
{
    const sqlite_place *place = &connection->database->place;
    int code =
        sqlite3_open_v2(place->path, &connection->handle, place->flags | SQLITE_OPEN_NOMUTEX, NULL);

    bighti_sqlite_kept_init(&connection->kept, connection->database->statements);
    if (code == SQLITE_OK)
        code = job_set_up(connection);
    else if (connection->handle != NULL)
        code = sqlite3_extended_errcode(connection->handle);
    if (code != SQLITE_OK)
        connection->error = bighti_sqlite_error(connection, code);
}

static void do_close(sqlite_connection *connection)
{
    bighti_sqlite_end(connection, NULL);
    bighti_sqlite_kept_deinit(&connection->kept);
    sqlite3_close_v2(connection->handle);
    connection->handle = NULL;
}

/* A database in memory exists in its connection only, so the new one gets a copy. */
static int memory_copy(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");

    if (backup == NULL)
        return sqlite3_extended_errcode(to);
    (void)sqlite3_backup_step(backup, -1); /* the next call returns the error */
    return sqlite3_backup_finish(backup);
}

/* There is no statement that undoes what was done to a session: pragmas, temporary tables, attached
 * files. A new connection is without them. */
static void do_reset(sqlite_connection *connection)
{
    sqlite3 *before = connection->handle;
    int code = SQLITE_OK;

    bighti_sqlite_kept_deinit(&connection->kept);
    if (!connection->database->place.in_memory) {
        sqlite3_close_v2(before);
        before = NULL;
    }
    connection->handle = NULL;
    do_open(connection);
    if (before != NULL && connection->error == NULL)
        code = memory_copy(before, connection->handle);
    sqlite3_close_v2(before);
    if (code != SQLITE_OK)
        connection->error = bighti_sqlite_error(connection, code);
    connection->done = true;
    connection->changes = 0;
}

static void do_run(sqlite_connection *connection)
{
    /* The transaction is over if SQLite has rolled it back itself, for example because the disk is
     * full. */
    bool over = sqlite3_get_autocommit(connection->handle) != 0;

    if (connection->statement.resets) {
        do_reset(connection);
        return;
    }
    if (over && strcmp(connection->statement.text, connection->head.backend->rollback) == 0) {
        connection->done = true;
        connection->changes = 0;
        return;
    }
    if (connection->statement.rows > 0) {
        bighti_sqlite_run_many(connection);
        return;
    }
    bighti_sqlite_begin(connection);
    if (connection->cursor != NULL)
        bighti_sqlite_step(connection);
}

void bighti_sqlite_do(sqlite_connection *connection, sqlite_job job)
{
    connection->ran = true;
    if (job == SQLITE_JOB_CLOSE) {
        do_close(connection);
        return;
    }
    if (job == SQLITE_JOB_OPEN)
        do_open(connection);
    else if (on_progress(connection))
        bighti_sqlite_end(connection, bighti_sqlite_error(connection, SQLITE_INTERRUPT));
    else if (job == SQLITE_JOB_RUN)
        do_run(connection);
    else
        bighti_sqlite_step(connection);
    connection->head.in_transaction =
        connection->handle != NULL && !sqlite3_get_autocommit(connection->handle);
}

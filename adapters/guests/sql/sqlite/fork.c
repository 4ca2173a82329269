/* A connection in a forked child that the parent has opened. SQLite's documentation forbids any
 * use of it, even closing it. There are two reasons:
 *
 * - Closing during a transaction rolls back. The child would write the old pages back into the
 *   parent's file and delete the parent's journal, so the parent's commit would fail.
 * - If a thread of the parent was inside SQLite at the time of the fork, SQLite's structures may
 *   be inconsistent, and a lock that the thread held is never released.
 *
 * In these cases the child leaves all of SQLite's memory and descriptors alone. Otherwise the
 * connection is idle, and closing it does not change the file: without a transaction there is
 * nothing to roll back, and SQLite is configured not to checkpoint or remove the log of a database
 * with journal=wal. Locks belong to each process separately. After the close, the child may open
 * the same file again, which requires that SQLite has forgotten the parent's locks. */
#include "sqlite.h"
#include <stdlib.h>

static bool mutex_is_free(int kind)
{
    sqlite3_mutex *mutex = sqlite3_mutex_alloc(kind);

    if (mutex == NULL)
        return true;
    if (sqlite3_mutex_try(mutex) != SQLITE_OK)
        return false;
    sqlite3_mutex_leave(mutex);
    return true;
}

/* Another thread may have been inside SQLite for another database, or for the program. */
static bool sqlite_is_free(void)
{
    static const int kinds[] = {
        SQLITE_MUTEX_STATIC_MASTER, SQLITE_MUTEX_STATIC_MEM,  SQLITE_MUTEX_STATIC_OPEN,
        SQLITE_MUTEX_STATIC_PRNG,   SQLITE_MUTEX_STATIC_LRU,  SQLITE_MUTEX_STATIC_PMEM,
        SQLITE_MUTEX_STATIC_VFS1,   SQLITE_MUTEX_STATIC_VFS2, SQLITE_MUTEX_STATIC_VFS3};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (!mutex_is_free(kinds[i]))
            return false;
    return true;
}

static bool is_at_rest(const sqlite_connection *connection)
{
    return connection->database->jobs == 0 && connection->cursor == NULL && sqlite_is_free() &&
           sqlite3_get_autocommit(connection->handle) != 0 &&
           sqlite3_txn_state(connection->handle, NULL) == SQLITE_TXN_NONE;
}

static void close_quietly(sqlite_connection *connection)
{
    sqlite3_db_config(connection->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    bighti_sqlite_kept_deinit(&connection->kept);
    sqlite3_close_v2(connection->handle);
    connection->handle = NULL;
}

void bighti_sqlite_leave_to_parent(sqlite_connection *connection)
{
    bight_threads_stats stats = {.size = sizeof(stats)};

    bight_threads_get_stats(connection->database->threads, &stats); /* this ends waiting jobs */
    if (connection->job != SQLITE_JOB_NONE) {
        /* A thread was writing its results here at the time of the fork. */
        connection->columns = NULL;
        connection->batch = NULL;
        connection->error = NULL;
    } else if (connection->handle != NULL && is_at_rest(connection)) {
        close_quietly(connection);
    } else {
        free(connection->kept.cursors);
    }
}

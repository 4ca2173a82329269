/* SQLite: each connection is used by one thread at a time. The reactor's side (connection.c) gives
 * jobs to a lane of the pool, one at a time; the thread's side (job.c) runs them. A connection has
 * one owner at a time: the thread while a job is out, else the reactor. Both use only `cancelled`.
 *
 * The files, from the lowest layer up: address.c, kept.c, fault.c, step.c (a statement), job.c
 * (everything that runs on a thread), fork.c, connection.c. */
#ifndef BIGHTI_SQLITE_H
#define BIGHTI_SQLITE_H

#include "../backend.h"
#include <bight/threads.h>
#include <sqlite3.h>
#include <stdatomic.h>

/* A parsed address. */
typedef struct sqlite_place {
    char *path;
    int flags; /* of sqlite3_open_v2() */
    bool in_memory;
    bool foreign_keys;
    const char *journal; /* the mode for the pragma; NULL keeps the file's mode */
} sqlite_place;

typedef struct sqlite_database {
    sqlite_place place;
    bight_reactor *reactor;
    bight_threads *threads;
    const bight_fork_watch *fork;
    size_t batch;
    uint64_t busy_timeout;
    unsigned statements; /* prepared statements that a connection keeps */
    unsigned jobs;       /* jobs that are out */
} sqlite_database;

/* Statements that are prepared and reset, the most recently used first. */
typedef struct sqlite_kept {
    sqlite3_stmt **cursors; /* NULL if none are kept */
    unsigned count, limit;
} sqlite_kept;

typedef enum sqlite_job {
    SQLITE_JOB_NONE,
    SQLITE_JOB_OPEN,
    SQLITE_JOB_RUN,
    SQLITE_JOB_MORE,
    SQLITE_JOB_CLOSE
} sqlite_job;

typedef struct sqlite_connection {
    bighti_sql_connection head;
    sqlite_database *database;
    bight_lane *lane;

    /* Owned by the reactor. */
    sqlite_job job;  /* the job that is out */
    bool submitting; /* submitting the job is on the stack */
    bool refused;    /* the job was refused at once */
    bool running;    /* a statement is not yet reported as done or failed */
    bool closing;

    atomic_bool cancelled;

    /* Used by the current owner. */
    bighti_sql_statement statement;
    sqlite3 *handle;
    sqlite3_stmt *cursor; /* NULL when no statement is under way */
    sqlite_kept kept;
    bool keeps; /* keep the cursor when the statement is done */
    bool fresh; /* it has taken no step */
    int64_t changes_before;
    uint64_t busy_since; /* when the wait for a lock began */
    bool ran;            /* the job was done, not dropped */

    /* The results of a job. */
    bight_error *error;
    bight_sql_column *columns; /* of a statement that has just begun; NULL if it has none */
    int column_count;
    bighti_sql_batch *batch; /* rows; there may be more after them */
    bool done;
    int64_t changes;
} sqlite_connection;

/* address.c: returns NULL, or an error; then nothing is kept. */
bight_error *bighti_sqlite_parse(const char *address, sqlite_place *place);
void bighti_sqlite_place_free(sqlite_place *place);

/* fault.c: SQLite's last error. */
bight_error *bighti_sqlite_error(sqlite_connection *connection, int code);

/* job.c: runs on a thread. The results are in the connection. */
void bighti_sqlite_do(sqlite_connection *connection, sqlite_job job);

/* fork.c: free this process's copy of a parent's connection, but not the structure itself. */
void bighti_sqlite_leave_to_parent(sqlite_connection *connection);

/* step.c: begin a statement; continue it until a batch is full or it is done. */
void bighti_sqlite_begin(sqlite_connection *connection);
void bighti_sqlite_step(sqlite_connection *connection);

/* Run a statement for all rows of its values. */
void bighti_sqlite_run_many(sqlite_connection *connection);

/* End a statement, and note an error if there is none. */
void bighti_sqlite_end(sqlite_connection *connection, bight_error *take_error);

/* kept.c: when out of memory, nothing is kept. */
void bighti_sqlite_kept_init(sqlite_kept *kept, unsigned limit);
void bighti_sqlite_kept_deinit(sqlite_kept *kept);

/* Remove and return the statement with this text; NULL if there is none. */
sqlite3_stmt *bighti_sqlite_kept_take(sqlite_kept *kept, const char *text);

/* Keep it for later, or finalize it. */
void bighti_sqlite_kept_put(sqlite_kept *kept, sqlite3_stmt *take_cursor);

#endif

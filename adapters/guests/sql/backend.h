/* The interface between the common part and a backend, which implements one kind of database.
 *
 * The common part (database.h describes its files) owns the pool, the waiters, the promises, the
 * transactions and all calls to the user. A backend connects, runs one statement at a time, and
 * stops it. It is a table of functions, all of which are called on the reactor's thread.
 *
 * The life of a connection, as a backend sees it:
 *
 *     connect()  ... bighti_sql_connected()
 *     run()      ... bighti_sql_columns()? (bighti_sql_rows() (... more())?)* ... bighti_sql_done()
 *     run()      ... bighti_sql_failed()
 *     close()    ... bighti_sql_closed()
 *
 * - One statement runs at a time: run() is called only after connected, or after done or failed of
 *   the previous statement.
 * - Every run() is answered by exactly one done or failed, even after cancel(), which only asks
 *   the statement to end sooner.
 * - rows() returns whether the rows are used up. If they are, the backend goes on at once with the
 *   next rows or with done(). If not, the connection may have been freed, and the backend must not
 *   touch it. If it still exists, the backend waits for more(), which is called even after
 *   cancel(). Until then, and while rows() is on the stack (a row function may run the loop), the
 *   backend reports nothing. It may fetch one batch ahead, but it must not block a thread or read
 *   data that it has no room for. It reports one batch per callback, so that a window can be drawn
 *   between two batches.
 * - lost() replaces connected, done or failed when the connection has become unusable. close() is
 *   then called from inside lost().
 * - close() is called once, at any time, even while connecting or running. After it, the backend
 *   reports only closed(), and then frees its structure.
 * - In a forked child, where opened->fork is inherited, open connections belong to the parent: the
 *   backend sends, reads and reports nothing on them. run, more and cancel are not called. close,
 *   unlisten and free are called, and free this process's copy. close() reports closed at once,
 *   even if the parent called it before the fork and still waits for closed.
 * - The backend must not report inside connect, run, cancel or close, because their callers may
 *   not be ready for it. It must post, or wait for the descriptor. (One exception: close() may
 *   report closed if the reactor was freed, or if memory for a later call is lacking.) more() is
 *   called as the last action, with no function of the connection on the stack, so the backend may
 *   report inside it.
 * - Inside a report, any of these functions except more() may be called: run() inside done(),
 *   cancel() and close() inside rows().
 */
#ifndef BIGHTI_SQL_BACKEND_H
#define BIGHTI_SQL_BACKEND_H

#include <base/list.h>
#include <bight/fork.h>
#include <bight/sql.h>

typedef struct bighti_sql_backend bighti_sql_backend;
typedef struct bighti_sql_batch bighti_sql_batch;
typedef struct bighti_sql_work bighti_sql_work;
typedef struct bighti_sql_lease bighti_sql_lease;

/* The common part's data for a connection. A backend reserves the space for it and does not access
 * it.
 */
typedef struct bighti_sql_seat {
    bighti_link link;        /* in the list of all connections */
    bighti_link idle;        /* in the list of idle connections */
    bighti_link queue;       /* work to run on it, in this order */
    bighti_sql_work *work;   /* the work that runs now */
    bighti_sql_work *kept;   /* the work that ran at close(): a thread may still read it */
    bighti_sql_lease *lease; /* the lease that holds it for longer than a statement */
    bool touched;            /* the session's state may have changed */
    bool tidied;             /* a leftover transaction was rolled back, or the attempt was made */
    int state;
} bighti_sql_seat;

/* The head of a backend's own structure for a connection: its first member. */
typedef struct bighti_sql_connection {
    const bighti_sql_backend *backend;
    bight_sql *sql; /* the database whose pool contains it */
    void *owner;    /* the backend's, from open() */

    /* Set by the backend before done and failed: whether a transaction is open on it. */
    bool in_transaction;

    bighti_sql_seat seat;
} bighti_sql_connection;

/* A running statement: valid from run() until done, failed or closed. */
typedef struct bighti_sql_statement {
    const char *text;
    const bight_sql_value *values;
    size_t count;
    size_t rows; /* of `count` values each; 0: a plain statement. All of them run, or none */
    bool resets; /* undo all that was done to the session; a failure is reported as lost() */
} bighti_sql_statement;

/* The user's listener. */
struct bight_sql_listener {
    bight_sql *sql; /* NULL once the database was closed */
    bight_sql_notify_fn fn;
    void *data;
    bighti_link link;    /* the common part's list of all listeners of the database */
    bighti_link backend; /* for use by the backend; initialised */
    bool telling, freed;
    const char *channel; /* stored behind the structure, in the same block */
};

/* The result of open(). */
typedef struct bighti_sql_opened {
    void *owner;          /* the backend's structure for the database */
    unsigned connections; /* the maximum; preset from the options; open() may lower it */
    const bight_fork_watch
        *fork; /* preset; whether this process is a forked child; outlives this */
} bighti_sql_opened;

struct bighti_sql_backend {
    const char *name; /* "sqlite" */

    /* The schemes of its addresses, without the colon, NULL-terminated: "postgresql",
     * "postgres". */
    const char *const *schemes;

    /* The statements around a transaction. */
    const char *begin, *commit, *rollback;

    /* The text of a statement that resets the session. */
    const char *reset;

    /* The statement that sends $2 to channel $1; NULL if there are no channels. */
    const char *notify;

    /* Parse a whole address and make the data that all connections share, without connecting. The
     * options are complete: defaults replace missing ones. Returns NULL, or an error; then nothing
     * is kept. */
    bight_error *(*open)(bight_reactor *reactor, const char *address,
                         const bight_sql_options *options, bighti_sql_opened *opened);

    /* Free the result of open(). All connections are closed and no listener is left. */
    void (*free)(void *owner);

    /* Begin to connect. Returns NULL when out of memory. bighti_sql_connection_init() sets the
     * head. */
    bighti_sql_connection *(*connect)(bight_sql *sql, void *owner);

    /* Begin to run a statement. Returns an error if it cannot begin; then nothing is reported. */
    bight_error *(*run)(bighti_sql_connection *connection, const bighti_sql_statement *statement);

    /* The rows that rows() did not use up are used up now; go on with the statement. */
    void (*more)(bighti_sql_connection *connection);

    /* Make the statement end soon. The backend reports failed, or done if it was too late. */
    void (*cancel)(bighti_sql_connection *connection);

    /* Stop all activity and close. A statement that runs is stopped on the server too. */
    void (*close)(bighti_sql_connection *connection);

    /* Listen to listener->channel. The deferred fires when the database confirms it. Messages go
     * to bighti_sql_tell(). NULL if this kind of database has no channels. */
    bight_deferred *(*listen)(void *owner, bight_sql_listener *listener, const char *where);

    /* Forget a listener, even if its deferred has not fired or has failed. The common part calls
     * this for each listener before free(), and cancels the deferred first. */
    void (*unlisten)(void *owner, bight_sql_listener *listener);
};

/* All backends, NULL-terminated. If a backend's library is missing in this build, its open() fails
 * and reports that (sqlite_missing.c, postgresql_missing.c). */
extern const bighti_sql_backend *const bighti_sql_backends[];
extern const bighti_sql_backend bighti_sqlite_backend, bighti_postgresql_backend;

/* -- Reports of a connection -- */

/* Set up the head, in connect(). */
void bighti_sql_connection_init(bighti_sql_connection *connection,
                                const bighti_sql_backend *backend, bight_sql *sql, void *owner);

void bighti_sql_connected(bighti_sql_connection *connection);

/* The statement returns rows with these columns. Called before the first rows, even if there are
 * none. The columns are copied. */
void bighti_sql_columns(bighti_sql_connection *connection, const bight_sql_column *columns,
                        size_t count);

/* Returns whether the rows are used up, so that the backend goes on. If not, the connection may no
 * longer exist. */
BIGHT_MUST_USE bool bighti_sql_rows(bighti_sql_connection *connection,
                                    bighti_sql_batch *take_batch);
void bighti_sql_done(bighti_sql_connection *connection, int64_t changes);
void bighti_sql_failed(bighti_sql_connection *connection, bight_error *take_error);

/* The connection is lost. The common part calls close() before this returns. */
void bighti_sql_lost(bighti_sql_connection *connection, bight_error *take_error);

/* The connection is closed. The backend frees the structure right after this. */
void bighti_sql_closed(bighti_sql_connection *connection);

/* Pass a message of a channel to the user. The listener may be freed when this returns. */
void bighti_sql_tell(bight_sql_listener *listener, const char *payload);

/* -- Batches of rows: one thread at a time fills them (batch.c); batch.h reads them -- */

/* Returns NULL when out of memory. `limit` is the size in bytes at which a batch is full. */
bighti_sql_batch *bighti_sql_batch_new(size_t columns, size_t limit);
void bighti_sql_batch_free(bighti_sql_batch *batch);

/* Add the next field of the current row. Bytes are copied, and a NUL is added. Returns false when
 * out of memory; the batch can only be freed then. The last column completes a row. */
bool bighti_sql_batch_add(bighti_sql_batch *batch, const bight_sql_value *value);

/* Whether it has reached its limit. */
bool bighti_sql_batch_is_full(const bighti_sql_batch *batch);

/* How many complete rows it holds. */
size_t bighti_sql_batch_count(const bighti_sql_batch *batch);

/* -- Errors (fault.c) -- */

/* The SQLSTATE for a code of SQLite, extended or not; NULL if it has none. */
const char *bighti_sql_state_of_sqlite(int code);

/* The status for an SQLSTATE; see the table in bight/sql.h. */
bight_status bighti_sql_status_of_state(const char *state);

#endif

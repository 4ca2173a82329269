/* What a kind of database is to the common part, and what the common part offers it.
 *
 * The common part (database.h tells of its files) owns the pool, the waiters, the promises, the
 * transactions and what the user is told. A backend knows how to connect, how to run one statement,
 * and how to stop it. It is a table of functions; all of them are called on the reactor's thread.
 *
 * The life of a connection, as a backend sees it:
 *
 *     connect()  ... bighti_sql_connected()
 *     run()      ... bighti_sql_columns()? (bighti_sql_rows() (... more())?)* ... bighti_sql_done()
 *     run()      ... bighti_sql_failed()
 *     close()    ... bighti_sql_closed()
 *
 * - One statement at a time: run() comes only after connected, done or failed of the one before.
 * - Every run() is answered by exactly one done or failed, also after cancel(), which only hurries.
 * - rows() says whether the rows are used up. If they are, the backend goes on at once: with the
 *   next rows, or with done(). If not, the connection may be gone, and the backend does not touch
 *   it; while it lives, the backend waits for more(), which comes also after cancel(). Meanwhile,
 *   and while rows() is on the stack (a row function may run the loop), it delivers nothing. It may
 *   fetch one batch ahead; it does not hold back a thread, nor read what it has no room for. It
 *   reports one batch in a callback, so that a window is drawn between two.
 * - lost() instead of connected, done or failed: the connection is of no use any more. It is
 *   followed by close() like any other end, from inside lost().
 * - close() comes at any moment, once, also while connecting or running; then nothing is reported
 *   but closed(), the last of it, after which the backend frees its structure.
 * - In a forked child, where opened->fork is inherited, what is open is the parent's: nothing is
 *   sent on it, read from it or reported of it. run, more and cancel do not come, but close,
 *   unlisten and free do, and throw away what this process has of it. close() reports closed at
 *   once, also when the parent has called it before and waits for its end.
 * - No report is made inside connect, run, cancel or close: the stack below may not be ready for
 *   it. Post, or wait for the descriptor. (One exception: where the reactor has gone, or there is
 *   no memory to come back later, close() may report closed.) more() is called when no function of
 *   the connection is on the stack, as the last effect, so reports may be made inside it.
 * - Inside a report any of these but more() may be called: run() inside done(), cancel() and
 * close() inside rows().
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

/* What the common part keeps of a connection. A backend has the room for it and does not look in.
 */
typedef struct bighti_sql_seat {
    bighti_link link;        /* all of the database */
    bighti_link idle;        /* those without work */
    bighti_link queue;       /* of work that is to be run on it, in this order */
    bighti_sql_work *work;   /* that runs just now */
    bighti_sql_work *kept;   /* that ran when it was to be closed: a thread may still read it */
    bighti_sql_lease *lease; /* who has it for longer than a statement */
    bool tidied;             /* what was left over has been rolled back, or should have been */
    int state;
} bighti_sql_seat;

/* The head of a backend's own structure for a connection: its first member. */
typedef struct bighti_sql_connection {
    const bighti_sql_backend *backend;
    bight_sql *sql; /* the database whose pool it is in */
    void *owner;    /* the backend's, from open() */

    /* Set by the backend before done and failed: a transaction is open on it, whoever began it. */
    bool in_transaction;

    bighti_sql_seat seat;
} bighti_sql_connection;

/* One statement, while it runs: good from run() until done, failed or closed. */
typedef struct bighti_sql_statement {
    const char *text;
    const bight_sql_value *values;
    size_t count;
} bighti_sql_statement;

/* The listener of the user: what bight_sql_listener is. */
struct bight_sql_listener {
    bight_sql *sql; /* NULL once the database was closed */
    bight_sql_notify_fn fn;
    void *data;
    bighti_link link;    /* the common part's: all listeners of the database */
    bighti_link backend; /* the backend's to use, initialised */
    bool telling, freed;
    const char *channel; /* behind it, in the same block */
};

/* What open() makes. */
typedef struct bighti_sql_opened {
    void *owner;          /* the backend's structure for the database */
    unsigned connections; /* most at a time; set to that of the options before, may be lowered */
    const bight_fork_watch
        *fork; /* set before: whether all of this is the parent's; lives longer */
} bighti_sql_opened;

struct bighti_sql_backend {
    const char *name; /* "sqlite" */

    /* What addresses begin with, before the colon; NULL ends them: "postgresql", "postgres". */
    const char *const *schemes;

    /* The statements around a transaction. */
    const char *begin, *commit, *rollback;

    /* The statement that sends $2 to channel $1; NULL if there are no channels. */
    const char *notify;

    /* Look at an address, whole, and make what all connections share. Nothing is connected to yet.
     * Options as the user gave them, with defaults for what was left out. On failure the error,
     * never NULL, and nothing is kept. */
    bight_error *(*open)(bight_reactor *reactor, const char *address,
                         const bight_sql_options *options, bighti_sql_opened *opened);

    /* The last connection is closed, and no listener is left: free what open() has made. */
    void (*free)(void *owner);

    /* Begin to connect. NULL when out of memory. The head is set by
     * bighti_sql_connection_init(). */
    bighti_sql_connection *(*connect)(bight_sql *sql, void *owner);

    /* Begin to run. An error, if it cannot even begin; then nothing is reported. */
    bight_error *(*run)(bighti_sql_connection *connection, const bighti_sql_statement *statement);

    /* The rows that rows() left behind are used up; go on with the statement. */
    void (*more)(bighti_sql_connection *connection);

    /* Have the statement end soon. Reported as failed, or done if it was too late. */
    void (*cancel)(bighti_sql_connection *connection);

    /* Stop whatever it does, and close. */
    void (*close)(bighti_sql_connection *connection);

    /* Begin to hear a channel, listener->channel: the deferred fires when the database listens.
     * Messages go to bighti_sql_tell(). NULL when there are no channels. */
    bight_deferred *(*listen)(void *owner, bight_sql_listener *listener, const char *where);

    /* Forget a listener, also one whose deferred has not fired or has failed. The common part does
     * this for all of them before free(). Its deferred is cancelled before. */
    void (*unlisten)(void *owner, bight_sql_listener *listener);
};

/* All kinds that there are, ended by NULL. A kind whose library is missing in this build is there
 * with an open() that says so (sqlite_missing.c, postgresql_missing.c). */
extern const bighti_sql_backend *const bighti_sql_backends[];
extern const bighti_sql_backend bighti_sqlite_backend, bighti_postgresql_backend;

/* -- Reports of a connection -- */

/* Set up the head, in connect(). */
void bighti_sql_connection_init(bighti_sql_connection *connection,
                                const bighti_sql_backend *backend, bight_sql *sql, void *owner);

void bighti_sql_connected(bighti_sql_connection *connection);

/* The statement gives rows, of these columns; before the first rows, also when there are none. They
 * are copied. */
void bighti_sql_columns(bighti_sql_connection *connection, const bight_sql_column *columns,
                        size_t count);

/* Whether they are used up, and the backend goes on. If not, the connection may be gone. */
BIGHT_MUST_USE bool bighti_sql_rows(bighti_sql_connection *connection,
                                    bighti_sql_batch *take_batch);
void bighti_sql_done(bighti_sql_connection *connection, int64_t changes);
void bighti_sql_failed(bighti_sql_connection *connection, bight_error *take_error);

/* close() is called before this returns. */
void bighti_sql_lost(bighti_sql_connection *connection, bight_error *take_error);

/* Free the connection's structure right after. */
void bighti_sql_closed(bighti_sql_connection *connection);

/* Tell the user what came on a channel. The listener may be gone when this returns. */
void bighti_sql_tell(bight_sql_listener *listener, const char *payload);

/* -- Batches of rows: filled on any thread, by one at a time (batch.c; read by batch.h) -- */

/* NULL when out of memory. `limit`: bytes after which it is full. */
bighti_sql_batch *bighti_sql_batch_new(size_t columns, size_t limit);
void bighti_sql_batch_free(bighti_sql_batch *batch);

/* Add the next field of the row that is being filled; bytes are copied, a NUL is put behind. False
 * without memory: the batch can only be freed then. A row is complete with its last column. */
bool bighti_sql_batch_add(bighti_sql_batch *batch, const bight_sql_value *value);

/* Whether it holds as much as it should. */
bool bighti_sql_batch_is_full(const bighti_sql_batch *batch);

/* How many complete rows it holds. */
size_t bighti_sql_batch_count(const bighti_sql_batch *batch);

/* -- Errors (fault.c) -- */

/* The SQLSTATE for a code of SQLite, extended or not; NULL if it has none. */
const char *bighti_sql_state_of_sqlite(int code);

/* The status that stands for an SQLSTATE; see the table in bight/sql.h. */
bight_status bighti_sql_status_of_state(const char *state);

#endif

/* The common part of all databases: the pool, the work that waits in it, and who has a connection
 * for longer.
 *
 * A piece of work is a statement with somebody who waits for it. It is in one place at a time: it
 * waits in the database for a connection, or in a connection's queue, or runs. A lease is a
 * transaction or a session: it has one connection, into whose queue its statements go directly.
 *
 * Promises are completed, and rows told, with everything in order before: a step may run any
 * statement, cancel any, close the database, free the reactor, or run a loop in which connections
 * come and go. So user code is only run at the end of a report or of a call, and where a list of
 * works is to fail, the list is nobody else's any more. What would have to tell the user in the
 * middle of something leaves it to the task, in `ready`. */
#ifndef BIGHTI_SQL_DATABASE_H
#define BIGHTI_SQL_DATABASE_H

#include "backend.h"
#include <bight/coroutine.h>
#include <bight/fork.h>
#include <bight/owner.h>
#include <bight/task.h>

typedef struct bighti_sql_database bighti_sql_database;

/* What the user sees of a database and of a lease: the first member of both. */
struct bight_sql {
    bighti_sql_database *database;
    bighti_sql_lease *lease; /* NULL: the database itself */
};

struct bighti_sql_database {
    bight_sql sql;
    bight_reactor *reactor;
    bight_sql_options options;
    const bighti_sql_backend *backend;
    bighti_sql_opened opened;
    bight_task *task; /* goes on with `ready` */
    bight_fork_watch *fork;
    bighti_link connections, idle, waiting, ready, listeners;
    unsigned connection_count, idle_count, waiting_count, connecting_count;
    unsigned holds; /* leases, and calls on the stack that go on after user code */
    bool closed;
    bool closing; /* bight_sql_free() is on the stack */
    bool gone;    /* the backend's part is freed */
    bight_promise *ended;
};

enum { BIGHTI_SQL_CONNECTING, BIGHTI_SQL_OPEN, BIGHTI_SQL_CLOSING };

typedef enum bighti_sql_sink {
    BIGHTI_SQL_COUNT, /* rows are dropped; it comes to a number */
    BIGHTI_SQL_KEEP,  /* rows are kept; it comes to a table */
    BIGHTI_SQL_TELL   /* rows are told */
} bighti_sql_sink;

/* How a piece of work ends: exactly once, unless it was cancelled. `error` NULL: it worked. */
typedef void (*bighti_sql_end_fn)(bighti_sql_work *work, bight_error *take_error, int64_t changes);

struct bighti_sql_work {
    bighti_link link;  /* in `waiting`, in a connection's queue, or in a list that is to fail */
    bighti_link ready; /* in the database's */
    bighti_sql_database *database;
    bighti_sql_connection *connection; /* while it runs */
    bighti_sql_lease *lease;           /* of which it is a part, or that it begins */
    bool begins, commits;              /* it begins, or commits, the lease */
    bool waiting;                      /* it is in `waiting` */
    bool ending;                       /* in `ready` to end, with `error` */
    bight_promise *promise;            /* of the user; NULL once cancelled, and for work within */
    bighti_sql_end_fn end;             /* of work within */

    bighti_sql_sink sink;
    bight_sql_row_fn fn;
    void *data;
    bight_sql_table *table;  /* what it comes to; NULL for BIGHTI_SQL_COUNT */
    bighti_sql_batch *batch; /* being told */
    size_t next;             /* row in it */
    size_t kept;             /* bytes in the table */
    bight_owner owner;       /* of what the row function waits for */
    bight_error *error;      /* why it was stopped from this side */
    bool stopped;            /* the backend was told to cancel */
    unsigned busy;           /* calls of user code on the stack that come back to it */
    bool dead;               /* it ended meanwhile */

    bighti_sql_statement statement; /* text NULL: it only wants a connection */
    bight_sql_value values[];
};

struct bighti_sql_lease {
    bight_sql sql;
    bight_co co;
    bighti_sql_connection *connection; /* NULL before it begins, and after it broke or ended */
    bighti_sql_lease *parent; /* that it is a part of, while that has the connection; or NULL */
    bighti_sql_lease *inner;  /* a transaction in it that is under way */
    unsigned depth;           /* transactions around it: it is a savepoint if there are any */
    bool is_transaction;
    bool begun;
    bool over;            /* no statement is taken any more */
    bool ended;           /* nothing of it is left on the connection */
    bight_error *failed;  /* the first statement that failed, or why the connection is gone */
    bight_promise *end;   /* of who waits until it has ended */
    bighti_sql_work *own; /* its own statement, while that is on its way */
    int ending;           /* which of them */
    bight_result outcome;
    bight_sql_work_fn fn;
    void *data;
    const char *where;
};

/* -- open.c -- */

void bighti_sql_hold(bighti_sql_database *database);

/* Let go; frees the database, or its backend's part, when nothing is left. */
void bighti_sql_release(bighti_sql_database *database);

/* Whether this is a forked child, and the database its parent's. */
static inline bool bighti_sql_is_inherited(const bighti_sql_database *database)
{
    return database->fork != NULL && bight_fork_watch_is_inherited(database->fork);
}

/* Then, why nothing is done with it; else NULL. */
bight_error *bighti_sql_check_process(const bighti_sql_database *database);

/* -- pool.c -- */

/* Find connections for what waits. No user code runs. */
void bighti_sql_serve(bighti_sql_database *database);

/* Run the next in a connection's queue; without any, and if nobody has it, give it back. No user
 * code runs. */
void bighti_sql_next(bighti_sql_connection *connection);

/* Close a connection: nothing of it is heard any more but closed(). */
void bighti_sql_close_connection(bighti_sql_connection *connection);

/* Move what a connection runs and is to run to a list; its lease learns why. */
void bighti_sql_take_works(bighti_sql_connection *connection, bighti_link *works,
                           const bight_error *reason);

/* -- work.c -- */

/* A piece of work; NULL without memory. */
bighti_sql_work *bighti_sql_work_new(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count);

/* Give it a promise and send it on its way: to the connection of its lease, or to whichever is
 * free. NULL without memory: the work is freed. */
bight_deferred *bighti_sql_work_start(bighti_sql_work *take_work, const char *where);

/* It is over: tell who waits, and free it. User code runs. */
void bighti_sql_work_end(bighti_sql_work *take_work, bight_error *take_error, int64_t changes);

/* The same, in the next turn; without an error it came to nothing but success. */
void bighti_sql_work_end_later(bighti_sql_work *take_work, bight_error *take_error);

/* Have the backend end it, for a reason of this side's; NULL: nobody wants to know. */
void bighti_sql_work_stop(bighti_sql_work *work, bight_error *take_error);

/* Around user code after which the work is needed. leave() is false when it is gone. */
void bighti_sql_work_enter(bighti_sql_work *work);
BIGHT_MUST_USE bool bighti_sql_work_leave(bighti_sql_work *work);

/* Fail all of a list. User code runs. */
void bighti_sql_fail_works(bighti_link *works, const bight_error *error);

/* -- rows.c -- */

/* Have the task look at a work. */
void bighti_sql_make_ready(bighti_sql_work *work);

/* The function of the task. */
void bighti_sql_go_on(bight_task *task, void *database);

/* -- lease.c -- */

/* A statement of a lease has failed, or its connection is gone. */
void bighti_sql_lease_note(bighti_sql_lease *lease, const bight_error *error);
void bighti_sql_lease_note_work(const bighti_sql_work *work, const bight_error *error);

/* Why a work that has come to its turn is not to be run; NULL if it is. */
bight_error *bighti_sql_lease_check(const bighti_sql_work *work,
                                    const bighti_sql_connection *connection);

/* Why a lease takes no more statements; NULL if it does. */
bight_error *bighti_sql_lease_refuse(const bighti_sql_lease *lease);

/* -- table.c -- */

bight_sql_table *bighti_sql_table_new(void);

/* False without memory. */
bool bighti_sql_table_set_columns(bight_sql_table *table, const bight_sql_column *columns,
                                  size_t count);
bool bighti_sql_table_add(bight_sql_table *table, bighti_sql_batch *take_batch);

/* -- batch.c, for the common part -- */

/* Rows, as an array with pointers that are good while the batch lives. */
const bight_sql_value *bighti_sql_batch_values(bighti_sql_batch *batch);
size_t bighti_sql_batch_columns(const bighti_sql_batch *batch);

/* What it holds, in bytes. */
size_t bighti_sql_batch_size(const bighti_sql_batch *batch);

/* Take the bytes that its text and blobs are in; the values point there. */
uint8_t *bighti_sql_batch_take_bytes(bighti_sql_batch *batch);

#endif

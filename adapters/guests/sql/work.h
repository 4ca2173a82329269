/* A work: a statement and the promise, or the function, that waits for its end. */
#ifndef BIGHTI_SQL_WORK_H
#define BIGHTI_SQL_WORK_H

#include "database.h"
#include <bight/owner.h>

typedef enum bighti_sql_sink {
    BIGHTI_SQL_COUNT, /* rows are dropped; the result is a number */
    BIGHTI_SQL_KEEP,  /* rows are kept; the result is a table */
    BIGHTI_SQL_TELL   /* rows are passed to the row function */
} bighti_sql_sink;

/* Called once at the end of a work, unless it was cancelled. The error is NULL on success. */
typedef void (*bighti_sql_end_fn)(bighti_sql_work *work, bight_error *take_error, int64_t changes);

struct bighti_sql_work {
    bighti_link link;  /* in `waiting`, in a connection's queue, or in a list that will fail */
    bighti_link ready; /* in the database's list `ready` */
    bighti_sql_database *database;
    bighti_sql_connection *connection; /* while it runs */
    bighti_sql_lease *lease;           /* the lease that it belongs to, or begins */
    bool begins, commits;              /* it begins, or commits, the lease */
    bool waiting;                      /* it is in `waiting` */
    uint64_t deadline;                 /* when it has waited for too long; may be BIGHT_NEVER */
    bool ending;                       /* in `ready` to end, with `error` */
    bight_promise *promise;            /* the user's; NULL once cancelled, and for internal work */
    bighti_sql_end_fn end;             /* for internal work */

    bighti_sql_sink sink;
    bight_sql_row_fn fn;
    void *data;
    bight_sql_table *table;  /* its result; NULL for BIGHTI_SQL_COUNT */
    bighti_sql_batch *batch; /* being passed on */
    size_t next;             /* the next row in it */
    size_t kept;             /* size of the rows in the table */
    bight_owner owner;       /* owns the wait for the row function's deferred */
    bight_error *error;      /* why this side stopped it */
    bool asking;             /* the row function runs, or its deferred is waited for */
    bool stopped;            /* the backend's cancel() was called */
    unsigned busy;           /* calls of user code on the stack that return to it */
    bool dead;               /* it ended meanwhile */

    bighti_sql_statement statement; /* text NULL: it only needs a connection */
    bight_sql_value values[];
};

/* Make a work, which its end frees. Returns NULL when out of memory. */
bighti_sql_work *bighti_sql_work_new(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count);

/* Have the task process a work. */
void bighti_sql_work_make_ready(bighti_sql_work *work);

/* End a work: notify its waiter, and free it. User code runs. */
void bighti_sql_work_end(bighti_sql_work *take_work, bight_error *take_error, int64_t changes);

/* The same, in the next turn; without an error, it succeeded without a result. */
void bighti_sql_work_end_later(bighti_sql_work *take_work, bight_error *take_error);

/* End all works of a list. User code runs. */
void bighti_sql_works_end(bighti_link *works, const bight_error *error);

/* Free a work that nobody waits for and that does not run, now or when all user code on the stack
 * has returned. */
void bighti_sql_work_drop(bighti_sql_work *take_work);

/* Have the backend end a work. The error is the reason; NULL if nobody waits for the result. */
void bighti_sql_work_stop(bighti_sql_work *work, bight_error *take_error);

/* Call these around user code after which the work is needed. leave() returns false if the work
 * was freed. */
void bighti_sql_work_enter(bighti_sql_work *work);
BIGHT_MUST_USE bool bighti_sql_work_leave(bighti_sql_work *work);

#endif

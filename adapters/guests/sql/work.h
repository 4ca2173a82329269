/* A piece of work: a statement with somebody who waits for it. */
#ifndef BIGHTI_SQL_WORK_H
#define BIGHTI_SQL_WORK_H

#include "database.h"
#include <bight/owner.h>

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

/* A piece of work, which is freed by its end; NULL when out of memory. */
bighti_sql_work *bighti_sql_work_new(bight_sql *sql, const char *statement,
                                     const bight_sql_value *values, size_t count);

/* Have the task look at a work. */
void bighti_sql_work_make_ready(bighti_sql_work *work);

/* It is over: tell who waits, and free it. User code runs. */
void bighti_sql_work_end(bighti_sql_work *take_work, bight_error *take_error, int64_t changes);

/* The same, in the next turn; without an error it came to nothing but success. */
void bighti_sql_work_end_later(bighti_sql_work *take_work, bight_error *take_error);

/* End all of a list. User code runs. */
void bighti_sql_works_end(bighti_link *works, const bight_error *error);

/* Nobody waits for it any more, and it runs nowhere: free it, now or when all user code on the
 * stack has come back. */
void bighti_sql_work_drop(bighti_sql_work *take_work);

/* Have the backend end it, for a reason of this side's; NULL: nobody wants to know. */
void bighti_sql_work_stop(bighti_sql_work *work, bight_error *take_error);

/* Around user code after which the work is needed. leave() is false when it is gone. */
void bighti_sql_work_enter(bighti_sql_work *work);
BIGHT_MUST_USE bool bighti_sql_work_leave(bighti_sql_work *work);

#endif

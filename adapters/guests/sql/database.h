/* The database structure that the files of the common part share, and its lifetime.
 *
 * The files depend on each other in the order of layers.txt, which the check house-layers
 * enforces. Each header declares the interface of its file for the files above.
 *
 *     database.c  the structure, and its holds
 *     work.c      a statement and the promise that waits for it
 *     terms.c     a transaction or session: its phase, and the statements it accepts
 *     rows.c      passing rows to a table or a function; the task
 *     pool.c      connections: assigning them, running their queues, the backend's reports
 *     ask.c       sending the user's requests to a connection
 *     lease.c     running transactions and sessions from begin to end
 *     open.c      opening and closing
 *
 * To notify a file above, a file calls a function pointer that the other has registered: a work's
 * `end`, the task, or a step of a deferred.
 *
 * A work (piece of work) is in one place at a time: it waits in the database for a connection, or
 * waits in a connection's queue, or runs. A lease (a pinned connection) puts its statements
 * directly into the queue of its one connection.
 *
 * Promises are completed and rows are passed to the user only when all structures are consistent.
 * A step may run any statement, cancel any, close the database, free the reactor, or run a loop in
 * which connections open and close. So user code runs only at the end of a report or of a call,
 * and a list of works that must fail is first removed from all other structures. Code that needs
 * to notify the user in the middle of an operation leaves that to the task, in `ready`.
 *
 * The verbs for an end have fixed meanings. *Close* begins the end of an object that others may
 * still use. *Stop* asks the backend to end a work soon. *End* completes a work and notifies its
 * waiter. *Drop* discards an object that nobody waits for. */
#ifndef BIGHTI_SQL_DATABASE_H
#define BIGHTI_SQL_DATABASE_H

#include "backend.h"
#include <bight/task.h>
#include <bight/timer.h>

typedef struct bighti_sql_database bighti_sql_database;

/* The public part of a database and of a lease: the first member of both. */
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
    bight_task *task;   /* processes `ready`: bighti_sql_go_on() */
    bight_timer *timer; /* for the limit of waiting: bighti_sql_on_wait_over() */
    bool timing;        /* the timer runs */
    bight_fork_watch *fork;
    bighti_link connections, idle, waiting, ready, listeners;
    unsigned connection_count, idle_count, waiting_count, connecting_count;
    unsigned holds; /* leases, and calls on the stack that still need it after user code */
    bool closed;
    bool closing; /* bight_sql_free() is on the stack */
    bool gone;    /* the backend's part is freed */
    bight_promise *ended;
};

void bighti_sql_hold(bighti_sql_database *database);

/* Release a hold. Frees the database, or its backend's part, when nothing is left. */
void bighti_sql_release(bighti_sql_database *database);

/* Whether this is a forked child, and the database belongs to the parent. */
static inline bool bighti_sql_is_inherited(const bighti_sql_database *database)
{
    return database->fork != NULL && bight_fork_watch_is_inherited(database->fork);
}

/* In a forked child, the error for any request; else NULL. */
bight_error *bighti_sql_check_process(const bighti_sql_database *database);

#endif

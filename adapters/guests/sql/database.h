/* A database of the common part: what its files share, and how long it lives.
 *
 * The files stand on each other in the order of layers.txt, which the check house-layers holds:
 * each header shows what its own file offers to those above.
 *
 *     database.c  the structure, and who holds it
 *     work.c      a statement with somebody who waits for it
 *     terms.c     a transaction or session: what it is in, and what it takes
 *     rows.c      rows on their way to a table or a function; the task
 *     pool.c      connections: who gets one, what it runs, and what the backend reports
 *     ask.c       what the user asks for, on its way to a connection
 *     lease.c     transactions and sessions on their way from begin to end
 *     open.c      opening and closing
 *
 * What has to tell a file above goes by a function that this one has left: a work's `end`, the
 * task, a step of a deferred.
 *
 * A piece of work is in one place at a time: it waits in the database for a connection, or in a
 * connection's queue, or runs. A lease has one connection, into whose queue its statements go
 * directly.
 *
 * Promises are completed, and rows told, with everything in order before: a step may run any
 * statement, cancel any, close the database, free the reactor, or run a loop in which connections
 * come and go. So user code is only run at the end of a report or of a call, and where a list of
 * works is to fail, the list is nobody else's any more. What would have to tell the user in the
 * middle of something leaves it to the task, in `ready`.
 *
 * The words for an end, the same for all: to *close* is to begin the end of something that others
 * may still be using; to *stop* a work is to have the backend hurry; to *end* is to be over, after
 * which who waits is told; to *drop* is to throw away what nobody waits for. */
#ifndef BIGHTI_SQL_DATABASE_H
#define BIGHTI_SQL_DATABASE_H

#include "backend.h"
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
    bight_task *task; /* goes on with `ready`: bighti_sql_go_on() */
    bight_fork_watch *fork;
    bighti_link connections, idle, waiting, ready, listeners;
    unsigned connection_count, idle_count, waiting_count, connecting_count;
    unsigned holds; /* leases, and calls on the stack that go on after user code */
    bool closed;
    bool closing; /* bight_sql_free() is on the stack */
    bool gone;    /* the backend's part is freed */
    bight_promise *ended;
};

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

#endif

/* The terms of a lease: what a transaction or session is in, and what it takes. The way from one
 * phase to the next is in lease.c; here are the questions, which change nothing, and what others
 * have to tell it.
 *
 *     BEGINNING -> WORKING -> COMMITTING -> ENDED
 *
 *     BEGINNING     it waits for a connection, or its first statement is on the way
 *      -> WORKING        it may be used: the user's function is called
 *      -> ENDED          it could not begin
 *     WORKING       statements are taken, while no transaction inside of it is under way
 *      -> COMMITTING     the work came to a value
 *      -> ROLLING_BACK   it came to an error, or was given up
 *      -> ENDED          the same, when the connection is gone
 *     COMMITTING    its last statement is on the way. In a session that is none, but a turn
 *      -> ENDED
 *      -> ROLLING_BACK   it was refused, and the transaction is still open
 *     ROLLING_BACK
 *      -> ENDED
 *      -> RELEASING      a savepoint that was rolled back to is still there
 *     RELEASING
 *      -> ENDED          nothing of it is left on the connection
 *
 * That the connection breaks, or is taken away by what is around the lease, is no phase: it may
 * happen in all of them. `connection` is NULL then and `failed` says why; the lease comes to its
 * end when its work, or its statement, has come to one. */
#ifndef BIGHTI_SQL_TERMS_H
#define BIGHTI_SQL_TERMS_H

#include "work.h"

typedef enum bighti_sql_phase {
    BIGHTI_SQL_BEGINNING,
    BIGHTI_SQL_WORKING,
    BIGHTI_SQL_COMMITTING,
    BIGHTI_SQL_ROLLING_BACK,
    BIGHTI_SQL_RELEASING,
    BIGHTI_SQL_ENDED
} bighti_sql_phase;

/* The first member of lease.c's own structure. */
struct bighti_sql_lease {
    bight_sql sql;
    bighti_sql_phase phase;
    bool is_transaction;               /* else a session */
    bighti_sql_connection *connection; /* from when it is given one until it loses it, or ends */
    bighti_sql_lease *parent; /* that it is a part of, while that has the connection; or NULL */
    bighti_sql_lease *inner;  /* a transaction in it that is under way */
    unsigned depth;           /* transactions around it: it is a savepoint if there are any */
    bight_error *failed;      /* the first statement that failed, or why the connection is gone */
};

/* -- Questions -- */

/* The error of what is asked of a lease that has failed; NULL if it has not. */
bight_error *bighti_sql_lease_why_failed(const bighti_sql_lease *lease);

/* Why a lease takes no more statements; NULL if it does. */
bight_error *bighti_sql_lease_refuse(const bighti_sql_lease *lease);

/* Why a work that has come to its turn is not to be run; NULL if it is. */
bight_error *bighti_sql_lease_check(const bighti_sql_work *work,
                                    const bighti_sql_connection *connection);

/* The lease around it which spoils what went wrong at its begin or end; NULL if there is none. */
bighti_sql_lease *bighti_sql_lease_spoilt(const bighti_sql_lease *lease);

/* Whether it has something open on its connection that a rollback would undo. */
bool bighti_sql_lease_is_open(const bighti_sql_lease *lease);

/* -- News -- */

/* A statement of a lease has failed. */
void bighti_sql_lease_note(bighti_sql_lease *lease, const bight_error *error);
void bighti_sql_lease_note_work(const bighti_sql_work *work, const bight_error *error);

/* It is given a connection. */
void bighti_sql_lease_take(bighti_sql_lease *lease, bighti_sql_connection *connection);

/* The connection is gone for it. */
void bighti_sql_lease_lose(bighti_sql_lease *lease, const bight_error *reason);

#endif

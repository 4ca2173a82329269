/* The phase of a lease (a transaction or session), and the statements that it accepts. lease.c has
 * the transitions between phases. This file has queries, which change nothing, and functions by
 * which others report events to a lease.
 *
 *     BEGINNING -> WORKING -> COMMITTING -> ENDED
 *
 *     BEGINNING     it waits for a connection, or its first statement is under way
 *      -> WORKING        it may be used: the user's function is called
 *      -> ENDED          it could not begin
 *     WORKING       statements are accepted while no inner transaction is under way
 *      -> COMMITTING     the work ended with a value
 *      -> ROLLING_BACK   it ended with an error, or was given up
 *      -> ENDED          the same, if the connection was lost
 *     COMMITTING    its last statement is under way; a session waits for a turn instead
 *      -> ENDED
 *      -> ROLLING_BACK   the commit failed, and the transaction is still open
 *     ROLLING_BACK
 *      -> ENDED
 *      -> RELEASING      the savepoint of the rollback still exists
 *     RELEASING
 *      -> ENDED          nothing of it is left on the connection
 *
 * In every phase, the connection may break, or an outer lease may take it away. Then `connection`
 * is NULL and `failed` is the reason; the lease ends when its work or its statement has ended. */
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
    bighti_sql_connection *connection; /* from receiving one until it loses it, or ends */
    bighti_sql_lease *parent;          /* the outer lease, while that has the connection; or NULL */
    bighti_sql_lease *inner;           /* an inner transaction that is under way */
    unsigned depth;                    /* number of outer transactions; if > 0, it is a savepoint */
    bight_error *failed; /* the first failed statement, or why the connection was lost */
};

/* -- Queries -- */

/* The error for requests to a failed lease; NULL if it has not failed. */
bight_error *bighti_sql_lease_why_failed(const bighti_sql_lease *lease);

/* Why a lease accepts no more statements; NULL if it accepts them. */
bight_error *bighti_sql_lease_refuse(const bighti_sql_lease *lease);

/* Why a work whose turn has come must not run; NULL if it may run. */
bight_error *bighti_sql_lease_check(const bighti_sql_work *work,
                                    const bighti_sql_connection *connection);

/* The outer lease that fails if the begin or end of this lease fails; NULL if there is none. */
bighti_sql_lease *bighti_sql_lease_spoilt(const bighti_sql_lease *lease);

/* Whether it has something open on its connection that a rollback would undo. */
bool bighti_sql_lease_is_open(const bighti_sql_lease *lease);

/* -- Events -- */

/* A statement of a lease has failed. */
void bighti_sql_lease_note(bighti_sql_lease *lease, const bight_error *error);
void bighti_sql_lease_note_work(const bighti_sql_work *work, const bight_error *error);

/* The lease receives a connection. */
void bighti_sql_lease_take(bighti_sql_lease *lease, bighti_sql_connection *connection);

/* The lease loses its connection. */
void bighti_sql_lease_lose(bighti_sql_lease *lease, const bight_error *reason);

#endif

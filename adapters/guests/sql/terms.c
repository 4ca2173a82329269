#include "terms.h"

/* -- Queries -- */

/* A lost connection keeps its status, so that a retry of the whole lease sees why it failed. */
bight_error *bighti_sql_lease_why_failed(const bighti_sql_lease *lease)
{
    bool lost;

    if (lease->failed == NULL)
        return NULL;
    lost = lease->connection == NULL && bight_error_get_status(lease->failed) == BIGHT_ERROR_RESET;
    return bight_error_new_caused(
        bight_error_ref(lease->failed), lost ? BIGHT_ERROR_RESET : BIGHT_ERROR_STATE, "%s %s",
        lease->is_transaction ? "the transaction" : "the session",
        lost || !lease->is_transaction ? "has lost its connection" : "has failed");
}

bight_error *bighti_sql_lease_refuse(const bighti_sql_lease *lease)
{
    if (lease->failed != NULL)
        return bighti_sql_lease_why_failed(lease);
    if (lease->phase != BIGHTI_SQL_WORKING)
        return bight_error_new(BIGHT_ERROR_STATE, "the transaction or session is over");
    if (lease->inner != NULL)
        return bight_error_new(BIGHT_ERROR_STATE, "a transaction in it is under way");
    if (lease->connection != NULL && lease->connection->seat.work != NULL &&
        lease->connection->seat.work->asking)
        return bight_error_new(BIGHT_ERROR_STATE, "a row function cannot use the transaction or "
                                                  "session whose rows it receives: its statement "
                                                  "would wait for the end of the rows");
    return NULL;
}

/* A transaction begins in another lease. */
static bight_error *begin_check(const bighti_sql_lease *parent,
                                const bighti_sql_connection *connection)
{
    if (parent->failed == NULL && !parent->is_transaction && connection->in_transaction)
        return bight_error_new(BIGHT_ERROR_STATE,
                               "the session has begun a transaction by a statement");
    return bighti_sql_lease_why_failed(parent);
}

bight_error *bighti_sql_lease_check(const bighti_sql_work *work,
                                    const bighti_sql_connection *connection)
{
    const bighti_sql_lease *lease = work->lease;

    if (lease == NULL)
        return NULL;
    if (work->begins)
        return lease->parent != NULL ? begin_check(lease->parent, connection) : NULL;
    return work->end == NULL || work->commits ? bighti_sql_lease_why_failed(lease) : NULL;
}

bighti_sql_lease *bighti_sql_lease_spoilt(const bighti_sql_lease *lease)
{
    return lease->depth > 0 ? lease->parent : NULL;
}

bool bighti_sql_lease_is_open(const bighti_sql_lease *lease)
{
    return lease->connection != NULL && lease->connection->in_transaction;
}

/* -- Events -- */

void bighti_sql_lease_note(bighti_sql_lease *lease, const bight_error *error)
{
    if (lease->failed == NULL && (lease->is_transaction || lease->connection == NULL))
        lease->failed = bight_error_ref(error);
}

/* A failure to set a savepoint makes the outer transaction fail. */
void bighti_sql_lease_note_work(const bighti_sql_work *work, const bight_error *error)
{
    bighti_sql_lease *lease = work->lease;

    if (lease != NULL && work->begins && lease->parent != NULL)
        lease = lease->parent;
    if (lease != NULL)
        bighti_sql_lease_note(lease, error);
}

void bighti_sql_lease_take(bighti_sql_lease *lease, bighti_sql_connection *connection)
{
    lease->connection = connection;
    connection->seat.lease = lease;
}

void bighti_sql_lease_lose(bighti_sql_lease *lease, const bight_error *reason)
{
    lease->connection = NULL;
    bighti_sql_lease_note(lease, reason);
}

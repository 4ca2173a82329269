/* A lease: one connection for a transaction or a session. It is a coroutine; what it waits for last
 * is that nothing of it is left on the connection, and a cancel cannot shorten that.
 *
 * Its own statements (begin, commit, rollback) are work within the library, one at a time: `own`.
 * The work points to the lease and the lease to the work, and whoever goes first tells the other.
 */
#include "database.h"
#include <base/check.h>
#include <stdlib.h>

void bighti_sql_lease_note(bighti_sql_lease *lease, const bight_error *error)
{
    if (lease->failed == NULL && (lease->is_transaction || lease->connection == NULL))
        lease->failed = bight_error_ref(error);
}

/* -- What is taken -- */

bight_error *bighti_sql_lease_why_failed(const bighti_sql_lease *lease)
{
    if (lease->failed == NULL)
        return NULL;
    return bight_error_new_caused(bight_error_ref(lease->failed), BIGHT_ERROR_STATE, "%s",
                                  lease->is_transaction ? "the transaction has failed"
                                                        : "the session has lost its connection");
}

bight_error *bighti_sql_lease_refuse(const bighti_sql_lease *lease)
{
    if (lease->failed != NULL)
        return bighti_sql_lease_why_failed(lease);
    if (lease->connection == NULL || lease->over)
        return bight_error_new(BIGHT_ERROR_STATE, "the transaction or session is over");
    return NULL;
}

/* -- The end -- */

static void wake(bighti_sql_lease *lease)
{
    bight_promise *end = lease->end;

    lease->end = NULL;
    if (end != NULL)
        bight_promise_fire(end, NULL, NULL);
}

/* The connection is free for others; the coroutine, if it waits for that, goes on and ends. */
static void let_go(bighti_sql_lease *lease)
{
    bighti_sql_connection *connection = lease->connection;

    lease->ended = true;
    lease->connection = NULL;
    if (connection != NULL) {
        connection->lease = NULL;
        bighti_sql_next(connection);
    }
    wake(lease);
}

static void end_with(bighti_sql_lease *lease, bool commits);

static void on_end(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    bighti_sql_lease *lease = work->lease;

    (void)changes;
    if (lease == NULL) {
        bight_error_unref(take_error);
        return;
    }
    lease->own = NULL;
    work->lease = NULL;
    if (take_error == NULL || !work->commits) {
        bight_error_unref(take_error);
        let_go(lease);
        return;
    }
    bight_result_free(lease->outcome);
    lease->outcome = bight_result_error(take_error);
    if (lease->connection != NULL && lease->connection->in_transaction)
        end_with(lease, false);
    else
        let_go(lease);
}

static void discard_connection(bighti_sql_lease *lease)
{
    bighti_sql_connection *connection = lease->connection;
    bight_error *error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "end of a transaction");
    bighti_link works;

    bighti_link_init(&works);
    bighti_sql_take_works(connection, &works, error);
    bighti_sql_close_connection(connection);
    bighti_sql_fail_works_with(&works, error);
    bight_error_unref(error);
    let_go(lease);
}

/* The last statement of the lease goes behind all others: commit, rollback, or, with a session,
 * nothing but the turn that is waited for. */
static void end_with(bighti_sql_lease *lease, bool commits)
{
    const bighti_sql_backend *backend = lease->sql.database->backend;
    const char *text = commits ? backend->commit : backend->rollback;
    bighti_sql_connection *connection = lease->connection;
    bighti_sql_work *work =
        bighti_sql_work_new(&lease->sql, lease->is_transaction ? text : NULL, NULL, 0);

    if (work == NULL) {
        discard_connection(lease);
        return;
    }
    lease->own = work;
    work->end = on_end;
    work->commits = commits;
    bighti_list_append(&connection->queue, &work->link);
    bighti_sql_next(connection);
}

/* What is left to do in a lease that is to be rolled back is not done. */
static void drop_rest(bighti_sql_lease *lease)
{
    bighti_sql_connection *connection = lease->connection;
    bight_error *error = bight_error_new(BIGHT_ERROR_CANCELLED, "%s was given up",
                                         lease->is_transaction ? "the transaction" : "the session");
    bighti_link *link;

    while ((link = bighti_list_pop(&connection->queue)) != NULL)
        bighti_sql_work_end_later(BIGHTI_CONTAINER(link, bighti_sql_work, link),
                                  bight_error_ref(error));
    if (connection->work != NULL)
        bighti_sql_work_stop(connection->work, error);
    else
        bight_error_unref(error);
}

static void close_up(bighti_sql_lease *lease)
{
    bool failed = lease->outcome.error != NULL;

    lease->over = true;
    if (lease->connection != NULL && failed)
        drop_rest(lease);
    if (lease->connection != NULL) {
        end_with(lease, !failed);
        return;
    }
    lease->ended = true;
    if (failed || lease->failed == NULL)
        return;
    bight_result_free(lease->outcome);
    lease->outcome = bight_result_error(bighti_sql_lease_why_failed(lease));
}

/* -- The way through -- */

static bight_deferred *begin(bighti_sql_lease *lease)
{
    const char *text = lease->is_transaction ? lease->sql.database->backend->begin : NULL;
    bighti_sql_work *work = bighti_sql_work_new(&lease->sql, text, NULL, 0);

    if (work == NULL)
        return NULL;
    work->begins = true;
    return bighti_sql_work_start(work, lease->where);
}

static void on_unheard(bight_promise *promise, void *data)
{
    bighti_sql_lease *lease = data;

    lease->end = NULL;
    bight_promise_free(promise);
}

/* Without memory nobody waits, and what is left ends by itself. */
static bight_deferred *wait_end(bighti_sql_lease *lease)
{
    bight_deferred *deferred = bight_deferred_new_at(&lease->end, lease->where);

    if (deferred != NULL)
        bight_promise_on_cancel(lease->end, on_unheard, lease);
    else
        lease->ended = true;
    return deferred;
}

static bight_result take_outcome(bighti_sql_lease *lease)
{
    bight_result outcome = lease->outcome;

    lease->outcome = bight_result_value(NULL);
    return outcome;
}

static bight_result run(bight_co *co, void *frame)
{
    bighti_sql_lease *lease = frame;

    BIGHT_CO_BEGIN(co);
    BIGHT_CO_TRY(co, begin(lease));
    BIGHT_CO_AWAIT(co, bight_deferred_of_at(lease->fn(&lease->sql, lease->data), lease->where));
    lease->outcome = bight_co_take(co);
    close_up(lease);
    while (!lease->ended)
        BIGHT_CO_AWAIT(co, wait_end(lease));
    return take_outcome(lease);
    BIGHT_CO_END(co);
}

/* -- Its life -- */

/* Nothing that is left on the connection may point here. */
static void detach(bighti_sql_lease *lease)
{
    bighti_sql_connection *connection = lease->connection;
    bighti_link *link = connection->queue.next;

    for (; link != &connection->queue; link = link->next)
        BIGHTI_CONTAINER(link, bighti_sql_work, link)->lease = NULL;
    if (connection->work != NULL)
        connection->work->lease = NULL;
    if (lease->own != NULL && lease->own != connection->work)
        lease->own->statement.text = connection->backend->rollback;
    connection->lease = NULL;
    bighti_sql_next(connection);
}

static void lease_free(void *frame)
{
    bighti_sql_lease *lease = frame;
    bighti_sql_database *database = lease->sql.database;

    if (lease->connection != NULL)
        detach(lease);
    if (lease->own != NULL)
        lease->own->lease = NULL;
    bight_error_unref(lease->failed);
    bight_result_free(lease->outcome);
    free(lease);
    bighti_sql_release(database);
}

static bight_deferred *start(bight_sql *sql, bool is_transaction, bight_sql_work_fn fn, void *data,
                             const char *where)
{
    bighti_sql_lease *lease;

    if (sql->lease != NULL)
        return bight_deferred_failed_at(
            bight_error_new(BIGHT_ERROR_STATE,
                            "a transaction or session holds no other transaction or session"),
            where);
    lease = calloc(1, sizeof(*lease));
    if (lease == NULL)
        return NULL;
    lease->sql = (bight_sql){sql->database, lease};
    lease->is_transaction = is_transaction;
    lease->fn = fn;
    lease->data = data;
    lease->where = where;
    lease->outcome = bight_result_value(NULL);
    bighti_sql_hold(sql->database);
    return bight_co_start_at(run, lease, &lease->co, lease_free, where);
}

bight_deferred *bight_sql_transaction_at(bight_sql *sql, bight_sql_work_fn fn, void *data,
                                         const char *where)
{
    return start(sql, true, fn, data, where);
}

bight_deferred *bight_sql_session_at(bight_sql *sql, bight_sql_work_fn fn, void *data,
                                     const char *where)
{
    return start(sql, false, fn, data, where);
}

/* A lease: one connection for a transaction or a session. It is a coroutine; what it waits for last
 * is that nothing of it is left on the connection, and a cancel cannot shorten that.
 *
 * Its own statements (begin, commit, rollback) are work within the library, one at a time: `own`.
 * The work points to the lease and the lease to the work, and whoever goes first tells the other.
 *
 * A transaction in another one is a savepoint of it, and a lease on the same connection: `parent`
 * and `inner`. The connection knows the innermost, which alone may run statements, so that what is
 * rolled back with a savepoint is what was asked of it. An outer one that is given up takes the
 * connection from those inside; one that is done waits for them. */
#include "database.h"
#include <base/check.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum lease_end {
    COMMIT,
    ROLL_BACK,
    FORGET /* a savepoint that was rolled back to is still there */
} lease_end;

void bighti_sql_lease_note(bighti_sql_lease *lease, const bight_error *error)
{
    if (lease->failed == NULL && (lease->is_transaction || lease->connection == NULL))
        lease->failed = bight_error_ref(error);
}

/* A savepoint that could not be set spoils what is around it. */
void bighti_sql_lease_note_work(const bighti_sql_work *work, const bight_error *error)
{
    bighti_sql_lease *lease = work->lease;

    if (lease != NULL && work->begins && lease->parent != NULL)
        lease = lease->parent;
    if (lease != NULL)
        bighti_sql_lease_note(lease, error);
}

/* -- What is taken -- */

/* The error of what is asked of a lease that has failed; NULL if it has not. */
static bight_error *why_failed(const bighti_sql_lease *lease)
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
        return why_failed(lease);
    if (lease->connection == NULL || lease->over)
        return bight_error_new(BIGHT_ERROR_STATE, "the transaction or session is over");
    if (lease->inner != NULL)
        return bight_error_new(BIGHT_ERROR_STATE, "a transaction in it is under way");
    return NULL;
}

/* A transaction begins in another lease. */
static bight_error *check_begin(const bighti_sql_lease *parent,
                                const bighti_sql_connection *connection)
{
    if (parent->failed == NULL && !parent->is_transaction && connection->in_transaction)
        return bight_error_new(BIGHT_ERROR_STATE,
                               "the session has begun a transaction by a statement");
    return why_failed(parent);
}

bight_error *bighti_sql_lease_check(const bighti_sql_work *work,
                                    const bighti_sql_connection *connection)
{
    const bighti_sql_lease *lease = work->lease;

    if (lease == NULL)
        return NULL;
    if (work->begins)
        return lease->parent != NULL ? check_begin(lease->parent, connection) : NULL;
    return work->end == NULL || work->commits ? why_failed(lease) : NULL;
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
    if (lease->parent != NULL)
        lease->parent->inner = NULL;
    if (connection != NULL) {
        connection->lease = lease->parent;
        bighti_sql_next(connection);
    }
    wake(lease);
}

static void end_with(bighti_sql_lease *lease, lease_end ending);

/* What it came to is an error now; whether there is something to roll back. */
static bool fail_commit(bighti_sql_lease *lease, bight_error *take_error)
{
    bool is_open = lease->connection != NULL && lease->connection->in_transaction;

    if (lease->depth > 0 && lease->parent != NULL && !is_open)
        bighti_sql_lease_note(lease->parent, take_error);
    bight_result_free(lease->outcome);
    lease->outcome = bight_result_error(take_error);
    return is_open;
}

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
    if (take_error != NULL && work->commits) {
        if (fail_commit(lease, take_error))
            end_with(lease, ROLL_BACK);
        else
            let_go(lease);
        return;
    }
    if (take_error != NULL && lease->depth > 0 && lease->parent != NULL)
        bighti_sql_lease_note(lease->parent, take_error);
    if (take_error == NULL && lease->depth > 0 && lease->connection != NULL &&
        lease->ending == ROLL_BACK)
        end_with(lease, FORGET);
    else
        let_go(lease);
    bight_error_unref(take_error);
}

static void discard_connection(bighti_sql_lease *lease)
{
    bighti_sql_connection *connection = lease->connection;
    bight_error *error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "end of a transaction");
    bighti_link works;

    bighti_link_init(&works);
    bighti_sql_take_works(connection, &works, error);
    bighti_sql_close_connection(connection);
    bighti_sql_fail_works(&works, error);
    bight_error_unref(error);
    let_go(lease);
}

/* Its own statement goes behind all others. False without memory. */
static bool append_own(bighti_sql_lease *lease, const char *text, bighti_sql_end_fn end,
                       bool begins)
{
    bighti_sql_connection *connection = lease->connection;
    bighti_sql_work *work = bighti_sql_work_new(&lease->sql, text, NULL, 0);

    if (work == NULL)
        return false;
    lease->own = work;
    work->end = end;
    work->begins = begins;
    work->commits = !begins && lease->ending == COMMIT;
    bighti_list_append(&connection->queue, &work->link);
    bighti_sql_next(connection);
    return true;
}

/* The last statement of the lease: commit, rollback, or, with a session, nothing but the turn that
 * is waited for. */
static void end_with(bighti_sql_lease *lease, lease_end ending)
{
    static const char *const verbs[] = {"release", "rollback to", "release"};
    const bighti_sql_backend *backend = lease->sql.database->backend;
    const char *text = ending == COMMIT ? backend->commit : backend->rollback;
    char savepoint[64];

    if (lease->depth > 0) {
        snprintf(savepoint, sizeof(savepoint), "%s savepoint bight_%u", verbs[ending],
                 lease->depth);
        text = savepoint;
    }
    lease->ending = (int)ending;
    if (!append_own(lease, lease->is_transaction ? text : NULL, on_end, false))
        discard_connection(lease);
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

/* Transactions in one that is rolled back have nothing left to commit. What runs for them is
 * stopped; they may be gone before it has ended. */
static void abandon_inner(bighti_sql_lease *lease)
{
    bighti_sql_connection *connection = lease->connection;
    bight_error *error;

    if (lease->inner == NULL)
        return;
    error = bight_error_new(BIGHT_ERROR_CANCELLED, "what is around the transaction was given up");
    lease->inner->parent = NULL;
    for (bighti_sql_lease *each = lease->inner; each != NULL; each = each->inner) {
        each->connection = NULL;
        bighti_sql_lease_note(each, error);
    }
    bight_error_unref(error);
    lease->inner = NULL;
    if (connection == NULL)
        return;
    connection->lease = lease;
    if (connection->work != NULL && connection->work->end == NULL)
        connection->work->lease = lease;
}

static void close_up(bighti_sql_lease *lease)
{
    bool failed = lease->outcome.error != NULL;

    lease->over = true;
    abandon_inner(lease);
    if (lease->connection != NULL && failed)
        drop_rest(lease);
    if (lease->connection != NULL) {
        end_with(lease, failed ? ROLL_BACK : COMMIT);
        return;
    }
    lease->ended = true;
    if (failed || lease->failed == NULL)
        return;
    bight_result_free(lease->outcome);
    lease->outcome = bight_result_error(why_failed(lease));
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

static void fail(bighti_sql_lease *lease, bight_error *take_error)
{
    bight_result_free(lease->outcome);
    lease->outcome = bight_result_error(take_error);
}

static void on_begun(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    bighti_sql_lease *lease = work->lease;

    (void)changes;
    if (lease == NULL) {
        bight_error_unref(take_error);
        return;
    }
    lease->own = NULL;
    work->lease = NULL;
    lease->begun = take_error == NULL && lease->connection != NULL;
    if (lease->begun) {
        wake(lease);
        return;
    }
    if (take_error == NULL)
        take_error = why_failed(lease);
    if (lease->outcome.error == NULL)
        fail(lease, take_error);
    else
        bight_error_unref(take_error);
    let_go(lease);
}

/* Behind what was asked of the parent before. */
static void begin_within(bighti_sql_lease *lease)
{
    char savepoint[32];

    snprintf(savepoint, sizeof(savepoint), "savepoint bight_%u", lease->depth);
    if (append_own(lease, lease->depth > 0 ? savepoint : lease->sql.database->backend->begin,
                   on_begun, true))
        return;
    fail(lease, bight_error_new(BIGHT_ERROR_NO_MEMORY, "begin a transaction: out of memory"));
    let_go(lease);
}

/* A statement that has gone out is not stopped: in the middle of a transaction that would end it.
 * It is undone when it has been done. */
static void cancel_begin(bighti_sql_lease *lease, bight_error *take_error)
{
    bighti_sql_work *own = lease->own;

    if (own != NULL && own->connection == NULL && bighti_link_is_linked(&own->link)) {
        bighti_link_unlink(&own->link);
        bighti_sql_work_end_later(own, bight_error_ref(take_error));
    }
    fail(lease, take_error);
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

static bight_error *take_wait_error(bight_co *co)
{
    bight_result result = bight_co_take(co);

    if (result.error == NULL)
        bight_result_free(result);
    return result.error;
}

static bight_result run(bight_co *co, void *frame)
{
    bighti_sql_lease *lease = frame;
    bight_error *error;

    BIGHT_CO_BEGIN(co);
    if (lease->parent != NULL) {
        begin_within(lease);
        while (!lease->begun && !lease->ended) {
            BIGHT_CO_AWAIT(co, wait_end(lease));
            error = take_wait_error(co);
            if (error != NULL)
                cancel_begin(lease, error);
        }
        if (lease->ended)
            return take_outcome(lease);
    } else {
        BIGHT_CO_TRY(co, begin(lease));
    }
    if (lease->outcome.error == NULL) {
        BIGHT_CO_AWAIT(co, bight_deferred_of_at(lease->fn(&lease->sql, lease->data), lease->where));
        lease->outcome = bight_co_take(co);
    }
    while (lease->outcome.error == NULL && lease->inner != NULL) {
        BIGHT_CO_AWAIT(co, wait_end(lease));
        error = take_wait_error(co);
        if (error != NULL)
            fail(lease, error);
    }
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
    if (connection->work != NULL && connection->work->lease == lease)
        connection->work->lease = NULL;
    if (lease->own != NULL && lease->own != connection->work)
        lease->own->statement.text = connection->backend->rollback;
    connection->lease = NULL;
    bighti_sql_next(connection);
}

/* The coroutine is over, with the connection still in its hands: for want of memory, or before it
 * began. What is around a savepoint cannot know what has become of it. */
static void drop_connection(bighti_sql_lease *lease)
{
    if (lease->parent == NULL)
        detach(lease);
    else if (lease->own == NULL)
        let_go(lease);
    else
        discard_connection(lease);
}

static void lease_free(void *frame)
{
    bighti_sql_lease *lease = frame, *parent;
    bighti_sql_database *database = lease->sql.database;

    if (lease->connection != NULL)
        drop_connection(lease);
    if (lease->own != NULL)
        lease->own->lease = NULL;
    if (lease->inner != NULL)
        lease->inner->parent = NULL;
    parent = lease->parent;
    if (parent != NULL && parent->inner == lease)
        parent->inner = NULL;
    bight_error_unref(lease->failed);
    bight_result_free(lease->outcome);
    free(lease);
    if (parent != NULL)
        wake(parent);
    bighti_sql_release(database);
}

/* It has the connection from now on, and its first statement is behind those of the parent. */
static void enter(bighti_sql_lease *lease, bighti_sql_lease *parent)
{
    lease->parent = parent;
    lease->depth = parent->is_transaction ? parent->depth + 1 : 0;
    lease->connection = parent->connection;
    lease->connection->lease = lease;
    parent->inner = lease;
}

static bight_error *refuse(const bight_sql *sql, bool is_transaction)
{
    if (sql->lease == NULL)
        return NULL;
    if (!is_transaction)
        return bight_error_new(BIGHT_ERROR_STATE, "a transaction or session holds no session");
    return bighti_sql_lease_refuse(sql->lease);
}

static bight_deferred *start(bight_sql *sql, bool is_transaction, bight_sql_work_fn fn, void *data,
                             const char *where)
{
    bight_error *error = refuse(sql, is_transaction);
    bighti_sql_lease *lease;

    if (error != NULL)
        return bight_deferred_failed_at(error, where);
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
    if (sql->lease != NULL)
        enter(lease, sql->lease);
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

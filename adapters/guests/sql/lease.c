/* A lease: one connection for a transaction or a session. It is a coroutine. Last, it waits until
 * nothing of it is left on the connection, and a cancel cannot shorten that wait. terms.h
 * describes its phases.
 *
 * Its own statements (begin, commit, rollback) are internal work, one at a time: `own`. The work
 * and the lease point to each other, and whichever is freed first clears the other's pointer.
 *
 * A nested transaction is a savepoint, and a lease on the same connection: `parent` and `inner`.
 * The connection points to the innermost lease. Only that lease may run statements, so a rollback
 * to a savepoint undoes exactly its own statements. An outer lease that is given up takes the
 * connection from the inner ones; an outer lease whose work is done waits for them.
 *
 * lease_close() begins the end, lease_end() is the end, and the drop functions discard what
 * remains. */
#include "ask.h"
#include "pool.h"
#include "terms.h"
#include <base/check.h>
#include <bight/coroutine.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct lease {
    bighti_sql_lease terms;
    bight_co co;
    bight_promise *waiting; /* fires when the phase has changed, or the inner lease has ended */
    bighti_sql_work *own;   /* its own statement, while it is under way */
    bight_result outcome;   /* the result of the lease */
    bight_sql_work_fn fn;
    void *data;
    const char *where;
} lease;

static lease *lease_of(bighti_sql_lease *terms)
{
    return BIGHTI_CONTAINER(terms, lease, terms);
}

static void outcome_fail(lease *self, bight_error *take_error)
{
    bight_result_free(self->outcome);
    self->outcome = bight_result_error(take_error);
}

static bight_result outcome_take(lease *self)
{
    bight_result outcome = self->outcome;

    self->outcome = bight_result_value(NULL);
    return outcome;
}

/* -- Waiting -- */

static void lease_wake(lease *self)
{
    bight_promise *waiting = self->waiting;

    self->waiting = NULL;
    if (waiting != NULL)
        bight_promise_fire(waiting, NULL, NULL);
}

static void on_unheard(bight_promise *promise, void *data)
{
    lease *self = data;

    self->waiting = NULL;
    bight_promise_free(promise);
}

/* When out of memory, this ends the coroutine, and lease_free() cleans up. */
static bight_deferred *lease_wait(lease *self)
{
    bight_deferred *deferred = bight_deferred_new_at(&self->waiting, self->where);

    if (deferred != NULL)
        bight_promise_on_cancel(self->waiting, on_unheard, self);
    return deferred;
}

static bight_error *wait_error_take(bight_co *co)
{
    bight_result result = bight_co_take(co);

    if (result.error == NULL)
        bight_result_free(result);
    return result.error;
}

/* -- The end -- */

/* The connection becomes free for the outer lease or for others. If the coroutine waits for that,
 * it resumes and ends. */
static void lease_end(lease *self)
{
    bighti_sql_lease *terms = &self->terms;
    bighti_sql_connection *connection = terms->connection;

    terms->phase = BIGHTI_SQL_ENDED;
    terms->connection = NULL;
    if (terms->parent != NULL)
        terms->parent->inner = NULL;
    if (connection != NULL) {
        connection->seat.lease = terms->parent;
        bighti_sql_next(connection);
    }
    lease_wake(self);
}

/* When out of memory, closing the connection is the only way to be sure that the transaction is
 * rolled back. */
static void connection_drop(lease *self)
{
    bighti_sql_connection *connection = self->terms.connection;
    bight_error *error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "end of a transaction");
    bighti_link works;

    bighti_link_init(&works);
    bighti_sql_take_works(connection, &works, error);
    bighti_sql_close_connection(connection);
    bighti_sql_works_end(&works, error);
    bight_error_unref(error);
    lease_end(self);
}

/* Queue its own statement behind all others. Returns false when out of memory. */
static bool own_send(lease *self, const char *text, bighti_sql_end_fn end)
{
    bighti_sql_work *work = bighti_sql_work_new(&self->terms.sql, text, NULL, 0);

    if (work == NULL)
        return false;
    self->own = work;
    work->end = end;
    work->begins = self->terms.phase == BIGHTI_SQL_BEGINNING;
    work->commits = self->terms.phase == BIGHTI_SQL_COMMITTING;
    bighti_sql_append(self->terms.connection, work);
    return true;
}

/* The lease's own statement is over. Returns the lease, or NULL if it no longer exists. */
static lease *own_take(bighti_sql_work *work)
{
    bighti_sql_lease *terms = work->lease;

    if (terms == NULL)
        return NULL;
    work->lease = NULL;
    lease_of(terms)->own = NULL;
    return lease_of(terms);
}

static void lease_on_ended(bighti_sql_work *work, bight_error *take_error, int64_t changes);

/* Enter a phase that ends with a statement, and send that statement. A session has none and only
 * waits for its turn in the queue. */
static void phase_begin(lease *self, bighti_sql_phase phase)
{
    const bighti_sql_lease *terms = &self->terms;
    const bighti_sql_backend *backend = terms->sql.database->backend;
    const char *text = phase == BIGHTI_SQL_COMMITTING ? backend->commit : backend->rollback;
    char savepoint[64];

    if (terms->depth > 0) {
        snprintf(savepoint, sizeof(savepoint), "%s savepoint bight_%u",
                 phase == BIGHTI_SQL_ROLLING_BACK ? "rollback to" : "release", terms->depth);
        text = savepoint;
    }
    self->terms.phase = phase;
    if (!own_send(self, terms->is_transaction ? text : NULL, lease_on_ended))
        connection_drop(self);
}

/* The result of the lease becomes an error. */
static void commit_fail(lease *self, bight_error *take_error)
{
    bighti_sql_lease *around = bighti_sql_lease_spoilt(&self->terms);
    bool is_open = bighti_sql_lease_is_open(&self->terms);

    if (around != NULL && !is_open)
        bighti_sql_lease_note(around, take_error);
    outcome_fail(self, take_error);
    if (is_open)
        phase_begin(self, BIGHTI_SQL_ROLLING_BACK);
    else
        lease_end(self);
}

/* Whether a savepoint has been rolled back to, and is still there. */
static bool has_savepoint_left(const bighti_sql_lease *terms)
{
    return terms->phase == BIGHTI_SQL_ROLLING_BACK && terms->depth > 0 && terms->connection != NULL;
}

static void lease_on_ended(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    lease *self = own_take(work);
    bighti_sql_lease *around = self != NULL ? bighti_sql_lease_spoilt(&self->terms) : NULL;

    (void)changes;
    if (self != NULL && take_error != NULL && self->terms.phase == BIGHTI_SQL_COMMITTING) {
        commit_fail(self, take_error);
        return;
    }
    if (take_error != NULL && around != NULL)
        bighti_sql_lease_note(around, take_error);
    if (self != NULL && take_error == NULL && has_savepoint_left(&self->terms))
        phase_begin(self, BIGHTI_SQL_RELEASING);
    else if (self != NULL)
        lease_end(self);
    bight_error_unref(take_error);
}

/* Drop the remaining work of a lease that will be rolled back. User code runs. */
static void rest_drop(bighti_sql_lease *terms)
{
    bighti_sql_connection *connection = terms->connection;
    bight_error *error = bight_error_new(BIGHT_ERROR_CANCELLED, "%s was given up",
                                         terms->is_transaction ? "the transaction" : "the session");
    bighti_link *link;

    while ((link = bighti_list_pop(&connection->seat.queue)) != NULL)
        bighti_sql_work_end_later(BIGHTI_CONTAINER(link, bighti_sql_work, link),
                                  bight_error_ref(error));
    if (connection->seat.work != NULL)
        bighti_sql_work_stop(connection->seat.work, error);
    else
        bight_error_unref(error);
}

/* Inner transactions of one that is rolled back have nothing left to commit. Their running work is
 * stopped; they may be freed before it has ended. */
static void inner_drop(bighti_sql_lease *terms)
{
    bighti_sql_connection *connection = terms->connection;
    bight_error *error;

    if (terms->inner == NULL)
        return;
    error = bight_error_new(BIGHT_ERROR_CANCELLED, "the outer transaction was given up");
    terms->inner->parent = NULL;
    for (bighti_sql_lease *each = terms->inner; each != NULL; each = each->inner)
        bighti_sql_lease_lose(each, error);
    bight_error_unref(error);
    terms->inner = NULL;
    if (connection == NULL)
        return;
    connection->seat.lease = terms;
    if (connection->seat.work != NULL && connection->seat.work->end == NULL)
        connection->seat.work->lease = terms;
}

/* From here on the lease accepts no statements. */
static void lease_close(lease *self)
{
    bighti_sql_lease *terms = &self->terms;
    bool failed = self->outcome.error != NULL;

    terms->phase = failed ? BIGHTI_SQL_ROLLING_BACK : BIGHTI_SQL_COMMITTING;
    inner_drop(terms);
    if (failed && terms->connection != NULL)
        rest_drop(terms);
    if (terms->connection != NULL) {
        phase_begin(self, terms->phase);
        return;
    }
    terms->phase = BIGHTI_SQL_ENDED;
    if (!failed && terms->failed != NULL)
        outcome_fail(self, bighti_sql_lease_why_failed(terms));
}

/* -- The beginning -- */

static bight_deferred *begin_ask(lease *self)
{
    const bighti_sql_lease *terms = &self->terms;
    const char *text = terms->is_transaction ? terms->sql.database->backend->begin : NULL;
    bighti_sql_work *work = bighti_sql_work_new(&self->terms.sql, text, NULL, 0);

    if (work == NULL)
        return NULL;
    work->begins = true;
    return bighti_sql_ask(work, self->where);
}

static void on_begun(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    lease *self = own_take(work);

    (void)changes;
    if (self == NULL) {
        bight_error_unref(take_error);
        return;
    }
    if (take_error == NULL && self->terms.connection != NULL) {
        self->terms.phase = BIGHTI_SQL_WORKING;
        lease_wake(self);
        return;
    }
    if (take_error == NULL)
        take_error = bighti_sql_lease_why_failed(&self->terms);
    if (self->outcome.error == NULL)
        outcome_fail(self, take_error);
    else
        bight_error_unref(take_error);
    lease_end(self);
}

/* Queue the begin behind earlier statements of the parent. */
static void begin_within(lease *self)
{
    const bighti_sql_lease *terms = &self->terms;
    char savepoint[32];

    snprintf(savepoint, sizeof(savepoint), "savepoint bight_%u", terms->depth);
    if (own_send(self, terms->depth > 0 ? savepoint : terms->sql.database->backend->begin,
                 on_begun))
        return;
    outcome_fail(self,
                 bight_error_new(BIGHT_ERROR_NO_MEMORY, "begin a transaction: out of memory"));
    lease_end(self);
}

/* A begin statement that was sent is not stopped, because inside a transaction that would end the
 * transaction. It is undone after it has completed. */
static void begin_cancel(lease *self, bight_error *take_error)
{
    bighti_sql_work *own = self->own;

    if (own != NULL && own->connection == NULL && bighti_link_is_linked(&own->link)) {
        bighti_link_unlink(&own->link);
        bighti_sql_work_end_later(own, bight_error_ref(take_error));
    }
    outcome_fail(self, take_error);
}

/* -- The coroutine -- */

static bight_result lease_run(bight_co *co, void *frame)
{
    lease *self = frame;
    bighti_sql_lease *terms = &self->terms;
    bight_error *error;

    BIGHT_CO_BEGIN(co);
    if (terms->parent != NULL) {
        begin_within(self);
        while (terms->phase == BIGHTI_SQL_BEGINNING) {
            BIGHT_CO_AWAIT(co, lease_wait(self));
            error = wait_error_take(co);
            if (error != NULL)
                begin_cancel(self, error);
        }
        if (terms->phase == BIGHTI_SQL_ENDED)
            return outcome_take(self);
    } else {
        BIGHT_CO_TRY(co, begin_ask(self));
        terms->phase = BIGHTI_SQL_WORKING;
    }
    if (self->outcome.error == NULL) {
        BIGHT_CO_AWAIT(co, bight_deferred_of_at(self->fn(&terms->sql, self->data), self->where));
        self->outcome = bight_co_take(co);
    }
    while (self->outcome.error == NULL && terms->inner != NULL) {
        BIGHT_CO_AWAIT(co, lease_wait(self));
        error = wait_error_take(co);
        if (error != NULL)
            outcome_fail(self, error);
    }
    lease_close(self);
    while (terms->phase != BIGHTI_SQL_ENDED)
        BIGHT_CO_AWAIT(co, lease_wait(self));
    return outcome_take(self);
    BIGHT_CO_END(co);
}

/* -- Lifetime -- */

/* No work that is left on the connection may point to this lease. */
static void works_leave(lease *self)
{
    bighti_sql_connection *connection = self->terms.connection;
    bighti_sql_work *running = connection->seat.work;
    bighti_link *link = connection->seat.queue.next;

    for (; link != &connection->seat.queue; link = link->next)
        BIGHTI_CONTAINER(link, bighti_sql_work, link)->lease = NULL;
    if (running != NULL && running->lease == &self->terms)
        running->lease = NULL;
    if (self->own != NULL && self->own != running)
        self->own->statement.text = connection->backend->rollback;
    connection->seat.lease = NULL;
    bighti_sql_next(connection);
}

/* The coroutine has ended while it still holds the connection: it ran out of memory, or it never
 * began. The outer lease cannot know the state of a savepoint then. */
static void lease_drop(lease *self)
{
    if (self->terms.parent == NULL)
        works_leave(self);
    else if (self->own == NULL)
        lease_end(self);
    else
        connection_drop(self);
}

static void lease_free(void *frame)
{
    lease *self = frame;
    bighti_sql_lease *terms = &self->terms, *parent;
    bighti_sql_database *database = terms->sql.database;

    if (terms->connection != NULL)
        lease_drop(self);
    if (self->own != NULL)
        self->own->lease = NULL;
    if (terms->inner != NULL)
        terms->inner->parent = NULL;
    parent = terms->parent;
    if (parent != NULL && parent->inner == terms)
        parent->inner = NULL;
    bight_error_unref(terms->failed);
    bight_result_free(self->outcome);
    free(self);
    if (parent != NULL)
        lease_wake(lease_of(parent));
    bighti_sql_release(database);
}

/* From now on the lease has the connection. Its first statement is queued behind those of the
 * parent. */
static void lease_enter(bighti_sql_lease *terms, bighti_sql_lease *parent)
{
    terms->parent = parent;
    terms->depth = parent->is_transaction ? parent->depth + 1 : 0;
    bighti_sql_lease_take(terms, parent->connection);
    parent->inner = terms;
}

static bight_error *lease_refuse(const bight_sql *sql, bool is_transaction)
{
    if (sql->lease == NULL)
        return NULL;
    if (!is_transaction)
        return bight_error_new(BIGHT_ERROR_STATE, "a transaction or session holds no session");
    return bighti_sql_lease_refuse(sql->lease);
}

static bight_deferred *lease_start(bight_sql *sql, bool is_transaction, bight_sql_work_fn fn,
                                   void *data, const char *where)
{
    bight_error *error = lease_refuse(sql, is_transaction);
    lease *self;

    if (error != NULL)
        return bight_deferred_failed_at(error, where);
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return NULL;
    self->terms.sql = (bight_sql){sql->database, &self->terms};
    self->terms.is_transaction = is_transaction;
    self->fn = fn;
    self->data = data;
    self->where = where;
    self->outcome = bight_result_value(NULL);
    bighti_sql_hold(sql->database);
    if (sql->lease != NULL)
        lease_enter(&self->terms, sql->lease);
    return bight_co_start_at(lease_run, self, &self->co, lease_free, where);
}

bight_deferred *bight_sql_transaction_at(bight_sql *sql, bight_sql_work_fn fn, void *data,
                                         const char *where)
{
    return lease_start(sql, true, fn, data, where);
}

bight_deferred *bight_sql_session_at(bight_sql *sql, bight_sql_work_fn fn, void *data,
                                     const char *where)
{
    return lease_start(sql, false, fn, data, where);
}

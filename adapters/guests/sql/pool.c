#include "pool.h"
#include "split.h"
#include <base/check.h>
#include <stdlib.h>

enum { CONNECTING, OPEN, CLOSING };

/* -- Giving out connections -- */

static void idle_put(bighti_sql_connection *connection)
{
    bighti_list_append(&connection->sql->database->idle, &connection->seat.idle);
    connection->sql->database->idle_count++;
}

static bighti_sql_connection *idle_take(bighti_sql_database *database)
{
    /* Use the most recently used connection: its caches are warm, and the others may be closed. */
    bighti_link *link = database->idle.previous;

    if (link == &database->idle)
        return NULL;
    bighti_link_unlink(link);
    database->idle_count--;
    return BIGHTI_CONTAINER(link, bighti_sql_connection, seat.idle);
}

static bighti_sql_work *waiting_take(bighti_sql_database *database)
{
    bighti_link *link = bighti_list_pop(&database->waiting);
    bighti_sql_work *work;

    if (link == NULL)
        return NULL;
    database->waiting_count--;
    work = BIGHTI_CONTAINER(link, bighti_sql_work, link);
    work->waiting = false;
    return work;
}

static void lease_pool_work_give(bighti_sql_connection *connection, bighti_sql_work *work)
{
    if (work->begins)
        bighti_sql_lease_take(work->lease, connection);
    bighti_sql_append(connection, work);
}

/* Returns false if no connection can be made now. */
static bool connection_make(bighti_sql_database *database)
{
    bighti_sql_connection *connection =
        database->backend->connect(&database->sql, database->opened.owner);
    bighti_sql_work *work;

    if (connection != NULL) {
        bighti_list_append(&database->connections, &connection->seat.link);
        database->connection_count++;
        database->connecting_count++;
        return true;
    }
    /* Without a connection, nothing else would wake the waiters. */
    while (database->connection_count == 0 && (work = waiting_take(database)) != NULL)
        bighti_sql_work_end_later(
            work, bight_error_new(BIGHT_ERROR_NO_MEMORY, "connect to database: out of memory"));
    return false;
}

void bighti_sql_serve(bighti_sql_database *database)
{
    if (bighti_sql_is_inherited(database))
        return;
    while (!database->closed && database->waiting_count > 0) {
        bighti_sql_connection *connection = idle_take(database);

        if (connection != NULL)
            lease_pool_work_give(connection, waiting_take(database));
        else if (database->connection_count >= database->opened.connections ||
                 database->connecting_count >= database->waiting_count ||
                 !connection_make(database))
            return;
    }
}

/* -- The limit of waiting -- */

/* How long the timer rests while all that is overdue waits for an attempt to connect. */
#define REST_WHILE_CONNECTING BIGHT_MSEC(100)

static void wait_timer_start(bighti_sql_database *database, uint64_t deadline)
{
    uint64_t now = bight_reactor_now(database->reactor);

    database->timing = deadline != BIGHT_NEVER;
    if (database->timing)
        bight_timer_start(database->timer, deadline > now ? deadline - now : 0);
}

void bighti_sql_limit_wait(bighti_sql_work *work)
{
    bighti_sql_database *database = work->database;
    uint64_t now = bight_reactor_now(database->reactor), limit = database->options.wait_timeout;

    work->deadline = limit < BIGHT_NEVER - now ? now + limit : BIGHT_NEVER;
    if (!database->timing)
        wait_timer_start(database, work->deadline);
}

static void work_end_overdue(bighti_sql_work *work)
{
    bighti_link_unlink(&work->link);
    work->waiting = false;
    work->database->waiting_count--;
    bighti_sql_work_end_later(
        work, bight_error_new(BIGHT_ERROR_TIMED_OUT,
                              "all %u connections of the database were in use for too long",
                              work->database->connection_count));
}

/* Works wait in the order of their deadlines. Those in front, for which a connection is being made,
 * are limited by the time for that. */
void bighti_sql_on_wait_over(bight_timer *timer, void *data)
{
    bighti_sql_database *database = data;
    uint64_t now = bight_reactor_now(database->reactor);
    unsigned connecting = database->connecting_count;
    bighti_link *link = database->waiting.next, *next;

    (void)timer;
    database->timing = false;
    for (; link != &database->waiting; link = next) {
        bighti_sql_work *work = BIGHTI_CONTAINER(link, bighti_sql_work, link);

        next = link->next;
        if (connecting > 0) {
            connecting--;
        } else if (work->deadline > now) {
            wait_timer_start(database, work->deadline);
            return;
        } else {
            work_end_overdue(work);
        }
    }
    if (database->waiting_count > 0)
        wait_timer_start(database, now + REST_WHILE_CONNECTING);
}

/* -- A connection's queue -- */

/* A statement that began a transaction by itself, or a dropped lease, left a transaction open. */
static void on_tidied(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    (void)work;
    (void)changes;
    bight_error_unref(take_error);
}

/* Roll back a leftover transaction. A connection that cannot do that is unusable. */
static void connection_tidy(bighti_sql_connection *connection)
{
    bighti_sql_work *work = NULL;

    if (!connection->seat.tidied)
        work = bighti_sql_work_new(connection->sql, connection->backend->rollback, NULL, 0);
    if (work == NULL) {
        bighti_sql_close_connection(connection);
        return;
    }
    work->end = on_tidied;
    connection->seat.tidied = true;
    bighti_sql_append(connection, work);
}

/* The next user must not find settings, temporary tables or locks of the last one. This costs
 * nothing for statements that do no such thing, which are nearly all. */
static void connection_reset(bighti_sql_connection *connection)
{
    bighti_sql_work *work =
        bighti_sql_work_new(connection->sql, connection->backend->reset, NULL, 0);

    if (work == NULL) {
        bighti_sql_close_connection(connection);
        return;
    }
    work->end = on_tidied;
    work->statement.resets = true;
    connection->seat.touched = false;
    bighti_sql_append(connection, work);
}

static void connection_give_back(bighti_sql_connection *connection)
{
    if (connection->in_transaction) {
        connection_tidy(connection);
        return;
    }
    if (connection->seat.touched) {
        connection_reset(connection);
        return;
    }
    connection->seat.tidied = false;
    idle_put(connection);
    bighti_sql_serve(connection->sql->database);
}

/* Returns whether the work runs now. If not, its end is scheduled. */
static bool work_run(bighti_sql_connection *connection, bighti_sql_work *work)
{
    bight_error *error = bighti_sql_check_process(work->database);

    if (error == NULL)
        error = bighti_sql_lease_check(work, connection);
    if (error == NULL && work->statement.text != NULL) {
        connection->seat.work = work;
        work->connection = connection;
        if (work->end == NULL && !connection->seat.touched)
            connection->seat.touched = bighti_sql_touches_session(work->statement.text);
        error = connection->backend->run(connection, &work->statement);
        if (error == NULL)
            return true;
        connection->seat.work = NULL;
        work->connection = NULL;
        bighti_sql_lease_note_work(work, error);
    }
    bighti_sql_work_end_later(work, error);
    return false;
}

void bighti_sql_next(bighti_sql_connection *connection)
{
    bighti_link *link;

    if (connection->seat.state != OPEN || connection->seat.work != NULL)
        return;
    while ((link = bighti_list_pop(&connection->seat.queue)) != NULL)
        if (work_run(connection, BIGHTI_CONTAINER(link, bighti_sql_work, link)))
            return;
    if (connection->seat.lease == NULL)
        connection_give_back(connection);
}

void bighti_sql_append(bighti_sql_connection *connection, bighti_sql_work *take_work)
{
    bighti_list_append(&connection->seat.queue, &take_work->link);
    bighti_sql_next(connection);
}

/* -- The end of a connection -- */

void bighti_sql_close_connection(bighti_sql_connection *connection)
{
    bighti_sql_database *database = connection->sql->database;

    /* In a forked child, a close that the parent has begun never completes. */
    if (connection->seat.state == CLOSING && !bighti_sql_is_inherited(database))
        return;
    if (connection->seat.state == CONNECTING)
        database->connecting_count--;
    if (bighti_link_is_linked(&connection->seat.idle)) {
        bighti_link_unlink(&connection->seat.idle);
        database->idle_count--;
    }
    connection->seat.state = CLOSING;
    connection->backend->close(connection);
}

void bighti_sql_take_works(bighti_sql_connection *connection, bighti_link *works,
                           const bight_error *reason)
{
    bighti_sql_lease *lease = connection->seat.lease;
    bighti_sql_work *work = connection->seat.work;

    if (work != NULL) {
        connection->seat.work = NULL;
        work->connection = NULL;
        bighti_link_unlink(&work->ready);
        bighti_list_append(works, &work->link);
        bighti_sql_work_enter(work);
        connection->seat.kept = work;
    }
    bighti_list_splice(works, &connection->seat.queue);
    connection->seat.lease = NULL;
    for (; lease != NULL; lease = lease->parent)
        bighti_sql_lease_lose(lease, reason);
}

/* -- Reports -- */

void bighti_sql_connection_init(bighti_sql_connection *connection,
                                const bighti_sql_backend *backend, bight_sql *sql, void *owner)
{
    *connection = (bighti_sql_connection){.backend = backend, .sql = sql, .owner = owner};
    connection->seat.state = CONNECTING;
    bighti_link_init(&connection->seat.link);
    bighti_link_init(&connection->seat.idle);
    bighti_link_init(&connection->seat.queue);
}

void bighti_sql_connected(bighti_sql_connection *connection)
{
    BIGHTI_REQUIRE(connection->seat.state == CONNECTING, "connected twice");
    connection->seat.state = OPEN;
    connection->sql->database->connecting_count--;
    bighti_sql_next(connection);
}

void bighti_sql_lost(bighti_sql_connection *connection, bight_error *take_error)
{
    bighti_sql_database *database = connection->sql->database;
    bool connecting = connection->seat.state == CONNECTING;
    bighti_sql_work *work;
    bighti_link works;

    bighti_link_init(&works);
    bighti_sql_hold(database);
    bighti_sql_take_works(connection, &works, take_error);
    /* The attempt was made for the work that has waited longest. The close may serve those that
     * wait, and must not make another attempt for this one: its failure would end a later work. */
    if (connecting && (work = waiting_take(database)) != NULL)
        bighti_list_append(&works, &work->link);
    bighti_sql_close_connection(connection);
    bighti_sql_serve(database);
    bighti_sql_works_end(&works, take_error);
    bight_error_unref(take_error);
    bighti_sql_release(database);
}

void bighti_sql_closed(bighti_sql_connection *connection)
{
    bighti_sql_database *database = connection->sql->database;

    BIGHTI_REQUIRE(connection->seat.state == CLOSING, "closed without being asked");
    bighti_link_unlink(&connection->seat.link);
    database->connection_count--;
    if (connection->seat.kept != NULL && bighti_sql_work_leave(connection->seat.kept))
        connection->seat.kept = NULL;
    bighti_sql_hold(database);
    bighti_sql_serve(database);
    bighti_sql_release(database);
}

/* A statement must not leave a transaction open that nobody will end. */
static bight_error *work_check_end(const bighti_sql_connection *connection, bighti_sql_work *work,
                                   bight_error *take_error)
{
    if (work->error != NULL) {
        bight_error_unref(take_error);
        take_error = work->error;
        work->error = NULL;
    }
    if (take_error == NULL && connection->seat.lease == NULL && connection->in_transaction &&
        work->promise != NULL)
        return bight_error_new(BIGHT_ERROR_STATE, "a transaction is begun by "
                                                  "bight_sql_transaction()");
    return take_error;
}

static void work_report_end(bighti_sql_connection *connection, bight_error *take_error,
                            int64_t changes)
{
    bighti_sql_database *database = connection->sql->database;
    bighti_sql_work *work = connection->seat.work;
    bight_error *error = work_check_end(connection, work, take_error);

    connection->seat.work = NULL;
    work->connection = NULL;
    if (error != NULL)
        bighti_sql_lease_note_work(work, error);
    bighti_sql_hold(database);
    bighti_sql_next(connection);
    bighti_sql_work_end(work, error, changes);
    bighti_sql_release(database);
}

void bighti_sql_done(bighti_sql_connection *connection, int64_t changes)
{
    work_report_end(connection, NULL, changes);
}

void bighti_sql_failed(bighti_sql_connection *connection, bight_error *take_error)
{
    work_report_end(connection, take_error, 0);
}

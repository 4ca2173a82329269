#include "database.h"
#include <base/check.h>
#include <stdlib.h>

/* -- Giving out connections -- */

static void put_idle(bighti_sql_connection *connection)
{
    bighti_list_append(&connection->sql->database->idle, &connection->idle);
    connection->sql->database->idle_count++;
}

static bighti_sql_connection *take_idle(bighti_sql_database *database)
{
    /* The one that was used last: what it knows is warm, and others may be given up. */
    bighti_link *link = database->idle.previous;

    if (link == &database->idle)
        return NULL;
    bighti_link_unlink(link);
    database->idle_count--;
    return BIGHTI_CONTAINER(link, bighti_sql_connection, idle);
}

static bighti_sql_work *take_waiting(bighti_sql_database *database)
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

static void give(bighti_sql_connection *connection, bighti_sql_work *work)
{
    if (work->begins) {
        connection->lease = work->lease;
        work->lease->connection = connection;
    }
    bighti_list_append(&connection->queue, &work->link);
    bighti_sql_next(connection);
}

/* False if none can be made now. */
static bool make_connection(bighti_sql_database *database)
{
    bighti_sql_connection *connection =
        database->backend->connect(&database->sql, database->opened.owner);
    bighti_sql_work *work;

    if (connection != NULL) {
        bighti_list_append(&database->connections, &connection->link);
        database->connection_count++;
        database->connecting_count++;
        return true;
    }
    /* Somebody has to wake up those who wait. */
    while (database->connection_count == 0 && (work = take_waiting(database)) != NULL)
        bighti_sql_work_end_later(
            work, bight_error_new(BIGHT_ERROR_NO_MEMORY, "connect to database: out of memory"));
    return false;
}

void bighti_sql_serve(bighti_sql_database *database)
{
    if (bighti_sql_is_inherited(database))
        return;
    while (!database->closed && database->waiting_count > 0) {
        bighti_sql_connection *connection = take_idle(database);

        if (connection != NULL)
            give(connection, take_waiting(database));
        else if (database->connection_count >= database->opened.connections ||
                 database->connecting_count >= database->waiting_count ||
                 !make_connection(database))
            return;
    }
}

/* -- A connection's queue -- */

/* A statement that began a transaction by itself, or a lease that was dropped, left one behind. */
static void on_tidied(bighti_sql_work *work, bight_error *take_error, int64_t changes)
{
    (void)work;
    (void)changes;
    bight_error_unref(take_error);
}

/* What is left over is rolled back; a connection that cannot do that is of no use. */
static void tidy(bighti_sql_connection *connection)
{
    bighti_sql_work *work = NULL;

    if (!connection->tidied)
        work = bighti_sql_work_new(connection->sql, connection->backend->rollback, NULL, 0);
    if (work == NULL) {
        bighti_sql_close_connection(connection);
        return;
    }
    work->end = on_tidied;
    connection->tidied = true;
    bighti_list_append(&connection->queue, &work->link);
    bighti_sql_next(connection);
}

static void give_back(bighti_sql_connection *connection)
{
    if (connection->in_transaction) {
        tidy(connection);
        return;
    }
    connection->tidied = false;
    put_idle(connection);
    bighti_sql_serve(connection->sql->database);
}

/* Whether it runs now; if not, its end is on the way. */
static bool start(bighti_sql_connection *connection, bighti_sql_work *work)
{
    bight_error *error = bighti_sql_check_process(work->database);

    if (error == NULL)
        error = bighti_sql_lease_check(work, connection);
    if (error == NULL && work->statement.text != NULL) {
        connection->work = work;
        work->connection = connection;
        error = connection->backend->run(connection, &work->statement);
        if (error == NULL)
            return true;
        connection->work = NULL;
        work->connection = NULL;
        bighti_sql_lease_note_work(work, error);
    }
    bighti_sql_work_end_later(work, error);
    return false;
}

void bighti_sql_next(bighti_sql_connection *connection)
{
    bighti_link *link;

    if (connection->state != BIGHTI_SQL_OPEN || connection->work != NULL)
        return;
    while ((link = bighti_list_pop(&connection->queue)) != NULL)
        if (start(connection, BIGHTI_CONTAINER(link, bighti_sql_work, link)))
            return;
    if (connection->lease == NULL)
        give_back(connection);
}

/* -- The end of a connection -- */

void bighti_sql_close_connection(bighti_sql_connection *connection)
{
    bighti_sql_database *database = connection->sql->database;

    /* In a forked child an end that has begun in the parent does not come. */
    if (connection->state == BIGHTI_SQL_CLOSING && !bighti_sql_is_inherited(database))
        return;
    if (connection->state == BIGHTI_SQL_CONNECTING)
        database->connecting_count--;
    if (bighti_link_is_linked(&connection->idle)) {
        bighti_link_unlink(&connection->idle);
        database->idle_count--;
    }
    connection->state = BIGHTI_SQL_CLOSING;
    connection->backend->close(connection);
}

void bighti_sql_take_works(bighti_sql_connection *connection, bighti_link *works,
                           const bight_error *reason)
{
    bighti_sql_lease *lease = connection->lease;
    bighti_sql_work *work = connection->work;

    if (work != NULL) {
        connection->work = NULL;
        work->connection = NULL;
        bighti_link_unlink(&work->ready);
        bighti_list_append(works, &work->link);
        bighti_sql_work_enter(work);
        connection->kept = work;
    }
    bighti_list_splice(works, &connection->queue);
    connection->lease = NULL;
    for (; lease != NULL; lease = lease->parent) {
        lease->connection = NULL;
        bighti_sql_lease_note(lease, reason);
    }
}

/* -- Reports -- */

void bighti_sql_connection_init(bighti_sql_connection *connection,
                                const bighti_sql_backend *backend, bight_sql *sql, void *owner)
{
    *connection = (bighti_sql_connection){.backend = backend, .sql = sql, .owner = owner};
    connection->state = BIGHTI_SQL_CONNECTING;
    bighti_link_init(&connection->link);
    bighti_link_init(&connection->idle);
    bighti_link_init(&connection->queue);
}

void bighti_sql_connected(bighti_sql_connection *connection)
{
    BIGHTI_REQUIRE(connection->state == BIGHTI_SQL_CONNECTING, "connected twice");
    connection->state = BIGHTI_SQL_OPEN;
    connection->sql->database->connecting_count--;
    bighti_sql_next(connection);
}

void bighti_sql_lost(bighti_sql_connection *connection, bight_error *take_error)
{
    bighti_sql_database *database = connection->sql->database;
    bool connecting = connection->state == BIGHTI_SQL_CONNECTING;
    bighti_sql_work *work;
    bighti_link works;

    bighti_link_init(&works);
    bighti_sql_hold(database);
    bighti_sql_take_works(connection, &works, take_error);
    bighti_sql_close_connection(connection);
    /* The attempt was made for the one that waits longest. */
    if (connecting && (work = take_waiting(database)) != NULL)
        bighti_list_append(&works, &work->link);
    bighti_sql_serve(database);
    bighti_sql_fail_works(&works, take_error);
    bight_error_unref(take_error);
    bighti_sql_release(database);
}

void bighti_sql_closed(bighti_sql_connection *connection)
{
    bighti_sql_database *database = connection->sql->database;

    BIGHTI_REQUIRE(connection->state == BIGHTI_SQL_CLOSING, "closed without being asked");
    bighti_link_unlink(&connection->link);
    database->connection_count--;
    if (connection->kept != NULL && bighti_sql_work_leave(connection->kept))
        connection->kept = NULL;
    bighti_sql_hold(database);
    bighti_sql_serve(database);
    bighti_sql_release(database);
}

/* A statement must not leave a transaction open that nobody will end. */
static bight_error *check_end(const bighti_sql_connection *connection, bighti_sql_work *work,
                              bight_error *take_error)
{
    if (work->error != NULL) {
        bight_error_unref(take_error);
        take_error = work->error;
        work->error = NULL;
    }
    if (take_error == NULL && connection->lease == NULL && connection->in_transaction &&
        work->promise != NULL)
        return bight_error_new(BIGHT_ERROR_STATE, "a transaction is begun by "
                                                  "bight_sql_transaction()");
    return take_error;
}

static void work_over(bighti_sql_connection *connection, bight_error *take_error, int64_t changes)
{
    bighti_sql_database *database = connection->sql->database;
    bighti_sql_work *work = connection->work;
    bight_error *error = check_end(connection, work, take_error);

    connection->work = NULL;
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
    work_over(connection, NULL, changes);
}

void bighti_sql_failed(bighti_sql_connection *connection, bight_error *take_error)
{
    work_over(connection, take_error, 0);
}

#include "parameters.h"
#include "pool.h"
#include "rows.h"
#include <base/check.h>
#include <base/options.h>
#include <stdlib.h>
#include <string.h>

/* -- Opening -- */

static bool backend_has_scheme(const bighti_sql_backend *backend, const char *address)
{
    for (const char *const *scheme = backend->schemes; *scheme != NULL; scheme++) {
        size_t length = strlen(*scheme);

        if (strncmp(address, *scheme, length) == 0 && address[length] == ':')
            return true;
    }
    return false;
}

static const bighti_sql_backend *backend_find(const char *address)
{
    for (const bighti_sql_backend *const *each = bighti_sql_backends; *each != NULL; each++)
        if (backend_has_scheme(*each, address))
            return *each;
    return NULL;
}

static void lists_init(bighti_sql_database *database)
{
    bighti_link_init(&database->connections);
    bighti_link_init(&database->idle);
    bighti_link_init(&database->waiting);
    bighti_link_init(&database->ready);
    bighti_link_init(&database->listeners);
}

static void database_on_forked(void *database);

static void database_drop(bighti_sql_database *database)
{
    bight_task_free(database->task);
    bight_timer_free(database->timer);
    bight_fork_watch_free(database->fork);
    free(database);
}

static bighti_sql_database *database_make(bight_reactor *reactor, const bight_sql_options *options)
{
    bighti_sql_database *database = calloc(1, sizeof(*database));

    if (database == NULL)
        return NULL;
    lists_init(database);
    database->sql.database = database;
    database->reactor = reactor;
    database->options = *options;
    if (bight_task_new(reactor, bighti_sql_go_on, database, &database->task) == BIGHT_OK &&
        bight_timer_new(reactor, bighti_sql_on_wait_over, database, &database->timer) == BIGHT_OK &&
        bight_fork_watch_new(reactor, database_on_forked, database, &database->fork) == BIGHT_OK)
        return database;
    database_drop(database);
    return NULL;
}

static bight_error *database_begin(bighti_sql_database *database, const char *address)
{
    bight_error *error;
    char *rest;

    database->backend = backend_find(address);
    if (database->backend == NULL)
        return bight_error_new(BIGHT_ERROR_INVALID,
                               "open database: %.*s is no kind of database that is known here",
                               (int)strcspn(address, ":"), address);
    error = bighti_sql_parameters_take(address, &database->options, &rest);
    if (error != NULL)
        return error;
    database->opened.connections = database->options.connections;
    database->opened.fork = database->fork;
    error = database->backend->open(database->reactor, rest, &database->options, &database->opened);
    explicit_bzero(rest, strlen(rest)); /* there may be a password in it */
    free(rest);
    return error;
}

bight_status bight_sql_open(bight_reactor *reactor, const char *address,
                            const bight_sql_options *given, bight_error **error, bight_sql **sql)
{
    static const bight_sql_options defaults = BIGHT_SQL_OPTIONS_INIT;
    bight_sql_options options;
    bighti_sql_database *database;
    bight_error *reason;
    bight_status status;

    BIGHTI_REQUIRE_REACTOR(reactor);
    BIGHTI_REQUIRE(bighti_options_read(given, &defaults, sizeof(options), &options),
                   "options of an unknown size");
    BIGHTI_REQUIRE(options.connections > 0, "a database without a connection");
    database = database_make(reactor, &options);
    reason = database != NULL
                 ? database_begin(database, address)
                 : bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
    if (reason == NULL) {
        *sql = &database->sql;
        return BIGHT_OK;
    }
    if (database != NULL)
        database_drop(database);
    status = bight_error_get_status(reason);
    if (error != NULL)
        *error = reason;
    else
        bight_error_unref(reason);
    return status;
}

/* -- Closing -- */

static void listeners_drop(bighti_sql_database *database)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&database->listeners)) != NULL) {
        bight_sql_listener *listener = BIGHTI_CONTAINER(link, bight_sql_listener, link);

        database->backend->unlisten(database->opened.owner, listener);
        listener->sql = NULL;
    }
}

/* Move all work that is under way to a list, so that user code that runs next cannot reach it. A
 * connection may be closed and freed at once. */
static void works_take(bighti_sql_database *database, const bight_error *reason, bighti_link *works)
{
    bighti_link all, *link;

    bighti_link_init(&all);
    bighti_list_splice(&all, &database->connections);
    while ((link = bighti_list_pop(&all)) != NULL) {
        bighti_sql_connection *connection =
            BIGHTI_CONTAINER(link, bighti_sql_connection, seat.link);

        bighti_list_append(&database->connections, link);
        bighti_sql_take_works(connection, works, reason);
        bighti_sql_close_connection(connection);
    }
    bighti_list_splice(works, &database->waiting);
    database->waiting_count = 0;
    while ((link = bighti_list_pop(&database->ready)) != NULL)
        bighti_list_append(works, &BIGHTI_CONTAINER(link, bighti_sql_work, ready)->link);
}

/* After this, only the structure is left. User code runs. */
static void works_end_all(bighti_sql_database *database, bight_error *take_reason)
{
    bighti_link works;

    bighti_link_init(&works);
    listeners_drop(database);
    works_take(database, take_reason, &works);
    bighti_sql_works_end(&works, take_reason);
    bight_error_unref(take_reason);
}

static void database_close(bighti_sql_database *database)
{
    BIGHTI_REQUIRE(!database->closed, "a database is closed twice");
    bighti_sql_hold(database);
    database->closed = database->closing = true;
    works_end_all(database, bight_error_new(BIGHT_ERROR_CLOSED, "the database was closed"));
    database->closing = false;
    bighti_sql_release(database);
}

/* -- In a forked child -- */

/* The child continues to use the reactor, but results of the parent's requests never arrive in the
 * child. */
static void database_on_forked(void *data)
{
    bighti_sql_database *database = data;

    bighti_sql_hold(database);
    works_end_all(database, bighti_sql_check_process(database));
    bighti_sql_release(database);
}

void bight_sql_free(bight_sql *take_sql)
{
    if (take_sql == NULL)
        return;
    BIGHTI_REQUIRE(take_sql->lease == NULL, "a transaction or session ends with its work");
    database_close(take_sql->database);
}

bight_deferred *bight_sql_close_at(bight_sql *take_sql, const char *where)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new_at(&promise, where);

    if (deferred != NULL)
        take_sql->database->ended = promise;
    bight_sql_free(take_sql);
    return deferred;
}

/* -- Queries -- */

void bight_sql_get_counts(const bight_sql *sql, bight_sql_counts *counts)
{
    const bighti_sql_database *database = sql->database;
    bight_sql_counts all = {sizeof(all), database->connection_count, database->idle_count,
                            database->waiting_count};

    bighti_stats_write(&all, sizeof(all), counts);
}

const char *bight_sql_get_backend(const bight_sql *sql)
{
    return sql->database->backend->name;
}

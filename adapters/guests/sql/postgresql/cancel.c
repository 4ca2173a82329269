/* Stopping a statement. libpq's own function blocks while it connects, and libpq does not expose
 * the key for a cancel request. So a separate connection, made only for this, asks the server to
 * stop the statement.
 *
 * If the request arrives before the server has read the statement, the server ignores it. So the
 * request is repeated until the statement has ended. If the request arrives too late, it might
 * stop the next statement instead. So no statement starts on the connection until the server has
 * answered here. By then the request was delivered, and an idle connection ignores it. */
#include "cancel.h"
#include <stdio.h>
#include <stdlib.h>

#define FIRST_DELAY BIGHT_MSEC(20)
#define LONGEST_DELAY BIGHT_SEC(2)

struct pg_canceller {
    pg_link link;
    pg_cancel_fn fn;
    void *data;
    bight_timer *timer;
    uint64_t delay;
    int process;
    bool busy; /* a request was sent and is not answered yet */
};

/* The request cannot be sent. */
static void canceller_fail(pg_canceller *canceller, bight_error *take_error)
{
    canceller->busy = false;
    canceller->fn(canceller->data, take_error);
}

static void cancel_on_failed(pg_link *link, bight_error *take_error)
{
    canceller_fail((pg_canceller *)link, take_error);
}

static void canceller_ask(pg_canceller *canceller)
{
    pg_link *link = &canceller->link;
    char statement[64];

    snprintf(statement, sizeof(statement), "select pg_cancel_backend(%d)", canceller->process);
    canceller->busy = true;
    if (PQsendQuery(link->conn, statement) == 0 || !bighti_pg_link_flush(link))
        canceller_fail(canceller, bighti_pg_error_of_break(link->database, link->conn));
}

static void cancel_on_connected(pg_link *link)
{
    canceller_ask((pg_canceller *)link);
}

static void cancel_on_time(bight_timer *timer, void *data)
{
    pg_canceller *canceller = data;

    (void)timer;
    if (!bighti_pg_is_inherited(canceller->link.database))
        canceller_ask(canceller);
}

static void cancel_on_answer(pg_canceller *canceller)
{
    canceller->busy = false;
    bight_timer_start(canceller->timer, canceller->delay);
    if (canceller->delay < LONGEST_DELAY)
        canceller->delay *= 2;
    canceller->fn(canceller->data, NULL);
}

static void cancel_on_ready(pg_link *link)
{
    pg_canceller *canceller = (pg_canceller *)link;
    bool alive = bighti_pg_link_consume(link);

    while (alive && canceller->busy && PQisBusy(link->conn) == 0) {
        PGresult *result = PQgetResult(link->conn);

        if (result == NULL) {
            cancel_on_answer(canceller);
            return;
        }
        PQclear(result);
        alive = PQstatus(link->conn) != CONNECTION_BAD;
    }
    if (!alive)
        canceller_fail(canceller, bighti_pg_error_of_break(link->database, link->conn));
}

static const pg_link_ops ops = {
    .connected = cancel_on_connected,
    .failed = cancel_on_failed,
    .ready = cancel_on_ready,
};

pg_canceller *bighti_pg_cancel(pg_database *database, int process, pg_cancel_fn fn, void *data)
{
    pg_canceller *canceller = calloc(1, sizeof(*canceller));

    if (canceller == NULL)
        return NULL;
    canceller->fn = fn;
    canceller->data = data;
    canceller->delay = FIRST_DELAY;
    canceller->process = process;
    if (bight_timer_new(database->reactor, cancel_on_time, canceller, &canceller->timer) ==
            BIGHT_OK &&
        bighti_pg_link_open(&canceller->link, database, &ops))
        return canceller;
    bight_timer_free(canceller->timer);
    free(canceller);
    return NULL;
}

bool bighti_pg_cancel_is_sent(const pg_canceller *canceller)
{
    return canceller->busy;
}

void bighti_pg_canceller_free(pg_canceller *canceller)
{
    if (canceller == NULL)
        return;
    bighti_pg_link_close(&canceller->link);
    bight_timer_free(canceller->timer);
    free(canceller);
}

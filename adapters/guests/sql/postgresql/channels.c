/* Channels. One connection serves all listeners; it is opened for the first and closed with the
 * last. Each listener has an `ear` here, in one of four lists:
 *
 *     fresh   LISTEN must be sent
 *     heard   the server has confirmed LISTEN
 *     mute    the listener was freed: UNLISTEN must be sent
 *     gone    only its promise is left, which the task fails or breaks
 *
 * One statement is under way at a time. LISTEN is sent for each ear separately, even if the
 * connection listens to the channel already. That is harmless, and gives each promise its own
 * answer.
 *
 * When the connection breaks, all ears become fresh again. Ears that had been heard receive the
 * payload "" once they are heard again, because messages may have been missed. Reconnects use
 * growing delays. A listener that still waits for its first confirmation gets the error instead,
 * because the address is probably wrong.
 *
 * User code runs only at the end of channels_on_ready() and of the task. It may free everything,
 * which `freed` reports, or the last listener, which closes the link. */
#include "postgresql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define FIRST_DELAY BIGHT_MSEC(250)
#define LONGEST_DELAY BIGHT_SEC(30)
enum { LONGEST_CHANNEL = 63 };

typedef struct ear {
    bighti_link link;
    bight_sql_listener *listener; /* NULL once it was freed */
    bight_promise *promise;       /* NULL once it was heard */
    bight_error *error;           /* for the promise; NULL breaks it */
    unsigned round;               /* the round that visited it last */
    char channel[];
} ear;

struct pg_channels {
    pg_database *database;
    pg_link link;
    bool linked;           /* the link is open or connecting */
    unsigned links, round; /* counters of opened links and of received messages */
    bool busy;             /* a statement is under way */
    ear *asked;            /* the ear it is for; NULL once that is gone */
    bight_error *refusal;
    bight_timer *timer;
    bight_task *task;
    uint64_t delay;
    bighti_link fresh, heard, mute, gone;
    bool *freed; /* set to true on free; not NULL while user code is on the stack */
};

static const pg_link_ops ops;

static ear *first_of(bighti_link *list)
{
    return bighti_list_is_empty(list) ? NULL : BIGHTI_CONTAINER(list->next, ear, link);
}

static ear *pop(bighti_link *list)
{
    bighti_link *link = bighti_list_pop(list);

    return link != NULL ? BIGHTI_CONTAINER(link, ear, link) : NULL;
}

static void move(ear *one, bighti_link *list)
{
    bighti_link_unlink(&one->link);
    bighti_list_append(list, &one->link);
}

/* -- The link -- */

static void drop_link(pg_channels *channels)
{
    ear *one;

    if (channels->linked)
        bighti_pg_link_close(&channels->link);
    channels->linked = channels->busy = false;
    channels->asked = NULL;
    bight_error_unref(channels->refusal);
    channels->refusal = NULL;
    bighti_list_splice(&channels->fresh, &channels->heard);
    while ((one = pop(&channels->mute)) != NULL)
        free(one);
}

static void wait_for_next(pg_channels *channels)
{
    uint64_t random = 0, delay = channels->delay;

    if (bighti_list_is_empty(&channels->fresh))
        return;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
        random = 0;
    channels->delay = delay * 2 < LONGEST_DELAY ? delay * 2 : LONGEST_DELAY;
    bight_timer_start(channels->timer, delay - random % (delay / 2));
}

/* The link broke, or could not be opened. Listeners that wait for their first confirmation
 * fail. */
static void on_broken(pg_channels *channels, bight_error *take_error)
{
    bighti_link all;
    ear *one;

    drop_link(channels);
    bighti_link_init(&all);
    bighti_list_splice(&all, &channels->fresh);
    while ((one = pop(&all)) != NULL) {
        bighti_list_append(one->promise != NULL ? &channels->gone : &channels->fresh, &one->link);
        if (one->promise != NULL)
            one->error = bight_error_ref(take_error);
    }
    bight_error_unref(take_error);
    bight_task_schedule(channels->task);
    wait_for_next(channels);
}

static void open_link(pg_channels *channels)
{
    channels->links++;
    channels->linked = bighti_pg_link_open(&channels->link, channels->database, &ops);
    if (!channels->linked)
        on_broken(channels, bight_error_new(BIGHT_ERROR_NO_MEMORY, "listen: out of memory"));
}

static void channels_on_time(bight_timer *timer, void *data)
{
    pg_channels *channels = data;

    (void)timer;
    if (!bighti_pg_is_inherited(channels->database) && !channels->linked &&
        !bighti_list_is_empty(&channels->fresh))
        open_link(channels);
}

/* -- Statements -- */

static bool channels_is_wanted(const pg_channels *channels, const char *channel)
{
    const bighti_link *lists[] = {&channels->fresh, &channels->heard};

    for (int i = 0; i < 2; i++)
        for (const bighti_link *link = lists[i]->next; link != lists[i]; link = link->next)
            if (strcmp(BIGHTI_CONTAINER(link, ear, link)->channel, channel) == 0)
                return true;
    return false;
}

static bool say(pg_channels *channels, const char *word, const char *channel)
{
    PGconn *conn = channels->link.conn;
    char *name = PQescapeIdentifier(conn, channel, strlen(channel));
    char statement[2 * LONGEST_CHANNEL + 32];
    bool sent;

    if (name == NULL)
        return false;
    snprintf(statement, sizeof(statement), "%s %s", word, name);
    PQfreemem(name);
    sent = PQsendQuery(conn, statement) != 0 && bighti_pg_link_flush(&channels->link);
    channels->busy = sent;
    return sent;
}

static bool say_next(pg_channels *channels)
{
    ear *one;

    while ((one = pop(&channels->mute)) != NULL) {
        bool wanted = channels_is_wanted(channels, one->channel);
        bool said = wanted || say(channels, "unlisten", one->channel);

        free(one);
        if (!wanted)
            return said;
    }
    one = first_of(&channels->fresh);
    if (one == NULL)
        return true;
    channels->asked = one;
    return say(channels, "listen", one->channel);
}

static void next_statement(pg_channels *channels)
{
    if (!channels->linked || !channels->link.open || channels->busy ||
        bighti_pg_is_inherited(channels->database) || say_next(channels))
        return;
    on_broken(channels, bighti_pg_error_of_break(channels->database, channels->link.conn));
}

static void channels_on_connected(pg_link *link)
{
    pg_channels *channels = BIGHTI_CONTAINER(link, pg_channels, link);

    channels->delay = FIRST_DELAY;
    next_statement(channels);
}

static void channels_on_failed(pg_link *link, bight_error *take_error)
{
    on_broken(BIGHTI_CONTAINER(link, pg_channels, link), take_error);
}

/* -- Received messages -- */

/* Calls user code. Returns false if everything was freed or the link was closed, even if there is
 * a new link now. */
static bool channels_tell(pg_channels *channels, ear *one, const char *payload)
{
    bight_promise *promise = one->promise;
    bool freed = false, *outer = channels->freed;
    unsigned links = channels->links;

    channels->freed = &freed;
    one->promise = NULL;
    if (promise != NULL)
        bight_promise_fire(promise, NULL, NULL);
    else
        bighti_sql_tell(one->listener, payload);
    if (freed) {
        if (outer != NULL)
            *outer = true;
        return false;
    }
    channels->freed = outer;
    return channels->linked && channels->links == links;
}

/* The server has answered. */
static bool on_statement_over(pg_channels *channels)
{
    ear *one = channels->asked;
    bight_error *refusal = channels->refusal;

    channels->busy = false;
    channels->asked = NULL;
    channels->refusal = NULL;
    if (one != NULL && refusal == NULL &&
        (one->promise == NULL || bight_promise_is_wanted(one->promise))) {
        one->round = channels->round;
        move(one, &channels->heard);
        next_statement(channels);
        return channels_tell(channels, one, "");
    }
    if (one != NULL) {
        one->error = refusal;
        move(one, &channels->gone);
        bight_task_schedule(channels->task);
    } else {
        bight_error_unref(refusal);
    }
    next_statement(channels);
    return channels->linked;
}

static bool channels_take_results(pg_channels *channels)
{
    while (channels->busy && PQisBusy(channels->link.conn) == 0) {
        PGresult *result = PQgetResult(channels->link.conn);

        if (result == NULL) {
            if (!on_statement_over(channels))
                return false;
            continue;
        }
        if (PQresultStatus(result) != PGRES_COMMAND_OK && channels->refusal == NULL)
            channels->refusal = bighti_pg_error_of_result(channels->database, result);
        PQclear(result);
    }
    return true;
}

/* Each ear is put back before its function is called, so that it is always in one of the lists. */
static bool channels_tell_all(pg_channels *channels, const PGnotify *notification)
{
    unsigned round = ++channels->round;
    ear *one;

    while ((one = first_of(&channels->heard)) != NULL && one->round != round) {
        one->round = round;
        move(one, &channels->heard);
        if (strcmp(one->channel, notification->relname) == 0 &&
            !channels_tell(channels, one, notification->extra))
            return false;
    }
    return true;
}

static void channels_on_ready(pg_link *link)
{
    pg_channels *channels = BIGHTI_CONTAINER(link, pg_channels, link);
    bool alive = bighti_pg_link_consume(link), go_on = channels_take_results(channels);
    PGnotify *notification;

    while (go_on && (notification = PQnotifies(link->conn)) != NULL) {
        go_on = channels_tell_all(channels, notification);
        PQfreemem(notification);
    }
    if (go_on && !alive)
        on_broken(channels, bighti_pg_error_of_break(channels->database, link->conn));
}

static const pg_link_ops ops = {
    .connected = channels_on_connected,
    .failed = channels_on_failed,
    .ready = channels_on_ready,
};

/* -- Ears without a listener -- */

static void break_promise(ear *take_ear)
{
    bight_promise *promise = take_ear->promise;
    bight_error *error = take_ear->error;

    free(take_ear);
    if (promise == NULL)
        bight_error_unref(error);
    else if (error != NULL)
        bight_promise_fail(promise, error);
    else
        bight_promise_fail(promise,
                           bight_error_new(BIGHT_ERROR_CANCELLED, "the listener was freed"));
}

static void channels_on_task(bight_task *task, void *data)
{
    pg_channels *channels = data;
    ear *one = pop(&channels->gone);

    if (!bighti_list_is_empty(&channels->gone))
        bight_task_schedule(task);
    if (one != NULL)
        break_promise(one);
}

void bighti_pg_channels_free(pg_channels *channels)
{
    bighti_link gone;
    ear *one;

    if (channels == NULL)
        return;
    bight_task_free(channels->task);
    bight_timer_free(channels->timer);
    if (channels->freed != NULL)
        *channels->freed = true;
    bighti_link_init(&gone);
    bighti_list_splice(&gone, &channels->gone);
    free(channels);
    while ((one = pop(&gone)) != NULL)
        break_promise(one);
}

/* -- Requests -- */

static pg_channels *channels_new(pg_database *database)
{
    pg_channels *channels = calloc(1, sizeof(*channels));

    if (channels == NULL)
        return NULL;
    channels->database = database;
    channels->delay = FIRST_DELAY;
    bighti_link_init(&channels->fresh);
    bighti_link_init(&channels->heard);
    bighti_link_init(&channels->mute);
    bighti_link_init(&channels->gone);
    if (bight_timer_new(database->reactor, channels_on_time, channels, &channels->timer) ==
            BIGHT_OK &&
        bight_task_new(database->reactor, channels_on_task, channels, &channels->task) == BIGHT_OK)
        return channels;
    bight_timer_free(channels->timer);
    free(channels);
    return NULL;
}

static ear *ear_new(bight_sql_listener *listener)
{
    size_t size = strlen(listener->channel) + 1;
    ear *one = calloc(1, sizeof(*one) + size);

    if (one == NULL)
        return NULL;
    one->listener = listener;
    memcpy(one->channel, listener->channel, size);
    bighti_link_init(&one->link);
    return one;
}

static void channels_add(pg_channels *channels, ear *one)
{
    size_t length = strlen(one->channel);

    if (length == 0 || length > LONGEST_CHANNEL) {
        one->error = bight_error_new(BIGHT_ERROR_INVALID, "a channel has 1 to %d bytes, not %zu",
                                     LONGEST_CHANNEL, length);
        bighti_list_append(&channels->gone, &one->link);
        bight_task_schedule(channels->task);
        return;
    }
    bighti_list_append(&channels->fresh, &one->link);
    if (!channels->linked)
        open_link(channels);
    else
        next_statement(channels);
}

bight_deferred *bighti_pg_listen(void *owner, bight_sql_listener *listener, const char *where)
{
    pg_database *database = owner;
    bight_deferred *deferred;
    ear *one;

    if (database->channels == NULL)
        database->channels = channels_new(database);
    one = database->channels != NULL ? ear_new(listener) : NULL;
    deferred = one != NULL ? bight_deferred_new_at(&one->promise, where) : NULL;
    if (deferred == NULL) {
        free(one);
        return NULL;
    }
    channels_add(database->channels, one);
    return deferred;
}

static ear *channels_find(pg_channels *channels, const bight_sql_listener *listener)
{
    bighti_link *lists[] = {&channels->fresh, &channels->heard, &channels->gone};

    for (int i = 0; i < 3; i++)
        for (bighti_link *link = lists[i]->next; link != lists[i]; link = link->next)
            if (BIGHTI_CONTAINER(link, ear, link)->listener == listener)
                return BIGHTI_CONTAINER(link, ear, link);
    return NULL;
}

void bighti_pg_unlisten(void *owner, bight_sql_listener *listener)
{
    pg_channels *channels = ((pg_database *)owner)->channels;
    ear *one = channels != NULL ? channels_find(channels, listener) : NULL;

    if (one == NULL)
        return;
    one->listener = NULL;
    if (channels->asked == one)
        channels->asked = NULL;
    if (one->promise != NULL) {
        move(one, &channels->gone);
        bight_task_schedule(channels->task);
    } else {
        move(one, &channels->mute);
    }
    if (bighti_list_is_empty(&channels->fresh) && bighti_list_is_empty(&channels->heard)) {
        bight_timer_stop(channels->timer);
        drop_link(channels);
    } else {
        next_statement(channels);
    }
}

#include "database.h"
#include <stdlib.h>
#include <string.h>

static bight_deferred *unsupported(const bight_sql *sql, const char *where)
{
    return bight_deferred_failed_at(bight_error_new(BIGHT_ERROR_UNSUPPORTED,
                                                    "%s has no channels to listen on",
                                                    sql->database->backend->name),
                                    where);
}

static bight_sql_listener *listener_make(bight_sql *sql, const char *channel,
                                         bight_sql_notify_fn fn, void *data)
{
    size_t size = strlen(channel) + 1;
    bight_sql_listener *listener = calloc(1, sizeof(*listener) + size);

    if (listener == NULL)
        return NULL;
    listener->sql = &sql->database->sql;
    listener->fn = fn;
    listener->data = data;
    bighti_link_init(&listener->link);
    bighti_link_init(&listener->backend);
    listener->channel = memcpy(listener + 1, channel, size);
    return listener;
}

bight_deferred *bight_sql_listen_at(bight_sql *sql, const char *channel, bight_sql_notify_fn fn,
                                    void *data, bight_sql_listener **listener, const char *where)
{
    const bighti_sql_database *database = sql->database;
    bight_sql_listener *made = listener_make(sql, channel, fn, data);
    bight_deferred *deferred;

    *listener = NULL;
    if (made == NULL)
        return NULL;
    if (database->backend->listen == NULL || database->closed) {
        made->sql = NULL;
        deferred = unsupported(sql, where);
    } else if (bighti_sql_is_inherited(database)) {
        made->sql = NULL;
        deferred = bight_deferred_failed_at(bighti_sql_check_process(database), where);
    } else {
        bighti_list_append(&sql->database->listeners, &made->link);
        deferred = database->backend->listen(database->opened.owner, made, where);
    }
    if (deferred == NULL)
        bight_sql_listener_free(made);
    else
        *listener = made;
    return deferred;
}

void bighti_sql_tell(bight_sql_listener *listener, const char *payload)
{
    bool outermost = !listener->telling;

    listener->telling = true;
    listener->fn(listener, payload, listener->data);
    if (!outermost)
        return;
    listener->telling = false;
    if (listener->freed)
        free(listener);
}

void bight_sql_listener_free(bight_sql_listener *listener)
{
    if (listener == NULL)
        return;
    bighti_link_unlink(&listener->link);
    if (listener->sql != NULL)
        listener->sql->database->backend->unlisten(listener->sql->database->opened.owner, listener);
    listener->sql = NULL;
    listener->freed = true;
    if (!listener->telling)
        free(listener);
}

bight_deferred *bight_sql_notify_at(bight_sql *sql, const char *channel, const char *payload,
                                    const char *where)
{
    const char *statement = sql->database->backend->notify;
    bight_sql_value values[] = {bight_sql_text(channel), bight_sql_text(payload)};

    if (statement == NULL)
        return unsupported(sql, where);
    return bight_sql_execute_at(sql, statement, values, 2, where);
}

/* BightLineClient: bight/line_client.h as an object. Each open makes a new C client, with the
 * current properties. */
#include "line_client.h"
#include <bight/gio.h>
#include <string.h>

G_DEFINE_TYPE(BightLineClient, bight_gobject_line_client, G_TYPE_OBJECT)

/* -- Properties -- */

/* The storage of a numeric property, or NULL. */
static guint *property_number(BightLineClient *self, guint id)
{
    switch (id) {
    case BIGHTI_LINE_MAX_LINE:
        return &self->max_line;
    case BIGHTI_LINE_FIRST_DELAY:
        return &self->first_delay;
    case BIGHTI_LINE_LONGEST_DELAY:
        return &self->longest_delay;
    case BIGHTI_LINE_ATTEMPTS:
        return &self->attempts;
    case BIGHTI_LINE_CONNECT_TIMEOUT:
        return &self->connect_timeout;
    case BIGHTI_LINE_IDLE_TIMEOUT:
        return &self->idle_timeout;
    default:
        return NULL;
    }
}

static void property_get(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    BightLineClient *self = BIGHT_GOBJECT_LINE_CLIENT(object);
    const guint *number = property_number(self, id);

    if (number != NULL)
        g_value_set_uint(value, *number);
    else if (id == BIGHTI_LINE_REACTOR)
        g_value_set_object(value, self->reactor);
    else if (id == BIGHTI_LINE_ENDPOINT)
        g_value_set_string(value, self->endpoint);
    else if (id == BIGHTI_LINE_ENDING)
        g_value_set_string(value, self->ending);
    else if (id == BIGHTI_LINE_PAUSED || id == BIGHTI_LINE_BUSY)
        g_value_set_boolean(value, id == BIGHTI_LINE_PAUSED ? self->paused : self->busy);
    else if (id == BIGHTI_LINE_STATE)
        g_value_set_enum(value, (gint)bight_gobject_line_client_get_state(self));
    else if (id == BIGHTI_LINE_PEER)
        g_value_set_string(value, bight_gobject_line_client_get_peer(self));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void number_set(BightLineClient *self, guint id, guint *number, guint value)
{
    if (*number == value)
        return;
    *number = value;
    bighti_line_notify(self, id);
}

static void ending_set(BightLineClient *self, const char *ending)
{
    if (g_strcmp0(self->ending, ending) == 0)
        return;
    g_free(self->ending);
    self->ending = g_strdup(ending);
    bighti_line_notify(self, BIGHTI_LINE_ENDING);
}

static void property_set(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    BightLineClient *self = BIGHT_GOBJECT_LINE_CLIENT(object);
    guint *number = property_number(self, id);

    if (number != NULL)
        number_set(self, id, number, g_value_get_uint(value));
    else if (id == BIGHTI_LINE_REACTOR)
        self->reactor = g_value_dup_object(value);
    else if (id == BIGHTI_LINE_ENDPOINT)
        self->endpoint = g_value_dup_string(value);
    else if (id == BIGHTI_LINE_ENDING)
        ending_set(self, g_value_get_string(value));
    else if (id == BIGHTI_LINE_PAUSED)
        bight_gobject_line_client_set_paused(self, g_value_get_boolean(value));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

/* -- Lifetime -- */

static void client_drop(BightLineClient *self)
{
    bight_line_client *client = g_steal_pointer(&self->client);

    bight_line_client_free(client);
}

static void client_dispose(GObject *object)
{
    BightLineClient *self = BIGHT_GOBJECT_LINE_CLIENT(object);

    client_drop(self);
    g_clear_object(&self->reactor);
    G_OBJECT_CLASS(bight_gobject_line_client_parent_class)->dispose(object);
}

static void client_finalize(GObject *object)
{
    BightLineClient *self = BIGHT_GOBJECT_LINE_CLIENT(object);

    g_free(self->endpoint);
    g_free(self->ending);
    G_OBJECT_CLASS(bight_gobject_line_client_parent_class)->finalize(object);
}

static void bight_gobject_line_client_class_init(BightLineClientClass *type)
{
    GObjectClass *object = G_OBJECT_CLASS(type);

    object->get_property = property_get;
    object->set_property = property_set;
    object->dispose = client_dispose;
    object->finalize = client_finalize;
    bighti_line_class_describe(object);
}

static void bight_gobject_line_client_init(BightLineClient *self)
{
    self->client = NULL;
}

BightLineClient *bight_gobject_line_client_new(BightReactor *reactor, const char *endpoint)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_REACTOR(reactor), NULL);
    g_return_val_if_fail(endpoint != NULL, NULL);
    return g_object_new(BIGHT_GOBJECT_TYPE_LINE_CLIENT, "reactor", reactor, "endpoint", endpoint,
                        NULL);
}

/* -- Open and close -- */

static gboolean status_export(bight_status status, const char *what, GError **error)
{
    bight_error *made;

    if (status == BIGHT_OK)
        return TRUE;
    made = bight_error_new(status, "%s: %s", what, bight_status_text(status));
    g_propagate_error(error, bight_gio_error_export(made));
    bight_error_unref(made);
    return FALSE;
}

static bight_status client_make(BightLineClient *self, bight_reactor *reactor)
{
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;
    bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    bight_line_options line = BIGHT_LINE_OPTIONS_INIT;

    line.max_line = self->max_line;
    line.ending = bight_view_of(self->ending != NULL ? self->ending : "");
    retry.first_delay = BIGHT_MSEC(self->first_delay);
    retry.longest_delay = BIGHT_MSEC(self->longest_delay);
    retry.attempts = self->attempts;
    options.line = &line;
    options.retry = &retry;
    options.connect_timeout = BIGHT_MSEC(self->connect_timeout);
    options.idle_timeout = BIGHT_MSEC(self->idle_timeout);
    return bight_line_client_new(reactor, self->endpoint, &options, &bighti_line_events, self,
                                 &self->client);
}

gboolean bight_gobject_line_client_open(BightLineClient *self, GError **error)
{
    bight_reactor *reactor;
    bight_status status;

    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), FALSE);
    g_return_val_if_fail(self->reactor != NULL && self->endpoint != NULL, FALSE);
    reactor = bight_gobject_reactor_get_handle(self->reactor);
    if (reactor == NULL) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the reactor was shut down");
        return FALSE;
    }
    if (bight_gobject_line_client_get_state(self) != BIGHT_GOBJECT_STATE_OFFLINE) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_PENDING, "the client is open");
        return FALSE;
    }
    client_drop(self);
    status = client_make(self, reactor);
    if (status == BIGHT_OK && self->paused)
        bight_line_client_pause(self->client);
    if (status == BIGHT_OK)
        status = bight_line_client_open(self->client);
    if (!status_export(status, self->endpoint, error))
        return FALSE;
    bighti_line_notify(self, BIGHTI_LINE_STATE);
    return TRUE;
}

void bight_gobject_line_client_close(BightLineClient *self)
{
    g_return_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self));
    if (self->client == NULL)
        return;
    bight_line_client_close(self->client);
    bighti_line_notify(self, BIGHTI_LINE_STATE);
}

/* -- Sending -- */

static gboolean line_send(BightLineClient *self, const void *line, size_t size, GError **error)
{
    bight_flow flow = BIGHT_FLOW_GO;
    bight_status status = BIGHT_ERROR_STATE;

    if (self->client != NULL)
        status = bight_line_client_send(self->client, line, size, &flow);
    if (status == BIGHT_ERROR_STATE) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "%s: not connected",
                    self->endpoint);
        return FALSE;
    }
    if (!status_export(status, "send a line", error))
        return FALSE;
    if (flow == BIGHT_FLOW_WAIT && !self->busy) {
        self->busy = TRUE;
        bighti_line_notify(self, BIGHTI_LINE_BUSY);
    }
    return TRUE;
}

gboolean bight_gobject_line_client_send(BightLineClient *self, const char *line, GError **error)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), FALSE);
    g_return_val_if_fail(line != NULL, FALSE);
    return line_send(self, line, strlen(line), error);
}

gboolean bight_gobject_line_client_send_bytes(BightLineClient *self, GBytes *line, GError **error)
{
    gsize size;
    gconstpointer bytes;

    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), FALSE);
    g_return_val_if_fail(line != NULL, FALSE);
    bytes = g_bytes_get_data(line, &size);
    return line_send(self, bytes, size, error);
}

void bight_gobject_line_client_send_async(BightLineClient *self, const char *line,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data)
{
    g_autoptr(GTask) task = NULL;
    GError *error = NULL;
    bight_transport *transport;

    g_return_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self));
    g_return_if_fail(line != NULL);
    task = g_task_new(self, cancellable, callback, user_data);
    if (!bight_gobject_line_client_send(self, line, &error)) {
        g_task_return_error(task, error);
        return;
    }
    transport = self->client != NULL ? bight_line_client_get_transport(self->client) : NULL;
    if (transport == NULL) /* a handler of notify::busy has closed it */
        g_task_return_new_error(task, G_IO_ERROR, G_IO_ERROR_CLOSED, "the connection has ended");
    else
        bight_gio_task_return_boolean(task, bight_transport_wait_drained(transport));
}

gboolean bight_gobject_line_client_send_finish(BightLineClient *self, GAsyncResult *result,
                                               GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

gboolean bight_gobject_line_client_start_tls(BightLineClient *self, const char *host,
                                             const char *ca_file, GError **error)
{
    bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;
    bight_error *failure = NULL;
    bight_tls *tls = NULL;
    bight_status status;

    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), FALSE);
    g_return_val_if_fail(host != NULL, FALSE);
    options.ca_file = ca_file;
    if (bight_tls_new_client(&options, &failure, &tls) != BIGHT_OK) {
        g_propagate_error(error, bight_gio_error_export(failure));
        bight_error_unref(failure);
        return FALSE;
    }
    status = self->client != NULL ? bight_line_client_start_tls(self->client, tls, host)
                                  : BIGHT_ERROR_STATE;
    bight_tls_unref(tls);
    return status_export(status, "start TLS", error);
}

/* -- State -- */

BightLineClientState bight_gobject_line_client_get_state(BightLineClient *self)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), BIGHT_GOBJECT_STATE_OFFLINE);
    if (self->client == NULL)
        return BIGHT_GOBJECT_STATE_OFFLINE;
    return (BightLineClientState)bight_line_client_get_state(self->client);
}

const char *bight_gobject_line_client_get_endpoint(BightLineClient *self)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), NULL);
    return self->endpoint;
}

const char *bight_gobject_line_client_get_peer(BightLineClient *self)
{
    bight_transport *transport;

    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), NULL);
    transport = self->client != NULL ? bight_line_client_get_transport(self->client) : NULL;
    return transport != NULL ? bight_transport_get_peer(transport) : NULL;
}

gboolean bight_gobject_line_client_get_paused(BightLineClient *self)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self), FALSE);
    return self->paused;
}

void bight_gobject_line_client_set_paused(BightLineClient *self, gboolean paused)
{
    g_return_if_fail(BIGHT_GOBJECT_IS_LINE_CLIENT(self));
    if (self->paused == !!paused)
        return;
    self->paused = !!paused;
    if (self->client != NULL && paused)
        bight_line_client_pause(self->client);
    else if (self->client != NULL)
        bight_line_client_resume(self->client);
    bighti_line_notify(self, BIGHTI_LINE_PAUSED);
}

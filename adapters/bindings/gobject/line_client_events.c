/* Emits the events of the C client as signals. A handler may drop the last reference, which would
 * free the C client inside its own event. So each event holds a reference. */
#include "line_client.h"
#include <bight/gio.h>

static void event_emit(BightLineClient *self, guint signal)
{
    g_signal_emit(self, bighti_line_signals[signal], 0);
}

static void event_emit_error(BightLineClient *self, guint signal, const bight_error *reason)
{
    g_autoptr(GError) error = reason != NULL ? bight_gio_error_export(reason) : NULL;

    g_signal_emit(self, bighti_line_signals[signal], 0, error);
}

/* Notify both properties when a connection begins or ends. */
static void state_notify(BightLineClient *self)
{
    bighti_line_notify(self, BIGHTI_LINE_STATE);
    bighti_line_notify(self, BIGHTI_LINE_PEER);
}

static void busy_set(BightLineClient *self, gboolean busy)
{
    if (self->busy == busy)
        return;
    self->busy = busy;
    bighti_line_notify(self, BIGHTI_LINE_BUSY);
}

static void event_connecting(bight_line_client *client, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    (void)client;
    bighti_line_notify(self, BIGHTI_LINE_STATE);
}

static void event_connected(bight_line_client *client, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    (void)client;
    state_notify(self);
    if (self->client == client)
        event_emit(self, BIGHTI_LINE_ON_CONNECTED);
}

static gboolean has_handler(BightLineClient *self, guint signal)
{
    return g_signal_has_handler_pending(self, bighti_line_signals[signal], 0, FALSE);
}

/* A line is converted only to the forms that have a handler. */
static void event_line(bight_line_client *client, const uint8_t *bytes, size_t size, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);
    g_autoptr(GBytes) copy = NULL;
    g_autofree char *text = NULL;

    if (has_handler(self, BIGHTI_LINE_ON_LINE_BYTES))
        copy = g_bytes_new(bytes, size);
    if (has_handler(self, BIGHTI_LINE_ON_LINE))
        text = g_utf8_make_valid((const char *)bytes, (gssize)size);
    if (text != NULL)
        g_signal_emit(self, bighti_line_signals[BIGHTI_LINE_ON_LINE], 0, text);
    if (copy != NULL && self->client == client)
        g_signal_emit(self, bighti_line_signals[BIGHTI_LINE_ON_LINE_BYTES], 0, copy);
}

static void event_too_long(bight_line_client *client, const uint8_t *start, size_t size, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    (void)client;
    (void)start;
    (void)size;
    event_emit(self, BIGHTI_LINE_ON_TOO_LONG);
}

static void event_secured(bight_line_client *client, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    (void)client;
    event_emit(self, BIGHTI_LINE_ON_SECURED);
}

static void event_drained(bight_line_client *client, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    busy_set(self, FALSE);
    if (self->client == client)
        event_emit(self, BIGHTI_LINE_ON_DRAINED);
}

static void event_disconnected(bight_line_client *client, const bight_error *reason, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    busy_set(self, FALSE);
    state_notify(self);
    if (self->client == client)
        event_emit_error(self, BIGHTI_LINE_ON_DISCONNECTED, reason);
}

static void event_waiting(bight_line_client *client, uint64_t delay, const bight_error *reason,
                          void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);
    g_autoptr(GError) error = bight_gio_error_export(reason);

    bighti_line_notify(self, BIGHTI_LINE_STATE);
    if (self->client == client)
        g_signal_emit(self, bighti_line_signals[BIGHTI_LINE_ON_WAITING], 0,
                      (guint)(delay / BIGHT_MSEC(1)), error);
}

static void event_failed(bight_line_client *client, const bight_error *reason, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    bighti_line_notify(self, BIGHTI_LINE_STATE);
    if (self->client == client)
        event_emit_error(self, BIGHTI_LINE_ON_FAILED, reason);
}

static void event_closed(bight_line_client *client, void *data)
{
    g_autoptr(BightLineClient) self = g_object_ref(data);

    bighti_line_notify(self, BIGHTI_LINE_STATE);
    if (self->client == client)
        event_emit(self, BIGHTI_LINE_ON_CLOSED);
}

const bight_line_client_events bighti_line_events = {
    .size = sizeof(bighti_line_events),
    .connecting = event_connecting,
    .connected = event_connected,
    .line = event_line,
    .too_long = event_too_long,
    .secured = event_secured,
    .drained = event_drained,
    .disconnected = event_disconnected,
    .waiting = event_waiting,
    .failed = event_failed,
    .closed = event_closed,
};

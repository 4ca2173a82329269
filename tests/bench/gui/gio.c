/* Asynchronous reads of GSocketConnections, each started by the end of the last. */
#include "gio.h"
#include "meter.h"
#include <gio/gio.h>

enum { BUFFER = 65536 };

typedef struct connection {
    GSocketConnection *socket;
    int priority;
    meter_sink sink;
    uint8_t buffer[BUFFER];
} connection;

static void on_read(GObject *stream, GAsyncResult *result, gpointer data);

static void read_more(connection *self)
{
    GInputStream *stream = g_io_stream_get_input_stream(G_IO_STREAM(self->socket));

    g_input_stream_read_async(stream, self->buffer, BUFFER, self->priority, NULL, on_read, self);
}

static void on_read(GObject *stream, GAsyncResult *result, gpointer data)
{
    connection *self = data;
    GError *error = NULL;
    gssize size = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, &error);

    if (size <= 0) {
        meter_broken(error != NULL ? error->message : "closed");
        return;
    }
    meter_received(&self->sink, self->buffer, (size_t)size);
    read_more(self);
}

static void on_connected(GObject *client, GAsyncResult *result, gpointer data)
{
    connection *self = data;
    GError *error = NULL;

    self->socket = g_socket_client_connect_to_host_finish(G_SOCKET_CLIENT(client), result, &error);
    if (self->socket == NULL)
        meter_broken(error->message);
    else
        read_more(self);
}

void meter_connect_gio(unsigned port, unsigned peers, int priority)
{
    GSocketClient *client = g_socket_client_new();

    for (unsigned i = 0; i < peers; i++) {
        connection *self = g_new0(connection, 1);

        self->priority = priority >= 0 ? priority : G_PRIORITY_DEFAULT;
        g_socket_client_connect_to_host_async(client, "127.0.0.1", (guint16)port, NULL,
                                              on_connected, self);
    }
    g_object_unref(client);
}

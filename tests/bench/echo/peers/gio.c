/* An echo server on GIO's streams: what a GTK program does that uses no other library. */
#include "../listen.h"
#include <gio/gio.h>

typedef struct peer {
    GSocketConnection *connection;
    GInputStream *input;
    GOutputStream *output;
    char buffer[4096];
} peer;

static void read_more(peer *self);

static void end(peer *self)
{
    g_object_unref(self->connection);
    g_free(self);
}

static void on_written(GObject *source, GAsyncResult *result, gpointer data)
{
    if (g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, NULL, NULL))
        read_more(data);
    else
        end(data);
}

static void on_read(GObject *source, GAsyncResult *result, gpointer data)
{
    peer *self = data;
    gssize count = g_input_stream_read_finish(G_INPUT_STREAM(source), result, NULL);

    if (count > 0)
        g_output_stream_write_all_async(self->output, self->buffer, (gsize)count,
                                        G_PRIORITY_DEFAULT, NULL, on_written, self);
    else
        end(self);
}

static void read_more(peer *self)
{
    g_input_stream_read_async(self->input, self->buffer, sizeof(self->buffer), G_PRIORITY_DEFAULT,
                              NULL, on_read, self);
}

static gboolean on_connection(GSocketService *service, GSocketConnection *connection,
                              GObject *source, gpointer data)
{
    peer *self = g_new(peer, 1);

    (void)service;
    (void)source;
    (void)data;
    self->connection = g_object_ref(connection);
    self->input = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    self->output = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    echo_no_delay(g_socket_get_fd(g_socket_connection_get_socket(connection)));
    read_more(self);
    return TRUE;
}

int main(void)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    GSocketService *service = g_socket_service_new();
    GSocket *socket = g_socket_new_from_fd(echo_listen(), NULL);

    g_socket_listener_add_socket(G_SOCKET_LISTENER(service), socket, NULL, NULL);
    g_signal_connect(service, "incoming", G_CALLBACK(on_connection), NULL);
    g_main_loop_run(loop);
    return 0;
}

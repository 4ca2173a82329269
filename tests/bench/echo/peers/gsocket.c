/* An echo server on GSocket and a source for each: the fastest that GLib has by itself. */
#include "../listen.h"
#include <gio/gio.h>

static char buffer[ECHO_BUFFER];

static gboolean on_readable(GSocket *socket, GIOCondition condition, gpointer data)
{
    gssize count = g_socket_receive(socket, buffer, sizeof(buffer), NULL, NULL);

    (void)condition;
    (void)data;
    if (count > 0)
        echo_write_all(g_socket_get_fd(socket), buffer, (size_t)count);
    return count > 0;
}

static gboolean on_connection(GSocket *listener, GIOCondition condition, gpointer data)
{
    GSocket *one = g_socket_accept(listener, NULL, NULL);
    GSource *source;

    (void)condition;
    (void)data;
    if (one == NULL)
        return G_SOURCE_CONTINUE;
    g_socket_set_blocking(one, FALSE);
    echo_no_delay(g_socket_get_fd(one));
    source = g_socket_create_source(one, G_IO_IN, NULL);
    g_source_set_callback(source, G_SOURCE_FUNC(on_readable), NULL, NULL);
    g_source_attach(source, NULL);
    g_source_unref(source);
    g_object_unref(one);
    return G_SOURCE_CONTINUE;
}

int main(void)
{
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    GSocket *listener = g_socket_new_from_fd(echo_listen(), NULL);
    GSource *source = g_socket_create_source(listener, G_IO_IN, NULL);

    g_socket_set_blocking(listener, FALSE);
    g_source_set_callback(source, G_SOURCE_FUNC(on_connection), NULL, NULL);
    g_source_attach(source, NULL);
    g_main_loop_run(loop);
    return 0;
}

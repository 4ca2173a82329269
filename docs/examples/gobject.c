/* A line client as a GObject: it sends a greeting, prints each line, and closes when the server
 * sends "bye". When the connection is lost it reconnects.
 *
 *     nc -lk 7000
 *     build/dev/examples/gobject tcp:localhost:7000
 */
#include <bight/gobject.h>
#include <stdio.h>

static void say_hello(BightLineClient *client, gpointer data)
{
    g_autoptr(GError) error = NULL;

    (void)data;
    if (!bight_gobject_line_client_send(client, "Hello from GObject", &error))
        g_warning("%s", error->message);
}

static void show_line(BightLineClient *client, const char *line, gpointer data)
{
    (void)data;
    printf("%s\n", line);
    fflush(stdout);
    if (g_str_equal(line, "bye"))
        bight_gobject_line_client_close(client);
}

static void show_wait(BightLineClient *client, guint delay, const GError *error, gpointer data)
{
    (void)client;
    (void)data;
    fprintf(stderr, "%s; once more in %u ms\n", error->message, delay);
}

int main(int count, char **arguments)
{
    const char *endpoint = count > 1 ? arguments[1] : "tcp:localhost:7000";
    g_autoptr(GError) error = NULL;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(BightReactor) reactor = bight_gobject_reactor_new(&error);

    if (reactor == NULL)
        g_error("%s", error->message);
    g_autoptr(BightLineClient) client = bight_gobject_line_client_new(reactor, endpoint);
    g_object_set(client, "first-delay", 50, NULL);
    g_signal_connect(client, "connected", G_CALLBACK(say_hello), NULL);
    g_signal_connect(client, "line", G_CALLBACK(show_line), NULL);
    g_signal_connect(client, "waiting", G_CALLBACK(show_wait), NULL);
    g_signal_connect_swapped(client, "closed", G_CALLBACK(g_main_loop_quit), loop);
    if (!bight_gobject_line_client_open(client, &error))
        g_error("%s", error->message);
    g_main_loop_run(loop);
    return 0;
}

/* A GTK window connected to a server: it shows what the server sends and sends what you type.
 *
 *     nc -l 7000 &
 *     build/dev/examples/gtk tcp:localhost:7000
 */
#include <bight/endpoint.h>
#include <bight/glib.h>
#include <bight/line.h>
#include <gtk/gtk.h>

static void show(bight_line_session *session, const uint8_t *line, size_t size, void *label)
{
    g_autofree char *text = g_utf8_make_valid((const char *)line, (gssize)size);

    (void)session;
    gtk_label_set_text(label, text);
}

static void greet(bight_line_session *session, void *label)
{
    gtk_label_set_text(label, "Connected.");
    if (bight_line_session_send(session, "Hello from GTK", 14, NULL) != BIGHT_OK)
        gtk_label_set_text(label, "Could not say hello.");
}

static void show_end(bight_line_session *session, const bight_error *reason, void *label)
{
    (void)session;
    gtk_label_set_text(label, reason != NULL ? bight_error_get_message(reason) : "Closed.");
}

static bight_result show_failure(bight_result failed, void *label)
{
    gtk_label_set_text(label, bight_error_get_message(failed.error));
    bight_result_free(failed);
    return bight_result_value(NULL);
}

static void send_entry(GtkEntry *entry, gpointer session)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(entry));

    if (bight_line_session_send(session, text, strlen(text), NULL) == BIGHT_OK)
        gtk_editable_set_text(GTK_EDITABLE(entry), "");
}

static GtkWidget *window_with(GtkApplication *application, GtkWidget *label, GtkWidget *entry)
{
    GtkWidget *window = gtk_application_window_new(application);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);

    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(box), entry);
    gtk_window_set_title(GTK_WINDOW(window), "Bight in GTK");
    gtk_window_set_child(GTK_WINDOW(window), box);
    return window;
}

/* The label outlives its window: `closed` is called when the application ends, and uses it. */
static void start(GtkApplication *application, const char *endpoint)
{
    static const bight_line_session_ops ops = {
        .connected = greet, .line = show, .closed = show_end};
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    GtkWidget *label = g_object_ref_sink(gtk_label_new("Connecting ..."));
    GtkWidget *entry = gtk_entry_new();
    GtkWidget *window = window_with(application, label, entry);
    bight_line_session *session = NULL;
    bight_reactor *reactor = bight_glib_reactor_new(NULL); /* on the main loop that GTK uses */

    if (reactor == NULL || bight_line_session_new(&options, &ops, label, &session) != BIGHT_OK ||
        bight_glib_application_hold(reactor, G_APPLICATION(application)) != BIGHT_OK)
        g_error("out of memory or descriptors");
    bight_protocol *protocol = bight_line_session_get_protocol(session);
    bight_deferred *attempt = bight_connect(reactor, endpoint, protocol);
    bight_deferred_free(bight_deferred_then(attempt, NULL, show_failure, label));

    g_object_set_data_full(G_OBJECT(application), "label", label, g_object_unref);
    g_object_set_data_full(G_OBJECT(application), "session", session,
                           (GDestroyNotify)bight_line_session_free);
    g_signal_connect(entry, "activate", G_CALLBACK(send_entry), session);
    gtk_window_present(GTK_WINDOW(window));
}

int main(int count, char **arguments)
{
    const char *endpoint = count > 1 ? arguments[1] : "tcp:localhost:7000";
    g_autoptr(GtkApplication) application = gtk_application_new(NULL, G_APPLICATION_NON_UNIQUE);

    g_signal_connect(application, "activate", G_CALLBACK(start), (gpointer)endpoint);
    return g_application_run(G_APPLICATION(application), 0, NULL);
}

/* A GTK button that sends a request, and a spinner that turns until there is an answer, an error
 * or a second press of the button, which cancels. The text of the label is also printed.
 *
 *     nc -l 7000 &
 *     build/dev/examples/gtk_spinner tcp:localhost:7000
 */
#include "ask.h"
#include <bight/gio.h>
#include <bight/glib-autoptr.h>
#include <bight/glib.h>
#include <bight/value.h>
#include <gtk/gtk.h>

typedef struct app {
    bight_reactor *reactor;
    const char *endpoint;
    GtkWidget *window, *label, *spinner, *button;
    bight_deferred *answer; /* NULL when no request is pending */
} app;

static void say(app *self, const char *text)
{
    gtk_label_set_text(GTK_LABEL(self->label), text);
    g_print("%s\n", text);
}

static bight_result show(bight_result in, void *data)
{
    say(data, bight_result_get_string(in));
    bight_result_free(in);
    return bight_result_value(NULL);
}

static bight_result show_failure(bight_result failed, void *data)
{
    bool cancelled = bight_error_get_status(failed.error) == BIGHT_ERROR_CANCELLED;

    say(data, cancelled ? "Cancelled." : bight_error_get_message(failed.error));
    bight_result_free(failed);
    return bight_result_value(NULL);
}

/* The answer, an error and a cancellation all end here. */
static void stop(void *data)
{
    app *self = data;

    gtk_spinner_stop(GTK_SPINNER(self->spinner));
    gtk_button_set_label(GTK_BUTTON(self->button), "Ask");
    bight_deferred_free(self->answer);
    self->answer = NULL;
}

static void start(app *self)
{
    bight_deferred *answer = ask(self->reactor, self->endpoint, "What is the answer?");

    self->answer = answer;
    say(self, "Asking ...");
    gtk_button_set_label(GTK_BUTTON(self->button), "Cancel");
    gtk_spinner_start(GTK_SPINNER(self->spinner));

    bight_gio_bind(answer, G_OBJECT(self->window)); /* no step runs when the window is gone */
    bight_deferred_then(answer, show, show_failure, self);
    bight_deferred_always(answer, stop, self);
}

static void on_clicked(GtkButton *button, gpointer data)
{
    app *self = data;

    (void)button;
    if (self->answer == NULL)
        start(self);
    else
        bight_deferred_cancel(self->answer);
}

static void make_window(app *self, GtkApplication *application)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);

    self->window = gtk_application_window_new(application);
    self->label = gtk_label_new("Nothing asked yet.");
    self->spinner = gtk_spinner_new();
    self->button = gtk_button_new_with_label("Ask");
    gtk_widget_set_size_request(self->spinner, 48, 48);
    gtk_widget_set_halign(self->button, GTK_ALIGN_CENTER);
    gtk_label_set_wrap(GTK_LABEL(self->label), TRUE);
    gtk_label_set_justify(GTK_LABEL(self->label), GTK_JUSTIFY_CENTER);
    gtk_label_set_max_width_chars(GTK_LABEL(self->label), 36);
    gtk_widget_set_vexpand(self->label, TRUE);
    gtk_widget_set_margin_start(box, 24);
    gtk_widget_set_margin_end(box, 24);
    gtk_widget_set_margin_top(box, 24);
    gtk_widget_set_margin_bottom(box, 24);
    gtk_box_append(GTK_BOX(box), self->label);
    gtk_box_append(GTK_BOX(box), self->spinner);
    gtk_box_append(GTK_BOX(box), self->button);
    gtk_window_set_title(GTK_WINDOW(self->window), "A spinner in GTK");
    gtk_window_set_default_size(GTK_WINDOW(self->window), 360, 240);
    gtk_window_set_child(GTK_WINDOW(self->window), box);
    g_signal_connect(self->button, "clicked", G_CALLBACK(on_clicked), self);
}

static void open_app(GtkApplication *application, gpointer data)
{
    app *self = data;

    self->reactor = bight_glib_reactor_new(NULL);
    if (self->reactor == NULL ||
        bight_glib_application_hold(self->reactor, G_APPLICATION(application)) != BIGHT_OK)
        g_error("out of memory or descriptors");
    make_window(self, application);
    gtk_window_present(GTK_WINDOW(self->window));
}

int main(int count, char **arguments)
{
    g_autoptr(GtkApplication) application = gtk_application_new(NULL, G_APPLICATION_NON_UNIQUE);
    app self = {.endpoint = count > 1 ? arguments[1] : "tcp:localhost:7000"};
    int status;

    g_signal_connect(application, "activate", G_CALLBACK(open_app), &self);
    status = g_application_run(G_APPLICATION(application), 0, NULL);
    bight_deferred_free(self.answer); /* if the window was closed in between */
    return status;
}

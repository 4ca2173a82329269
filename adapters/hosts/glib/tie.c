/* The tie between a GApplication and the reactor that it owns.
 *
 * This does not call g_application_hold(), or a program that listens would never end when its last
 * window is closed. Freeing the reactor detaches its host, which ends the tie; so nothing here is
 * touched after the free. */
#include "tie.h"

/* Runs after the application's own handlers, which may still send data. */
static void on_shutdown(GApplication *application, gpointer data)
{
    (void)application;
    bight_reactor_free(((bighti_tie *)data)->reactor);
}

/* It was destroyed without having run. */
static void on_application_gone(gpointer data, GObject *address)
{
    bighti_tie *self = data;

    (void)address;
    self->application = NULL;
    bight_reactor_free(self->reactor);
}

void bighti_tie_begin(bighti_tie *self, bight_reactor *reactor, GApplication *application)
{
    self->reactor = reactor;
    self->application = application;
    self->handler = g_signal_connect_after(application, "shutdown", G_CALLBACK(on_shutdown), self);
    g_object_weak_ref(G_OBJECT(application), on_application_gone, self);
}

void bighti_tie_end(bighti_tie *self)
{
    GApplication *application = self->application;

    self->application = NULL;
    if (application == NULL)
        return;
    g_signal_handler_disconnect(application, self->handler);
    g_object_weak_unref(G_OBJECT(application), on_application_gone, self);
}

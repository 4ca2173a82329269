#include "libraries.h"
#include <glib.h>

static GMainContext *context;
static GSource **timers;

static gboolean on_timer(gpointer data)
{
    (void)data;
    return G_SOURCE_CONTINUE;
}

static void open_all(size_t count)
{
    context = g_main_context_new();
    timers = g_new(GSource *, count);
}

static void create(size_t index, uint64_t delay)
{
    timers[index] = g_timeout_source_new((guint)delay);
    g_source_set_callback(timers[index], on_timer, NULL, NULL);
    g_source_attach(timers[index], context);
}

static void again(size_t index, uint64_t delay)
{
    g_source_set_ready_time(timers[index], g_get_monotonic_time() + (gint64)delay * 1000);
}

static void cancel(size_t index)
{
    g_source_destroy(timers[index]);
    g_source_unref(timers[index]);
}

static void turn(void)
{
    g_main_context_iteration(context, FALSE);
}

static void close_all(void)
{
    g_free(timers);
    g_main_context_unref(context);
}

static const library glib = {"GLib", open_all, NULL, create, again, cancel, turn, close_all};
const library *const bench_glib = &glib;

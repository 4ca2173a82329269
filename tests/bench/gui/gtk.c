/* A GTK window that draws on its frame clock while the network sends: by a reactor on the main
 * loop, or by GIO. Without a window, the same main loop with nothing else on it.
 *
 *     gui-gtk network=bight port=PORT peers=64 [paint=20] [seconds=3] ...
 */
#include "gio.h"
#include "meter.h"
#include <bight/glib.h>
#include <gtk/gtk.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct program {
    const meter_settings *settings;
    GMainLoop *loop;
    bight_reactor *reactor; /* NULL for GIO */
} program;

static void connect_peers(void *data)
{
    program *self = data;

    if (self->reactor != NULL)
        meter_connect_bight(self->reactor, self->settings->port, self->settings->peers);
    else
        meter_connect_gio(self->settings->port, self->settings->peers, self->settings->priority);
}

static void quit(void *data)
{
    g_main_loop_quit(((program *)data)->loop);
}

/* The reactor of the settings, or NULL for GIO. Without a window it is that of a server. */
static bight_reactor *make_reactor(const meter_settings *settings)
{
    bight_budget budget = settings->window ? BIGHT_BUDGET_GUI : BIGHT_BUDGET_UNLIMITED;
    int priority = settings->window ? BIGHT_GLIB_PRIORITY : G_PRIORITY_DEFAULT;

    if (strcmp(settings->network, "bight") != 0)
        return NULL;
    if (settings->budget > 0)
        budget = BIGHT_BUDGET((uint64_t)(settings->budget * 1e6), 0);
    if (settings->priority >= 0)
        priority = settings->priority;
    return bight_glib_reactor_new_with(NULL, priority, budget);
}

/* -- The other sources -- */

static const int priorities[METER_SOURCES] = {0, 100, 110, 120, 121, 125, 200, 300};
static bool is_asked[METER_SOURCES];

static gboolean run_source(gpointer data)
{
    unsigned index = GPOINTER_TO_UINT(data);

    is_asked[index] = false;
    meter_source_ran(index);
    return G_SOURCE_REMOVE;
}

static gboolean ask_for_runs(gpointer unused)
{
    (void)unused;
    for (unsigned i = 0; i < METER_SOURCES; i++) {
        if (is_asked[i])
            continue;
        is_asked[i] = true;
        g_idle_add_full(priorities[i], run_source, GUINT_TO_POINTER(i), NULL);
    }
    return G_SOURCE_CONTINUE;
}

/* -- The window -- */

#define TYPE_CANVAS (canvas_get_type())
G_DECLARE_FINAL_TYPE(Canvas, canvas, BENCH, CANVAS, GtkWidget)

struct _Canvas {
    GtkWidget parent;
};

G_DEFINE_TYPE(Canvas, canvas, GTK_TYPE_WIDGET)

static void draw(GtkWidget *widget, GtkSnapshot *snapshot)
{
    static const GdkRGBA dark = {0.1f, 0.1f, 0.2f, 1}, light = {0.4f, 0.7f, 1, 1};
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    int step = width / METER_BARS;

    meter_paint();
    gtk_snapshot_append_color(snapshot, &dark, &GRAPHENE_RECT_INIT(0, 0, width, height));
    for (int i = 0; i < METER_BARS; i++)
        gtk_snapshot_append_color(snapshot, &light,
                                  &GRAPHENE_RECT_INIT(i * step, meter_bar(i, height), step - 1, 8));
}

static void canvas_class_init(CanvasClass *class)
{
    GTK_WIDGET_CLASS(class)->snapshot = draw;
}

static void canvas_init(Canvas *self)
{
    gtk_widget_set_size_request(GTK_WIDGET(self), METER_CANVAS_WIDTH, METER_CANVAS_HEIGHT);
}

static gboolean ask_for_frame(GtkWidget *area, GdkFrameClock *clock, gpointer unused)
{
    (void)clock;
    (void)unused;
    gtk_widget_queue_draw(area);
    return G_SOURCE_CONTINUE;
}

static void begin_frame(GdkFrameClock *clock, gpointer unused)
{
    (void)clock;
    (void)unused;
    meter_frame_begins();
}

static void end_frame(GdkFrameClock *clock, gpointer unused)
{
    (void)clock;
    (void)unused;
    meter_frame_ends();
}

static void watch_clock(GtkWidget *window, gpointer unused)
{
    GdkFrameClock *clock = gtk_widget_get_frame_clock(window);

    (void)unused;
    g_signal_connect(clock, "before-paint", G_CALLBACK(begin_frame), NULL);
    g_signal_connect(clock, "after-paint", G_CALLBACK(end_frame), NULL);
}

static GtkWidget *open_window(void)
{
    GtkWidget *window = gtk_window_new(), *area = g_object_new(TYPE_CANVAS, NULL);

    gtk_widget_add_tick_callback(area, ask_for_frame, NULL, NULL);
    g_signal_connect(window, "realize", G_CALLBACK(watch_clock), NULL);
    gtk_window_set_child(GTK_WINDOW(window), area);
    gtk_window_present(GTK_WINDOW(window));
    return window;
}

int main(int count, char **words)
{
    program self = {.settings = meter_begin(count, words)};
    GtkWidget *window = NULL;

    self.reactor = make_reactor(self.settings);
    self.loop = g_main_loop_new(NULL, FALSE);
    meter_on_ready(connect_peers, quit, &self);
    if (self.settings->window) {
        gtk_init();
        if (self.reactor != NULL)
            meter_watch(self.reactor);
        g_timeout_add_full(G_PRIORITY_HIGH, METER_ASKS_EVERY, ask_for_runs, NULL, NULL);
        window = open_window();
    } else {
        meter_ready();
    }
    g_main_loop_run(self.loop);
    if (window != NULL)
        gtk_window_destroy(GTK_WINDOW(window));
    bight_reactor_free(self.reactor);
    g_main_loop_unref(self.loop);
    return meter_end();
}

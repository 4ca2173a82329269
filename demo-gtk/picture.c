#include "picture.h"

/* The message view settles for a few frames after its text has changed. */
#define FRAMES 8

/* The name of the window's data for the number of remaining frames; 0 if none were requested. */
#define LEFT "chat-frames-left"

static guint frames_left(GtkWidget *window)
{
    return GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(window), LEFT));
}

static void set_frames_left(GtkWidget *window, guint frames)
{
    g_object_set_data(G_OBJECT(window), LEFT, GUINT_TO_POINTER(frames));
}

/* One frame is left over for chat_picture_is_drawn() to see. */
static gboolean picture_on_frame(GtkWidget *window, GdkFrameClock *clock, gpointer data)
{
    guint left = frames_left(window) - 1;

    (void)clock;
    (void)data;
    set_frames_left(window, left);
    return left > 1 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

gboolean chat_picture_is_drawn(GtkWidget *window)
{
    guint left = frames_left(window);

    if (left == 1) {
        set_frames_left(window, 0);
        return TRUE;
    }
    if (left == 0 && gtk_widget_get_mapped(window)) {
        set_frames_left(window, FRAMES + 1);
        gtk_widget_add_tick_callback(window, picture_on_frame, NULL, NULL);
    }
    return FALSE;
}

gboolean chat_picture_save(GtkWidget *window, const char *path)
{
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(window);
    GskRenderer *renderer = gtk_native_get_renderer(GTK_NATIVE(window));
    GtkSnapshot *snapshot = gtk_snapshot_new();
    g_autoptr(GskRenderNode) node = NULL;
    g_autoptr(GdkTexture) texture = NULL;

    gdk_paintable_snapshot(paintable, snapshot, gtk_widget_get_width(window),
                           gtk_widget_get_height(window));
    node = gtk_snapshot_free_to_node(snapshot);
    if (!node || !renderer)
        return FALSE;
    texture = gsk_renderer_render_texture(renderer, node, NULL);
    return gdk_texture_save_to_png(texture, path);
}

#include "picture.h"

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

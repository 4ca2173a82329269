/* A picture of a window, as its own renderer draws it. */
#ifndef CHAT_PICTURE_H
#define CHAT_PICTURE_H

#include <gtk/gtk.h>

/* Whether the window has drawn all changes so far. The first call requests some frames, after
 * which the layout is stable. Returns false until they are drawn, then true once. */
gboolean chat_picture_is_drawn(GtkWidget *window);

/* Write a PNG. Returns false if it could not be drawn or written. */
gboolean chat_picture_save(GtkWidget *window, const char *path);

#endif

/* A picture of a window, as its own renderer draws it. */
#ifndef CHAT_PICTURE_H
#define CHAT_PICTURE_H

#include <gtk/gtk.h>

/* Whether the window has drawn all that happened so far. The first call asks for some frames, in
 * which what was laid out anew comes to rest; false until they are drawn, then true once. */
gboolean chat_picture_is_drawn(GtkWidget *window);

/* Write a PNG. False when it could not be drawn or written. */
gboolean chat_picture_save(GtkWidget *window, const char *path);

#endif

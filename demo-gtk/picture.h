/* A picture of a window, as its own renderer draws it. */
#ifndef CHAT_PICTURE_H
#define CHAT_PICTURE_H

#include <gtk/gtk.h>

/* Write a PNG. False when it could not be drawn or written. */
gboolean chat_picture_save(GtkWidget *window, const char *path);

#endif

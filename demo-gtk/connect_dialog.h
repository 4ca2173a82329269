/* The dialog that asks whether to connect to a server or to host a chat. */
#ifndef CHAT_CONNECT_DIALOG_H
#define CHAT_CONNECT_DIALOG_H

#include "target.h"
#include <adwaita.h>

/* Called when the user has decided. Returns false and sets a text on failure; the dialog then
 * stays open, shows the text and frees it. */
typedef gboolean (*chat_connect_fn)(const chat_target *target, char **error, void *data);

#define CHAT_TYPE_CONNECT_DIALOG (chat_connect_dialog_get_type())
G_DECLARE_FINAL_TYPE(ChatConnectDialog, chat_connect_dialog, CHAT, CONNECT_DIALOG, AdwWindow)

/* Open the dialog over a window, filled with a target. The text that explains why it is shown
 * again may be NULL. */
void chat_connect_dialog_open(GtkWindow *parent, const chat_target *target, const char *trouble,
                              chat_connect_fn decided, void *data);

#endif

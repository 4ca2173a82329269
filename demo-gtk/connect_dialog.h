/* Where to go: to a server, or to host a chat here. */
#ifndef CHAT_CONNECT_DIALOG_H
#define CHAT_CONNECT_DIALOG_H

#include "target.h"
#include <adwaita.h>

/* The person has decided. False with a text for a person, which the dialog frees: then it stays
 * open and shows it. */
typedef gboolean (*chat_connect_fn)(const chat_target *target, char **error, void *data);

#define CHAT_TYPE_CONNECT_DIALOG (chat_connect_dialog_get_type())
G_DECLARE_FINAL_TYPE(ChatConnectDialog, chat_connect_dialog, CHAT, CONNECT_DIALOG, AdwWindow)

/* Open it over a window, filled with a target. Why it has to be asked again may be NULL. */
void chat_connect_dialog_open(GtkWindow *parent, const chat_target *target, const char *trouble,
                              chat_connect_fn decided, void *data);

#endif

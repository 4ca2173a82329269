/* Go to a conversation by a part of its name. */
#ifndef CHAT_SWITCHER_H
#define CHAT_SWITCHER_H

#include "conversation.h"
#include <adwaita.h>

typedef void (*chat_switcher_fn)(ChatConversation *conversation, void *data);

/* Open it over a window; `chosen` is called for the one that is chosen, if any. The server's
 * conversation is shown under the name of the network. */
void chat_switcher_open(GtkWindow *parent, GListModel *conversations, const char *network,
                        chat_switcher_fn chosen, void *data);

#endif

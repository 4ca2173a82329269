/* A chat server on this window's own loop. */
#ifndef CHAT_HOST_H
#define CHAT_HOST_H

#include <bight/reactor.h>
#include <glib.h>

typedef struct chat_host chat_host;

/* Called when the number of users, or the server itself, has changed. */
typedef void (*chat_host_fn)(chat_host *host, void *data);

chat_host *chat_host_new(bight_reactor *reactor, chat_host_fn changed, void *data);

/* Stop the server, if there is one, and free. */
void chat_host_free(chat_host *host);

/* Run a server, replacing a running one. On failure, returns false and sets a text for the user,
 * which the caller frees; then no server runs. */
gboolean chat_host_start(chat_host *host, const char *endpoint, char **error);

void chat_host_stop(chat_host *host);

/* The endpoint with the actual port; NULL without a server. Borrowed. */
const char *chat_host_get_endpoint(chat_host *host);

/* The endpoint for this window's own connection: the loopback address if the server listens on
 * all. Freed with g_free(). */
char *chat_host_get_own_endpoint(chat_host *host);

/* The number of users, this window included. */
guint chat_host_get_users(chat_host *host);

#endif

/* A chat server on this window's own loop. */
#ifndef CHAT_HOST_H
#define CHAT_HOST_H

#include <bight/reactor.h>
#include <glib.h>

typedef struct chat_host chat_host;

/* The number of guests, or the server itself, is another. */
typedef void (*chat_host_fn)(chat_host *host, void *data);

chat_host *chat_host_new(bight_reactor *reactor, chat_host_fn changed, void *data);

/* Stop the server, if there is one, and free. */
void chat_host_free(chat_host *host);

/* Run a server, in place of one that runs. False with a text for a person, which the caller frees;
 * then there is none. */
gboolean chat_host_start(chat_host *host, const char *endpoint, char **error);

void chat_host_stop(chat_host *host);

/* Where it listens, with the real port; NULL without a server. Borrowed. */
const char *chat_host_get_endpoint(chat_host *host);

/* Where this window itself connects to: the loopback address if it listens on all. Freed with
 * g_free(). */
char *chat_host_get_own_endpoint(chat_host *host);

/* How many people are in, this window included. */
guint chat_host_get_users(chat_host *host);

#endif

/* The target of a connection, from the dialog or the command line. */
#ifndef CHAT_TARGET_H
#define CHAT_TARGET_H

#include <glib.h>

typedef struct chat_target {
    char *host;    /* the endpoint to run a server on, NULL for none */
    char *connect; /* the endpoint to connect to; NULL for the server above */
    char *nick;
    char *join; /* channels, "#a,#b" */
} chat_target;

/* A copy. Freed with chat_target_free(). */
chat_target *chat_target_dup(const chat_target *target);

void chat_target_free(chat_target *target);

/* Fill in missing values: a nick from the login name, and the default channel. A channel without
 * its prefix gets one. */
void chat_target_complete(chat_target *target);

/* The endpoint for typed input: "irc.example.org", "::1" and a port, or an endpoint. Freed with
 * g_free(). NULL if the input is invalid. */
char *chat_target_endpoint(const char *server, const char *port);

/* What was used last time; missing where it was never used. Freed with chat_target_free(). */
chat_target *chat_target_load(void);

/* Store it for the next time. Failures to write it are only logged. */
void chat_target_save(const chat_target *target);

#endif

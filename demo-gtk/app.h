/* The program: it holds the reactor, the session, the hosted server and the window together. */
#ifndef CHAT_APP_H
#define CHAT_APP_H

#include <glib.h>

/* The values from the command line; NULL if not given. */
typedef struct chat_options {
    char *connect;
    char *host;
    char *nick;
    char *join;
    char *script;
    char *transcript;
    char *screenshot;
    gboolean count_threads;
    gboolean dark;
    gboolean light;
} chat_options;

/* Run until the window is closed. Returns the exit status of the program. */
int chat_app_run(const chat_options *options, const char *program);

#endif

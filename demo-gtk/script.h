/* A script that drives the window: docs/guides/demo.md lists the actions. */
#ifndef CHAT_SCRIPT_H
#define CHAT_SCRIPT_H

#include <glib.h>

typedef struct chat_script chat_script;

/* The operations of a script on the widgets. On failure they return false and set a text for the
 * user, which the script frees. */
typedef struct chat_script_ops {
    gboolean (*shows)(const char *text, void *data); /* whether the message view shows it */
    gboolean (*say)(const char *text, char **error, void *data);
    gboolean (*type)(const char *text, char **error, void *data);
    gboolean (*show)(const char *name, char **error, void *data);
    gboolean (*is_drawn)(void *data); /* whether the window has drawn all changes; polled */
    gboolean (*screenshot)(char **error, void *data);
    /* The script has ended. The error is NULL on success. The script may be freed here.
     * @quit whether the script ends the program */
    void (*ended)(gboolean quit, const char *error, void *data);
} chat_script_ops;

/* Read a file. On failure, returns NULL and sets a text for the user, which the caller frees. */
chat_script *chat_script_new(const char *path, const chat_script_ops *ops, void *data,
                             char **error);

/* Begin; nothing is done before the next turn of the loop. */
void chat_script_start(chat_script *script);

/* Stop and free. */
void chat_script_free(chat_script *script);

#endif

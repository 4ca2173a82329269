/* A script that drives the window: docs/guides/demo.md tells the actions. */
#ifndef CHAT_SCRIPT_H
#define CHAT_SCRIPT_H

#include <glib.h>

typedef struct chat_script chat_script;

/* What a script does things with; each on the widgets. False with a text for a person, which the
 * script frees. */
typedef struct chat_script_ops {
    gboolean (*shows)(const char *text, void *data); /* whether the message view does */
    gboolean (*say)(const char *text, char **error, void *data);
    gboolean (*type)(const char *text, char **error, void *data);
    gboolean (*show)(const char *name, char **error, void *data);
    gboolean (*is_drawn)(void *data); /* whether the window shows all that happened; asked again */
    gboolean (*screenshot)(char **error, void *data);
    /* Nothing more to do. The error is NULL when all went well; the script may be freed here.
     * @quit the script asks for the end of the program */
    void (*ended)(gboolean quit, const char *error, void *data);
} chat_script_ops;

/* Read a file. NULL with a text for a person, which the caller frees. */
chat_script *chat_script_new(const char *path, const chat_script_ops *ops, void *data,
                             char **error);

/* Begin; nothing is done before the next turn of the loop. */
void chat_script_start(chat_script *script);

/* Stop and free. */
void chat_script_free(chat_script *script);

#endif

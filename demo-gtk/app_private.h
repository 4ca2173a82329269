/* Shared by app.c, app_actions.c and app_script.c. */
#ifndef CHAT_APP_PRIVATE_H
#define CHAT_APP_PRIVATE_H

#include "app.h"
#include "script.h"
#include "window.h"

typedef struct chat_app {
    const chat_options *options;
    AdwApplication *gtk;
    bight_reactor *reactor;
    chat_session *session;
    chat_host *host;
    ChatWindow *window; /* the application's */
    chat_script *script;
    gboolean is_quitting;
    gboolean is_finished;
    int exit_status;
} chat_app;

/* Print a line on standard output, and flush it. */
void chat_app_print(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Quit the session and end the program. */
void chat_app_quit(chat_app *app);

/* Open the dialog that asks where to go. */
void chat_app_ask(chat_app *app);

/* The actions "app.*" and their keys. */
void chat_app_add_actions(chat_app *app);

/* The script has ended; see chat_script_ops. */
void chat_app_script_ended(gboolean quit, const char *error, void *data);

/* How a script drives the window; its data is the chat_app. */
extern const chat_script_ops chat_app_script_ops;

#endif

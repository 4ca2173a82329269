/* A script uses the same widgets as a person: the entry and the view. */
#include "app_private.h"

#include "picture.h"
#include <string.h>

static gboolean app_script_shows(const char *text, void *data)
{
    chat_app *app = data;
    g_autofree char *shown = chat_message_view_get_text(chat_window_get_messages(app->window));

    return strstr(shown, text) != NULL;
}

static gboolean type(const char *text, char **error, void *data)
{
    chat_app *app = data;

    (void)error;
    chat_entry_type(chat_window_get_entry(app->window), text);
    return TRUE;
}

static gboolean app_script_say(const char *text, char **error, void *data)
{
    chat_app *app = data;
    ChatEntry *entry = chat_window_get_entry(app->window);

    chat_entry_type(entry, text);
    if (chat_entry_enter(entry))
        return TRUE;
    *error = g_strdup(chat_entry_get_error(entry));
    return FALSE;
}

static gboolean app_script_show(const char *name, char **error, void *data)
{
    chat_app *app = data;
    ChatConversation *conversation = chat_session_find(app->session, name);

    if (conversation)
        chat_window_show(app->window, conversation);
    else
        *error = g_strdup("there is no such conversation");
    return conversation != NULL;
}

static gboolean is_drawn(void *data)
{
    chat_app *app = data;

    return chat_picture_is_drawn(GTK_WIDGET(app->window));
}

static gboolean screenshot(char **error, void *data)
{
    chat_app *app = data;

    if (!app->options->screenshot)
        *error = g_strdup("where to? --screenshot tells");
    else if (!chat_picture_save(GTK_WIDGET(app->window), app->options->screenshot))
        *error = g_strdup("the picture could not be written");
    return *error == NULL;
}

const chat_script_ops chat_app_script_ops = {
    .shows = app_script_shows,
    .say = app_script_say,
    .type = type,
    .show = app_script_show,
    .is_drawn = is_drawn,
    .screenshot = screenshot,
    .ended = chat_app_script_ended,
};

/* Networking adds only one thing to this program: a reactor on the loop that GTK runs. It is made
 * first and freed last. In between, the session and the hosted server are callbacks of that loop,
 * like the buttons.
 *
 * The program ends in steps, because QUIT takes a moment. quit() writes the transcript and asks
 * the session to quit. When the session is offline, app_finish() destroys the window, which ends
 * the loop. */
#include "app.h"

#include "app_private.h"
#include "certificate_dialog.h"
#include "connect_dialog.h"
#include "threads.h"
#include <bight/glib.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

void chat_app_print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    fflush(stdout);
}

static void app_complain(const char *why)
{
    fprintf(stderr, "bight-chat-gtk: %s\n", why);
}

static void app_fail(chat_app *app, const char *why)
{
    app_complain(why);
    app->exit_status = 1;
}

static void app_finish(chat_app *app)
{
    if (app->is_finished)
        return;
    app->is_finished = TRUE;
    chat_script_free(app->script);
    app->script = NULL;
    chat_host_stop(app->host);
    g_application_quit(G_APPLICATION(app->gtk));
}

static void write_transcript(chat_app *app)
{
    g_autofree char *text = NULL;
    g_autofree char *whole = NULL;
    g_autoptr(GError) error = NULL;

    if (!app->options->transcript || !app->window)
        return;
    text = chat_message_view_get_text(chat_window_get_messages(app->window));
    whole = g_strconcat(text, "\n", NULL);
    if (!g_file_set_contents(app->options->transcript, whole, -1, &error))
        app_fail(app, error->message);
}

void chat_app_quit(chat_app *app)
{
    if (app->is_quitting)
        return;
    app->is_quitting = TRUE;
    write_transcript(app);
    if (app->window)
        gtk_widget_hide(GTK_WIDGET(app->window));
    if (chat_session_get_state(app->session) == BIGHT_IRC_OFFLINE)
        app_finish(app);
    else
        chat_session_quit(app->session);
}

static void count_threads(chat_app *app, bight_irc_state state)
{
    if (app->options->count_threads)
        chat_app_print("threads %u %s", chat_threads_count(), bight_irc_state_text(state));
}

static void app_on_state(chat_session *session, bight_irc_state state, const char *reason,
                         void *data)
{
    chat_app *app = data;

    (void)session;
    count_threads(app, state);
    if (app->window)
        chat_window_set_state(app->window, state, reason);
    if (app->is_quitting && state == BIGHT_IRC_OFFLINE)
        app_finish(app);
}

static void app_on_nick_needed(chat_session *session, const char *tried, const char *text,
                               void *data)
{
    chat_app *app = data;

    (void)session;
    chat_window_ask_nick(app->window, tried, text);
}

static bight_deferred *app_on_untrusted(chat_session *session,
                                        const bight_certificate_report *report, void *data)
{
    chat_app *app = data;

    (void)session;
    return chat_certificate_dialog_open(GTK_WINDOW(app->window), report);
}

static void app_on_invited(chat_session *session, const char *by, const char *channel, void *data)
{
    chat_app *app = data;

    (void)session;
    chat_window_invite(app->window, by, channel);
}

static void on_wanted(chat_session *session, ChatConversation *conversation, void *data)
{
    chat_app *app = data;

    (void)session;
    chat_window_show(app->window, conversation);
}

static void on_renamed(chat_session *session, void *data)
{
    chat_app *app = data;

    (void)session;
    chat_window_refresh(app->window);
}

static const chat_session_listener listener = {
    .state_changed = app_on_state,
    .nick_needed = app_on_nick_needed,
    .invited = app_on_invited,
    .wanted = on_wanted,
    .untrusted = app_on_untrusted,
    .renamed = on_renamed,
};

static void on_host_changed(chat_host *host, void *data)
{
    chat_app *app = data;

    (void)host;
    if (app->window && !app->is_quitting)
        chat_window_refresh(app->window);
}

/* Start the server first, if one is requested, because the session connects to its actual
 * endpoint. */
static gboolean go(const chat_target *target, char **error, void *data)
{
    chat_app *app = data;
    chat_target *whole = chat_target_dup(target);
    gboolean ok = TRUE;

    if (whole->host) {
        ok = chat_host_start(app->host, whole->host, error);
        if (ok)
            chat_app_print("listening %s", chat_host_get_endpoint(app->host));
        if (ok && !whole->connect)
            whole->connect = chat_host_get_own_endpoint(app->host);
    }
    ok = ok && chat_session_connect(app->session, whole, error);
    chat_target_free(whole);
    return ok;
}

void chat_app_ask(chat_app *app)
{
    chat_target *last = chat_target_load();

    chat_target_complete(last);
    chat_connect_dialog_open(GTK_WINDOW(app->window), last, NULL, go, app);
    chat_target_free(last);
}

/* Connect as the command line says. A failure ends the program if a script runs; otherwise the
 * dialog shows it. */
static void go_or_ask(chat_app *app, const chat_target *target)
{
    g_autofree char *error = NULL;

    if (go(target, &error, app))
        return;
    if (app->script) {
        app_fail(app, error);
        chat_app_quit(app);
    } else {
        app_complain(error);
        chat_connect_dialog_open(GTK_WINDOW(app->window), target, error, go, app);
    }
}

/* Follow the command line, or ask if it names no target. */
static void app_begin(void *data)
{
    chat_app *app = data;
    const chat_options *options = app->options;
    const chat_target given = {options->host, options->connect, options->nick, options->join};
    chat_target *target;

    if (app->is_quitting)
        return;
    count_threads(app, BIGHT_IRC_OFFLINE);
    if (!options->connect && !options->host) {
        chat_app_ask(app);
    } else {
        target = chat_target_dup(&given);
        chat_target_complete(target);
        go_or_ask(app, target);
        chat_target_free(target);
    }
    if (app->script && !app->is_quitting)
        chat_script_start(app->script);
}

static gboolean app_on_close(GtkWindow *window, chat_app *app)
{
    (void)window;
    chat_app_quit(app);
    return TRUE;
}

static void app_on_activate(GApplication *application, chat_app *app)
{
    (void)application;
    if (app->window) {
        gtk_window_present(GTK_WINDOW(app->window));
        return;
    }
    app->window = chat_window_new(GTK_APPLICATION(app->gtk), app->session, app->host);
    g_signal_connect(app->window, "close-request", G_CALLBACK(app_on_close), app);
    gtk_window_present(GTK_WINDOW(app->window));
    if (app->options->count_threads)
        chat_threads_when_calm(app_begin, app);
    else
        app_begin(app);
}

static void on_startup(GApplication *application, chat_app *app)
{
    AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

    (void)application;
    if (app->options->dark)
        scheme = ADW_COLOR_SCHEME_FORCE_DARK;
    else if (app->options->light)
        scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), scheme);
    gtk_window_set_default_icon_name("user-available");
    app->session = chat_session_new(app->reactor, &listener, app);
    app->host = chat_host_new(app->reactor, on_host_changed, app);
    chat_app_add_actions(app);
}

static gboolean on_signal(gpointer data)
{
    chat_app_quit(data);
    return G_SOURCE_CONTINUE;
}

void chat_app_script_ended(gboolean quit, const char *error, void *data)
{
    chat_app *app = data;

    if (error)
        app_fail(app, error);
    if (quit || error)
        chat_app_quit(app);
    else
        chat_app_print("script done");
}

/* Load the script, if there is one. Returns false if it cannot be read. */
static gboolean load_script(chat_app *app)
{
    g_autofree char *error = NULL;

    if (!app->options->script)
        return TRUE;
    app->script = chat_script_new(app->options->script, &chat_app_script_ops, app, &error);
    if (!app->script)
        app_fail(app, error);
    return app->script != NULL;
}

static void run_gtk(chat_app *app, const char *program)
{
    char *arguments[] = {(char *)program, NULL};
    guint interrupt, terminate;
    int status;

    app->gtk = adw_application_new("dev.bight.Chat", G_APPLICATION_NON_UNIQUE);
    g_signal_connect(app->gtk, "startup", G_CALLBACK(on_startup), app);
    g_signal_connect(app->gtk, "activate", G_CALLBACK(app_on_activate), app);
    interrupt = g_unix_signal_add(SIGINT, on_signal, app);
    terminate = g_unix_signal_add(SIGTERM, on_signal, app);
    status = g_application_run(G_APPLICATION(app->gtk), 1, arguments);
    if (status != 0)
        app->exit_status = 1;
    g_source_remove(interrupt);
    g_source_remove(terminate);
    if (app->window)
        gtk_window_destroy(GTK_WINDOW(app->window));
    chat_session_free(app->session);
    chat_host_free(app->host);
    g_object_unref(app->gtk);
}

int chat_app_run(const chat_options *options, const char *program)
{
    chat_app *app = g_new0(chat_app, 1);
    int exit_status;

    app->options = options;
    app->reactor = bight_glib_reactor_new(NULL);
    if (!app->reactor)
        app_fail(app, g_strerror(errno));
    else if (load_script(app))
        run_gtk(app, program);
    chat_script_free(app->script);
    bight_reactor_free(app->reactor);
    exit_status = app->exit_status;
    g_free(app);
    return exit_status;
}

#include "app.h"

#include <locale.h>
#include <stdio.h>

static void demo_free_options(chat_options *options)
{
    g_free(options->connect);
    g_free(options->host);
    g_free(options->nick);
    g_free(options->join);
    g_free(options->script);
    g_free(options->transcript);
    g_free(options->screenshot);
}

/* Returns false after a message on standard error. */
static gboolean demo_read_options(int *count, char ***arguments, chat_options *options)
{
    const GOptionEntry entries[] = {
        {"connect", 0, 0, G_OPTION_ARG_STRING, &options->connect, "Connect there", "ENDPOINT"},
        {"host", 0, 0, G_OPTION_ARG_STRING, &options->host, "Host a chat there", "ENDPOINT"},
        {"nick", 0, 0, G_OPTION_ARG_STRING, &options->nick, "The nick", "NICK"},
        {"join", 0, 0, G_OPTION_ARG_STRING, &options->join, "Channels to join", "#A,#B"},
        {"dark", 0, 0, G_OPTION_ARG_NONE, &options->dark, "Dark colours", NULL},
        {"light", 0, 0, G_OPTION_ARG_NONE, &options->light, "Light colours", NULL},
        {"script", 0, 0, G_OPTION_ARG_FILENAME, &options->script, "Run this script", "FILE"},
        {"transcript", 0, 0, G_OPTION_ARG_FILENAME, &options->transcript,
         "At the end, write the shown messages", "FILE"},
        {"screenshot", 0, 0, G_OPTION_ARG_FILENAME, &options->screenshot,
         "The file for the script’s screenshot", "FILE"},
        {"count-threads", 0, 0, G_OPTION_ARG_NONE, &options->count_threads,
         "Print the number of threads when the connection’s state changes", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, "A chat window whose network lives in GTK's main loop.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, count, arguments, &error) && *count == 1)
        return TRUE;
    fprintf(stderr, "bight-chat-gtk: %s\n", error ? error->message : "options only, no arguments");
    return FALSE;
}

int main(int count, char **arguments)
{
    chat_options options = {0};
    int exit_status = 2;

    setlocale(LC_ALL, "");
    g_set_prgname("bight-chat-gtk");
    g_set_application_name("Bight Chat");
    if (demo_read_options(&count, &arguments, &options))
        exit_status = chat_app_run(&options, arguments[0]);
    demo_free_options(&options);
    return exit_status;
}

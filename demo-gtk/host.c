#include "host.h"

#include <bight/error.h>
#include <bight/irc_server.h>
#include <string.h>

struct chat_host {
    bight_reactor *reactor;
    chat_host_fn changed;
    void *data;
    bight_irc_server *server; /* NULL if it is not running */
};

chat_host *chat_host_new(bight_reactor *reactor, chat_host_fn changed, void *data)
{
    chat_host *host = g_new0(chat_host, 1);

    host->reactor = reactor;
    host->changed = changed;
    host->data = data;
    return host;
}

void chat_host_free(chat_host *host)
{
    if (!host)
        return;
    bight_irc_server_free(host->server);
    g_free(host);
}

static void host_choice_on_change(bight_irc_server *server, void *data)
{
    chat_host *host = data;

    (void)server;
    host->changed(host, host->data);
}

static char *host_choice_text_of(bight_error *take_error, bight_status status)
{
    char *text;

    if (!take_error)
        return g_strdup(bight_status_text(status));
    text = g_strdup(bight_error_get_message(take_error));
    bight_error_unref(take_error);
    return text;
}

gboolean chat_host_start(chat_host *host, const char *endpoint, char **error)
{
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    g_autofree char *motd = NULL;
    bight_error *why = NULL;
    bight_status status;

    chat_host_stop(host);
    motd = g_strdup_printf("This chat lives in a window on the computer of %s.", g_get_real_name());
    options.description = "A chat in a GTK window";
    options.motd = g_utf8_make_valid(motd, -1);
    status = bight_irc_server_new(host->reactor, &options, &host->server);
    g_free((char *)options.motd);
    if (status == BIGHT_OK)
        status = bight_irc_server_listen(host->server, endpoint, &why);
    if (status != BIGHT_OK) {
        *error = host_choice_text_of(why, status);
        chat_host_stop(host);
        return FALSE;
    }
    bight_irc_server_on_change(host->server, host_choice_on_change, host);
    host->changed(host, host->data);
    return TRUE;
}

void chat_host_stop(chat_host *host)
{
    if (!host->server)
        return;
    bight_irc_server_free(host->server);
    host->server = NULL;
    host->changed(host, host->data);
}

const char *chat_host_get_endpoint(chat_host *host)
{
    return host->server ? bight_irc_server_get_endpoint(host->server, 0) : NULL;
}

char *chat_host_get_own_endpoint(chat_host *host)
{
    const char *endpoint = chat_host_get_endpoint(host);
    const char *port = strrchr(endpoint, ':');

    if (g_str_has_prefix(endpoint, "tcp:0.0.0.0:"))
        return g_strdup_printf("tcp:127.0.0.1%s", port);
    if (g_str_has_prefix(endpoint, "tcp:[::]:") || strchr(endpoint, ':') == port)
        return g_str_has_prefix(endpoint, "tcp:") ? g_strdup_printf("tcp:localhost%s", port)
                                                  : g_strdup(endpoint);
    return g_strdup(endpoint);
}

guint chat_host_get_users(chat_host *host)
{
    bight_irc_server_stats stats = {.size = sizeof stats};

    if (!host->server)
        return 0;
    bight_irc_server_get_stats(host->server, &stats);
    return stats.users;
}

#include "target.h"

#include <bight/irc_names.h>
#include <glib/gstdio.h>
#include <string.h>

#define GROUP "connect"
#define CHANNEL "#bight"

/* The length that current servers accept (NICKLEN). */
#define NICK_LENGTH 30

chat_target *chat_target_dup(const chat_target *target)
{
    chat_target *copy = g_new0(chat_target, 1);

    copy->host = g_strdup(target->host);
    copy->connect = g_strdup(target->connect);
    copy->nick = g_strdup(target->nick);
    copy->join = g_strdup(target->join);
    return copy;
}

void chat_target_free(chat_target *target)
{
    if (!target)
        return;
    g_free(target->host);
    g_free(target->connect);
    g_free(target->nick);
    g_free(target->join);
    g_free(target);
}

/* The login name, without the letters that a nick cannot have. */
static char *default_nick(void)
{
    g_autoptr(GString) nick = g_string_new(NULL);

    for (const char *letter = g_get_user_name(); *letter != '\0'; letter++) {
        g_string_append_c(nick, *letter);
        if (!bight_irc_nick_is_valid(bight_view_of(nick->str), NICK_LENGTH))
            g_string_truncate(nick, nick->len - 1);
    }
    return g_strdup(nick->len > 0 ? nick->str : "guest");
}

/* "a, #b key" as "#a,#b key". */
static char *with_signs(const char *channels)
{
    g_auto(GStrv) names = g_strsplit(channels, ",", 0);
    g_autoptr(GString) all = g_string_new(NULL);

    for (gsize i = 0; names[i] != NULL; i++) {
        const char *name = g_strstrip(names[i]);

        if (name[0] == '\0')
            continue;
        g_string_append_printf(all, "%s%s%s", all->len > 0 ? "," : "",
                               strchr("#&+!", name[0]) ? "" : "#", name);
    }
    return g_strdup(all->str);
}

void chat_target_complete(chat_target *target)
{
    char *join = with_signs(target->join ? target->join : CHANNEL);

    if (!target->nick)
        target->nick = default_nick();
    g_free(target->join);
    target->join = join;
}

static gboolean is_port(const char *text)
{
    guint64 port;

    return g_ascii_string_to_unsigned(text, 10, 0, 65535, &port, NULL);
}

char *chat_target_endpoint(const char *server, const char *port)
{
    if (g_str_has_prefix(server, "unix:") || g_str_has_prefix(server, "tcp:") ||
        g_str_has_prefix(server, "tls:"))
        return g_strdup(server);
    if (server[0] == '\0' || strpbrk(server, " \t/") || !is_port(port))
        return NULL;
    if (strchr(server, ':') && server[0] != '[')
        return g_strdup_printf("tcp:[%s]:%s", server, port);
    return g_strdup_printf("tcp:%s:%s", server, port);
}

static char *settings_path(void)
{
    return g_build_filename(g_get_user_config_dir(), "bight-chat", "gtk.ini", NULL);
}

chat_target *chat_target_load(void)
{
    chat_target *target = g_new0(chat_target, 1);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = settings_path();

    if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL)) {
        target->host = g_key_file_get_string(file, GROUP, "host", NULL);
        target->connect = g_key_file_get_string(file, GROUP, "connect", NULL);
        target->nick = g_key_file_get_string(file, GROUP, "nick", NULL);
        target->join = g_key_file_get_string(file, GROUP, "join", NULL);
    }
    return target;
}

static void set_or_leave_out(GKeyFile *file, const char *key, const char *value)
{
    if (value)
        g_key_file_set_string(file, GROUP, key, value);
}

void chat_target_save(const chat_target *target)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = settings_path();
    g_autofree char *folder = g_path_get_dirname(path);

    set_or_leave_out(file, "host", target->host);
    set_or_leave_out(file, "connect", target->connect);
    set_or_leave_out(file, "nick", target->nick);
    set_or_leave_out(file, "join", target->join);
    g_mkdir_with_parents(folder, 0700);
    if (!g_key_file_save_to_file(file, path, NULL))
        g_debug("the settings were not saved in %s", path);
}

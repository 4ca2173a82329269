#include "target.h"

#include <glib/gstdio.h>
#include <string.h>

#define GROUP "connect"
#define CHANNEL "#bight"

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

void chat_target_complete(chat_target *target)
{
    if (!target->nick)
        target->nick = g_strdup(g_get_user_name());
    if (!target->join)
        target->join = g_strdup(CHANNEL);
}

static gboolean is_port(const char *text)
{
    guint64 port;

    return g_ascii_string_to_unsigned(text, 10, 0, 65535, &port, NULL);
}

char *chat_target_endpoint(const char *server, const char *port)
{
    if (g_str_has_prefix(server, "unix:") || g_str_has_prefix(server, "tcp:"))
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

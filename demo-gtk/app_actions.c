#include "app_private.h"

#include <bight/api.h>

static void on_connect(GSimpleAction *action, GVariant *parameter, gpointer app)
{
    (void)action;
    (void)parameter;
    chat_app_ask(app);
}

static void on_quit(GSimpleAction *action, GVariant *parameter, gpointer app)
{
    (void)action;
    (void)parameter;
    chat_app_quit(app);
}

static void on_style(GSimpleAction *action, GVariant *value, gpointer data)
{
    const char *style = g_variant_get_string(value, NULL);
    AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

    (void)data;
    if (g_str_equal(style, "dark"))
        scheme = ADW_COLOR_SCHEME_FORCE_DARK;
    else if (g_str_equal(style, "light"))
        scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), scheme);
    g_simple_action_set_state(action, value);
}

static void on_about(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    chat_app *app = data;

    (void)action;
    (void)parameter;
    adw_show_about_window(GTK_WINDOW(app->window), "application-name", "Bight Chat",
                          "application-icon", "user-available", "version", CHAT_VERSION, "comments",
                          "A chat client whose network lives in GTK’s own main loop.",
                          "license-type", GTK_LICENSE_MIT_X11, NULL);
}

void chat_app_add_actions(chat_app *app)
{
    const GActionEntry entries[] = {
        {"connect", on_connect, NULL, NULL, NULL, {0}},
        {"quit", on_quit, NULL, NULL, NULL, {0}},
        {"about", on_about, NULL, NULL, NULL, {0}},
        {"style", NULL, "s", "'system'", on_style, {0}},
    };
    static const char *const connect_keys[] = {"<Control>n", NULL};
    static const char *const quit_keys[] = {"<Control>q", NULL};
    GtkApplication *gtk = GTK_APPLICATION(app->gtk);

    g_action_map_add_action_entries(G_ACTION_MAP(gtk), entries, G_N_ELEMENTS(entries), app);
    gtk_application_set_accels_for_action(gtk, "app.connect", connect_keys);
    gtk_application_set_accels_for_action(gtk, "app.quit", quit_keys);
}

/* The actions of keys and menus. A key that is bound here works wherever the focus is in the
 * window; keys for the entry only are in entry.c. */
#include "window_private.h"

#include "prompt.h"
#include "switcher.h"

static ChatConversation *nth(ChatWindow *window, guint position)
{
    return g_list_model_get_item(chat_session_get_conversations(window->session), position);
}

static guint shown_position(ChatWindow *window)
{
    GListModel *list = chat_session_get_conversations(window->session);
    guint position = 0;

    g_list_store_find(G_LIST_STORE(list), window->shown, &position);
    return position;
}

/* Move up or down, optionally skipping read conversations, and wrap around. */
static void action_move(ChatWindow *window, int step, gboolean only_unread)
{
    guint count = g_list_model_get_n_items(chat_session_get_conversations(window->session));
    guint position = shown_position(window);

    for (guint i = 1; i < count; i++) {
        g_autoptr(ChatConversation) conversation = NULL;

        position = (position + (step < 0 ? count - 1 : 1)) % count;
        conversation = nth(window, position);
        if (!only_unread || chat_conversation_get_unread(conversation) > 0) {
            chat_window_show(window, conversation);
            return;
        }
    }
}

static void on_move(GtkWidget *widget, const char *name, GVariant *parameter)
{
    gboolean only_unread;
    int step;

    (void)name;
    g_variant_get(parameter, "(ib)", &step, &only_unread);
    action_move(CHAT_WINDOW(widget), step, only_unread);
}

static void action_on_go(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);
    g_autoptr(ChatConversation) conversation =
        nth(window, (guint)g_variant_get_int32(parameter) - 1);

    (void)name;
    if (conversation)
        chat_window_show(window, conversation);
}

static void on_switched(ChatConversation *conversation, void *data)
{
    chat_window_show(data, conversation);
}

static void on_switcher(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);

    (void)name;
    (void)parameter;
    chat_switcher_open(GTK_WINDOW(window), chat_session_get_conversations(window->session),
                       chat_session_get_network(window->session), on_switched, window);
}

/* Run a command as if it were typed. A failure is shown as a toast, because the entry may contain
 * other text. */
static void action_run(ChatWindow *window, const char *command, const char *rest)
{
    g_autofree char *text = g_strdup_printf("%s %s", command, rest);
    bight_irc_entry_result result;

    chat_session_run(window->session, window->shown, text, &result);
    if (result.todo == BIGHT_IRC_ENTRY_FAILED)
        chat_window_toast(window, result.text);
}

static void on_channel_given(const char *answer, void *data)
{
    action_run(data, "/join", answer);
}

static void on_nick_given(const char *answer, void *data)
{
    action_run(data, "/nick", answer);
}

static void on_topic_given(const char *answer, void *data)
{
    action_run(data, "/topic", answer);
}

static void on_join(GtkWidget *widget, const char *name, GVariant *parameter)
{
    const chat_prompt prompt = {"Join a Channel", NULL, "Channel", "#", "_Join"};

    (void)name;
    (void)parameter;
    chat_prompt_open(GTK_WINDOW(widget), &prompt, on_channel_given, widget);
}

static void on_join_channel(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    action_run(CHAT_WINDOW(widget), "/join", g_variant_get_string(parameter, NULL));
}

static void action_on_nick(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);
    const chat_prompt prompt = {"Change Your Nick", "The others see it at once.", "Nick",
                                chat_session_get_nick(window->session), "_Change"};

    (void)name;
    (void)parameter;
    chat_prompt_open(GTK_WINDOW(window), &prompt, on_nick_given, window);
}

void chat_window_ask_nick(ChatWindow *window, const char *tried, const char *text)
{
    g_autofree char *body = g_strdup_printf("The server does not take “%s”: %s", tried, text);
    const chat_prompt prompt = {"Another Nick, Please", body, "Nick", tried, "_Try"};

    chat_prompt_open(GTK_WINDOW(window), &prompt, on_nick_given, window);
}

static void action_on_topic(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);
    const chat_prompt prompt = {"Set the Topic", NULL, "Topic",
                                chat_conversation_get_topic(window->shown), "_Set"};

    (void)name;
    (void)parameter;
    chat_prompt_open(GTK_WINDOW(window), &prompt, on_topic_given, window);
}

static void action_on_close(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);

    (void)name;
    (void)parameter;
    chat_session_close(window->session, window->shown);
}

static void on_disconnect(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    chat_session_quit(CHAT_WINDOW(widget)->session);
}

static void on_help(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    action_run(CHAT_WINDOW(widget), "/help", "");
}

static void on_members(GtkWidget *widget, const char *name, GVariant *parameter)
{
    AdwFlap *flap = CHAT_WINDOW(widget)->flap;

    (void)name;
    (void)parameter;
    adw_flap_set_reveal_flap(flap, !adw_flap_get_reveal_flap(flap));
}

static void on_back(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    adw_leaflet_navigate(CHAT_WINDOW(widget)->leaflet, ADW_NAVIGATION_DIRECTION_BACK);
}

static void on_entry(GtkWidget *widget, const char *name, GVariant *parameter)
{
    (void)name;
    (void)parameter;
    gtk_widget_grab_focus(chat_entry_get_text(CHAT_WINDOW(widget)->entry));
}

/* Copy the address of the hosted chat, to be sent to others. */
static void on_copy_address(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);
    const char *endpoint = chat_host_get_endpoint(window->host);

    (void)name;
    (void)parameter;
    if (!endpoint)
        return;
    gdk_clipboard_set_text(gtk_widget_get_clipboard(widget), endpoint);
    chat_window_toast(window, "The address was copied");
}

/* Move to the next part of the window that can take the focus, and wrap around. */
static void on_pane(GtkWidget *widget, const char *name, GVariant *parameter)
{
    ChatWindow *window = CHAT_WINDOW(widget);
    GtkWidget *panes[] = {GTK_WIDGET(window->conversations), GTK_WIDGET(window->messages),
                          GTK_WIDGET(window->entry), GTK_WIDGET(window->members)};
    const guint count = G_N_ELEMENTS(panes);
    GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(window));
    guint step = g_variant_get_int32(parameter) < 0 ? count - 1 : 1;
    guint at = 0;

    (void)name;
    for (guint i = 0; i < count; i++) {
        if (focus && gtk_widget_is_ancestor(focus, panes[i]))
            at = i;
    }
    for (guint i = 0; i < count; i++) {
        at = (at + step) % count;
        if (gtk_widget_get_mapped(panes[at]) &&
            gtk_widget_child_focus(panes[at], GTK_DIR_TAB_FORWARD))
            return;
    }
}

typedef struct binding {
    guint key;
    GdkModifierType modifiers;
    const char *action;
} binding;

static void add_keys(GtkWidgetClass *class)
{
    static const binding bindings[] = {
        {GDK_KEY_k, GDK_CONTROL_MASK, "chat.switcher"},
        {GDK_KEY_j, GDK_CONTROL_MASK, "chat.join"},
        {GDK_KEY_w, GDK_CONTROL_MASK, "chat.close"},
        {GDK_KEY_F1, 0, "chat.help"},
        {GDK_KEY_F9, 0, "chat.members"},
        {GDK_KEY_Escape, 0, "chat.entry"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bindings); i++)
        gtk_widget_class_add_binding_action(class, bindings[i].key, bindings[i].modifiers,
                                            bindings[i].action, NULL);
    for (int i = 1; i <= 9; i++)
        gtk_widget_class_add_binding_action(class, (guint)(GDK_KEY_0 + i), GDK_ALT_MASK, "chat.go",
                                            "i", i);
    gtk_widget_class_add_binding_action(class, GDK_KEY_F6, 0, "chat.pane", "i", 1);
    gtk_widget_class_add_binding_action(class, GDK_KEY_F6, GDK_SHIFT_MASK, "chat.pane", "i", -1);
}

static void add_arrows(GtkWidgetClass *class)
{
    const GdkModifierType unread = GDK_ALT_MASK | GDK_SHIFT_MASK;

    gtk_widget_class_add_binding_action(class, GDK_KEY_Up, GDK_ALT_MASK, "chat.move", "(ib)", -1,
                                        FALSE);
    gtk_widget_class_add_binding_action(class, GDK_KEY_Down, GDK_ALT_MASK, "chat.move", "(ib)", 1,
                                        FALSE);
    gtk_widget_class_add_binding_action(class, GDK_KEY_Up, unread, "chat.move", "(ib)", -1, TRUE);
    gtk_widget_class_add_binding_action(class, GDK_KEY_Down, unread, "chat.move", "(ib)", 1, TRUE);
}

void chat_window_add_actions(GtkWidgetClass *class)
{
    gtk_widget_class_install_action(class, "chat.move", "(ib)", on_move);
    gtk_widget_class_install_action(class, "chat.go", "i", action_on_go);
    gtk_widget_class_install_action(class, "chat.switcher", NULL, on_switcher);
    gtk_widget_class_install_action(class, "chat.join", NULL, on_join);
    gtk_widget_class_install_action(class, "chat.join-channel", "s", on_join_channel);
    gtk_widget_class_install_action(class, "chat.nick", NULL, action_on_nick);
    gtk_widget_class_install_action(class, "chat.topic", NULL, action_on_topic);
    gtk_widget_class_install_action(class, "chat.close", NULL, action_on_close);
    gtk_widget_class_install_action(class, "chat.disconnect", NULL, on_disconnect);
    gtk_widget_class_install_action(class, "chat.help", NULL, on_help);
    gtk_widget_class_install_action(class, "chat.members", NULL, on_members);
    gtk_widget_class_install_action(class, "chat.back", NULL, on_back);
    gtk_widget_class_install_action(class, "chat.entry", NULL, on_entry);
    gtk_widget_class_install_action(class, "chat.copy-address", NULL, on_copy_address);
    gtk_widget_class_install_action(class, "chat.pane", "i", on_pane);
    add_keys(class);
    add_arrows(class);
}

#include "window_private.h"

#include "wording.h"
#include <string.h>

G_DEFINE_FINAL_TYPE(ChatWindow, chat_window, ADW_TYPE_APPLICATION_WINDOW)

/* The title over the messages: the name, and the topic under it. */
static void draw_title(ChatConversation *conversation, GParamSpec *property, ChatWindow *window)
{
    const char *name = chat_conversation_get_name(conversation);
    const char *topic = chat_conversation_get_topic(conversation);

    (void)property;
    if (chat_conversation_get_kind(conversation) == CHAT_SERVER)
        name = chat_session_get_network(window->session);
    adw_window_title_set_title(window->title, name[0] != '\0' ? name : "Bight Chat");
    adw_window_title_set_subtitle(window->title, topic);
    gtk_widget_set_tooltip_text(GTK_WIDGET(window->title), topic[0] != '\0' ? topic : NULL);
    gtk_window_set_title(GTK_WINDOW(window), name[0] != '\0' ? name : "Bight Chat");
}

static void enable(ChatWindow *window, const char *action, gboolean is_enabled)
{
    gtk_widget_action_set_enabled(GTK_WIDGET(window), action, is_enabled);
}

static void draw_actions(ChatWindow *window)
{
    gboolean is_ready = chat_session_get_state(window->session) == BIGHT_IRC_READY;
    chat_kind kind = chat_conversation_get_kind(window->shown);

    enable(window, "chat.join", is_ready);
    enable(window, "chat.nick", is_ready);
    enable(window, "chat.topic", is_ready && kind == CHAT_CHANNEL);
    enable(window, "chat.close", kind != CHAT_SERVER);
    enable(window, "chat.disconnect", chat_session_get_state(window->session) != BIGHT_IRC_OFFLINE);
}

void chat_window_show(ChatWindow *window, ChatConversation *conversation)
{
    gboolean is_channel = chat_conversation_get_kind(conversation) == CHAT_CHANNEL;

    gtk_stack_set_visible_child_name(window->pages, "chat");
    if (window->shown == conversation)
        return;
    if (window->shown)
        g_clear_signal_handler(&window->title_watch, window->shown);
    chat_session_set_shown(window->session, conversation);
    chat_entry_set_conversation(window->entry, conversation);
    g_set_object(&window->shown, conversation);
    window->title_watch =
        g_signal_connect_object(conversation, "notify", G_CALLBACK(draw_title), window, 0);
    chat_message_view_set_log(window->messages, chat_conversation_get_log(conversation));
    chat_member_list_set_members(window->members, chat_conversation_get_members(conversation));
    gtk_widget_set_visible(GTK_WIDGET(window->members), is_channel);
    chat_channel_list_select(window->conversations, conversation);
    draw_title(conversation, NULL, window);
    draw_actions(window);
}

ChatConversation *chat_window_get_shown(ChatWindow *window)
{
    return window->shown;
}

/* The label and the action of a button for a state; NULL for none. */
static const char *remedy(bight_irc_state state, const char **action)
{
    switch (state) {
    case BIGHT_IRC_CONNECTING:
    case BIGHT_IRC_REGISTERING:
    case BIGHT_IRC_WAITING:
        *action = "chat.disconnect";
        return "_Stop";
    case BIGHT_IRC_OFFLINE:
        *action = "app.connect";
        return "_Connect …";
    default:
        return NULL;
    }
}

static void draw_banner(ChatWindow *window, bight_irc_state state, const char *reason)
{
    const char *where = chat_session_get_network(window->session);
    g_autofree char *text = chat_wording_of_state(state, where, reason);
    const char *action = NULL;
    const char *label = remedy(state, &action);
    gboolean is_trouble = reason && (state == BIGHT_IRC_OFFLINE || state == BIGHT_IRC_WAITING);

    gtk_revealer_set_reveal_child(window->banner, text != NULL);
    if (!text)
        return;
    gtk_label_set_text(window->banner_text, text);
    gtk_widget_set_visible(GTK_WIDGET(window->banner_button), label != NULL);
    gtk_button_set_label(window->banner_button, label ? label : "");
    gtk_actionable_set_action_name(GTK_ACTIONABLE(window->banner_button), action);
    gtk_spinner_set_spinning(window->banner_spinner, state != BIGHT_IRC_OFFLINE);
    gtk_widget_set_visible(GTK_WIDGET(window->banner_spinner), state != BIGHT_IRC_OFFLINE);
    if (is_trouble)
        gtk_widget_add_css_class(GTK_WIDGET(window->banner), "trouble");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(window->banner), "trouble");
}

void chat_window_set_state(ChatWindow *window, bight_irc_state state, const char *reason)
{
    if (state != BIGHT_IRC_OFFLINE)
        gtk_stack_set_visible_child_name(window->pages, "chat");
    draw_banner(window, state, reason);
    draw_actions(window);
}

static void draw_hosting(ChatWindow *window)
{
    const char *endpoint = chat_host_get_endpoint(window->host);
    guint users = chat_host_get_users(window->host);
    g_autofree char *who =
        users == 1 ? g_strdup("1 person is here") : g_strdup_printf("%u people are here", users);

    gtk_revealer_set_reveal_child(window->hosting, endpoint != NULL);
    if (!endpoint)
        return;
    gtk_label_set_text(window->hosting_where, endpoint);
    gtk_label_set_text(window->hosting_who, who);
}

void chat_window_refresh(ChatWindow *window)
{
    const char *nick = chat_session_get_nick(window->session);
    const char *network = chat_session_get_network(window->session);

    adw_window_title_set_title(window->network, network[0] != '\0' ? network : "Bight Chat");
    adw_window_title_set_subtitle(window->network, nick);
    chat_entry_set_nick(window->entry, nick);
    chat_channel_list_refresh(window->conversations);
    draw_title(window->shown, NULL, window);
    draw_hosting(window);
}

void chat_window_toast(ChatWindow *window, const char *text)
{
    g_autofree char *markup = g_markup_escape_text(text, -1);

    adw_toast_overlay_add_toast(window->toasts, adw_toast_new(markup));
}

void chat_window_invite(ChatWindow *window, const char *by, const char *channel)
{
    g_autofree char *text = g_strdup_printf("%s invites you to %s", by, channel);
    g_autofree char *markup = g_markup_escape_text(text, -1);
    AdwToast *toast = adw_toast_new(markup);

    adw_toast_set_button_label(toast, "_Join");
    adw_toast_set_action_name(toast, "chat.join-channel");
    adw_toast_set_action_target(toast, "s", channel);
    adw_toast_set_timeout(toast, 30);
    adw_toast_overlay_add_toast(window->toasts, toast);
}

ChatEntry *chat_window_get_entry(ChatWindow *window)
{
    return window->entry;
}

ChatMessageView *chat_window_get_messages(ChatWindow *window)
{
    return window->messages;
}

static void on_chosen(ChatChannelList *list, ChatConversation *conversation, ChatWindow *window)
{
    (void)list;
    chat_window_show(window, conversation);
    adw_leaflet_navigate(window->leaflet, ADW_NAVIGATION_DIRECTION_FORWARD);
}

static void window_on_member(ChatMemberList *list, const char *nick, ChatWindow *window)
{
    (void)list;
    chat_session_open(window->session, nick);
    gtk_widget_grab_focus(chat_entry_get_text(window->entry));
}

static void window_on_scroll(ChatEntry *entry, int pages, ChatWindow *window)
{
    (void)entry;
    chat_message_view_scroll(window->messages, pages);
}

static void window_on_nick(ChatEntry *entry, ChatWindow *window)
{
    (void)entry;
    gtk_widget_activate_action(GTK_WIDGET(window), "chat.nick", NULL);
}

/* A letter that no widget used is typed into the entry. */
static gboolean window_on_key(GtkEventControllerKey *keys, guint key, guint code,
                              GdkModifierType state, ChatWindow *window)
{
    GtkWidget *text = chat_entry_get_text(window->entry);
    GtkWidget *focus = gtk_window_get_focus(GTK_WINDOW(window));
    gunichar letter = gdk_keyval_to_unicode(key);

    (void)code;
    if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) ||
        !g_unichar_isgraph(letter) || !gtk_widget_get_mapped(text) ||
        (focus && gtk_widget_is_ancestor(focus, text)))
        return FALSE;
    gtk_entry_grab_focus_without_selecting(GTK_ENTRY(text));
    return gtk_event_controller_key_forward(
        keys, GTK_WIDGET(gtk_editable_get_delegate(GTK_EDITABLE(text))));
}

static void window_dispose(GObject *object)
{
    ChatWindow *window = CHAT_WINDOW(object);

    if (window->shown)
        g_clear_signal_handler(&window->title_watch, window->shown);
    g_clear_object(&window->shown);
    gtk_widget_dispose_template(GTK_WIDGET(object), CHAT_TYPE_WINDOW);
    G_OBJECT_CLASS(chat_window_parent_class)->dispose(object);
}

static void window_bind_children(GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child(widget, ChatWindow, toasts);
    gtk_widget_class_bind_template_child(widget, ChatWindow, pages);
    gtk_widget_class_bind_template_child(widget, ChatWindow, leaflet);
    gtk_widget_class_bind_template_child(widget, ChatWindow, network);
    gtk_widget_class_bind_template_child(widget, ChatWindow, title);
    gtk_widget_class_bind_template_child(widget, ChatWindow, conversations);
    gtk_widget_class_bind_template_child(widget, ChatWindow, messages);
    gtk_widget_class_bind_template_child(widget, ChatWindow, entry);
    gtk_widget_class_bind_template_child(widget, ChatWindow, flap);
    gtk_widget_class_bind_template_child(widget, ChatWindow, members);
    gtk_widget_class_bind_template_child(widget, ChatWindow, banner);
    gtk_widget_class_bind_template_child(widget, ChatWindow, banner_spinner);
    gtk_widget_class_bind_template_child(widget, ChatWindow, banner_text);
    gtk_widget_class_bind_template_child(widget, ChatWindow, banner_button);
    gtk_widget_class_bind_template_child(widget, ChatWindow, hosting);
    gtk_widget_class_bind_template_child(widget, ChatWindow, hosting_where);
    gtk_widget_class_bind_template_child(widget, ChatWindow, hosting_who);
}

static void chat_window_class_init(ChatWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = window_dispose;
    g_type_ensure(CHAT_TYPE_CHANNEL_LIST);
    g_type_ensure(CHAT_TYPE_MESSAGE_VIEW);
    g_type_ensure(CHAT_TYPE_MEMBER_LIST);
    g_type_ensure(CHAT_TYPE_ENTRY);
    gtk_widget_class_set_template_from_resource(widget, "/dev/bight/Chat/window.ui");
    window_bind_children(widget);
    gtk_widget_class_bind_template_callback(widget, on_chosen);
    gtk_widget_class_bind_template_callback(widget, window_on_member);
    gtk_widget_class_bind_template_callback(widget, window_on_scroll);
    gtk_widget_class_bind_template_callback(widget, window_on_nick);
    gtk_widget_class_bind_template_callback(widget, window_on_key);
    chat_window_add_actions(widget);
}

static void chat_window_init(ChatWindow *window)
{
    gtk_widget_init_template(GTK_WIDGET(window));
}

ChatWindow *chat_window_new(GtkApplication *application, chat_session *session, chat_host *host)
{
    ChatWindow *window = g_object_new(CHAT_TYPE_WINDOW, "application", application, NULL);
    g_autoptr(ChatConversation) server =
        g_list_model_get_item(chat_session_get_conversations(session), 0);

    window->session = session;
    window->host = host;
    chat_entry_set_session(window->entry, session);
    chat_channel_list_set_session(window->conversations, session);
    chat_window_show(window, server);
    gtk_stack_set_visible_child_name(window->pages, "welcome");
    chat_window_refresh(window);
    gtk_widget_grab_focus(chat_entry_get_text(window->entry));
    return window;
}

#include "connect_dialog.h"

#include <string.h>

#define PORT "6667"

struct _ChatConnectDialog {
    AdwWindow parent;
    AdwViewStack *stack;
    GtkEditable *server;
    GtkEditable *port;
    GtkEditable *host_port;
    GtkSwitch *is_open;
    GtkEditable *nick;
    GtkEditable *channel;
    GtkLabel *trouble;
    GtkButton *go;
    chat_connect_fn decided;
    void *data;
};

G_DEFINE_FINAL_TYPE(ChatConnectDialog, chat_connect_dialog, ADW_TYPE_WINDOW)

static gboolean is_hosting(ChatConnectDialog *dialog)
{
    return g_strcmp0(adw_view_stack_get_visible_child_name(dialog->stack), "host") == 0;
}

static char *connect_dialog_text_of(GtkEditable *editable)
{
    return g_strstrip(g_strdup(gtk_editable_get_text(editable)));
}

static void connect_dialog_complain(ChatConnectDialog *dialog, const char *text)
{
    gtk_label_set_text(dialog->trouble, text);
    gtk_widget_set_visible(GTK_WIDGET(dialog->trouble), text[0] != '\0');
}

/* The endpoint for a hosted chat: only for this computer, or for the network. */
static char *host_endpoint(ChatConnectDialog *dialog)
{
    g_autofree char *port = connect_dialog_text_of(dialog->host_port);
    g_autofree char *alone = chat_target_endpoint("127.0.0.1", port);

    if (!alone || !gtk_switch_get_active(dialog->is_open))
        return g_steal_pointer(&alone);
    return g_strdup_printf("tcp:%s", port);
}

static char *server_endpoint(ChatConnectDialog *dialog)
{
    g_autofree char *server = connect_dialog_text_of(dialog->server);
    g_autofree char *port = connect_dialog_text_of(dialog->port);

    return chat_target_endpoint(server, port);
}

/* Read the fields. Returns NULL and sets a text if they are invalid. */
static chat_target *read_fields(ChatConnectDialog *dialog, const char **trouble)
{
    chat_target *target = g_new0(chat_target, 1);

    if (is_hosting(dialog))
        target->host = host_endpoint(dialog);
    else
        target->connect = server_endpoint(dialog);
    target->nick = connect_dialog_text_of(dialog->nick);
    target->join = connect_dialog_text_of(dialog->channel);
    chat_target_complete(target);
    *trouble = NULL;
    if (!target->host && !target->connect)
        *trouble = is_hosting(dialog) ? "A port is a number up to 65535."
                                      : "A server is a name or an address, a port is a number.";
    else if (target->nick[0] == '\0')
        *trouble = "Enter a nick: the others see you under it.";
    if (*trouble)
        g_clear_pointer(&target, chat_target_free);
    return target;
}

static void connect_dialog_on_go(GtkWidget *widget, ChatConnectDialog *dialog)
{
    g_autofree char *error = NULL;
    const char *trouble;
    chat_target *target = read_fields(dialog, &trouble);

    (void)widget;
    if (!target) {
        connect_dialog_complain(dialog, trouble);
        return;
    }
    if (dialog->decided(target, &error, dialog->data)) {
        chat_target_save(target);
        gtk_window_close(GTK_WINDOW(dialog));
    } else {
        connect_dialog_complain(dialog, error);
    }
    chat_target_free(target);
}

static void on_page(AdwViewStack *stack, GParamSpec *property, ChatConnectDialog *dialog)
{
    (void)stack;
    (void)property;
    connect_dialog_complain(dialog, "");
    gtk_button_set_label(dialog->go, is_hosting(dialog) ? "_Start" : "_Connect");
}

static void connect_dialog_dispose(GObject *object)
{
    gtk_widget_dispose_template(GTK_WIDGET(object), CHAT_TYPE_CONNECT_DIALOG);
    G_OBJECT_CLASS(chat_connect_dialog_parent_class)->dispose(object);
}

static void connect_dialog_bind_children(GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, stack);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, server);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, port);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, host_port);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, is_open);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, nick);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, channel);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, trouble);
    gtk_widget_class_bind_template_child(widget, ChatConnectDialog, go);
}

static void chat_connect_dialog_class_init(ChatConnectDialogClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = connect_dialog_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/dev/bight/Chat/connect_dialog.ui");
    connect_dialog_bind_children(widget);
    gtk_widget_class_bind_template_callback(widget, connect_dialog_on_go);
    gtk_widget_class_bind_template_callback(widget, on_page);
    gtk_widget_class_add_binding_action(widget, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void chat_connect_dialog_init(ChatConnectDialog *dialog)
{
    gtk_widget_init_template(GTK_WIDGET(dialog));
}

/* Split "tcp:HOST:PORT"; any other endpoint is shown whole. */
static void fill_endpoint(GtkEditable *server, GtkEditable *port, const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    g_autofree char *name = NULL;

    if (g_str_has_prefix(endpoint, "tcp:") && colon > endpoint + 4) {
        name = g_strndup(endpoint + 4, (gsize)(colon - endpoint - 4));
        gtk_editable_set_text(port, colon + 1);
        gtk_editable_set_text(server, name);
    } else {
        gtk_editable_set_text(server, endpoint);
    }
}

static void connect_dialog_fill(ChatConnectDialog *dialog, const chat_target *target)
{
    const char *port = target->host ? strrchr(target->host, ':') : NULL;

    gtk_editable_set_text(dialog->server, "localhost");
    gtk_editable_set_text(dialog->port, PORT);
    gtk_editable_set_text(dialog->host_port, port ? port + 1 : PORT);
    gtk_editable_set_text(dialog->nick, target->nick);
    gtk_editable_set_text(dialog->channel, target->join);
    if (target->connect)
        fill_endpoint(dialog->server, dialog->port, target->connect);
    if (target->host) {
        gtk_switch_set_active(dialog->is_open, !g_str_has_prefix(target->host, "tcp:127."));
        adw_view_stack_set_visible_child_name(dialog->stack, "host");
    }
}

void chat_connect_dialog_open(GtkWindow *parent, const chat_target *target, const char *trouble,
                              chat_connect_fn decided, void *data)
{
    ChatConnectDialog *dialog =
        g_object_new(CHAT_TYPE_CONNECT_DIALOG, "transient-for", parent, "modal", TRUE, NULL);

    dialog->decided = decided;
    dialog->data = data;
    connect_dialog_fill(dialog, target);
    on_page(dialog->stack, NULL, dialog);
    connect_dialog_complain(dialog, trouble ? trouble : "");
    gtk_window_present(GTK_WINDOW(dialog));
    gtk_widget_grab_focus(GTK_WIDGET(target->host ? dialog->host_port : dialog->server));
}

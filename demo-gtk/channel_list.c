#include "channel_list.h"

#include <string.h>

struct _ChatChannelList {
    AdwBin parent;
    GtkListBox *box;
    chat_session *session;
    gboolean is_selecting; /* the program selects, so no signal is needed */
};

enum { CHOSEN, SIGNALS };

static guint signals[SIGNALS];

G_DEFINE_FINAL_TYPE(ChatChannelList, chat_channel_list, ADW_TYPE_BIN)

static GQuark conversation_quark(void)
{
    return g_quark_from_static_string("chat-conversation");
}

static ChatConversation *conversation_of(GtkListBoxRow *row)
{
    return g_object_get_qdata(G_OBJECT(row), conversation_quark());
}

/* The parts of a row, found by name in it. */
typedef struct row_parts {
    GtkLabel *sign;
    GtkImage *icon;
    GtkLabel *name;
    GtkLabel *badge;
} row_parts;

static row_parts parts_of(GtkWidget *row)
{
    return *(row_parts *)g_object_get_data(G_OBJECT(row), "parts");
}

static void set_class(gpointer widget, const char *class, gboolean is_set)
{
    if (is_set)
        gtk_widget_add_css_class(widget, class);
    else
        gtk_widget_remove_css_class(widget, class);
}

/* The text for a screen reader: "#bight, 3 unread, you were mentioned". */
static void channel_list_describe(GtkWidget *row, const char *name, guint unread,
                                  gboolean is_mentioned)
{
    g_autoptr(GString) text = g_string_new(name);

    if (unread > 0)
        g_string_append_printf(text, ", %u unread", unread);
    if (is_mentioned)
        g_string_append(text, ", for you");
    gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str,
                                   -1);
}

/* A channel's sign takes the place of the icon: "#" and then "bight". */
static void draw_name(row_parts parts, chat_kind kind, const char *name)
{
    g_autofree char *sign = kind == CHAT_CHANNEL ? g_strndup(name, 1) : g_strdup("");

    gtk_label_set_text(parts.sign, sign);
    gtk_widget_set_visible(GTK_WIDGET(parts.sign), kind == CHAT_CHANNEL);
    gtk_widget_set_visible(GTK_WIDGET(parts.icon), kind != CHAT_CHANNEL);
    gtk_label_set_text(parts.name, name + strlen(sign));
}

static void draw_row(ChatConversation *conversation, GParamSpec *property, GtkWidget *row)
{
    ChatChannelList *list = g_object_get_data(G_OBJECT(row), "list");
    row_parts parts = parts_of(row);
    chat_kind kind = chat_conversation_get_kind(conversation);
    const char *name = chat_conversation_get_name(conversation);
    guint unread = chat_conversation_get_unread(conversation);
    gboolean is_mentioned = chat_conversation_is_mentioned(conversation);
    g_autofree char *count = unread > 99 ? g_strdup("99+") : g_strdup_printf("%u", unread);

    (void)property;
    if (kind == CHAT_SERVER)
        name = chat_session_get_network(list->session);
    draw_name(parts, kind, name[0] != '\0' ? name : "Server");
    gtk_label_set_text(parts.badge, count);
    gtk_widget_set_visible(GTK_WIDGET(parts.badge), unread > 0);
    set_class(parts.badge, "for-me", is_mentioned);
    set_class(row, "unread", unread > 0);
    set_class(row, "not-live", !chat_conversation_is_live(conversation));
    channel_list_describe(row, name, unread, is_mentioned);
}

static GtkWidget *make_label(const char *class)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_widget_add_css_class(label, class);
    return label;
}

static row_parts *channel_list_make_parts(ChatConversation *conversation)
{
    gboolean is_server = chat_conversation_get_kind(conversation) == CHAT_SERVER;
    row_parts *parts = g_new0(row_parts, 1);

    parts->sign = GTK_LABEL(make_label("sign"));
    parts->icon = GTK_IMAGE(gtk_image_new_from_icon_name(is_server ? "network-server-symbolic"
                                                                   : "avatar-default-symbolic"));
    parts->name = GTK_LABEL(make_label("name"));
    parts->badge = GTK_LABEL(make_label("badge"));
    gtk_label_set_ellipsize(parts->name, PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(parts->name, 0);
    gtk_widget_set_hexpand(GTK_WIDGET(parts->name), TRUE);
    gtk_widget_set_valign(GTK_WIDGET(parts->badge), GTK_ALIGN_CENTER);
    return parts;
}

static GtkWidget *channel_list_make_row(gpointer item, gpointer data)
{
    ChatConversation *conversation = item;
    GtkWidget *row = gtk_list_box_row_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    row_parts *parts = channel_list_make_parts(conversation);

    gtk_box_append(GTK_BOX(box), GTK_WIDGET(parts->sign));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(parts->icon));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(parts->name));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(parts->badge));
    gtk_list_box_row_set_child(GTK_LIST_BOX_ROW(row), box);
    g_object_set_data_full(G_OBJECT(row), "parts", parts, g_free);
    g_object_set_data(G_OBJECT(row), "list", data);
    g_object_set_qdata_full(G_OBJECT(row), conversation_quark(), g_object_ref(conversation),
                            g_object_unref);
    g_signal_connect_object(conversation, "notify", G_CALLBACK(draw_row), row, 0);
    draw_row(conversation, NULL, row);
    return row;
}

static void on_selected(GtkListBox *box, GtkListBoxRow *row, ChatChannelList *list)
{
    (void)box;
    if (row && !list->is_selecting)
        g_signal_emit(list, signals[CHOSEN], 0, conversation_of(row));
}

static void channel_list_dispose(GObject *object)
{
    gtk_widget_dispose_template(GTK_WIDGET(object), CHAT_TYPE_CHANNEL_LIST);
    G_OBJECT_CLASS(chat_channel_list_parent_class)->dispose(object);
}

static void chat_channel_list_class_init(ChatChannelListClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = channel_list_dispose;
    signals[CHOSEN] = g_signal_new("chosen", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, CHAT_TYPE_CONVERSATION);
    gtk_widget_class_set_template_from_resource(widget, "/dev/bight/Chat/channel_list.ui");
    gtk_widget_class_bind_template_child(widget, ChatChannelList, box);
    gtk_widget_class_bind_template_callback(widget, on_selected);
}

static void chat_channel_list_init(ChatChannelList *list)
{
    gtk_widget_init_template(GTK_WIDGET(list));
}

void chat_channel_list_set_session(ChatChannelList *list, chat_session *session)
{
    list->session = session;
    gtk_list_box_bind_model(list->box, chat_session_get_conversations(session),
                            channel_list_make_row, list, NULL);
}

void chat_channel_list_select(ChatChannelList *list, ChatConversation *conversation)
{
    GtkListBoxRow *row;

    list->is_selecting = TRUE;
    for (int i = 0; (row = gtk_list_box_get_row_at_index(list->box, i)) != NULL; i++) {
        if (conversation_of(row) == conversation)
            gtk_list_box_select_row(list->box, row);
    }
    list->is_selecting = FALSE;
}

void chat_channel_list_refresh(ChatChannelList *list)
{
    GtkListBoxRow *row = gtk_list_box_get_row_at_index(list->box, 0);

    if (row)
        draw_row(conversation_of(row), NULL, GTK_WIDGET(row));
}

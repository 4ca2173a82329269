#include "member_list.h"

#include "style.h"
#include <string.h>

struct _ChatMemberList {
    AdwBin parent;
    GtkListView *view;
    GtkLabel *title;
    ChatMembers *members;
    gulong watch; /* watches the number of members */
};

enum { CHOSEN, SIGNALS };

static guint signals[SIGNALS];

G_DEFINE_FINAL_TYPE(ChatMemberList, chat_member_list, ADW_TYPE_BIN)

/* The names of common ranks; other ranks are shown by their prefix only. */
static const char *rank_text(char rank)
{
    switch (rank) {
    case '~':
        return "founder";
    case '&':
        return "protected";
    case '@':
        return "operator";
    case '%':
        return "half-operator";
    case '+':
        return "has voice";
    default:
        return NULL;
    }
}

static void member_list_setup_row(GtkSignalListItemFactory *factory, GtkListItem *item,
                                  gpointer data)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    GtkWidget *avatar = adw_avatar_new(24, NULL, TRUE);
    GtkWidget *nick = gtk_label_new(NULL);
    GtkWidget *rank = gtk_label_new(NULL);

    (void)factory;
    (void)data;
    gtk_label_set_ellipsize(GTK_LABEL(nick), PANGO_ELLIPSIZE_END);
    gtk_label_set_xalign(GTK_LABEL(nick), 0);
    gtk_widget_set_hexpand(nick, TRUE);
    gtk_widget_add_css_class(rank, "rank");
    gtk_box_append(GTK_BOX(box), avatar);
    gtk_box_append(GTK_BOX(box), nick);
    gtk_box_append(GTK_BOX(box), rank);
    gtk_list_item_set_child(item, box);
}

static void member_list_describe(GtkWidget *box, ChatMember *member, const char *rank)
{
    g_autoptr(GString) text = g_string_new(chat_member_get_nick(member));
    const char *address = chat_member_get_address(member);

    if (rank)
        g_string_append_printf(text, ", %s", rank);
    if (chat_member_is_away(member))
        g_string_append(text, ", away");
    gtk_accessible_update_property(GTK_ACCESSIBLE(box), GTK_ACCESSIBLE_PROPERTY_LABEL, text->str,
                                   -1);
    if (address[0] != '\0')
        g_string_append_printf(text, "\n%s", address);
    gtk_widget_set_tooltip_text(box, text->str);
}

static void member_list_bind_row(GtkSignalListItemFactory *factory, GtkListItem *item,
                                 gpointer data)
{
    ChatMember *member = gtk_list_item_get_item(item);
    GtkWidget *box = gtk_list_item_get_child(item);
    GtkWidget *avatar = gtk_widget_get_first_child(box);
    GtkWidget *nick = gtk_widget_get_next_sibling(avatar);
    GtkWidget *rank = gtk_widget_get_next_sibling(nick);
    char prefix[2] = {chat_member_get_rank(member), '\0'};
    const char *avatar_classes[] = {chat_style_get_class(chat_member_get_nick(member)), NULL};

    (void)factory;
    (void)data;
    gtk_widget_set_css_classes(avatar, avatar_classes);
    adw_avatar_set_text(ADW_AVATAR(avatar), chat_member_get_nick(member));
    gtk_label_set_text(GTK_LABEL(nick), chat_member_get_nick(member));
    gtk_label_set_text(GTK_LABEL(rank), prefix);
    gtk_widget_set_opacity(box, chat_member_is_away(member) ? 0.5 : 1);
    member_list_describe(box, member, rank_text(prefix[0]));
}

static void member_list_on_activate(GtkListView *view, guint position, ChatMemberList *list)
{
    g_autoptr(ChatMember) member = NULL;

    (void)view;
    member = g_list_model_get_item(G_LIST_MODEL(list->members), position);
    if (member)
        g_signal_emit(list, signals[CHOSEN], 0, chat_member_get_nick(member));
}

static void count(GListModel *members, guint position, guint removed, guint added,
                  ChatMemberList *list)
{
    guint number = g_list_model_get_n_items(members);
    g_autofree char *text =
        number == 1 ? g_strdup("1 person") : g_strdup_printf("%u people", number);

    (void)position;
    (void)removed;
    (void)added;
    gtk_label_set_text(list->title, text);
}

static void member_list_dispose(GObject *object)
{
    ChatMemberList *list = CHAT_MEMBER_LIST(object);

    if (list->members)
        g_clear_signal_handler(&list->watch, list->members);
    g_clear_object(&list->members);
    gtk_widget_dispose_template(GTK_WIDGET(object), CHAT_TYPE_MEMBER_LIST);
    G_OBJECT_CLASS(chat_member_list_parent_class)->dispose(object);
}

static void chat_member_list_class_init(ChatMemberListClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = member_list_dispose;
    signals[CHOSEN] = g_signal_new("chosen", G_TYPE_FROM_CLASS(class), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    gtk_widget_class_set_template_from_resource(widget, "/dev/bight/Chat/member_list.ui");
    gtk_widget_class_bind_template_child(widget, ChatMemberList, view);
    gtk_widget_class_bind_template_child(widget, ChatMemberList, title);
    gtk_widget_class_bind_template_callback(widget, member_list_on_activate);
    gtk_widget_class_bind_template_callback(widget, member_list_setup_row);
    gtk_widget_class_bind_template_callback(widget, member_list_bind_row);
}

static void chat_member_list_init(ChatMemberList *list)
{
    gtk_widget_init_template(GTK_WIDGET(list));
}

void chat_member_list_set_members(ChatMemberList *list, ChatMembers *members)
{
    g_autoptr(GtkNoSelection) selection = gtk_no_selection_new(G_LIST_MODEL(g_object_ref(members)));

    if (list->members)
        g_clear_signal_handler(&list->watch, list->members);
    g_set_object(&list->members, members);
    list->watch = g_signal_connect(members, "items-changed", G_CALLBACK(count), list);
    count(G_LIST_MODEL(members), 0, 0, 0, list);
    gtk_list_view_set_model(list->view, GTK_SELECTION_MODEL(selection));
}

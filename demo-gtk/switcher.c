/* The search entry keeps the focus: Up and Down move the selection, and Enter chooses it. */
#include "switcher.h"

#include <string.h>

typedef struct switcher {
    GtkWindow *window;
    GtkSearchEntry *search;
    GtkSingleSelection *found;
    GtkListView *view;
    char *network;
    chat_switcher_fn chosen;
    void *data;
} switcher;

static const char *title_of(const switcher *self, ChatConversation *conversation)
{
    const char *name = chat_conversation_get_name(conversation);

    return name[0] != '\0' ? name : self->network;
}

static void free_switcher(gpointer data)
{
    switcher *self = data;

    g_free(self->network);
    g_free(self);
}

static gboolean switcher_matches(gpointer item, gpointer data)
{
    const switcher *self = data;
    const char *wanted = gtk_editable_get_text(GTK_EDITABLE(self->search));
    g_autofree char *needle = g_utf8_casefold(wanted, -1);
    g_autofree char *name = g_utf8_casefold(title_of(self, item), -1);

    return strstr(name, needle) != NULL;
}

static void choose(switcher *self)
{
    g_autoptr(ChatConversation) conversation = NULL;

    g_set_object(&conversation, gtk_single_selection_get_selected_item(self->found));
    if (!conversation)
        return;
    self->chosen(conversation, self->data);
    gtk_window_destroy(self->window);
}

static void switcher_on_enter(GtkSearchEntry *entry, switcher *self)
{
    (void)entry;
    choose(self);
}

static void switcher_on_activate(GtkListView *view, guint position, switcher *self)
{
    (void)view;
    gtk_single_selection_set_selected(self->found, position);
    choose(self);
}

static void on_search(GtkEditable *entry, GtkFilter *filter)
{
    (void)entry;
    gtk_filter_changed(filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static void on_stop(GtkSearchEntry *entry, switcher *self)
{
    (void)entry;
    gtk_window_destroy(self->window);
}

static gboolean switcher_on_key(GtkEventControllerKey *keys, guint key, guint code,
                                GdkModifierType state, switcher *self)
{
    guint count = g_list_model_get_n_items(G_LIST_MODEL(self->found));
    guint at = gtk_single_selection_get_selected(self->found);

    (void)keys;
    (void)code;
    (void)state;
    if (key != GDK_KEY_Up && key != GDK_KEY_Down)
        return FALSE;
    if (key == GDK_KEY_Up && at > 0 && count > 0)
        gtk_single_selection_set_selected(self->found, at - 1);
    else if (key == GDK_KEY_Down && at + 1 < count)
        gtk_single_selection_set_selected(self->found, at + 1);
    return TRUE;
}

static void switcher_setup_row(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
    GtkWidget *label = gtk_label_new(NULL);

    (void)factory;
    (void)data;
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_list_item_set_child(item, label);
}

static void switcher_bind_row(GtkSignalListItemFactory *factory, GtkListItem *item, gpointer data)
{
    (void)factory;
    gtk_label_set_text(GTK_LABEL(gtk_list_item_get_child(item)),
                       title_of(data, gtk_list_item_get_item(item)));
}

/* A new filter; the model of the view holds it. */
static GtkFilter *add_model(switcher *self, GListModel *conversations)
{
    GtkFilter *filter = GTK_FILTER(gtk_custom_filter_new(switcher_matches, self, NULL));
    GtkFilterListModel *model = gtk_filter_list_model_new(g_object_ref(conversations), filter);

    self->found = gtk_single_selection_new(G_LIST_MODEL(model));
    gtk_list_view_set_model(self->view, GTK_SELECTION_MODEL(self->found));
    g_object_unref(self->found); /* the view holds it */
    return filter;
}

static void add_list(switcher *self, GtkBox *box)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();
    GtkWidget *scroller = gtk_scrolled_window_new();

    g_signal_connect(factory, "setup", G_CALLBACK(switcher_setup_row), NULL);
    g_signal_connect(factory, "bind", G_CALLBACK(switcher_bind_row), self);
    self->view = GTK_LIST_VIEW(gtk_list_view_new(NULL, factory));
    gtk_list_view_set_single_click_activate(self->view, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(self->view), "navigation-sidebar");
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), GTK_WIDGET(self->view));
    gtk_widget_set_vexpand(scroller, TRUE);
    gtk_box_append(box, scroller);
    g_signal_connect(self->view, "activate", G_CALLBACK(switcher_on_activate), self);
}

static void add_search(switcher *self, GtkBox *box)
{
    GtkEventController *keys = gtk_event_controller_key_new();
    GtkWidget *search = gtk_search_entry_new();

    self->search = GTK_SEARCH_ENTRY(search);
    g_object_set(search, "placeholder-text", "Go to a conversation", "margin-start", 12,
                 "margin-end", 12, "margin-top", 12, "margin-bottom", 6, NULL);
    gtk_box_append(box, search);
    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(switcher_on_key), self);
    gtk_widget_add_controller(search, keys);
    g_signal_connect(search, "activate", G_CALLBACK(switcher_on_enter), self);
    g_signal_connect(search, "stop-search", G_CALLBACK(on_stop), self);
}

void chat_switcher_open(GtkWindow *parent, GListModel *conversations, const char *network,
                        chat_switcher_fn chosen, void *data)
{
    switcher *self = g_new0(switcher, 1);
    GtkWidget *window =
        g_object_new(ADW_TYPE_WINDOW, "transient-for", parent, "modal", TRUE, "default-width", 320,
                     "default-height", 320, "title", "Go to", NULL);
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

    self->window = GTK_WINDOW(window);
    self->network = g_strdup(network[0] != '\0' ? network : "Server");
    self->chosen = chosen;
    self->data = data;
    add_search(self, GTK_BOX(box));
    add_list(self, GTK_BOX(box));
    g_signal_connect_object(self->search, "changed", G_CALLBACK(on_search),
                            add_model(self, conversations), 0);
    adw_window_set_content(ADW_WINDOW(window), box);
    g_object_set_data_full(G_OBJECT(window), "switcher", self, free_switcher);
    gtk_window_present(self->window);
    gtk_widget_grab_focus(GTK_WIDGET(self->search));
}

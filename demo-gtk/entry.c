/* The history contains the sent lines, the newest last. `at` is the position that the entry shows.
 * Its last item is the unfinished text, which is saved on the first step back. */
#include "entry.h"

#include <string.h>

#define HISTORY_MAX 200

struct _ChatEntry {
    AdwBin parent;
    GtkEntry *text;
    GtkButton *nick;
    GtkRevealer *trouble;
    GtkLabel *trouble_text;
    chat_session *session;
    ChatConversation *conversation;
    bight_irc_completion *completion;
    GPtrArray *history;
    guint at;
    char *aside;
};

enum { SCROLL, NICK, SIGNALS };

static guint signals[SIGNALS];

G_DEFINE_FINAL_TYPE(ChatEntry, chat_entry, ADW_TYPE_BIN)

static const char *typed(ChatEntry *entry)
{
    return gtk_editable_get_text(GTK_EDITABLE(entry->text));
}

void chat_entry_type(ChatEntry *entry, const char *text)
{
    gtk_editable_set_text(GTK_EDITABLE(entry->text), text);
    gtk_editable_set_position(GTK_EDITABLE(entry->text), -1);
}

static void entry_complain(ChatEntry *entry, const char *text)
{
    gtk_label_set_text(entry->trouble_text, text);
    gtk_revealer_set_reveal_child(entry->trouble, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(entry->text), "error");
}

static void stop_complaining(ChatEntry *entry)
{
    gtk_revealer_set_reveal_child(entry->trouble, FALSE);
    gtk_widget_remove_css_class(GTK_WIDGET(entry->text), "error");
}

const char *chat_entry_get_error(ChatEntry *entry)
{
    return gtk_revealer_get_reveal_child(entry->trouble) ? gtk_label_get_text(entry->trouble_text)
                                                         : "";
}

static void remember(ChatEntry *entry, const char *text)
{
    GPtrArray *history = entry->history;

    if (history->len == 0 || strcmp(g_ptr_array_index(history, history->len - 1), text) != 0)
        g_ptr_array_add(history, g_strdup(text));
    if (history->len > HISTORY_MAX)
        g_ptr_array_remove_index(history, 0);
    entry->at = history->len;
}

static void entry_on_enter(GtkEntry *widget, ChatEntry *entry)
{
    g_autofree char *text = g_strdup(typed(entry));
    g_autoptr(ChatConversation) conversation = NULL;
    bight_irc_entry_result result;

    (void)widget;
    if (text[0] == '\0' || !entry->conversation)
        return;
    /* The command may show another conversation, so the entry is emptied before. */
    conversation = g_object_ref(entry->conversation);
    gtk_editable_set_text(GTK_EDITABLE(entry->text), "");
    chat_session_run(entry->session, conversation, text, &result);
    if (result.todo == BIGHT_IRC_ENTRY_FAILED) {
        chat_entry_type(entry, text);
        entry_complain(entry, result.text);
    } else {
        remember(entry, text);
    }
}

static void on_send(GtkButton *button, ChatEntry *entry)
{
    (void)button;
    g_signal_emit_by_name(entry->text, "activate");
    gtk_widget_grab_focus(GTK_WIDGET(entry->text));
}

static void on_edit(GtkEditable *editable, ChatEntry *entry)
{
    (void)editable;
    stop_complaining(entry);
}

static void entry_on_nick(GtkButton *button, ChatEntry *entry)
{
    (void)button;
    g_signal_emit(entry, signals[NICK], 0);
}

/* Show another item of the history. */
static gboolean recall(ChatEntry *entry, int step)
{
    GPtrArray *history = entry->history;

    if ((step < 0 && entry->at == 0) || (step > 0 && entry->at >= history->len))
        return TRUE;
    if (entry->at >= history->len) {
        g_free(entry->aside);
        entry->aside = g_strdup(typed(entry));
    }
    entry->at = (guint)((int)entry->at + step);
    chat_entry_type(entry, entry->at < history->len ? g_ptr_array_index(history, entry->at)
                                                    : entry->aside);
    return TRUE;
}

/* GTK counts the cursor in characters, the library in bytes. */
static gboolean complete(ChatEntry *entry, gboolean backwards)
{
    bight_irc_client *client = chat_session_get_client(entry->session);
    g_autofree char *text = g_strdup(typed(entry));
    int position = gtk_editable_get_position(GTK_EDITABLE(entry->text));
    size_t cursor = (size_t)(g_utf8_offset_to_pointer(text, position) - text);
    const char *where, *out;

    if (!client || !entry->conversation)
        return FALSE;
    where = chat_conversation_get_name(entry->conversation);
    if (!bight_irc_completion_next(entry->completion, client, where, text, cursor, backwards, &out,
                                   &cursor))
        return cursor > 0 && text[cursor - 1] != ' '; /* nothing matches the word: stay */
    gtk_editable_set_text(GTK_EDITABLE(entry->text), out);
    gtk_editable_set_position(GTK_EDITABLE(entry->text),
                              (int)g_utf8_pointer_to_offset(out, out + cursor));
    return TRUE;
}

static gboolean scroll(ChatEntry *entry, int pages)
{
    g_signal_emit(entry, signals[SCROLL], 0, pages);
    return TRUE;
}

static gboolean entry_on_key(GtkEventControllerKey *keys, guint key, guint code,
                             GdkModifierType state, ChatEntry *entry)
{
    (void)keys;
    (void)code;
    if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK))
        return FALSE;
    switch (key) {
    case GDK_KEY_Tab:
    case GDK_KEY_ISO_Left_Tab:
        return complete(entry, key == GDK_KEY_ISO_Left_Tab || (state & GDK_SHIFT_MASK));
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
        return recall(entry, -1);
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
        return recall(entry, 1);
    case GDK_KEY_Page_Up:
    case GDK_KEY_KP_Page_Up:
        return scroll(entry, -1);
    case GDK_KEY_Page_Down:
    case GDK_KEY_KP_Page_Down:
        return scroll(entry, 1);
    default:
        return FALSE;
    }
}

static void entry_dispose(GObject *object)
{
    ChatEntry *entry = CHAT_ENTRY(object);

    g_clear_object(&entry->conversation);
    gtk_widget_dispose_template(GTK_WIDGET(object), CHAT_TYPE_ENTRY);
    G_OBJECT_CLASS(chat_entry_parent_class)->dispose(object);
}

static void entry_finalize(GObject *object)
{
    ChatEntry *entry = CHAT_ENTRY(object);

    bight_irc_completion_free(entry->completion);
    g_ptr_array_unref(entry->history);
    g_free(entry->aside);
    G_OBJECT_CLASS(chat_entry_parent_class)->finalize(object);
}

static void chat_entry_class_init(ChatEntryClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);
    GType type = G_TYPE_FROM_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = entry_dispose;
    G_OBJECT_CLASS(class)->finalize = entry_finalize;
    signals[SCROLL] = g_signal_new("scroll", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_INT);
    signals[NICK] =
        g_signal_new("nick", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(widget, "/dev/bight/Chat/entry.ui");
    gtk_widget_class_bind_template_child(widget, ChatEntry, text);
    gtk_widget_class_bind_template_child(widget, ChatEntry, nick);
    gtk_widget_class_bind_template_child(widget, ChatEntry, trouble);
    gtk_widget_class_bind_template_child(widget, ChatEntry, trouble_text);
    gtk_widget_class_bind_template_callback(widget, entry_on_enter);
    gtk_widget_class_bind_template_callback(widget, on_send);
    gtk_widget_class_bind_template_callback(widget, on_edit);
    gtk_widget_class_bind_template_callback(widget, entry_on_nick);
    gtk_widget_class_bind_template_callback(widget, entry_on_key);
}

static void chat_entry_init(ChatEntry *entry)
{
    gtk_widget_init_template(GTK_WIDGET(entry));
    entry->history = g_ptr_array_new_with_free_func(g_free);
    entry->completion = bight_irc_completion_new();
    if (!entry->completion)
        g_error("out of memory");
}

void chat_entry_set_session(ChatEntry *entry, chat_session *session)
{
    entry->session = session;
}

/* "Message #bight", or a hint where messages cannot be sent. */
static char *placeholder(ChatConversation *conversation)
{
    const char *name = chat_conversation_get_name(conversation);

    if (chat_conversation_get_kind(conversation) == CHAT_SERVER)
        return g_strdup("Type a command, such as /join #bight");
    return g_strdup_printf("Message %s", name);
}

void chat_entry_set_conversation(ChatEntry *entry, ChatConversation *conversation)
{
    g_autofree char *hint = placeholder(conversation);

    if (entry->conversation)
        chat_conversation_set_draft(entry->conversation, typed(entry));
    g_set_object(&entry->conversation, conversation);
    chat_entry_type(entry, chat_conversation_get_draft(conversation));
    stop_complaining(entry);
    bight_irc_completion_reset(entry->completion);
    entry->at = entry->history->len;
    gtk_entry_set_placeholder_text(entry->text, hint);
    gtk_accessible_update_property(GTK_ACCESSIBLE(entry->text), GTK_ACCESSIBLE_PROPERTY_LABEL, hint,
                                   -1);
}

void chat_entry_set_nick(ChatEntry *entry, const char *nick)
{
    gtk_button_set_label(entry->nick, nick);
    gtk_widget_set_visible(GTK_WIDGET(entry->nick), nick[0] != '\0');
}

gboolean chat_entry_enter(ChatEntry *entry)
{
    g_signal_emit_by_name(entry->text, "activate");
    return chat_entry_get_error(entry)[0] == '\0';
}

GtkWidget *chat_entry_get_text(ChatEntry *entry)
{
    return GTK_WIDGET(entry->text);
}

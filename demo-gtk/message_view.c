/* A text view lays out its lines gradually, so its end moves for some time after text was added.
 * Meanwhile the view itself changes the adjustment, which looks like a scroll. So a flag stores
 * whether the view should stay at the end (pinned). After each change of the layout the view
 * scrolls to the end for some frames, in which only the wheel counts as the user's scroll; after
 * them, every scroll does. */
#include "message_view.h"

#include "style.h"

/* The distance in pixels that still counts as the end. */
#define CLOSE 2

/* Frames until the layout is stable. */
#define SETTLING 6

struct _ChatMessageView {
    AdwBin parent;
    GtkScrolledWindow *scroller;
    GtkTextView *text;
    GtkRevealer *newest;
    gboolean is_pinned;
    gboolean is_moving; /* the current scroll is this view's own */
    guint settling;     /* remaining frames of the layout */
    guint tick;         /* the callback that counts them, 0 without one */
};

G_DEFINE_FINAL_TYPE(ChatMessageView, chat_message_view, ADW_TYPE_BIN)

static void pin(ChatMessageView *view)
{
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(view->scroller);

    view->is_moving = TRUE;
    gtk_adjustment_set_value(adjustment, gtk_adjustment_get_upper(adjustment) -
                                             gtk_adjustment_get_page_size(adjustment));
    view->is_moving = FALSE;
}

static void set_pinned(ChatMessageView *view, gboolean is_pinned)
{
    view->is_pinned = is_pinned;
    gtk_revealer_set_reveal_child(view->newest, !is_pinned);
    if (is_pinned)
        pin(view);
}

static gboolean message_view_on_frame(GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
    ChatMessageView *view = data;

    (void)widget;
    (void)clock;
    if (view->is_pinned)
        pin(view);
    view->settling--;
    if (view->settling > 0)
        return G_SOURCE_CONTINUE;
    view->tick = 0;
    return G_SOURCE_REMOVE;
}

static void on_layout(GtkAdjustment *adjustment, ChatMessageView *view)
{
    (void)adjustment;
    view->settling = SETTLING;
    if (view->tick == 0)
        view->tick =
            gtk_widget_add_tick_callback(GTK_WIDGET(view), message_view_on_frame, view, NULL);
    if (view->is_pinned)
        pin(view);
}

static void message_view_on_scroll(GtkAdjustment *adjustment, ChatMessageView *view)
{
    double end = gtk_adjustment_get_upper(adjustment) - gtk_adjustment_get_page_size(adjustment);
    gboolean at_end = gtk_adjustment_get_value(adjustment) >= end - CLOSE;

    if (view->is_moving || at_end == view->is_pinned)
        return;
    if (at_end || view->settling == 0)
        set_pinned(view, at_end);
}

/* The user has scrolled away from the end. */
static void look_back(ChatMessageView *view)
{
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(view->scroller);

    if (gtk_adjustment_get_upper(adjustment) > gtk_adjustment_get_page_size(adjustment))
        set_pinned(view, FALSE);
}

static gboolean on_wheel(GtkEventControllerScroll *wheel, double x, double y, ChatMessageView *view)
{
    (void)wheel;
    (void)x;
    if (y < 0)
        look_back(view);
    return FALSE;
}

static void on_newest(GtkButton *button, ChatMessageView *view)
{
    (void)button;
    set_pinned(view, TRUE);
}

/* The link at a place of the widget; NULL without one. Freed with g_free(). */
static char *link_at(ChatMessageView *view, double x, double y)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(view->text);
    GtkTextTag *tag =
        gtk_text_tag_table_lookup(gtk_text_buffer_get_tag_table(buffer), CHAT_TAG_LINK);
    GtkTextIter start, end;
    int left, top;

    gtk_text_view_window_to_buffer_coords(view->text, GTK_TEXT_WINDOW_WIDGET, (int)x, (int)y, &left,
                                          &top);
    if (!tag || !gtk_text_view_get_iter_at_location(view->text, &start, left, top) ||
        !gtk_text_iter_has_tag(&start, tag))
        return NULL;
    end = start;
    if (!gtk_text_iter_starts_tag(&start, tag))
        gtk_text_iter_backward_to_tag_toggle(&start, tag);
    gtk_text_iter_forward_to_tag_toggle(&end, tag);
    return gtk_text_buffer_get_text(buffer, &start, &end, FALSE);
}

static void on_click(GtkGestureClick *gesture, int presses, double x, double y,
                     ChatMessageView *view)
{
    g_autofree char *link = link_at(view, x, y);
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(view->text);

    (void)gesture;
    if (link && presses == 1 && !gtk_text_buffer_get_has_selection(buffer))
        gtk_show_uri(GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(view))), link, GDK_CURRENT_TIME);
}

static void on_motion(GtkEventControllerMotion *motion, double x, double y, ChatMessageView *view)
{
    g_autofree char *link = link_at(view, x, y);

    (void)motion;
    gtk_widget_set_cursor_from_name(GTK_WIDGET(view->text), link ? "pointer" : "text");
}

static void message_view_dispose(GObject *object)
{
    gtk_widget_dispose_template(GTK_WIDGET(object), CHAT_TYPE_MESSAGE_VIEW);
    G_OBJECT_CLASS(chat_message_view_parent_class)->dispose(object);
}

static void chat_message_view_class_init(ChatMessageViewClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = message_view_dispose;
    gtk_widget_class_set_template_from_resource(widget, "/dev/bight/Chat/message_view.ui");
    gtk_widget_class_bind_template_child(widget, ChatMessageView, scroller);
    gtk_widget_class_bind_template_child(widget, ChatMessageView, text);
    gtk_widget_class_bind_template_child(widget, ChatMessageView, newest);
    gtk_widget_class_bind_template_callback(widget, on_newest);
    gtk_widget_class_bind_template_callback(widget, on_click);
    gtk_widget_class_bind_template_callback(widget, on_motion);
    gtk_widget_class_bind_template_callback(widget, on_wheel);
}

static void chat_message_view_init(ChatMessageView *view)
{
    GtkAdjustment *adjustment;

    gtk_widget_init_template(GTK_WIDGET(view));
    view->is_pinned = TRUE;
    adjustment = gtk_scrolled_window_get_vadjustment(view->scroller);
    g_signal_connect_object(adjustment, "changed", G_CALLBACK(on_layout), view, 0);
    g_signal_connect_object(adjustment, "value-changed", G_CALLBACK(message_view_on_scroll), view,
                            0);
}

void chat_message_view_set_log(ChatMessageView *view, chat_log *log)
{
    gtk_text_view_set_buffer(view->text, chat_log_get_buffer(log));
    set_pinned(view, TRUE);
}

char *chat_message_view_get_text(ChatMessageView *view)
{
    GtkTextBuffer *buffer = gtk_text_view_get_buffer(view->text);
    GtkTextIter start, end;

    gtk_text_buffer_get_bounds(buffer, &start, &end);
    return gtk_text_buffer_get_text(buffer, &start, &end, FALSE);
}

void chat_message_view_scroll(ChatMessageView *view, int pages)
{
    GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment(view->scroller);

    if (pages < 0)
        look_back(view);
    gtk_adjustment_set_value(adjustment,
                             gtk_adjustment_get_value(adjustment) +
                                 pages * 0.9 * gtk_adjustment_get_page_size(adjustment));
}

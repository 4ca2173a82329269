#include "prompt.h"

typedef struct question {
    GtkEditable *row;
    chat_prompt_fn answered;
    void *data;
} question;

static void on_response(AdwMessageDialog *dialog, const char *response, question *asked)
{
    const char *answer = gtk_editable_get_text(asked->row);

    (void)dialog;
    if (g_str_equal(response, "ok") && answer[0] != '\0')
        asked->answered(answer, asked->data);
}

static void prompt_on_enter(AdwEntryRow *row, AdwMessageDialog *dialog)
{
    (void)row;
    adw_message_dialog_response(dialog, "ok");
    gtk_window_close(GTK_WINDOW(dialog));
}

static void free_question(gpointer data, GClosure *closure)
{
    (void)closure;
    g_free(data);
}

static GtkWidget *prompt_make_row(const chat_prompt *prompt)
{
    GtkWidget *list = gtk_list_box_new();
    GtkWidget *row = adw_entry_row_new();

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), prompt->label);
    gtk_editable_set_text(GTK_EDITABLE(row), prompt->value ? prompt->value : "");
    gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    gtk_list_box_append(GTK_LIST_BOX(list), row);
    return row;
}

void chat_prompt_open(GtkWindow *parent, const chat_prompt *prompt, chat_prompt_fn answered,
                      void *data)
{
    GtkWidget *widget = adw_message_dialog_new(parent, prompt->heading, prompt->body);
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG(widget);
    GtkWidget *row = prompt_make_row(prompt);
    question *asked = g_new0(question, 1);

    asked->row = GTK_EDITABLE(row);
    asked->answered = answered;
    asked->data = data;
    adw_message_dialog_add_responses(dialog, "cancel", "_Cancel", "ok", prompt->button, NULL);
    adw_message_dialog_set_response_appearance(dialog, "ok", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(dialog, "ok");
    adw_message_dialog_set_close_response(dialog, "cancel");
    adw_message_dialog_set_extra_child(dialog, gtk_widget_get_parent(row));
    g_signal_connect_data(dialog, "response", G_CALLBACK(on_response), asked, free_question, 0);
    g_signal_connect_object(row, "entry-activated", G_CALLBACK(prompt_on_enter), dialog, 0);
    gtk_window_present(GTK_WINDOW(dialog));
    gtk_widget_grab_focus(row);
}

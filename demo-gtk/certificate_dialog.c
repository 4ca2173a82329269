/* Everything that a certificate says was written by somebody who may be an impostor. So it is shown
 * as plain text, and each piece is isolated, so that characters for writing from right to left
 * cannot turn the words around it. */
#include "certificate_dialog.h"

#include <bight/value.h>

#define ISOLATE "\u2068"
#define ISOLATE_END "\u2069"

typedef struct trust_question {
    AdwMessageDialog *dialog;
    GtkCheckButton *remember;
    bight_promise *promise; /* NULL once it is answered or withdrawn */
} trust_question;

static void question_answer(trust_question *question, bight_tls_answer answer)
{
    bight_promise *promise = g_steal_pointer(&question->promise);

    if (!promise)
        return;
    bight_promise_on_cancel(promise, NULL, NULL);
    bight_promise_complete(promise, bight_result_int(answer));
}

static void question_on_response(AdwMessageDialog *dialog, const char *response,
                                 trust_question *question)
{
    bight_tls_answer answer = BIGHT_TLS_REFUSE;

    (void)dialog;
    if (g_str_equal(response, "accept"))
        answer =
            gtk_check_button_get_active(question->remember) ? BIGHT_TLS_REMEMBER : BIGHT_TLS_ACCEPT;
    question_answer(question, answer);
}

/* The window is gone without an answer. */
static void question_on_destroy(GtkWidget *dialog, trust_question *question)
{
    (void)dialog;
    question_answer(question, BIGHT_TLS_REFUSE);
    g_free(question);
}

/* The connection has ended meanwhile. */
static void question_on_withdrawn(bight_promise *promise, void *data)
{
    trust_question *question = data;

    question->promise = NULL;
    bight_promise_free(promise);
    gtk_window_destroy(GTK_WINDOW(question->dialog));
}

/* -- What is shown -- */

static const char *body_of(const bight_certificate_report *report)
{
    if (bight_certificate_report_is_changed(report))
        return "This server had another key before. It did not prove who it is. Somebody between "
               "could read and change everything that is said.";
    return "This server did not prove who it is. Somebody between could read and change everything "
           "that is said.";
}

static GtkWidget *problems_of(const bight_certificate_report *report)
{
    GString *text = g_string_new(NULL);
    GtkWidget *label = gtk_label_new(NULL);

    for (size_t i = 0; i < bight_certificate_report_get_problem_count(report); i++) {
        const char *problem = bight_certificate_report_get_problem(report, i)->text;

        g_string_append_printf(text, "%s• " ISOLATE "%c%s" ISOLATE_END ".", i > 0 ? "\n" : "",
                               g_ascii_toupper(problem[0]), problem + 1);
    }
    gtk_label_set_text(GTK_LABEL(label), text->str);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 60);
    g_string_free(text, TRUE);
    return label;
}

static void add_fact(GtkWidget *list, const char *title, const char *text, gboolean is_code)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *shown = g_strconcat(ISOLATE, text, ISOLATE_END, NULL);

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), title);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), shown);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), is_code ? 0 : 2);
    gtk_list_box_append(GTK_LIST_BOX(list), row);
}

static char *names_of(const bight_certificate *certificate)
{
    GString *text = g_string_new(NULL);
    size_t count = bight_certificate_get_name_count(certificate);

    for (size_t i = 0; i < count && i < 10; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "",
                               bight_certificate_get_name(certificate, i));
    if (count == 0)
        g_string_append(text, "no host");
    return g_string_free(text, FALSE);
}

static GtkWidget *facts_of(const bight_certificate_report *report)
{
    const bight_certificate *certificate = bight_certificate_report_get_certificate(report, 0);
    char from[BIGHT_DATE_TEXT_SIZE], to[BIGHT_DATE_TEXT_SIZE], print[BIGHT_FINGERPRINT_TEXT_SIZE];
    g_autofree char *names = names_of(certificate);
    g_autofree char *dates = g_strdup_printf(
        "%s to %s", bight_date_format(bight_certificate_get_not_before(certificate), from),
        bight_date_format(bight_certificate_get_not_after(certificate), to));
    GtkWidget *list = gtk_list_box_new();

    gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
    gtk_widget_add_css_class(list, "boxed-list");
    gtk_widget_add_css_class(list, "facts");
    add_fact(list, "It is for", names, FALSE);
    add_fact(list, "Issued by", bight_certificate_get_issuer(certificate), FALSE);
    add_fact(list, "Valid", dates, FALSE);
    add_fact(list, "Fingerprint (SHA-256)",
             bight_fingerprint_format(bight_certificate_get_fingerprint(certificate), print), TRUE);
    return list;
}

static GtkWidget *extra_of(trust_question *question, const bight_certificate_report *report)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 12);
    GtkWidget *remember =
        gtk_check_button_new_with_mnemonic("_Remember the key of this server and do not ask again");

    question->remember = GTK_CHECK_BUTTON(remember);
    gtk_box_append(GTK_BOX(box), problems_of(report));
    gtk_box_append(GTK_BOX(box), facts_of(report));
    gtk_box_append(GTK_BOX(box), remember);
    return box;
}

static void dialog_add_responses(AdwMessageDialog *dialog)
{
    adw_message_dialog_add_responses(dialog, "refuse", "_Do Not Connect", "accept",
                                     "Connect _Anyway", NULL);
    adw_message_dialog_set_response_appearance(dialog, "accept", ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(dialog, "refuse");
    adw_message_dialog_set_close_response(dialog, "refuse");
}

static AdwMessageDialog *dialog_new(GtkWindow *parent, const bight_certificate_report *report)
{
    g_autofree char *heading =
        g_strdup_printf("Is This Really %s?", bight_certificate_report_get_host(report));
    GtkWidget *dialog = adw_message_dialog_new(parent, heading, NULL);

    adw_message_dialog_set_body(ADW_MESSAGE_DIALOG(dialog), body_of(report));
    dialog_add_responses(ADW_MESSAGE_DIALOG(dialog));
    return ADW_MESSAGE_DIALOG(dialog);
}

bight_deferred *chat_certificate_dialog_open(GtkWindow *parent,
                                             const bight_certificate_report *report)
{
    trust_question *question = g_new0(trust_question, 1);
    bight_deferred *answer = bight_deferred_new(&question->promise);

    if (!answer) {
        g_free(question);
        return NULL;
    }
    question->dialog = dialog_new(parent, report);
    adw_message_dialog_set_extra_child(question->dialog, extra_of(question, report));
    bight_promise_on_cancel(question->promise, question_on_withdrawn, question);
    g_signal_connect(question->dialog, "response", G_CALLBACK(question_on_response), question);
    g_signal_connect(question->dialog, "destroy", G_CALLBACK(question_on_destroy), question);
    gtk_window_present(GTK_WINDOW(question->dialog));
    return answer;
}

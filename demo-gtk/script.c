/* Runs one action per turn of the loop, so that the window has processed it before the next. */
#include "script.h"

#include <string.h>

#define BEAT_MILLISECONDS 25
#define PATIENCE (G_GINT64_CONSTANT(20) * G_USEC_PER_SEC)

struct chat_script {
    const chat_script_ops *ops;
    void *data;
    char **lines;
    gsize at;
    gint64 deadline; /* the deadline of a wait; 0 if there is none */
    guint source;
};

typedef enum outcome { DONE, AGAIN, FAILED } outcome;

typedef struct action {
    const char *name;
    gboolean wants_text;
    outcome (*run)(chat_script *script, const char *text, char **error);
} action;

/* The outcome of a condition that is polled until a deadline. */
static outcome script_player_wait_for(chat_script *script, gboolean condition, char **error)
{
    if (condition) {
        script->deadline = 0;
        return DONE;
    }
    if (script->deadline == 0)
        script->deadline = g_get_monotonic_time() + PATIENCE;
    if (g_get_monotonic_time() < script->deadline)
        return AGAIN;
    *error = g_strdup("the window does not show it");
    return FAILED;
}

static outcome run_wait(chat_script *script, const char *text, char **error)
{
    return script_player_wait_for(script, script->ops->shows(text, script->data), error);
}

static outcome script_player_run_say(chat_script *script, const char *text, char **error)
{
    return script->ops->say(text, error, script->data) ? DONE : FAILED;
}

static outcome run_type(chat_script *script, const char *text, char **error)
{
    return script->ops->type(text, error, script->data) ? DONE : FAILED;
}

static outcome run_show(chat_script *script, const char *text, char **error)
{
    return script->ops->show(text, error, script->data) ? DONE : FAILED;
}

static outcome run_screenshot(chat_script *script, const char *text, char **error)
{
    outcome drawn = script_player_wait_for(script, script->ops->is_drawn(script->data), error);

    (void)text;
    if (drawn != DONE)
        return drawn;
    return script->ops->screenshot(error, script->data) ? DONE : FAILED;
}

static const action actions[] = {
    {"wait", TRUE, run_wait}, {"say", TRUE, script_player_run_say},  {"type", TRUE, run_type},
    {"show", TRUE, run_show}, {"screenshot", FALSE, run_screenshot},
};

/* The text of a line behind the name of an action; NULL if it is another one. */
static const char *text_behind(const char *line, const char *name)
{
    gsize length = strlen(name);

    if (!g_str_has_prefix(line, name) || (line[length] != ' ' && line[length] != '\0'))
        return NULL;
    return line[length] == ' ' ? line + length + 1 : line + length;
}

static outcome run_line(chat_script *script, const char *line, char **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        const char *text = text_behind(line, actions[i].name);

        if (text && actions[i].wants_text == (text[0] != '\0'))
            return actions[i].run(script, text, error);
    }
    *error = g_strdup("this action does not exist");
    return FAILED;
}

static gboolean script_player_end(chat_script *script, gboolean quit, const char *why)
{
    g_autofree char *error = NULL;

    if (why)
        error = g_strdup_printf("line %zu of the script, “%s”: %s", script->at + 1,
                                script->lines[script->at], why);
    script->source = 0;
    script->ops->ended(quit, error, script->data);
    return G_SOURCE_REMOVE;
}

static gboolean script_player_step(gpointer data)
{
    chat_script *script = data;
    g_autofree char *error = NULL;
    const char *line;

    while ((line = script->lines[script->at]) && (line[0] == '\0' || line[0] == '#'))
        script->at++;
    if (!line)
        return script_player_end(script, FALSE, NULL);
    if (strcmp(line, "quit") == 0)
        return script_player_end(script, TRUE, NULL);
    switch (run_line(script, line, &error)) {
    case FAILED:
        return script_player_end(script, FALSE, error);
    case DONE:
        script->at++;
        break;
    case AGAIN:
        break;
    }
    return G_SOURCE_CONTINUE;
}

chat_script *chat_script_new(const char *path, const chat_script_ops *ops, void *data, char **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) why = NULL;
    chat_script *script;

    if (!g_file_get_contents(path, &text, NULL, &why) || !g_utf8_validate(text, -1, NULL)) {
        *error = g_strdup(why ? why->message : "the script is not UTF-8");
        return NULL;
    }
    script = g_new0(chat_script, 1);
    script->ops = ops;
    script->data = data;
    script->lines = g_strsplit(text, "\n", 0);
    for (gsize i = 0; script->lines[i]; i++)
        g_strchomp(script->lines[i]);
    return script;
}

void chat_script_start(chat_script *script)
{
    script->source = g_timeout_add(BEAT_MILLISECONDS, script_player_step, script);
}

void chat_script_free(chat_script *script)
{
    if (!script)
        return;
    if (script->source != 0)
        g_source_remove(script->source);
    g_strfreev(script->lines);
    g_free(script);
}

/* A question that is answered with one line. */
#ifndef CHAT_PROMPT_H
#define CHAT_PROMPT_H

#include <adwaita.h>

typedef void (*chat_prompt_fn)(const char *answer, void *data);

/* The question; all strings but `value` are constant. */
typedef struct chat_prompt {
    const char *heading;
    const char *body; /* may be NULL */
    const char *label;
    const char *value; /* the initial value; may be NULL */
    const char *button;
} chat_prompt;

/* Ask; `answered` is called unless the user cancels or the parent is closed. */
void chat_prompt_open(GtkWindow *parent, const chat_prompt *prompt, chat_prompt_fn answered,
                      void *data);

#endif

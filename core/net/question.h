/* Questions to name servers: one name and one type each. Lookups that overlap share them, and their
 * answers are kept as long as the answers say.
 *
 * A question that is open cannot be withdrawn; it continues without those who asked, and its answer
 * is kept. */
#ifndef BIGHTI_NET_QUESTION_H
#define BIGHTI_NET_QUESTION_H

#include "../base/list.h"
#include <bight/bytes.h>
#include <bight/resolver.h>

typedef struct bighti_questions bighti_questions;
typedef struct bighti_question bighti_question;

/* What a server has said, shared by all who asked; immutable. */
typedef struct bighti_answer {
    unsigned references;
    int code; /* of c-ares */
    size_t size;
    uint8_t message[];
} bighti_answer;

void bighti_answer_unref(bighti_answer *answer); /* NULL is ignored */

/* One who waits for an answer; in the caller's storage. */
typedef struct bighti_ask {
    bighti_link link; /* linked while it waits */
    bighti_question *question;
    struct bighti_lookup *lookup; /* the caller's */
    /* Called once; takes ownership of the answer, which is NULL when out of memory. May not call
     * this module. */
    void (*fn)(struct bighti_ask *ask, bighti_answer *take_answer);
} bighti_ask;

/* `changed` is called when there may be room for questions, or something to do in
 * bighti_questions_go_on(). It may be called at any time, and should schedule a task. `options`
 * must live as long as the object. */
bight_status bighti_questions_new(bight_reactor *reactor, const bight_resolver_options *options,
                                  void (*changed)(void *data), void *data,
                                  bighti_questions **questions);

/* Those who wait are forgotten. Callbacks of c-ares do not occur afterwards. */
void bighti_questions_free(bighti_questions *questions);

/* Use a changed configuration from now on; questions that are open stay with the old one. */
bight_status bighti_questions_refresh(bighti_questions *questions);

/* Forget all answers. */
void bighti_questions_forget(bighti_questions *questions);

/* Free what is no longer used, and ask again what a forked child has inherited. */
void bighti_questions_go_on(bighti_questions *questions);

/* False in a forked child whose reactor has not been rebuilt. */
bool bighti_questions_is_usable(const bighti_questions *questions);

/* Whether a question may be opened. */
bool bighti_questions_has_room(const bighti_questions *questions);

/* Whether the answer is known, or the question is open. */
bool bighti_questions_knows(bighti_questions *questions, const char *name, int type);

/* Call ask->fn with the answer: now if it is known, or later. */
void bighti_questions_ask(bighti_questions *questions, const char *name, int type, bighti_ask *ask);

/* No longer wait; one that does not wait is left alone. `late` says that the caller already has
 * what it needs: the question then takes no room from others. */
void bighti_ask_drop(bighti_ask *ask, bool late);

#endif

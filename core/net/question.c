/* A question is open, or its answer is kept, or it has both behind it and is freed. Open ones and
 * kept ones are in one table. When the configuration changes the table is emptied: kept answers are
 * freed, and open questions end for those who wait, but nobody new joins them.
 *
 * Each configuration has a channel of c-ares of its own (a generation). The old one is freed when
 * its last question has ended. */
#include "question.h"
#include "../base/file_state.h"
#include "../base/table.h"
#include "dns_message.h"
#include "names.h"
#include <ares.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How many more questions may be open if nobody waits for their answers; and the largest answer
 * that is kept. */
enum { LATE_FACTOR = 4, LARGEST_KEPT = 8192 };

/* How long a negative answer is kept if its server says nothing, and at most. */
#define NEGATIVE_LIFETIME BIGHT_SEC(5)
#define LONGEST_NEGATIVE BIGHT_SEC(300)

typedef struct generation {
    bighti_link link;
    bighti_questions *owner; /* NULL after that was freed */
    bighti_names *names;     /* NULL in a forked child that has not asked again */
    unsigned open;
} generation;

struct bighti_question {
    bighti_entry entry;   /* in the table while `listed` */
    bighti_link link;     /* among the open or the kept */
    bighti_link asks;     /* those who wait */
    generation *asked_of; /* NULL before it is asked */
    bighti_questions *owner;
    bighti_answer *answer; /* NULL while it is open */
    uint64_t expires;      /* of the answer, on the reactor's clock */
    int type;
    bool listed;
    bool late; /* nobody waits, and nobody was let down */
    char name[];
};

struct bighti_questions {
    bight_reactor *reactor;
    const bight_resolver_options *options;
    void (*changed)(void *data);
    void *data;
    bighti_table table;
    bighti_link open, kept; /* kept: the one that was used last is at the end */
    unsigned open_count, late_count;
    size_t kept_count;
    generation *current;
    bighti_link old;  /* generations */
    struct stat file; /* the state of the configuration that is used */
    bool passing;     /* into a forked child: open questions are asked again */
};

/* -- Answers -- */

void bighti_answer_unref(bighti_answer *answer)
{
    if (answer != NULL && --answer->references == 0)
        free(answer);
}

static bighti_answer *answer_ref(bighti_answer *answer)
{
    if (answer != NULL)
        answer->references++;
    return answer;
}

static bighti_answer *answer_new(int code, bight_view message)
{
    bighti_answer *self = malloc(sizeof(*self) + message.size);

    if (self == NULL)
        return NULL;
    self->references = 1;
    self->code = code;
    self->size = message.size;
    if (message.size > 0)
        memcpy(self->message, message.data, message.size);
    return self;
}

static void count_record(bight_view message, size_t at, size_t size, void *count)
{
    (void)message;
    (void)at;
    (void)size;
    ++*(unsigned *)count;
}

/* Nanoseconds for which an answer holds; 0 for one that is not kept. Failures are not. */
static uint64_t answer_lifetime(const bighti_answer *self, int type, uint64_t longest)
{
    bool positive = self->code == ARES_SUCCESS;
    unsigned count = 0;
    uint32_t seconds;
    uint64_t lifetime;

    if (!positive && self->code != ARES_ENOTFOUND && self->code != ARES_ENODATA)
        return 0;
    if (self->size > LARGEST_KEPT ||
        !bighti_dns_read((bight_view){self->message, self->size}, (unsigned)type, count_record,
                         &count, &seconds))
        return 0;
    positive = positive && count > 0;
    lifetime = seconds == UINT32_MAX ? NEGATIVE_LIFETIME : BIGHT_SEC((uint64_t)seconds);
    if (!positive && lifetime > LONGEST_NEGATIVE)
        lifetime = LONGEST_NEGATIVE;
    return lifetime < longest ? lifetime : longest;
}

/* -- The table -- */

static uint64_t question_hash(const char *name, int type)
{
    uint64_t hash = 14695981039346656037u + (unsigned)type;

    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 1099511628211u;
    return hash ^ hash >> 32;
}

static void question_unlist(bighti_question *self)
{
    if (self->listed)
        bighti_table_remove(&self->owner->table, &self->entry);
    self->listed = false;
}

static void question_free(bighti_question *self)
{
    bighti_link_unlink(&self->link);
    bighti_answer_unref(self->answer);
    free(self);
}

static void question_forget(bighti_question *kept)
{
    kept->owner->kept_count--;
    question_unlist(kept);
    question_free(kept);
}

static bighti_question *question_find(bighti_questions *self, const char *name, int type)
{
    bighti_entry *entry = bighti_table_first(&self->table, question_hash(name, type));

    for (; entry != NULL; entry = bighti_table_next(entry)) {
        bighti_question *one = BIGHTI_CONTAINER(entry, bighti_question, entry);

        if (one->type != type || strcmp(one->name, name) != 0)
            continue;
        if (one->answer == NULL || one->expires > bight_reactor_now(self->reactor))
            return one;
        question_forget(one);
        return NULL;
    }
    return NULL;
}

static void question_keep(bighti_question *self, uint64_t lifetime)
{
    bighti_questions *owner = self->owner;

    self->expires = bight_reactor_now(owner->reactor) + lifetime;
    bighti_link_unlink(&self->link);
    bighti_list_append(&owner->kept, &self->link);
    owner->kept_count++;
    while (owner->kept_count > owner->options->cache_size)
        question_forget(BIGHTI_CONTAINER(bighti_list_pop(&owner->kept), bighti_question, link));
}

void bighti_questions_forget(bighti_questions *self)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&self->kept)) != NULL)
        question_forget(BIGHTI_CONTAINER(link, bighti_question, link));
    for (link = self->open.next; link != &self->open; link = link->next)
        question_unlist(BIGHTI_CONTAINER(link, bighti_question, link));
}

/* -- Asking -- */

static void question_set_late(bighti_question *self, bool late)
{
    if (self->late != late)
        self->owner->late_count += late ? 1 : -1u;
    self->late = late;
}

static void question_tell(bighti_question *self)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&self->asks)) != NULL) {
        bighti_ask *ask = BIGHTI_CONTAINER(link, bighti_ask, link);

        ask->question = NULL;
        ask->fn(ask, answer_ref(self->answer));
    }
}

static void question_end(bighti_question *self, int code, bight_view message)
{
    bighti_questions *owner = self->owner;
    uint64_t lifetime = 0;

    self->answer = answer_new(code, message);
    question_set_late(self, false);
    owner->open_count--;
    question_tell(self);
    if (self->answer != NULL && self->listed && owner->options->cache_size > 0)
        lifetime = answer_lifetime(self->answer, self->type, owner->options->cache_longest);
    if (lifetime > 0) {
        question_keep(self, lifetime);
    } else {
        question_unlist(self);
        question_free(self);
    }
    owner->changed(owner->data);
}

static void question_on_answer(void *data, int code, bight_view message)
{
    bighti_question *self = data;
    generation *asked_of = self->asked_of;

    asked_of->open--;
    self->asked_of = NULL;
    if (self->owner == NULL)
        question_free(self);
    else if (!self->owner->passing)
        question_end(self, code, message);
}

static void question_ask(bighti_question *self)
{
    generation *current = self->owner->current;

    self->asked_of = current;
    current->open++;
    bighti_names_ask(current->names, self->name, self->type, question_on_answer, self);
}

static bighti_question *question_new(bighti_questions *owner, const char *name, int type)
{
    size_t size = strlen(name) + 1;
    bighti_question *self = calloc(1, sizeof(*self) + size);

    if (self == NULL)
        return NULL;
    self->owner = owner;
    self->type = type;
    memcpy(self->name, name, size);
    bighti_list_append(&owner->open, &self->link);
    bighti_link_init(&self->asks);
    owner->open_count++;
    bighti_table_insert(&owner->table, &self->entry, question_hash(name, type));
    self->listed = true;
    return self;
}

bool bighti_questions_is_usable(const bighti_questions *self)
{
    return self->current->names == NULL || !bighti_names_is_inherited(self->current->names);
}

bool bighti_questions_has_room(const bighti_questions *self)
{
    unsigned most = self->options->most_asked;

    return self->open_count - self->late_count < most && self->open_count / LATE_FACTOR < most;
}

bool bighti_questions_knows(bighti_questions *self, const char *name, int type)
{
    return question_find(self, name, type) != NULL;
}

void bighti_questions_ask(bighti_questions *self, const char *name, int type, bighti_ask *ask)
{
    bighti_question *one = question_find(self, name, type);
    bool is_new = one == NULL;

    if (one == NULL)
        one = question_new(self, name, type);
    if (one == NULL) {
        ask->fn(ask, NULL);
    } else if (one->answer != NULL) {
        bighti_link_unlink(&one->link);
        bighti_list_append(&self->kept, &one->link);
        ask->fn(ask, answer_ref(one->answer));
    } else {
        question_set_late(one, false);
        ask->question = one;
        bighti_list_append(&one->asks, &ask->link);
        if (is_new)
            question_ask(one);
    }
}

void bighti_ask_drop(bighti_ask *ask, bool late)
{
    bighti_question *question = ask->question;

    bighti_link_unlink(&ask->link);
    ask->question = NULL;
    if (question != NULL && late && bighti_list_is_empty(&question->asks)) {
        question_set_late(question, true);
        question->owner->changed(question->owner->data);
    }
}

/* -- Generations -- */

static void generation_free(generation *self)
{
    bighti_link_unlink(&self->link);
    bighti_names_free(self->names);
    free(self);
}

/* The sockets of all channels belong to the parent. */
static void questions_on_forked(void *data)
{
    bighti_questions *self = ((generation *)data)->owner;

    if (self == NULL)
        return;
    self->passing = true;
    for (bighti_link *link = self->old.next; link != &self->old; link = link->next) {
        bighti_names_free(BIGHTI_CONTAINER(link, generation, link)->names);
        BIGHTI_CONTAINER(link, generation, link)->names = NULL;
    }
    bighti_names_free(self->current->names);
    self->current->names = NULL;
    self->passing = false;
    self->changed(self->data);
}

static bight_status generation_new(bighti_questions *owner, generation **made)
{
    generation *self = calloc(1, sizeof(*self));
    bight_status status;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    self->owner = owner;
    bighti_link_init(&self->link);
    status =
        bighti_names_new(owner->reactor, owner->options, questions_on_forked, self, &self->names);
    if (status == BIGHT_OK)
        *made = self;
    else
        free(self);
    return status;
}

static struct stat questions_look_at_file(const bighti_questions *self)
{
    const char *path = self->options->configuration;

    return bighti_file_state(path != NULL ? path : BIGHTI_RESOLV_CONF);
}

/* A laptop that moves to another network gets another configuration file, whose servers can answer
 * when those of the old one cannot. */
bight_status bighti_questions_refresh(bighti_questions *self)
{
    struct stat now = questions_look_at_file(self);
    generation *fresh;
    bight_status status;

    if (self->current->names != NULL && bighti_file_is_same(&now, &self->file))
        return BIGHT_OK;
    status = generation_new(self, &fresh);
    if (status != BIGHT_OK)
        return status;
    bighti_list_append(&self->old, &self->current->link);
    self->current = fresh;
    self->file = now;
    bighti_questions_forget(self);
    self->changed(self->data);
    return BIGHT_OK;
}

static void questions_free_old(bighti_questions *self, bool all)
{
    bighti_link *link = self->old.next;

    while (link != &self->old) {
        generation *one = BIGHTI_CONTAINER(link, generation, link);

        link = link->next;
        if (all || one->open == 0)
            generation_free(one);
    }
}

void bighti_questions_go_on(bighti_questions *self)
{
    bighti_link waiting;

    if (!bighti_questions_is_usable(self))
        return;
    questions_free_old(self, false);
    if (self->current->names == NULL && bighti_questions_refresh(self) != BIGHT_OK)
        return;
    bighti_link_init(&waiting);
    bighti_list_splice(&waiting, &self->open);
    while (!bighti_list_is_empty(&waiting)) {
        bighti_question *one = BIGHTI_CONTAINER(waiting.next, bighti_question, link);

        bighti_link_unlink(&one->link);
        bighti_list_append(&self->open, &one->link);
        if (one->asked_of == NULL)
            question_ask(one);
    }
}

/* -- Life -- */

bight_status bighti_questions_new(bight_reactor *reactor, const bight_resolver_options *options,
                                  void (*changed)(void *data), void *data,
                                  bighti_questions **questions)
{
    bighti_questions *self = calloc(1, sizeof(*self));
    bight_status status = BIGHT_ERROR_NO_MEMORY;

    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    self->reactor = reactor;
    self->options = options;
    self->changed = changed;
    self->data = data;
    bighti_link_init(&self->open);
    bighti_link_init(&self->kept);
    bighti_link_init(&self->old);
    self->file = questions_look_at_file(self);
    if (bighti_table_init(&self->table))
        status = generation_new(self, &self->current);
    if (status == BIGHT_OK) {
        *questions = self;
        return BIGHT_OK;
    }
    bighti_table_deinit(&self->table);
    free(self);
    return status;
}

/* c-ares ends its queries when it is freed; their questions are freed then. Those that a forked
 * child has not asked again are freed here. */
static void questions_abandon(bighti_questions *self)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&self->open)) != NULL) {
        bighti_question *one = BIGHTI_CONTAINER(link, bighti_question, link);
        bighti_link *asked;

        while ((asked = bighti_list_pop(&one->asks)) != NULL)
            BIGHTI_CONTAINER(asked, bighti_ask, link)->question = NULL;
        one->owner = NULL;
        if (one->asked_of == NULL)
            question_free(one);
    }
}

void bighti_questions_free(bighti_questions *self)
{
    if (self == NULL)
        return;
    bighti_questions_forget(self);
    questions_abandon(self);
    questions_free_old(self, true);
    generation_free(self->current);
    bighti_table_deinit(&self->table);
    free(self);
}

/* Lookups are in four lists: queued, being asked, settling, and done.
 *
 * A task completes the lookups that are done, one in each callback, because an answer may be there
 * at once, or come inside a call of c-ares, and because a step may free the resolver.
 *
 * Settling (RFC 8305, section 3): a lookup of both families asks two questions. When one of them is
 * answered with addresses, the other has 50 ms to arrive. As all lookups wait equally long, the
 * first in the list is the first that is due, and one timer serves all. */
#include "lookup.h"
#include "../deferred/abandon.h"
#include "dns_message.h"
#include "names.h"
#include <ares.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_DELAY BIGHT_MSEC(50)

/* -- Errors -- */

/* c-ares has some thirty codes; those that a person cannot act on keep c-ares's message. */
static bight_status lookup_status_of(int code)
{
    switch (code) {
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_ENONAME:
        return BIGHT_ERROR_NOT_FOUND;
    case ARES_ETIMEOUT:
        return BIGHT_ERROR_TIMED_OUT;
    case ARES_ECONNREFUSED: /* also for the following two, up to c-ares 1.18 at least */
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
        return BIGHT_ERROR_UNREACHABLE;
    case ARES_ENOMEM:
        return BIGHT_ERROR_NO_MEMORY;
    case ARES_EBADNAME:
        return BIGHT_ERROR_INVALID;
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return BIGHT_ERROR_CANCELLED;
    default:
        return BIGHT_ERROR_PROTOCOL;
    }
}

static const char *lookup_text_of(const bighti_lookup *one, int code)
{
    bool is_address = one->types[0] == BIGHTI_DNS_A || one->types[0] == BIGHTI_DNS_AAAA;

    switch (code) {
    case ARES_ENOTFOUND:
    case ARES_ENONAME:
        return "no such name";
    case ARES_ENODATA:
        return is_address ? "the name has no such address" : "the name has no such record";
    case ARES_ETIMEOUT:
        return "no name server has answered";
    case ARES_ECONNREFUSED:
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
        return "no name server is there, or none can tell now";
    case ARES_EBADNAME:
        return "not a name";
    case ARES_ECANCELLED:
    case ARES_EDESTRUCTION:
        return "given up";
    default:
        return ares_strerror(code);
    }
}

bight_error *bighti_lookup_error(const bighti_lookup *one, int code)
{
    if (code == ARES_ENOMEM)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "look up %s: no memory", one->name);
    return bight_error_new_code(BIGHT_DOMAIN_ARES, code, lookup_status_of(code), "look up %s: %s",
                                one->name, lookup_text_of(one, code));
}

/* -- Ends -- */

static void lookup_drop_asks(bighti_lookup *one, bool late)
{
    for (unsigned i = 0; i < one->count; i++)
        bighti_ask_drop(&one->asks[i], late);
}

static void lookup_free(bighti_lookup *one)
{
    bighti_link_unlink(&one->link);
    lookup_drop_asks(one, one->is_rest);
    bighti_deferred_abandon(&one->elsewhere);
    for (unsigned i = 0; i < one->count; i++)
        bighti_answer_unref(one->answers[i]);
    if (one->value != NULL)
        one->kind->destroy(one->value);
    bight_error_unref(one->error);
    free(one);
}

static void lookup_move(bighti_lookup *one, bighti_link *list, bighti_lookup_state state)
{
    if (one->state == BIGHTI_LOOKUP_WAITING && bighti_link_is_linked(&one->link))
        one->resolver->waiting_count--;
    bighti_link_unlink(&one->link);
    bighti_list_append(list, &one->link);
    one->state = state;
}

void bighti_lookup_end(bighti_lookup *one)
{
    lookup_move(one, &one->resolver->done, BIGHTI_LOOKUP_DONE);
    if (bighti_list_is_empty(&one->resolver->settling))
        bight_timer_stop(one->resolver->settle);
    bight_task_schedule(&one->resolver->task);
}

/* `one` must not be used afterwards: a step may do anything. */
static void lookup_tell(bighti_lookup *one)
{
    bight_promise *promise = one->promise;
    bight_destroy_fn destroy = one->kind->destroy;
    void *value;
    bight_error *error;

    if (one->value == NULL && one->error == NULL)
        one->kind->finish(one);
    value = one->value;
    error = one->error;
    one->value = NULL;
    one->error = NULL;
    lookup_free(one);
    bight_promise_on_cancel(promise, NULL, NULL);
    if (value != NULL)
        bight_promise_fire(promise, value, destroy);
    else
        bight_promise_fail(promise, error);
}

static void lookup_on_cancel(bight_promise *promise, void *data)
{
    bighti_lookup *one = data;
    bight_error *error =
        bight_error_new(BIGHT_ERROR_CANCELLED, "look up %s was cancelled", one->name);

    if (one->resolver != NULL && one->state == BIGHTI_LOOKUP_WAITING &&
        bighti_link_is_linked(&one->link))
        one->resolver->waiting_count--;
    lookup_free(one);
    bight_promise_on_cancel(promise, NULL, NULL);
    bight_promise_fail(promise, error);
}

/* -- Answers -- */

static void note_record(bight_view message, size_t at, size_t size, void *found)
{
    (void)message;
    (void)at;
    (void)size;
    *(bool *)found = true;
}

static bool answer_is_positive(const bighti_answer *answer, int type)
{
    bool found = false;
    uint32_t lifetime;

    return answer->code == ARES_SUCCESS &&
           bighti_dns_read((bight_view){answer->message, answer->size}, (unsigned)type, note_record,
                           &found, &lifetime) &&
           found;
}

static void lookup_settle(bighti_lookup *one)
{
    bight_resolver *self = one->resolver;

    one->deadline = bight_reactor_now(self->reactor) + SETTLE_DELAY;
    if (bighti_list_is_empty(&self->settling))
        bight_timer_start(self->settle, SETTLE_DELAY);
    lookup_move(one, &self->settling, BIGHTI_LOOKUP_SETTLING);
}

static void lookup_end_early(bighti_lookup *one)
{
    bighti_lookup_end(one);
    lookup_drop_asks(one, true);
}

static void lookup_on_answer(bighti_ask *ask, bighti_answer *take_answer)
{
    bighti_lookup *one = ask->lookup;
    unsigned index = ask == &one->asks[0] ? 0 : 1;

    if (take_answer == NULL && one->error == NULL)
        one->error = bighti_lookup_error(one, ARES_ENOMEM);
    one->answers[index] = take_answer;
    one->answered++;
    if (one->state == BIGHTI_LOOKUP_DONE)
        return;
    if (one->answered == one->count || one->error != NULL)
        lookup_end_early(one);
    else if (take_answer == NULL || !answer_is_positive(take_answer, one->types[index]))
        return;
    else if (one->eager && one->types[index] == BIGHTI_DNS_AAAA)
        lookup_end_early(one);
    else
        lookup_settle(one);
}

void bighti_lookups_on_settled(bight_timer *timer, void *resolver)
{
    bight_resolver *self = resolver;
    uint64_t now = bight_reactor_now(self->reactor);

    while (!bighti_list_is_empty(&self->settling)) {
        bighti_lookup *one = BIGHTI_CONTAINER(self->settling.next, bighti_lookup, link);

        if (one->deadline > now) {
            bight_timer_start(timer, one->deadline - now);
            return;
        }
        lookup_end_early(one);
    }
}

/* -- Starting -- */

/* Both questions are asked, or none: the second may exceed the limit by one. */
static bool lookup_may_ask(bighti_lookup *one)
{
    bighti_questions *questions = one->resolver->questions;

    if (bighti_questions_has_room(questions))
        return true;
    for (unsigned i = 0; i < one->count; i++)
        if (!bighti_questions_knows(questions, one->ascii, one->types[i]))
            return false;
    return true;
}

/* An answer may come inside the call that asks. */
static void lookup_ask(bighti_lookup *one)
{
    lookup_move(one, &one->resolver->asked, BIGHTI_LOOKUP_ASKED);
    for (unsigned i = 0; i < one->count && one->state != BIGHTI_LOOKUP_DONE; i++)
        bighti_questions_ask(one->resolver->questions, one->ascii, one->types[i], &one->asks[i]);
}

/* Whether it has left the queue. */
static bool lookup_begin(bighti_lookup *one)
{
    bight_resolver *self = one->resolver;

    if (!bighti_questions_is_usable(self->questions) || !bighti_hosts_is_read(self->hosts))
        return false;
    if (one->kind->answer_locally(one)) {
        if (one->elsewhere == NULL)
            bighti_lookup_end(one);
        else
            lookup_move(one, &self->asked, BIGHTI_LOOKUP_ASKED);
        return true;
    }
    if (!lookup_may_ask(one))
        return false;
    lookup_ask(one);
    return true;
}

/* Both files are looked at for each lookup, so that a change counts at once. */
static void lookups_refresh(bighti_lookup *one)
{
    bight_resolver *self = one->resolver;
    bight_status status;

    if (!bighti_questions_is_usable(self->questions))
        return;
    status = bighti_questions_refresh(self->questions);
    if (status != BIGHT_OK)
        one->error =
            bight_error_new(status, "look up %s: %s", one->name, bight_status_text(status));
    if (bighti_hosts_has_changed(self->hosts)) {
        bighti_hosts_read(self->hosts);
        bight_task_schedule(&self->task);
    }
}

static void lookup_enqueue(bighti_lookup *one)
{
    bight_resolver *self = one->resolver;

    if (self->waiting_count >= self->options.most_waiting) {
        one->error = bight_error_new(BIGHT_ERROR_LIMIT, "look up %s: %u lookups wait already",
                                     one->name, self->waiting_count);
        bighti_lookup_end(one);
        return;
    }
    bighti_list_append(&self->waiting, &one->link);
    self->waiting_count++;
}

void bighti_lookup_start(bighti_lookup *one)
{
    if (one->resolver->dead) {
        bight_error_unref(one->error);
        one->error =
            bight_error_new(BIGHT_ERROR_CANCELLED, "look up %s: the reactor was freed", one->name);
        lookup_tell(one);
        return;
    }
    if (one->error == NULL)
        lookups_refresh(one);
    if (one->error != NULL)
        bighti_lookup_end(one);
    else if (!lookup_begin(one))
        lookup_enqueue(one);
}

static void lookups_begin_queued(bight_resolver *self)
{
    while (!bighti_list_is_empty(&self->waiting))
        if (!lookup_begin(BIGHTI_CONTAINER(self->waiting.next, bighti_lookup, link)))
            return;
}

/* One slice of the file of hosts in each turn, then those who wait for it. */
void bighti_lookups_on_task(bight_task *task, void *resolver)
{
    bight_resolver *self = resolver;
    bighti_link *link;

    bighti_questions_go_on(self->questions);
    if (!bighti_hosts_read(self->hosts))
        bight_task_schedule(task);
    lookups_begin_queued(self);
    link = bighti_list_pop(&self->done);
    if (!bighti_list_is_empty(&self->done))
        bight_task_schedule(task);
    if (link != NULL)
        lookup_tell(BIGHTI_CONTAINER(link, bighti_lookup, link));
}

/* -- Life -- */

bighti_lookup *bighti_lookup_new(bight_resolver *resolver, const bighti_lookup_kind *kind,
                                 const char *name, bight_deferred **deferred)
{
    size_t size = strlen(name) + 1;
    bighti_lookup *one = calloc(1, sizeof(*one) + size);
    bight_deferred *made = one != NULL ? bight_deferred_new(&one->promise) : NULL;

    if (made == NULL) {
        free(one);
        return NULL;
    }
    one->resolver = resolver;
    one->kind = kind;
    bighti_link_init(&one->link);
    for (unsigned i = 0; i < BIGHTI_MOST_ASKS; i++) {
        bighti_link_init(&one->asks[i].link);
        one->asks[i].fn = lookup_on_answer;
        one->asks[i].lookup = one;
    }
    memcpy(one->name, name, size);
    bight_promise_on_cancel(one->promise, lookup_on_cancel, one);
    *deferred = made;
    return one;
}

void bighti_lookups_detach(bight_resolver *self, bighti_link *lookups)
{
    bighti_link_init(lookups);
    bighti_list_splice(lookups, &self->waiting);
    bighti_list_splice(lookups, &self->asked);
    bighti_list_splice(lookups, &self->settling);
    bighti_list_splice(lookups, &self->done);
    self->waiting_count = 0;
    for (bighti_link *link = lookups->next; link != lookups; link = link->next) {
        bighti_lookup *one = BIGHTI_CONTAINER(link, bighti_lookup, link);

        lookup_drop_asks(one, false);
        bighti_deferred_abandon(&one->elsewhere);
        one->resolver = NULL;
    }
}

void bighti_lookups_cancel(bighti_link *lookups, const char *why)
{
    bighti_link *link;

    while ((link = bighti_list_pop(lookups)) != NULL) {
        bighti_lookup *one = BIGHTI_CONTAINER(link, bighti_lookup, link);

        if (one->value != NULL)
            one->kind->destroy(one->value);
        one->value = NULL;
        bight_error_unref(one->error);
        one->error =
            bight_error_new(BIGHT_ERROR_CANCELLED, "look up %s: %s was freed", one->name, why);
        lookup_tell(one);
    }
}

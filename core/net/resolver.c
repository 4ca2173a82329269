/* Lookups are in three lists: queued, being asked, and done.
 *
 * A task completes the lookups that are done, one in each callback, because c-ares may answer
 * inside the call that asks (/etc/hosts, a number), and because a step may free the resolver. A
 * query cannot be withdrawn. So a lookup that is cancelled while it is being asked stays in its
 * list, without a promise, until the answer comes: cancelling quickly does not circumvent the
 * limit. */
#include "../base/options.h"
#include "../reactor/resident.h"
#include "../reactor/shared.h"
#include "../reactor/task.h"
#include "names.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef enum lookup_state { WAITING, ASKED, DONE } lookup_state;

typedef struct lookup {
    bighti_link link;
    lookup_state state;
    bight_resolver *resolver; /* NULL after it was freed */
    bight_promise *promise;   /* NULL once it was cancelled */
    bight_addresses *addresses;
    bight_error *error;
    int family;
    char name[];
} lookup;

struct bight_resolver {
    bight_reactor *reactor;
    bighti_resident resident;
    bight_task task; /* completes lookups that are done, starts queued ones */
    bighti_names *names;
    bighti_link waiting, asked, done;
    unsigned waiting_count, asked_count;
    bool dead;                 /* the reactor was freed */
    bool passing;              /* moving into a forked child: open queries are asked again */
    struct stat configuration; /* the state of the file when `names` was made */
    bight_resolver_options options;
    char texts[]; /* the strings of the options */
};

enum { LONGEST_NAME = 253 };

/* The data of a reactor, from its first resolver on. */
typedef struct choice {
    bight_resolver *asked; /* the resolver for connects; NULL for `owned` */
    bight_resolver *owned; /* the reactor's own; NULL before the first use */
} choice;

static const bight_key choice_key = {"resolvers"};

/* -- The configuration -- */

static struct stat look_at_configuration(const bight_resolver *self)
{
    const char *path = self->options.configuration;
    struct stat found;

    if (stat(path != NULL ? path : "/etc/resolv.conf", &found) != 0)
        memset(&found, 0, sizeof(found));
    return found;
}

static void resolver_on_forked(void *resolver);

/* A laptop that moves to another network gets another configuration file. c-ares reads it only
 * once, so a new channel is made, but only while the old one has no open queries. In a forked
 * child there is no channel yet. */
static bight_status refresh(bight_resolver *self)
{
    struct stat now;
    bighti_names *names = NULL;
    bight_status status;

    if (self->names != NULL && (self->options.servers != NULL || self->asked_count > 0))
        return BIGHT_OK;
    now = look_at_configuration(self);
    if (self->names != NULL && now.st_ino == self->configuration.st_ino &&
        now.st_size == self->configuration.st_size &&
        now.st_mtim.tv_sec == self->configuration.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == self->configuration.st_mtim.tv_nsec)
        return BIGHT_OK;
    status = bighti_names_new(self->reactor, &self->options, resolver_on_forked, self, &names);
    if (status != BIGHT_OK)
        return status;
    bighti_names_free(self->names);
    self->names = names;
    self->configuration = now;
    return BIGHT_OK;
}

/* -- Lookups -- */

static void free_lookup(lookup *one)
{
    bighti_link_unlink(&one->link);
    bight_addresses_free(one->addresses);
    bight_error_unref(one->error);
    free(one);
}

static void resolver_finish(lookup *one)
{
    bight_resolver *self = one->resolver;

    bighti_link_unlink(&one->link);
    bighti_list_append(&self->done, &one->link);
    one->state = DONE;
    bight_task_schedule(&self->task);
}

static void wait_again(lookup *one)
{
    bighti_link_unlink(&one->link);
    bighti_list_append(&one->resolver->waiting, &one->link);
    one->resolver->waiting_count++;
    one->state = WAITING;
}

static void resolver_on_answer(void *data, bight_addresses *take_addresses, bight_error *take_error)
{
    lookup *one = data;

    if (one->resolver != NULL && one->resolver->passing) {
        bight_addresses_free(take_addresses);
        bight_error_unref(take_error);
        one->resolver->asked_count--;
        wait_again(one);
        return;
    }
    one->addresses = take_addresses;
    one->error = take_error;
    if (one->resolver == NULL)
        return;
    one->resolver->asked_count--;
    resolver_finish(one);
}

static void ask_next(bight_resolver *self)
{
    bighti_link *link = bighti_list_pop(&self->waiting);
    lookup *one = BIGHTI_CONTAINER(link, lookup, link);
    bight_status status = refresh(self);

    self->waiting_count--;
    if (status != BIGHT_OK) {
        one->error =
            bight_error_new(status, "look up %s: %s", one->name, bight_status_text(status));
        resolver_finish(one);
        return;
    }
    bighti_list_append(&self->asked, &one->link);
    self->asked_count++;
    one->state = ASKED;
    bighti_names_ask(self->names, one->name, one->family, resolver_on_answer, one);
}

/* In a forked child nothing is asked before the reactor was rebuilt. */
static void ask_those_in_line(bight_resolver *self)
{
    if (self->names != NULL && bighti_names_is_inherited(self->names))
        return;
    while (self->asked_count < self->options.most_asked && !bighti_list_is_empty(&self->waiting))
        ask_next(self);
}

static void resolver_on_forked(void *data)
{
    bight_resolver *self = data;

    self->passing = true;
    bighti_names_free(self->names);
    self->passing = false;
    self->names = NULL;
    bight_task_schedule(&self->task);
}

/* `one` must not be used afterwards: a step may do anything. */
static void resolver_tell(lookup *one)
{
    bight_promise *promise = one->promise;
    bight_addresses *addresses = one->addresses;
    bight_error *error = one->error;

    one->addresses = NULL;
    one->error = NULL;
    free_lookup(one);
    if (promise == NULL) {
        bight_addresses_free(addresses);
        bight_error_unref(error);
        return;
    }
    bight_promise_on_cancel(promise, NULL, NULL);
    if (error != NULL)
        bight_promise_fail(promise, error);
    else
        bight_promise_fire(promise, addresses, bight_addresses_free);
}

static void resolver_on_task(bight_task *task, void *data)
{
    bight_resolver *self = data;
    bighti_link *link;

    ask_those_in_line(self);
    link = bighti_list_pop(&self->done);
    if (!bighti_list_is_empty(&self->done))
        bight_task_schedule(task);
    if (link != NULL)
        resolver_tell(BIGHTI_CONTAINER(link, lookup, link));
}

static void resolver_on_cancel(bight_promise *promise, void *data)
{
    lookup *one = data;
    bight_error *error =
        bight_error_new(BIGHT_ERROR_CANCELLED, "look up %s was cancelled", one->name);

    if (one->resolver != NULL && one->state == ASKED) {
        one->promise = NULL;
    } else {
        if (one->resolver != NULL && one->state == WAITING)
            one->resolver->waiting_count--;
        free_lookup(one);
    }
    bight_promise_on_cancel(promise, NULL, NULL);
    bight_promise_fail(promise, error);
}

static bool is_name(const char *name)
{
    size_t length = strlen(name);

    if (length > 0 && name[length - 1] == '.')
        length--;
    if (length == 0 || length > LONGEST_NAME)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) &&
            strchr("-._:%", c) == NULL)
            return false;
    }
    return true;
}

static bight_error *objection(const bight_resolver *self, const char *name)
{
    if (self->dead)
        return bight_error_new(BIGHT_ERROR_CANCELLED, "look up %s: the reactor was freed", name);
    if (!is_name(name))
        return bight_error_new(BIGHT_ERROR_INVALID, "look up %.*s: not a name", LONGEST_NAME, name);
    if (self->waiting_count >= self->options.most_waiting)
        return bight_error_new(BIGHT_ERROR_LIMIT, "look up %s: %u lookups wait already", name,
                               self->waiting_count);
    return NULL;
}

static lookup *lookup_new(bight_resolver *self, const char *name, bight_family family)
{
    size_t size = strlen(name) + 1;
    lookup *one = calloc(1, sizeof(*one) + size);

    if (one == NULL)
        return NULL;
    one->resolver = self;
    one->family = family == BIGHT_FAMILY_IPV4   ? AF_INET
                  : family == BIGHT_FAMILY_IPV6 ? AF_INET6
                                                : AF_UNSPEC;
    memcpy(one->name, name, size);
    return one;
}

/* An invalid name is also reported in a later turn, like every other outcome. */
bight_deferred *bight_resolve(bight_resolver *self, const char *name, bight_family family)
{
    lookup *one;
    bight_deferred *deferred;

    bighti_check_thread(self->reactor);
    one = lookup_new(self, name, family);
    deferred = one != NULL ? bight_deferred_new(&one->promise) : NULL;
    if (deferred == NULL) {
        free(one);
        return NULL;
    }
    bight_promise_on_cancel(one->promise, resolver_on_cancel, one);
    bighti_link_init(&one->link);
    one->error = objection(self, name);
    if (self->dead) {
        resolver_tell(one);
    } else if (one->error != NULL) {
        resolver_finish(one);
    } else {
        bighti_list_append(&self->waiting, &one->link);
        self->waiting_count++;
        ask_those_in_line(self);
    }
    return deferred;
}

/* -- The life of a resolver -- */

static void resolver_tell_all(bighti_link *lookups, const char *why)
{
    bighti_link *link;

    while ((link = bighti_list_pop(lookups)) != NULL) {
        lookup *one = BIGHTI_CONTAINER(link, lookup, link);

        bight_addresses_free(one->addresses);
        bight_error_unref(one->error);
        one->addresses = NULL;
        one->error =
            bight_error_new(BIGHT_ERROR_CANCELLED, "look up %s: %s was freed", one->name, why);
        resolver_tell(one);
    }
}

static void choice_forget(bight_resolver *self)
{
    choice *chosen = bight_reactor_get_data(self->reactor, &choice_key);

    if (chosen != NULL && chosen->asked == self)
        chosen->asked = NULL;
    if (chosen != NULL && chosen->owned == self)
        chosen->owned = NULL;
}

/* Ends all lookups and detaches them from the resolver. They are moved to `lookups`, to be
 * completed when the caller no longer uses the resolver. */
static void close_down(bight_resolver *self, bighti_link *lookups)
{
    bighti_names_free(self->names); /* open queries are done then */
    self->names = NULL;
    bighti_link_init(lookups);
    bighti_list_splice(lookups, &self->waiting);
    bighti_list_splice(lookups, &self->done);
    for (bighti_link *link = lookups->next; link != lookups; link = link->next)
        BIGHTI_CONTAINER(link, lookup, link)->resolver = NULL;
    bighti_link_unlink(&self->resident.link);
}

static void discard(bight_resolver *self)
{
    bighti_task_deinit(&self->task);
    free(self);
}

static void evict(bighti_resident *resident)
{
    bight_resolver *self = BIGHTI_CONTAINER(resident, bight_resolver, resident);
    bighti_link lookups;

    close_down(self, &lookups);
    self->dead = true;
    bight_task_cancel(&self->task);
    resolver_tell_all(&lookups, "the reactor");
}

void bight_resolver_free(bight_resolver *self)
{
    bighti_link lookups;

    if (self == NULL)
        return;
    bighti_check_thread(self->reactor);
    choice_forget(self);
    close_down(self, &lookups);
    discard(self);
    resolver_tell_all(&lookups, "the resolver");
}

static bool is_valid(const bight_resolver_options *options)
{
    return options->port > 0 && options->tries > 0 && options->tries < 100 &&
           options->timeout >= BIGHT_MSEC(1) && options->timeout <= BIGHT_SEC(3600) &&
           options->most_asked > 0 && options->most_waiting > 0;
}

static bight_resolver *resolver_make(bight_reactor *reactor, const bight_resolver_options *options)
{
    const char *servers = options->servers, *configuration = options->configuration;
    size_t servers_size = servers != NULL ? strlen(servers) + 1 : 0;
    size_t configuration_size = configuration != NULL ? strlen(configuration) + 1 : 0;
    bight_resolver *self = calloc(1, sizeof(*self) + servers_size + configuration_size);

    if (self == NULL)
        return NULL;
    self->reactor = reactor;
    self->options = *options;
    if (servers != NULL)
        self->options.servers = memcpy(self->texts, servers, servers_size);
    if (configuration != NULL)
        self->options.configuration =
            memcpy(self->texts + servers_size, configuration, configuration_size);
    bighti_link_init(&self->waiting);
    bighti_link_init(&self->asked);
    bighti_link_init(&self->done);
    return self;
}

static void choice_free(void *data)
{
    choice *chosen = data;

    bight_resolver_free(chosen->owned);
    free(chosen);
}

/* Prepared in advance, so that setting a default cannot fail. */
static bight_status prepare_choice(bight_reactor *reactor)
{
    choice *chosen;
    bight_status status;

    if (bighti_is_dead(reactor) || bight_reactor_get_data(reactor, &choice_key) != NULL)
        return BIGHT_OK;
    chosen = calloc(1, sizeof(*chosen));
    if (chosen == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    status = bight_reactor_set_data(reactor, &choice_key, chosen, choice_free);
    if (status != BIGHT_OK)
        free(chosen);
    return status;
}

/* From here on the reactor notifies it of its end and of forks. */
static void join_reactor(bight_resolver *self)
{
    bighti_task_init(&self->task, self->reactor, resolver_on_task, self);
    bight_task_set_name(&self->task, "bight: names");
    self->resident.evict = evict;
    self->dead = bighti_is_dead(self->reactor);
    bighti_resident_join(&self->resident, self->reactor);
}

bight_status bight_resolver_new(bight_reactor *reactor, const bight_resolver_options *given,
                                bight_resolver **resolver)
{
    static const bight_resolver_options defaults = BIGHT_RESOLVER_OPTIONS_INIT;
    bight_resolver_options options;
    bight_resolver *self;
    bight_status status;

    bighti_check_thread(reactor);
    if (!bighti_options_read(given, &defaults, sizeof(options), &options) || !is_valid(&options))
        return BIGHT_ERROR_INVALID;
    self = resolver_make(reactor, &options);
    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    self->configuration = look_at_configuration(self);
    status = prepare_choice(reactor);
    if (status == BIGHT_OK)
        status = bighti_names_new(reactor, &self->options, resolver_on_forked, self, &self->names);
    if (status != BIGHT_OK) {
        free(self);
        return status;
    }
    join_reactor(self);
    *resolver = self;
    return BIGHT_OK;
}

bight_status bight_resolver_get_default(bight_reactor *reactor, bight_resolver **resolver)
{
    choice *chosen;
    bight_status status;

    bighti_check_thread(reactor);
    if (bighti_is_dead(reactor))
        return BIGHT_ERROR_CANCELLED;
    status = prepare_choice(reactor);
    if (status != BIGHT_OK)
        return status;
    chosen = bight_reactor_get_data(reactor, &choice_key);
    if (chosen->asked == NULL && chosen->owned == NULL)
        status = bight_resolver_new(reactor, NULL, &chosen->owned);
    if (status == BIGHT_OK)
        *resolver = chosen->asked != NULL ? chosen->asked : chosen->owned;
    return status;
}

/* The previous resolver is not freed: it may have open queries, and the reactor frees its own. */
void bight_resolver_make_default(bight_resolver *self)
{
    bighti_check_thread(self->reactor);
    if (!self->dead)
        ((choice *)bight_reactor_get_data(self->reactor, &choice_key))->asked = self;
}

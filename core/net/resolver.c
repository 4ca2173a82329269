/* The life of a resolver, and the one that connects use. lookup.c explains what it does. */
#include "../base/options.h"
#include "lookup.h"
#include <stdlib.h>
#include <string.h>

/* The data of a reactor, from its first resolver on. */
typedef struct choice {
    bight_resolver *asked; /* the resolver for connects; NULL for `owned` */
    bight_resolver *owned; /* the reactor's own; NULL before the first use */
} choice;

static const bight_key choice_key = {"resolvers"};

static void choice_forget(bight_resolver *self)
{
    choice *chosen = bight_reactor_get_data(self->reactor, &choice_key);

    if (chosen != NULL && chosen->asked == self)
        chosen->asked = NULL;
    if (chosen != NULL && chosen->owned == self)
        chosen->owned = NULL;
}

/* The lookups are moved to `lookups`, to be completed when the caller no longer uses the
 * resolver. */
static void close_down(bight_resolver *self, bighti_link *lookups)
{
    bighti_lookups_detach(self, lookups);
    bighti_questions_free(self->questions);
    self->questions = NULL;
    bight_timer_stop(self->settle);
    bighti_link_unlink(&self->resident.link);
}

/* Also of one that is not complete yet. */
static void discard(bight_resolver *self)
{
    bighti_questions_free(self->questions);
    bighti_hosts_free(self->hosts);
    bight_timer_free(self->settle);
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
    bighti_lookups_cancel(&lookups, "the reactor");
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
    bighti_lookups_cancel(&lookups, "the resolver");
}

static bool is_valid(const bight_resolver_options *options)
{
    return options->port > 0 && options->tries < 100 &&
           (options->timeout == 0 || options->timeout >= BIGHT_MSEC(1)) &&
           options->timeout <= BIGHT_SEC(3600) && options->most_asked > 0 &&
           options->most_waiting > 0;
}

/* Copy a string of the options to `*at`, which moves behind it. */
static const char *resolver_keep_text(const char *text, char **at)
{
    size_t size;
    char *kept = *at;

    if (text == NULL)
        return NULL;
    size = strlen(text) + 1;
    memcpy(kept, text, size);
    *at += size;
    return kept;
}

static size_t text_size(const char *text)
{
    return text != NULL ? strlen(text) + 1 : 0;
}

static bight_resolver *resolver_make(bight_reactor *reactor, const bight_resolver_options *options)
{
    size_t size =
        text_size(options->servers) + text_size(options->configuration) + text_size(options->hosts);
    bight_resolver *self = calloc(1, sizeof(*self) + size);
    char *at;

    if (self == NULL)
        return NULL;
    at = self->texts;
    self->reactor = reactor;
    self->options = *options;
    self->options.servers = resolver_keep_text(options->servers, &at);
    self->options.configuration = resolver_keep_text(options->configuration, &at);
    self->options.hosts = resolver_keep_text(options->hosts, &at);
    bighti_link_init(&self->waiting);
    bighti_link_init(&self->asked);
    bighti_link_init(&self->settling);
    bighti_link_init(&self->done);
    bighti_link_init(&self->resident.link);
    bighti_task_init(&self->task, reactor, bighti_lookups_on_task, self);
    bight_task_set_name(&self->task, "bight: names");
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

static void resolver_on_changed(void *resolver)
{
    bight_task_schedule(&((bight_resolver *)resolver)->task);
}

static bight_status resolver_equip(bight_resolver *self)
{
    const char *hosts = self->options.hosts;
    bight_status status = prepare_choice(self->reactor);

    if (status == BIGHT_OK)
        status = bight_timer_new(self->reactor, bighti_lookups_on_settled, self, &self->settle);
    if (status != BIGHT_OK)
        return status;
    bight_timer_set_name(self->settle, "bight: names");
    self->hosts = bighti_hosts_new(hosts != NULL ? hosts : "/etc/hosts");
    if (self->hosts == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    return bighti_questions_new(self->reactor, &self->options, resolver_on_changed, self,
                                &self->questions);
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
    status = resolver_equip(self);
    if (status != BIGHT_OK) {
        discard(self);
        return status;
    }
    self->resident.evict = evict;
    self->dead = bighti_is_dead(reactor);
    bighti_resident_join(&self->resident, reactor);
    *resolver = self;
    return BIGHT_OK;
}

void bight_resolver_clear_cache(bight_resolver *self)
{
    bighti_check_thread(self->reactor);
    if (!self->dead)
        bighti_questions_forget(self->questions);
}

unsigned bighti_resolver_count_hosts_reads(const bight_resolver *self)
{
    return bighti_hosts_count_reads(self->hosts);
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

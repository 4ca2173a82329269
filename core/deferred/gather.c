/* All gatherings have one implementation: wait until enough deferreds have a value, or too few are
 * left for that, or the first is done.
 *
 * The structure lives until every deferred has ended, also after the outcome is known, because a
 * cancelled one may need time to end. */
#include "chain.h"
#include <bight/gather.h>
#include <stdlib.h>

typedef enum gather_mode {
    COLLECT, /* the value is bight_results of those that have a value */
    SETTLE,  /* the value is bight_results of all, and errors count like values */
    ANY,     /* the value is that of the first that succeeds */
    FIRST    /* the outcome is that of the first that is done */
} gather_mode;

typedef struct gathering gathering;

typedef struct gather_entry {
    gathering *gather;
    bight_deferred *deferred; /* NULL once it is done or cancelled */
} gather_entry;

struct gathering {
    bight_promise *promise; /* NULL once the outcome is certain */
    bight_results *results; /* by index, until they are taken; missing ones are the value NULL */
    gather_mode mode;
    size_t count, wanted, values, failures;
    size_t listening; /* how many entries have a step */
    size_t references;
    gather_entry entries[];
};

typedef struct results_block {
    bight_results results;
    bight_gathered items[];
} results_block;

static bight_results *results_new(size_t count)
{
    results_block *block;

    if (count > (SIZE_MAX - sizeof(*block)) / sizeof(bight_gathered))
        return NULL;
    block = calloc(1, sizeof(*block) + count * sizeof(bight_gathered));
    if (block == NULL)
        return NULL;
    block->results.count = count;
    block->results.items = block->items;
    for (size_t i = 0; i < count; i++)
        block->items[i].index = i;
    return &block->results;
}

void bight_results_free(void *value)
{
    bight_results *results = value;

    if (results == NULL)
        return;
    for (size_t i = 0; i < results->count; i++)
        bight_result_free(results->items[i].result);
    free(results);
}

static void unref(gathering *gather)
{
    if (--gather->references > 0)
        return;
    bight_results_free(gather->results);
    free(gather);
}

static void gather_give_up(gather_entry *entry)
{
    bight_deferred *deferred = entry->deferred;

    entry->deferred = NULL;
    bight_deferred_cancel(deferred);
    bight_deferred_free(deferred);
}

/* The outcome is certain: the rest is cancelled first, so that nothing is pending when the outcome
 * is delivered. Code that the cancel runs may cancel the whole gathering too, and then nothing is
 * left to do here. Returns the chain with the outcome, which is to be run next. */
static bight_deferred *decide(gathering *gather, bight_result outcome)
{
    bight_promise *promise = gather->promise;

    gather->promise = NULL;
    bight_promise_on_cancel(promise, NULL, NULL);
    for (size_t i = 0; i < gather->listening; i++)
        gather_give_up(&gather->entries[i]);
    return bighti_promise_set(promise, outcome);
}

/* Take the collected results, without the gaps. */
static bight_result gather_take_results(gathering *gather)
{
    bight_results *results = gather->results;

    gather->results = NULL;
    if (gather->mode == COLLECT) {
        results->count = 0;
        for (size_t i = 0; i < gather->count; i++) {
            if (gather->entries[i].gather == NULL)
                results->items[results->count++] = results->items[i];
        }
    }
    return bight_result_take(results, bight_results_free);
}

static bight_deferred *gather_check(gathering *gather)
{
    if (gather->promise != NULL && gather->mode <= SETTLE && gather->values == gather->wanted)
        return decide(gather, gather_take_results(gather));
    return NULL;
}

static bight_deferred *gather_fail(gathering *gather, size_t index, bight_error *take_error)
{
    gather->failures++;
    if (gather->count - gather->failures >= gather->wanted) {
        bight_error_unref(take_error);
        return NULL;
    }
    return decide(gather, bight_result_error(
                              bight_error_new_caused(take_error, bight_error_get_status(take_error),
                                                     "%zu of %zu failed, the last was number %zu",
                                                     gather->failures, gather->count, index + 1)));
}

static bight_deferred *record(gathering *gather, size_t index, bight_result in)
{
    if (gather->promise == NULL) {
        bight_result_free(in);
        return NULL;
    }
    if (gather->mode == FIRST || (gather->mode == ANY && in.error == NULL))
        return decide(gather, in);
    if (gather->mode != SETTLE && in.error != NULL)
        return gather_fail(gather, index, in.error);
    gather->results->items[index].result = in;
    gather->entries[index].gather = NULL;
    gather->values++;
    return gather_check(gather);
}

static bight_result on_done(bight_result in, void *data)
{
    gather_entry *entry = data;
    gathering *gather = entry->gather;
    bight_deferred *deferred = entry->deferred, *next;

    entry->deferred = NULL;
    bight_deferred_free(deferred);
    next = record(gather, (size_t)(entry - gather->entries), in);
    unref(gather);
    return bight_result_value(next);
}

static void gather_on_cancel(bight_promise *promise, void *data)
{
    gathering *gather = data;

    (void)promise;
    gather->references++;
    bighti_run_set(
        decide(gather, bight_result_error(bight_error_new(BIGHT_ERROR_CANCELLED, "cancelled"))));
    unref(gather);
}

static void listen_all(gathering *gather, const char *where)
{
    for (size_t i = 0; i < gather->count; i++) {
        gather_entry *entry = &gather->entries[i];

        gather->references++;
        bighti_pass(entry->deferred, on_done, entry, where);
        gather->listening++;
        if (gather->promise == NULL)
            gather_give_up(entry);
    }
}

static gathering *gather_new(gather_mode mode, bight_deferred **take_deferreds, size_t count,
                             size_t wanted)
{
    gathering *gather = NULL;

    if (count <= (SIZE_MAX - sizeof(*gather)) / sizeof(gather_entry))
        gather = calloc(1, sizeof(*gather) + count * sizeof(gather_entry));
    if (gather == NULL)
        return NULL;
    gather->mode = mode;
    gather->count = count;
    gather->wanted = wanted;
    gather->references = 1;
    for (size_t i = 0; i < count; i++)
        gather->entries[i] = (gather_entry){gather, take_deferreds[i]};
    if (mode > SETTLE)
        return gather;
    gather->results = results_new(count);
    if (gather->results != NULL)
        return gather;
    free(gather);
    return NULL;
}

static void give_up_all(bight_deferred **take_deferreds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bight_deferred_cancel(take_deferreds[i]);
        bight_deferred_free(take_deferreds[i]);
    }
}

static bight_deferred *gather_start(gather_mode mode, bight_deferred **take_deferreds, size_t count,
                                    size_t wanted, const char *where)
{
    gathering *gather;
    bight_deferred *deferred;

    if (wanted > count) {
        give_up_all(take_deferreds, count);
        return bight_deferred_failed_at(
            bight_error_new(BIGHT_ERROR_INVALID, "%zu are wanted of %zu", wanted, count), where);
    }
    gather = gather_new(mode, take_deferreds, count, wanted);
    deferred = gather != NULL ? bight_deferred_new_at(&gather->promise, where) : NULL;
    if (deferred == NULL) {
        give_up_all(take_deferreds, count);
        if (gather != NULL)
            unref(gather);
        return NULL;
    }
    bight_promise_on_cancel(gather->promise, gather_on_cancel, gather);
    bighti_run_set(gather_check(gather));
    listen_all(gather, where);
    unref(gather);
    return deferred;
}

bight_results *bight_result_get_results(bight_result result)
{
    return result.error == NULL && result.destroy == bight_results_free ? result.value : NULL;
}

bight_deferred *bight_gather_some_at(bight_deferred **take_deferreds, size_t count, size_t wanted,
                                     const char *where)
{
    return gather_start(COLLECT, take_deferreds, count, wanted, where);
}

bight_deferred *bight_gather_settle_at(bight_deferred **take_deferreds, size_t count,
                                       const char *where)
{
    return gather_start(SETTLE, take_deferreds, count, count, where);
}

bight_deferred *bight_gather_any_at(bight_deferred **take_deferreds, size_t count,
                                    const char *where)
{
    return gather_start(ANY, take_deferreds, count, 1, where);
}

bight_deferred *bight_gather_first_at(bight_deferred **take_deferreds, size_t count,
                                      const char *where)
{
    return gather_start(FIRST, take_deferreds, count, 1, where);
}

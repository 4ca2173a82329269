#include <base/check.h>
#include <deferred/chain.h>
#include <stdlib.h>

static bight_deferred *make(const char *where)
{
    bight_deferred *chain = malloc(sizeof(*chain));

    if (chain == NULL)
        return NULL;
    chain->producer.fn = NULL;
    chain->where = where;
    chain->state = BIGHTI_PENDING;
    chain->flags = BIGHTI_HELD;
    chain->promises = 0;
    chain->first = chain->last = 0;
    return chain;
}

static bight_deferred *make_complete(bight_result result, const char *where)
{
    bight_deferred *chain = make(where);

    if (chain == NULL)
        bight_result_free(result);
    else
        bighti_chain_set(chain, result);
    return chain;
}

bight_deferred *bight_deferred_new_at(bight_promise **promise, const char *where)
{
    bight_deferred *chain = make(where);

    if (chain != NULL) {
        chain->promises = 1;
        *promise = (bight_promise *)chain;
    }
    return chain;
}

bight_deferred *bight_deferred_fired_at(void *value, bight_destroy_fn destroy, const char *where)
{
    return make_complete(bight_result_take(value, destroy), where);
}

bight_deferred *bight_deferred_failed_at(bight_error *take_error, const char *where)
{
    return make_complete(bight_result_error(take_error), where);
}

static bight_error *no_memory(void)
{
    return bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory");
}

/* There is no memory to keep the step: it gets the error at once. What it returns has nowhere to
 * go. */
static void run_alone(const bighti_step *step)
{
    if (step->on_error != NULL)
        bight_result_free(step->on_error(bight_result_error(no_memory()), step->data));
}

/* There is no memory to keep the step until the result comes: make it come now, so that the steps
 * before still run first. */
static void add_without_memory(bight_deferred *chain, const bighti_step *step)
{
    bool held = chain->flags & BIGHTI_HELD;

    chain->flags |= BIGHTI_HELD;
    while (!bighti_is_busy(chain) && !bight_deferred_is_done(chain))
        bighti_break_off(chain, no_memory());
    if (bight_deferred_is_done(chain) && bighti_chain_append(chain, step))
        bighti_run(chain);
    else
        run_alone(step);
    if (!held)
        bight_deferred_free(chain);
}

bight_deferred *bight_deferred_then_at(bight_deferred *deferred, bight_step_fn on_value,
                                       bight_step_fn on_error, void *data, const char *where)
{
    bighti_step step = {on_value, on_error, data, where};

    if (deferred == NULL)
        run_alone(&step);
    else if (!bighti_chain_append(deferred, &step))
        add_without_memory(deferred, &step);
    else
        bighti_run(deferred);
    return deferred;
}

bight_deferred *bight_deferred_both_at(bight_deferred *deferred, bight_step_fn step, void *data,
                                       const char *where)
{
    return bight_deferred_then_at(deferred, step, step, data, where);
}

void bight_deferred_cancel(bight_deferred *deferred)
{
    if (deferred == NULL || bight_deferred_is_done(deferred))
        return;
    deferred->flags |= BIGHTI_CANCELLED;
    bighti_break_off(deferred, bight_error_new(BIGHT_ERROR_CANCELLED, "cancelled"));
}

bool bight_deferred_is_done(const bight_deferred *deferred)
{
    return deferred == NULL || (bighti_has_result(deferred) && !bighti_is_busy(deferred));
}

void bight_deferred_free(bight_deferred *deferred)
{
    if (deferred == NULL)
        return;
    deferred->flags &= (uint8_t)~BIGHTI_HELD;
    bighti_chain_settle(deferred);
}

static void complete(bight_promise *take_promise, bight_result result)
{
    bight_deferred *chain = (bight_deferred *)take_promise;
    bool cancelled =
        result.error != NULL && bight_error_get_status(result.error) == BIGHT_ERROR_CANCELLED;

    BIGHTI_REQUIRE(chain->promises > 0, "a promise is completed twice");
    chain->promises--;
    if (chain->state == BIGHTI_PENDING && (cancelled || !(chain->flags & BIGHTI_CANCELLING))) {
        bighti_chain_set(chain, result);
        if (!(chain->flags & BIGHTI_CANCELLING))
            bighti_run(chain);
    } else {
        /* Nobody waits for it any more; freeing the value must not find the block gone. */
        bool last = chain->promises == 0;

        chain->promises += last;
        bight_result_free(result);
        chain->promises -= last;
        bighti_chain_settle(chain);
    }
}

void bight_promise_fire(bight_promise *take_promise, void *value, bight_destroy_fn destroy)
{
    complete(take_promise, bight_result_take(value, destroy));
}

void bight_promise_fail(bight_promise *take_promise, bight_error *take_error)
{
    complete(take_promise, bight_result_error(take_error));
}

void bight_promise_free(bight_promise *take_promise)
{
    bight_deferred *chain = (bight_deferred *)take_promise;

    if (chain == NULL)
        return;
    if (chain->promises == 1 && chain->state == BIGHTI_PENDING) {
        bight_promise_fail(take_promise,
                           bight_error_new(BIGHT_ERROR_CANCELLED, "the promise was broken"));
        return;
    }
    chain->promises--;
    bighti_chain_settle(chain);
}

bight_promise *bight_promise_ref(bight_promise *promise)
{
    bight_deferred *chain = (bight_deferred *)promise;

    BIGHTI_REQUIRE(chain->promises < UINT16_MAX, "too many references to one promise");
    chain->promises++;
    return promise;
}

bool bight_promise_is_wanted(const bight_promise *promise)
{
    const bight_deferred *chain = (const bight_deferred *)promise;

    return chain->state == BIGHTI_PENDING && !(chain->flags & BIGHTI_CANCELLING);
}

void bight_promise_on_cancel(bight_promise *promise, bight_cancel_fn fn, void *data)
{
    bight_deferred *chain = (bight_deferred *)promise;

    if (!bight_promise_is_wanted(promise))
        return;
    chain->producer.fn = fn;
    chain->producer.data = data;
}

#include "../base/check.h"
#include "take.h"

static bight_deferred *make_complete(bight_result result, const char *where)
{
    bight_deferred *chain = bighti_chain_new(where);

    if (chain == NULL)
        bight_result_free(result);
    else
        bighti_chain_set(chain, result);
    return chain;
}

bight_deferred *bight_deferred_new_at(bight_promise **promise, const char *where)
{
    bight_deferred *chain = bighti_chain_new(where);

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

bight_deferred *bight_deferred_of_at(bight_result take_result, const char *where)
{
    return take_result.wait != NULL ? take_result.wait : make_complete(take_result, where);
}

bight_deferred *bight_deferred_then_at(bight_deferred *deferred, bight_step_fn on_value,
                                       bight_step_fn on_error, void *data, const char *where)
{
    bighti_step step = {.on_value = on_value, .on_error = on_error, .data = data, .where = where};

    bighti_add(deferred, &step);
    return deferred;
}

bight_deferred *bight_deferred_both_at(bight_deferred *deferred, bight_step_fn step, void *data,
                                       const char *where)
{
    return bight_deferred_then_at(deferred, step, step, data, where);
}

static bight_deferred *add_call(bight_deferred *deferred, bighti_kind kind, bight_destroy_fn fn,
                                void *data, const char *where)
{
    bighti_step step = bighti_step_special(kind, data, where);

    step.call = fn;
    bighti_add(deferred, &step);
    return deferred;
}

bight_deferred *bight_deferred_always_at(bight_deferred *deferred, bight_always_fn fn, void *data,
                                         const char *where)
{
    return add_call(deferred, BIGHTI_ALWAYS, fn, data, where);
}

bight_deferred *bight_deferred_keep_at(bight_deferred *deferred, void *data,
                                       bight_destroy_fn destroy, const char *where)
{
    return add_call(deferred, BIGHTI_KEEP, destroy, data, where);
}

static bight_deferred *add_special(bight_deferred *deferred, bighti_kind kind, bight_step_fn fn,
                                   void *data, const char *where)
{
    bighti_step step = bighti_step_special(kind, data, where);

    step.on_error = fn;
    bighti_add(deferred, &step);
    return deferred;
}

bight_deferred *bight_deferred_listen_at(bight_deferred *deferred, bight_step_fn fn, void *data,
                                         const char *where)
{
    return add_special(deferred, BIGHTI_LISTEN, fn, data, where);
}

void bighti_pass(bight_deferred *deferred, bight_step_fn fn, void *data, const char *where)
{
    (void)add_special(deferred, BIGHTI_PASS, fn, data, where);
}

bight_deferred *bight_deferred_loop_at(bight_deferred *deferred, bight_step_fn fn, void *data,
                                       const char *where)
{
    return add_special(deferred, BIGHTI_LOOP, fn, data, where);
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

bool bight_deferred_take(bight_deferred *deferred, bight_result *result)
{
    if (!bight_deferred_is_done(deferred))
        return false;
    if (deferred == NULL) {
        *result = bight_result_error(bighti_no_memory());
        return true;
    }
    *result = bighti_chain_take(deferred);
    bighti_chain_set(deferred, bight_result_value(NULL));
    return true;
}

void bight_deferred_free(bight_deferred *deferred)
{
    if (deferred == NULL)
        return;
    deferred->flags &= (uint8_t)~BIGHTI_HELD;
    bighti_chain_settle(deferred);
}

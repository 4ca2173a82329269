#include "../base/check.h"
#include "chain.h"

/* Whether a completion counts. In the producer's cancel function only an error with the status of
 * a cancel counts, and the chain continues after the function has returned. */
static bool accepts(const bight_deferred *chain, bight_result result)
{
    if (chain->state != BIGHTI_PENDING)
        return false;
    return !(chain->flags & BIGHTI_CANCELLING) ||
           (result.error != NULL && bight_error_get_status(result.error) == BIGHT_ERROR_CANCELLED);
}

/* Completing with a deferred to wait for is the same as returning it from a step of the chain. */
static void promise_finish(bight_deferred *chain, bight_result result)
{
    if (result.wait != NULL) {
        bighti_follow(chain, result.wait);
        return;
    }
    bighti_chain_set(chain, result);
    bighti_run(chain);
}

/* The consumer is gone; freeing the value must not free the block meanwhile. */
static void promise_drop_result(bight_deferred *chain, bight_result take_result)
{
    bight_result_free(take_result);
    chain->promises--;
    bighti_chain_settle(chain);
}

void bight_promise_complete(bight_promise *take_promise, bight_result take_result)
{
    bight_deferred *chain = (bight_deferred *)take_promise;

    BIGHTI_REQUIRE(chain->promises > 0, "a promise is completed twice");
    if (accepts(chain, take_result)) {
        chain->promises--;
        promise_finish(chain, take_result);
    } else {
        promise_drop_result(chain, take_result);
    }
}

bight_deferred *bighti_promise_set(bight_promise *take_promise, bight_result take_result)
{
    bight_deferred *chain = (bight_deferred *)take_promise;

    BIGHTI_REQUIRE(chain->promises > 0, "a promise is completed twice");
    if (!accepts(chain, take_result)) {
        promise_drop_result(chain, take_result);
        return NULL;
    }
    chain->promises--;
    bighti_chain_set(chain, take_result);
    chain->flags |= BIGHTI_RUNNING;
    return chain;
}

void bighti_run_set(bight_deferred *chain)
{
    if (chain == NULL)
        return;
    chain->flags &= (uint8_t)~BIGHTI_RUNNING;
    bighti_run(chain);
}

void bight_promise_fire(bight_promise *take_promise, void *value, bight_destroy_fn destroy)
{
    bight_promise_complete(take_promise, bight_result_take(value, destroy));
}

void bight_promise_fail(bight_promise *take_promise, bight_error *take_error)
{
    bight_promise_complete(take_promise, bight_result_error(take_error));
}

void bight_promise_free(bight_promise *take_promise)
{
    bight_deferred *chain = (bight_deferred *)take_promise;

    if (chain == NULL)
        return;
    if (chain->promises == 1 && bight_promise_is_wanted(take_promise)) {
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

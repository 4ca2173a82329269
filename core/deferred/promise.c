#include "../base/check.h"
#include "chain.h"

/* Whether a completion counts. In the producer's cancel function only that it was cancelled does,
 * and the chain goes on when the function has returned. */
static bool accepts(const bight_deferred *chain, bight_result result)
{
    if (chain->state != BIGHTI_PENDING)
        return false;
    return !(chain->flags & BIGHTI_CANCELLING) ||
           (result.error != NULL && bight_error_get_status(result.error) == BIGHT_ERROR_CANCELLED);
}

static void complete(bight_promise *take_promise, bight_result result)
{
    bight_deferred *chain = (bight_deferred *)take_promise;

    BIGHTI_REQUIRE(chain->promises > 0, "a promise is completed twice");
    if (accepts(chain, result)) {
        chain->promises--;
        bighti_chain_set(chain, result);
        bighti_run(chain);
    } else {
        /* Nobody waits for it any more; freeing the value must not find the block gone. */
        bight_result_free(result);
        chain->promises--;
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

/* The chain of the promise turns into a part of the one that makes the value: it is as if a step of
 * it had returned the deferred. */
void bight_promise_follow(bight_promise *take_promise, bight_deferred *take_deferred)
{
    bight_deferred *chain = (bight_deferred *)take_promise;
    bight_result result = bight_result_wait(take_deferred);

    BIGHTI_REQUIRE(chain->promises > 0, "a promise is completed twice");
    if (result.wait == NULL || !accepts(chain, result)) {
        complete(take_promise, result);
        return;
    }
    chain->promises--;
    bighti_follow(chain, take_deferred);
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

#include "offer.h"
#include "chain.h"

void bighti_offer_drop(void *offer)
{
    bighti_offer *self = offer;

    self->drop(self);
}

void bighti_promise_offer(bight_promise *take_promise, bighti_offer *offer)
{
    bight_promise_complete(take_promise, bight_result_take(offer, bighti_offer_drop));
}

bool bighti_promise_is_dropped(const bight_promise *promise)
{
    bight_deferred *chain = (bight_deferred *)promise;
    size_t count = bighti_steps_count(chain);

    if ((chain->flags & BIGHTI_HELD) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (bighti_step_kind(bighti_steps_at(chain, i)) != BIGHTI_BIND)
            return false;
    return true;
}

void bighti_promise_discard(bight_promise *take_promise)
{
    bight_deferred *chain = (bight_deferred *)take_promise;

    chain->flags |= BIGHTI_CANCELLED;
    bight_promise_free(take_promise);
}

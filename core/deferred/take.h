/* Taking the result out of a chain, which knows nothing of offers itself. In a header since it is
 * in the way of every step. */
#ifndef BIGHTI_DEFERRED_TAKE_H
#define BIGHTI_DEFERRED_TAKE_H

#include "chain.h"
#include "offer.h"

/* For somebody who gets it. */
static inline bight_result bighti_chain_take(bight_deferred *chain)
{
    bight_result result = bighti_chain_lift(chain);

    if (__builtin_expect(result.destroy == bighti_offer_drop, 0)) {
        bighti_offer *offer = result.value;

        return offer->accept(offer);
    }
    return result;
}

#endif

/* Taking the result out of a chain, with its offer resolved; chains themselves do not know of
 * offers. It is in a header because every step calls it. */
#ifndef BIGHTI_DEFERRED_TAKE_H
#define BIGHTI_DEFERRED_TAKE_H

#include "chain.h"
#include "offer.h"

/* Take the result to use it. */
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

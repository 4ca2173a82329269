/* Offers: values that are not lost if nobody takes them.
 *
 * A chain holds an offer instead of the value until the value is taken, by a step or by
 * bight_deferred_take(). If the consumer frees the deferred first, or its owner ends, the offer is
 * dropped instead, and its maker may offer the value again. */
#ifndef BIGHTI_DEFERRED_OFFER_H
#define BIGHTI_DEFERRED_OFFER_H

#include <bight/deferred.h>

typedef struct bighti_offer bighti_offer;

struct bighti_offer {
    /* The value is taken. May free the offer. */
    bight_result (*accept)(bighti_offer *offer);

    /* Nobody has taken the value. This is called while the chain is being changed, so it must not
     * run steps. May free the offer. */
    void (*drop)(bighti_offer *offer);
};

/* Complete a promise with an offer. */
void bighti_promise_offer(bight_promise *take_promise, bighti_offer *offer);

/* The destroy function that marks an offer in a chain. */
void bighti_offer_drop(void *offer);

/* Whether the consumer has freed a pending deferred that has no step, so that its result can never
 * be used. */
bool bighti_promise_is_dropped(const bight_promise *promise);

/* Free the promise of such a deferred without a report. */
void bighti_promise_discard(bight_promise *take_promise);

#endif

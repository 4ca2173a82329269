/* A value that is not lost if nobody looks at it.
 *
 * In a chain an offer stands in the place of the value until somebody gets it: a step, or
 * bight_deferred_take(). If the waiting side lets go of the deferred first, or its owner ends, the
 * offer is dropped instead, and whoever made it may offer the value again. */
#ifndef BIGHTI_DEFERRED_OFFER_H
#define BIGHTI_DEFERRED_OFFER_H

#include <bight/deferred.h>

typedef struct bighti_offer bighti_offer;

struct bighti_offer {
    /* Somebody gets the value. May free the offer. */
    bight_result (*accept)(bighti_offer *offer);

    /* Nobody has got it. Runs in the middle of the chain's work, so it must not run steps. May free
     * the offer. */
    void (*drop)(bighti_offer *offer);
};

/* Complete a promise with an offer. */
void bighti_promise_offer(bight_promise *take_promise, bighti_offer *offer);

/* The destroy function by which a chain knows an offer. */
void bighti_offer_drop(void *offer);

/* Whether the waiting side has let go of a pending deferred that has no step, so that nobody can
 * ever see what comes of it. */
bool bighti_promise_is_dropped(const bight_promise *promise);

/* Let go of the promise of such a deferred; it is no news to anybody. */
void bighti_promise_discard(bight_promise *take_promise);

#endif

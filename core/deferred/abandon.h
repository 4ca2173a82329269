/* Giving a deferred up that is no longer wanted. */
#ifndef BIGHTI_DEFERRED_ABANDON_H
#define BIGHTI_DEFERRED_ABANDON_H

#include <bight/deferred.h>

/* Cancel and free the deferred in a slot; NULL is left alone. The slot is emptied first, because
 * the cancel may run a step: one that looks at the slot knows that its result is not wanted. */
static inline void bighti_deferred_abandon(bight_deferred **slot)
{
    bight_deferred *abandoned = *slot;

    *slot = NULL;
    bight_deferred_cancel(abandoned);
    bight_deferred_free(abandoned);
}

#endif

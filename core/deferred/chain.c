#include "chain.h"
#include <bight/log.h>
#include <stdlib.h>

/* The memory of each pending operation. */
_Static_assert(sizeof(bight_deferred) <= 128, "a deferred with three steps fits in 128 bytes");

bight_deferred *bighti_chain_new(const char *where)
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

void bighti_chain_set(bight_deferred *chain, bight_result result)
{
    bighti_trail *trail = chain->state == BIGHTI_GIVEN ? chain->failed.trail : NULL;

    if (result.error != NULL) {
        chain->state = BIGHTI_ERROR;
        chain->failed.error = result.error;
        chain->failed.trail = trail;
    } else {
        bighti_trail_free(trail);
        chain->state = BIGHTI_VALUE;
        chain->worked.value = result.value;
        chain->worked.destroy = result.destroy;
    }
}

void bighti_chain_move(bight_deferred *inner, bight_deferred *outer, const char *where)
{
    bighti_trail *trail = NULL;

    if (inner->state == BIGHTI_ERROR) {
        bighti_trail_add(inner, BIGHTI_WAITED, where);
        trail = inner->failed.trail;
    }
    if (outer->state == BIGHTI_GIVEN)
        bighti_trail_free(outer->failed.trail);
    outer->state = BIGHTI_WAITING;
    bighti_chain_set(outer, bighti_chain_lift(inner));
    inner->failed.trail = NULL;
    if (outer->state == BIGHTI_ERROR)
        outer->failed.trail = trail;
}

static void report(const bight_deferred *chain)
{
    char trail[512];

    if ((chain->flags & BIGHTI_CANCELLED) &&
        bight_error_get_status(chain->failed.error) == BIGHT_ERROR_CANCELLED)
        return;
    bight_deferred_format_trail(chain, trail, sizeof(trail));
    bight_log(BIGHT_LOG_ERROR, "no step handled the error of the deferred made at %s: %s (%s)",
              chain->where != NULL ? chain->where : "an unknown place",
              bight_error_get_message(chain->failed.error), trail);
}

static void free_steps(bight_deferred *chain)
{
    /* Only bindings can be left: all other steps have run. */
    for (size_t i = 0; i < bighti_steps_count(chain); i++)
        bighti_binding_free(bighti_steps_at(chain, i)->data);
    if (chain->flags & BIGHTI_GROWN)
        free(chain->many.steps);
}

void bighti_chain_settle(bight_deferred *chain)
{
    if (chain->flags & BIGHTI_HELD || bighti_is_busy(chain) || chain->state == BIGHTI_PENDING ||
        chain->state == BIGHTI_WAITING)
        return;
    if (bighti_has_result(chain)) {
        if (chain->state == BIGHTI_ERROR)
            report(chain);
        /* A value's destroy function may call this again, through the promise. */
        chain->flags |= BIGHTI_RUNNING;
        bight_result_free(bighti_chain_lift(chain));
        chain->flags &= (uint8_t)~BIGHTI_RUNNING;
        bighti_trail_free(chain->failed.trail);
        chain->failed.trail = NULL;
    }
    if (chain->promises > 0)
        return;
    free_steps(chain);
    free(chain);
}

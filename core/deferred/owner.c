#include "chain.h"
#include <bight/owner.h>
#include <stdlib.h>

/* One for each bight_deferred_bind(). It belongs to the step of the chain; the owner only knows of
 * it. */
struct bight_binding {
    bight_binding *next, **previous; /* in the owner's list */
    bight_deferred *chain;           /* NULL: the owner has gone */
};

static void unlink_binding(bight_binding *binding)
{
    *binding->previous = binding->next;
    if (binding->next != NULL)
        binding->next->previous = binding->previous;
    binding->chain = NULL;
}

bool bighti_binding_has_owner(const void *binding)
{
    return ((const bight_binding *)binding)->chain != NULL;
}

void bighti_binding_free(void *binding)
{
    if (bighti_binding_has_owner(binding))
        unlink_binding(binding);
    free(binding);
}

void bight_owner_init(bight_owner *owner)
{
    owner->first = NULL;
}

void bight_owner_deinit(bight_owner *owner)
{
    while (owner->first != NULL) {
        bight_deferred *chain = owner->first->chain;

        unlink_binding(owner->first);
        bighti_drop(chain);
    }
}

static bool bind(bight_deferred *chain, bight_owner *owner, const char *where)
{
    bight_binding *binding = malloc(sizeof(*binding));
    bighti_step step = bighti_step_special(BIGHTI_BIND, binding, where);

    if (binding == NULL)
        return false;
    if (!bighti_steps_append(chain, &step)) {
        free(binding);
        return false;
    }
    chain->flags |= BIGHTI_BOUND;
    binding->chain = chain;
    binding->next = owner->first;
    binding->previous = &owner->first;
    if (owner->first != NULL)
        owner->first->previous = &binding->next;
    owner->first = binding;
    return true;
}

bight_deferred *bight_deferred_bind_at(bight_deferred *deferred, bight_owner *owner,
                                       const char *where)
{
    if (deferred != NULL && !bind(deferred, owner, where)) {
        bighti_break_off_all(deferred);
        deferred->flags |= BIGHTI_NO_WAIT;
    }
    return deferred;
}

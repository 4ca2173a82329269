#include "chain.h"
#include <bight/owner.h>
#include <stdlib.h>

/* One for each bight_deferred_bind(). The step of the chain owns it; the owner only refers to
 * it. */
struct bight_binding {
    bight_binding *next, **previous; /* in the owner's list, or in the list of a
                                        bight_owner_deinit() on the stack */
    bight_deferred *chain;           /* NULL: in no list */
    bool gone;                       /* the owner has ended */
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
    return !((const bight_binding *)binding)->gone;
}

void bighti_binding_free(void *binding)
{
    if (((const bight_binding *)binding)->chain != NULL)
        unlink_binding(binding);
    free(binding);
}

void bight_owner_init(bight_owner *owner)
{
    *owner = (bight_owner){NULL, NULL};
}

/* From here on none of the bound steps runs, whatever the end of the first chain causes. */
static void take_all(bight_owner *owner, bight_binding **leaving)
{
    *leaving = owner->first;
    owner->first = NULL;
    if (*leaving != NULL)
        (*leaving)->previous = leaving;
    for (bight_binding *binding = *leaving; binding != NULL; binding = binding->next)
        binding->gone = true;
}

static void owner_drop_all(bight_binding **leaving)
{
    while (*leaving != NULL) {
        bight_deferred *chain = (*leaving)->chain;

        unlink_binding(*leaving);
        bighti_drop(chain);
    }
}

/* Dropping steps runs code that may end the owner again and free it. So the list is on this stack,
 * and the inner call tells the outer one not to use the owner any more. */
void bight_owner_deinit(bight_owner *owner)
{
    bight_binding *leaving = NULL;
    bool ended = false;

    if (owner->ended != NULL)
        *owner->ended = true;
    owner->ended = &ended;
    while (owner->first != NULL) {
        take_all(owner, &leaving);
        owner_drop_all(&leaving);
        if (ended)
            return;
    }
    owner->ended = NULL;
}

static bool owner_bind(bight_deferred *chain, bight_owner *owner, const char *where)
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
    binding->gone = false;
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
    if (deferred != NULL && !owner_bind(deferred, owner, where)) {
        bighti_break_off_all(deferred);
        deferred->flags |= BIGHTI_NO_WAIT;
    }
    return deferred;
}

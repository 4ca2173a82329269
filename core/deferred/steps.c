#include "chain.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8, KINDS = BIGHTI_LOOP + 1 };

/* The special kinds use addresses in this array as on_value: no function has such an address,
 * which saves a word for the kind in each step. */
static const char special[KINDS];

bighti_kind bighti_step_kind(const bighti_step *step)
{
    uintptr_t distance = (uintptr_t)step->on_value - (uintptr_t)special;

    return distance < KINDS ? (bighti_kind)distance : BIGHTI_STEP;
}

bighti_step bighti_step_special(bighti_kind kind, void *data, const char *where)
{
    union {
        const char *address;
        bight_step_fn fn;
    } on_value = {&special[kind]};

    return (bighti_step){.on_value = on_value.fn, .data = data, .where = where};
}

size_t bighti_steps_count(const bight_deferred *chain)
{
    if (chain->flags & BIGHTI_GROWN)
        return chain->many.last - chain->many.first;
    return (size_t)(chain->last - chain->first);
}

bighti_step *bighti_steps_at(bight_deferred *chain, size_t index)
{
    if (chain->flags & BIGHTI_GROWN)
        return &chain->many.steps[chain->many.first + index];
    return &chain->few[chain->first + index];
}

static bool steps_grow(bight_deferred *chain)
{
    bool grown = chain->flags & BIGHTI_GROWN;
    size_t count = bighti_steps_count(chain);
    size_t capacity = grown ? 2 * chain->many.capacity : FIRST_CAPACITY;
    bighti_step *steps = malloc(capacity * sizeof(*steps));

    if (steps == NULL)
        return false;
    if (count > 0)
        memcpy(steps, bighti_steps_at(chain, 0), count * sizeof(*steps));
    if (grown)
        free(chain->many.steps);
    chain->many.steps = steps;
    chain->many.first = 0;
    chain->many.last = count;
    chain->many.capacity = capacity;
    chain->flags |= BIGHTI_GROWN;
    return true;
}

/* Reuse the room of steps that have run. Returns false if more than half is still needed, so that
 * a chain that always has a few steps is not moved for each of them. */
static bool compact(bight_deferred *chain)
{
    size_t count = bighti_steps_count(chain);

    if (chain->flags & BIGHTI_GROWN) {
        if (2 * count > chain->many.capacity)
            return false;
        memmove(chain->many.steps, bighti_steps_at(chain, 0), count * sizeof(bighti_step));
        chain->many.first = 0;
        chain->many.last = count;
        return true;
    }
    if (count == BIGHTI_INLINE_STEPS)
        return false;
    memmove(chain->few, bighti_steps_at(chain, 0), count * sizeof(bighti_step));
    chain->first = 0;
    chain->last = (uint8_t)count;
    return true;
}

static bool steps_is_full(const bight_deferred *chain)
{
    if (chain->flags & BIGHTI_GROWN)
        return chain->many.last == chain->many.capacity;
    return chain->last == BIGHTI_INLINE_STEPS;
}

bool bighti_steps_append(bight_deferred *chain, const bighti_step *step)
{
    if (steps_is_full(chain) && !compact(chain) && !steps_grow(chain))
        return false;
    if (chain->flags & BIGHTI_GROWN)
        chain->many.steps[chain->many.last++] = *step;
    else
        chain->few[chain->last++] = *step;
    return true;
}

void bighti_steps_remove(bight_deferred *chain, size_t index)
{
    bighti_step *front = bighti_steps_at(chain, 0);

    memmove(front + 1, front, index * sizeof(*front));
    if (chain->flags & BIGHTI_GROWN) {
        if (++chain->many.first == chain->many.last)
            chain->many.first = chain->many.last = 0;
    } else if (++chain->first == chain->last) {
        chain->first = chain->last = 0;
    }
}

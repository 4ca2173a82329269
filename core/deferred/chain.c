#include <bight/log.h>
#include <deferred/chain.h>
#include <stdlib.h>
#include <string.h>

/* What a program pays for each operation in flight. */
_Static_assert(sizeof(bight_deferred) <= 128, "a deferred with three steps fits in 128 bytes");

enum { FIRST_CAPACITY = 8 };

/* Move the steps that wait to an array of their own, or to a larger one. */
static bool grow(bight_deferred *chain)
{
    bool grown = chain->flags & BIGHTI_GROWN;
    size_t count = bighti_chain_count(chain);
    size_t capacity = grown ? 2 * chain->many.capacity : FIRST_CAPACITY;
    bighti_step *steps = malloc(capacity * sizeof(*steps));

    if (steps == NULL)
        return false;
    if (count > 0)
        memcpy(steps, bighti_chain_peek(chain), count * sizeof(*steps));
    if (grown)
        free(chain->many.steps);
    chain->many.steps = steps;
    chain->many.first = 0;
    chain->many.last = count;
    chain->many.capacity = capacity;
    chain->flags |= BIGHTI_GROWN;
    return true;
}

/* Use the room of steps that have run. False if at least half is still needed, so that a chain
 * which always has a few steps is not moved at every one. */
static bool compact(bight_deferred *chain)
{
    size_t count = bighti_chain_count(chain);

    if (chain->flags & BIGHTI_GROWN) {
        if (2 * count > chain->many.capacity)
            return false;
        memmove(chain->many.steps, chain->many.steps + chain->many.first,
                count * sizeof(bighti_step));
        chain->many.first = 0;
        chain->many.last = count;
        return true;
    }
    if (count == BIGHTI_INLINE_STEPS)
        return false;
    memmove(chain->few, chain->few + chain->first, count * sizeof(bighti_step));
    chain->first = 0;
    chain->last = (uint8_t)count;
    return true;
}

bool bighti_chain_append(bight_deferred *chain, const bighti_step *step)
{
    bool grown = chain->flags & BIGHTI_GROWN;
    bool full =
        grown ? chain->many.last == chain->many.capacity : chain->last == BIGHTI_INLINE_STEPS;

    if (full && !compact(chain) && !grow(chain))
        return false;
    if (chain->flags & BIGHTI_GROWN)
        chain->many.steps[chain->many.last++] = *step;
    else
        chain->few[chain->last++] = *step;
    return true;
}

size_t bighti_chain_count(const bight_deferred *chain)
{
    if (chain->flags & BIGHTI_GROWN)
        return chain->many.last - chain->many.first;
    return (size_t)(chain->last - chain->first);
}

bighti_step *bighti_chain_peek(bight_deferred *chain)
{
    if (bighti_chain_count(chain) == 0)
        return NULL;
    if (chain->flags & BIGHTI_GROWN)
        return &chain->many.steps[chain->many.first];
    return &chain->few[chain->first];
}

void bighti_chain_pop(bight_deferred *chain)
{
    if (chain->flags & BIGHTI_GROWN) {
        if (++chain->many.first == chain->many.last)
            chain->many.first = chain->many.last = 0;
    } else if (++chain->first == chain->last) {
        chain->first = chain->last = 0;
    }
}

void bighti_chain_set(bight_deferred *chain, bight_result result)
{
    if (result.error != NULL) {
        chain->state = BIGHTI_ERROR;
        chain->failed.error = result.error;
    } else {
        chain->state = BIGHTI_VALUE;
        chain->worked.value = result.value;
        chain->worked.destroy = result.destroy;
    }
}

bight_result bighti_chain_take(bight_deferred *chain)
{
    bight_result result = {NULL, NULL, NULL, NULL};

    if (chain->state == BIGHTI_ERROR) {
        result.error = chain->failed.error;
    } else if (chain->state == BIGHTI_VALUE) {
        result.value = chain->worked.value;
        result.destroy = chain->worked.destroy;
    }
    chain->state = BIGHTI_GIVEN;
    return result;
}

static void report(const bight_deferred *chain)
{
    char text[512];

    if ((chain->flags & BIGHTI_CANCELLED) &&
        bight_error_get_status(chain->failed.error) == BIGHT_ERROR_CANCELLED)
        return;
    bight_error_format(chain->failed.error, text, sizeof(text));
    bight_log(BIGHT_LOG_ERROR, "no step handled the error of the deferred made at %s: %s",
              chain->where != NULL ? chain->where : "an unknown place", text);
}

void bighti_chain_settle(bight_deferred *chain)
{
    if (chain->flags & (BIGHTI_HELD | BIGHTI_RUNNING | BIGHTI_CANCELLING) ||
        chain->state == BIGHTI_PENDING || chain->state == BIGHTI_WAITING)
        return;
    if (bighti_has_result(chain)) {
        if (chain->state == BIGHTI_ERROR)
            report(chain);
        /* What a value's destroy function does may end here again, through the promise. */
        chain->flags |= BIGHTI_RUNNING;
        bight_result_free(bighti_chain_take(chain));
        chain->flags &= (uint8_t)~BIGHTI_RUNNING;
    }
    if (chain->promises > 0)
        return;
    if (chain->flags & BIGHTI_GROWN)
        free(chain->many.steps);
    free(chain);
}

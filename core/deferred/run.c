/* Running steps without recursion.
 *
 * A chain that waits leaves a step in the one it waits for: on_value is bighti's own wake_outer,
 * data is the waiting chain. It is never called: run_steps() knows it by its address, moves the
 * result over and gives the waiting chain back to the loop in bighti_run(). So the stack stays flat
 * however many chains wait for each other.
 *
 * Nor does memory grow in a loop written as a step that returns a deferred whose last step returns
 * a deferred, and so on: when a chain that nobody holds has nothing left but to wake an outer one,
 * the outer one waits for the new deferred directly, and the one between is freed (skip_middle). */
#include <base/check.h>
#include <deferred/chain.h>

static bight_result wake_outer(bight_result in, void *data)
{
    (void)data;
    return in;
}

static bool is_wake(const bighti_step *step)
{
    return step->on_value == wake_outer;
}

static bight_deferred *innermost(bight_deferred *chain)
{
    while (chain->state == BIGHTI_WAITING)
        chain = chain->inner;
    return chain;
}

/* Whether all that is left of a chain which nobody holds is to wake an outer one. */
static bool is_middle(bight_deferred *chain)
{
    return !(chain->flags & BIGHTI_HELD) && bighti_chain_count(chain) == 1 &&
           is_wake(bighti_chain_peek(chain));
}

static bight_result no_memory(void)
{
    return bight_result_error(bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory"));
}

/* Have `chain` wait for `inner`, or take its result if it is there. */
static void wait_for(bight_deferred *chain, bight_deferred *inner)
{
    BIGHTI_REQUIRE(inner != chain, "a step waits for its own chain");
    if (chain->flags & BIGHTI_GIVE_UP)
        bight_deferred_cancel(inner);
    inner->flags &= (uint8_t)~BIGHTI_HELD;
    if (bighti_has_result(inner) && !bighti_is_busy(inner)) {
        bighti_chain_set(chain, bighti_chain_take(inner));
        bighti_chain_settle(inner);
        return;
    }
    if (is_middle(chain)) {
        bight_deferred *outer = bighti_chain_peek(chain)->data;

        if (bighti_chain_append(inner, bighti_chain_peek(chain))) {
            bighti_chain_pop(chain);
            outer->inner = inner;
            return;
        }
    } else {
        bighti_step wake = {wake_outer, NULL, chain, chain->where};

        if (bighti_chain_append(inner, &wake)) {
            chain->state = BIGHTI_WAITING;
            chain->inner = inner;
            return;
        }
    }
    inner->flags |= BIGHTI_HELD;
    bight_result_free(bight_result_wait(inner));
    bighti_chain_set(chain, no_memory());
}

static void run_step(bight_deferred *chain, const bighti_step *step)
{
    bight_step_fn fn = chain->state == BIGHTI_ERROR ? step->on_error : step->on_value;
    bight_result out;

    if (fn == NULL)
        return;
    out = fn(bighti_chain_take(chain), step->data);
    if (out.wait != NULL)
        wait_for(chain, out.wait);
    else
        bighti_chain_set(chain, out);
}

/* Run the steps of one chain. Gives the chain that waited for it, which has the result then. */
static bight_deferred *run_steps(bight_deferred *chain)
{
    bight_deferred *outer = NULL;

    chain->flags |= BIGHTI_RUNNING;
    while (bighti_has_result(chain) && bighti_chain_count(chain) > 0) {
        bighti_step step = *bighti_chain_peek(chain);

        bighti_chain_pop(chain);
        if (is_wake(&step)) {
            outer = step.data;
            bighti_chain_set(outer, bighti_chain_take(chain));
            break;
        }
        run_step(chain, &step);
    }
    chain->flags &= (uint8_t) ~(BIGHTI_RUNNING | BIGHTI_GIVE_UP);
    bighti_chain_settle(chain);
    return outer;
}

void bighti_run(bight_deferred *chain)
{
    /* A step that is running goes on with what was added when it returns. */
    while (chain != NULL && !bighti_is_busy(chain))
        chain = run_steps(chain);
}

void bighti_break_off(bight_deferred *chain, bight_error *take_error)
{
    bight_cancel_fn fn;

    chain = innermost(chain);
    if (chain->state != BIGHTI_PENDING || chain->flags & BIGHTI_CANCELLING) {
        if (chain->flags & BIGHTI_RUNNING)
            chain->flags |= BIGHTI_GIVE_UP;
        bight_error_unref(take_error);
        return;
    }
    fn = chain->producer.fn;
    chain->producer.fn = NULL;
    chain->flags |= BIGHTI_CANCELLING;
    if (fn != NULL)
        fn((bight_promise *)chain, chain->producer.data);
    chain->flags &= (uint8_t)~BIGHTI_CANCELLING;
    if (chain->state == BIGHTI_PENDING)
        bighti_chain_set(chain, bight_result_error(take_error));
    else
        bight_error_unref(take_error);
    bighti_run(chain);
}

/* Running steps without recursion.
 *
 * A waiting chain adds a BIGHTI_WAKE step to the chain that it waits for. This step is never
 * called: run_steps() moves the result and returns the waiting chain to the loop in bighti_run().
 * So the depth of the stack does not depend on the number of chains that wait for each other.
 *
 * Memory does not grow either in a loop that is written as a step that returns a deferred whose
 * last step returns a deferred, and so on: when a chain without a consumer has nothing left but to
 * wake an outer chain, the outer chain waits for the new deferred directly, and the chain in
 * between is freed (see is_middle).
 *
 * A binding to an owner is a step that is never consumed: the steps after it are taken from behind
 * it, so that it stays before all steps that it covers. When its owner has ended, these steps are
 * removed without being called, except for the kinds that have to free data or must learn of the
 * end. */
#include "../base/check.h"
#include "take.h"

enum { MOST_LINKS = 16 };

bight_error *bighti_no_memory(void)
{
    return bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory");
}

static bight_deferred *innermost(bight_deferred *chain)
{
    while (chain->state == BIGHTI_WAITING)
        chain = chain->inner;
    return chain;
}

/* Whether a chain without a consumer has nothing left but to wake an outer chain. */
static bool is_middle(bight_deferred *chain)
{
    return !(chain->flags & BIGHTI_HELD) && bighti_steps_count(chain) == 1 &&
           bighti_step_kind(bighti_steps_at(chain, 0)) == BIGHTI_WAKE;
}

/* Add the step that wakes the chain that is to receive the result of `inner`. Returns false when
 * out of memory. */
static bool leave_wake(bight_deferred *chain, bight_deferred *inner, const char *where)
{
    bighti_step wake = bighti_step_special(BIGHTI_WAKE, chain, where);
    bool middle = is_middle(chain);

    if (middle)
        wake = *bighti_steps_at(chain, 0);
    if (!bighti_steps_append(inner, &wake))
        return false;
    bighti_trail_free(chain->failed.trail);
    chain->failed.trail = NULL;
    if (middle) {
        bight_deferred *outer = wake.data;

        outer->inner = inner;
        bighti_steps_remove(chain, 0);
    } else {
        chain->state = BIGHTI_WAITING;
        chain->inner = inner;
    }
    inner->flags &= (uint8_t)~BIGHTI_HELD;
    return true;
}

/* Whether `chain` would wait for itself. Only short circles are checked, because the usual mistake
 * involves one or two chains. */
static bool is_circle(bight_deferred *chain, const bight_deferred *inner)
{
    for (int links = 0; links < MOST_LINKS; links++) {
        size_t count = bighti_steps_count(chain);

        if (chain == inner)
            return true;
        if (count == 0 || bighti_step_kind(bighti_steps_at(chain, count - 1)) != BIGHTI_WAKE)
            return false;
        chain = bighti_steps_at(chain, count - 1)->data;
    }
    return false;
}

/* Make `chain` wait for `inner`, or take its result if there is one. */
static void chain_wait_for(bight_deferred *chain, bight_deferred *inner, const char *where)
{
    BIGHTI_REQUIRE(!is_circle(chain, inner), "a step waits for its own chain");
    if (chain->flags & BIGHTI_GIVE_UP)
        bight_deferred_cancel(inner);
    if (bight_deferred_is_done(inner)) {
        bighti_chain_move(inner, chain, where);
        bight_deferred_free(inner);
        return;
    }
    if (!(chain->flags & BIGHTI_NO_WAIT) && leave_wake(chain, inner, where))
        return;
    bight_result_free(bight_result_wait(inner));
    bighti_chain_set(chain, bight_result_error(bighti_no_memory()));
}

/* The function for the present result; NULL if the result passes the step. */
static bight_step_fn function_of(const bighti_step *step, bool failed)
{
    switch (bighti_step_kind(step)) {
    case BIGHTI_STEP:
        return failed ? step->on_error : step->on_value;
    case BIGHTI_LISTEN:
    case BIGHTI_PASS:
    case BIGHTI_LOOP:
        return step->on_error;
    default:
        return NULL;
    }
}

/* Whether it is called without the result. */
static bool is_call(const bighti_step *step)
{
    bighti_kind kind = bighti_step_kind(step);

    return kind == BIGHTI_ALWAYS || kind == BIGHTI_KEEP;
}

/* The result passes the step. */
static void run_past(bight_deferred *chain, const bighti_step *step)
{
    if (is_call(step))
        step->call(step->data);
    if (chain->state == BIGHTI_ERROR)
        bighti_trail_add(chain, BIGHTI_SKIPPED, step->where);
}

/* Returns whether the step now waits for something. */
static bool run_step(bight_deferred *chain, const bighti_step *step)
{
    bool failed = chain->state == BIGHTI_ERROR;
    bight_step_fn fn = function_of(step, failed);
    bight_result out;

    if (fn == NULL) {
        run_past(chain, step);
        return false;
    }
    out = fn(bighti_chain_take(chain), step->data);
    if (out.wait != NULL) {
        chain_wait_for(chain, out.wait, step->where);
        return true;
    }
    bighti_chain_set(chain, out);
    if (out.error != NULL)
        bighti_trail_add(chain, failed ? BIGHTI_RETURNED : BIGHTI_FAILED, step->where);
    return false;
}

/* Counts the bindings before the waiting steps, and checks whether the owner of any has ended. */
static size_t count_bindings(bight_deferred *chain, bool *dropped)
{
    size_t index = 0;

    *dropped = false;
    if (!(chain->flags & BIGHTI_BOUND))
        return 0;
    for (; index < bighti_steps_count(chain); index++) {
        const bighti_step *step = bighti_steps_at(chain, index);

        if (bighti_step_kind(step) != BIGHTI_BIND)
            break;
        *dropped = *dropped || !bighti_binding_has_owner(step->data);
    }
    return index;
}

/* The result of a chain whose owner has ended is not needed. */
static void replace_result(bight_deferred *chain)
{
    chain->flags |= BIGHTI_CANCELLED;
    if (chain->state == BIGHTI_ERROR &&
        bight_error_get_status(chain->failed.error) == BIGHT_ERROR_CANCELLED)
        return;
    bight_result_free(bighti_chain_lift(chain));
    bighti_chain_set(
        chain, bight_result_error(bight_error_new(BIGHT_ERROR_CANCELLED, "its owner has gone")));
}

static bool is_kept(const bighti_step *step)
{
    bighti_kind kind = bighti_step_kind(step);

    return kind == BIGHTI_KEEP || kind == BIGHTI_LISTEN || kind == BIGHTI_WAKE;
}

/* Run the last step of a chain, which has completed another one. */
static bight_deferred *run_pass(bight_deferred *chain, const bighti_step *step)
{
    bight_deferred *next = step->on_error(bighti_chain_take(chain), step->data).value;

    bighti_chain_set(chain, bight_result_value(NULL));
    if (next != NULL)
        next->flags &= (uint8_t)~BIGHTI_RUNNING;
    return next;
}

/* Run the first runnable step. Returns false if there is none, or if it was the last one, which
 * sets `outer` to the chain to run next. */
static bool chain_run_next(bight_deferred *chain, bight_deferred **outer)
{
    bool dropped;
    size_t index = count_bindings(chain, &dropped);
    bighti_step step;

    if (dropped)
        replace_result(chain);
    if (index >= bighti_steps_count(chain))
        return false;
    step = *bighti_steps_at(chain, index);
    if (bighti_step_kind(&step) == BIGHTI_LOOP && !dropped) {
        if (!run_step(chain, &step))
            bighti_steps_remove(chain, index);
        return true;
    }
    bighti_steps_remove(chain, index);
    if (bighti_step_kind(&step) == BIGHTI_WAKE) {
        *outer = step.data;
        bighti_chain_move(chain, *outer, step.where);
        return false;
    }
    if (bighti_step_kind(&step) == BIGHTI_PASS) {
        *outer = run_pass(chain, &step);
        return false;
    }
    if (!dropped || is_kept(&step))
        run_step(chain, &step);
    return true;
}

/* Run the steps of one chain. Returns the chain that waited for it, which then has the result. */
static bight_deferred *run_steps(bight_deferred *chain)
{
    bight_deferred *outer = NULL;

    chain->flags |= BIGHTI_RUNNING;
    while (bighti_has_result(chain) && chain_run_next(chain, &outer)) {
    }
    chain->flags &= (uint8_t) ~(BIGHTI_RUNNING | BIGHTI_GIVE_UP);
    bighti_chain_settle(chain);
    return outer;
}

void bighti_run(bight_deferred *chain)
{
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

/* Forbid every chain down to the innermost one to wait again. */
static void forbid_waits(bight_deferred *chain)
{
    chain->flags |= BIGHTI_NO_WAIT;
    while (chain->state == BIGHTI_WAITING) {
        chain = chain->inner;
        chain->flags |= BIGHTI_NO_WAIT;
    }
}

void bighti_break_off_all(bight_deferred *chain)
{
    uint8_t before = chain->flags & BIGHTI_NO_WAIT;

    while (!bighti_is_busy(innermost(chain)) && !bight_deferred_is_done(chain)) {
        forbid_waits(chain);
        bighti_break_off(chain, bighti_no_memory());
    }
    chain->flags = (uint8_t)((chain->flags & ~BIGHTI_NO_WAIT) | before);
}

void bighti_follow(bight_deferred *chain, bight_deferred *inner)
{
    chain->state = BIGHTI_GIVEN;
    chain->failed.trail = NULL;
    chain->flags |= BIGHTI_RUNNING;
    chain_wait_for(chain, inner, chain->where);
    chain->flags &= (uint8_t)~BIGHTI_RUNNING;
    bighti_run(chain);
}

void bighti_drop(bight_deferred *chain)
{
    chain->flags |= BIGHTI_CANCELLED;
    if (bight_deferred_is_done(chain))
        bighti_run(chain);
    else
        bighti_break_off(chain, bight_error_new(BIGHT_ERROR_CANCELLED, "its owner has gone"));
}

/* There is no memory to keep the step: it receives the error at once. Its result is dropped. */
static void run_alone(const bighti_step *step)
{
    bight_step_fn fn = function_of(step, true);

    if (is_call(step))
        step->call(step->data);
    else if (bighti_step_kind(step) == BIGHTI_PASS)
        bighti_run_set(fn(bight_result_error(bighti_no_memory()), step->data).value);
    else if (fn != NULL)
        bight_result_free(fn(bight_result_error(bighti_no_memory()), step->data));
}

/* There is no memory to keep the step until the result comes: fail the chain now, so that the
 * steps before still run first. */
static void add_without_memory(bight_deferred *chain, const bighti_step *step)
{
    bool held = chain->flags & BIGHTI_HELD;

    chain->flags |= BIGHTI_HELD;
    bighti_break_off_all(chain);
    if (bight_deferred_is_done(chain) && bighti_steps_append(chain, step))
        bighti_run(chain);
    else
        run_alone(step);
    if (!held)
        bight_deferred_free(chain);
}

/* Whether a step can run without being stored: the usual case if there already is a result. */
static bool is_ready_for(const bight_deferred *chain, const bighti_step *step)
{
    return bight_deferred_is_done(chain) && !(chain->flags & BIGHTI_BOUND) &&
           bighti_step_kind(step) < BIGHTI_PASS;
}

static void run_now(bight_deferred *chain, const bighti_step *step)
{
    chain->flags |= BIGHTI_RUNNING;
    run_step(chain, step);
    chain->flags &= (uint8_t)~BIGHTI_RUNNING;
    bighti_run(chain);
}

void bighti_add(bight_deferred *chain, const bighti_step *step)
{
    if (chain == NULL)
        run_alone(step);
    else if (is_ready_for(chain, step))
        run_now(chain, step);
    else if (!bighti_steps_append(chain, step))
        add_without_memory(chain, step);
    else
        bighti_run(chain);
}

/* The structure of a deferred. Promise and deferred are two views of one block of 128 bytes, which
 * includes room for three steps. The state determines which member of the union is valid: the
 * result later takes the place of the producer's cancel function.
 *
 * The block lives while any of these exists: the consumer (HELD), a promise, a pending result, or
 * a call on the stack that uses it (RUNNING, CANCELLING). Only bighti_chain_settle() checks all of
 * them. */
#ifndef BIGHTI_DEFERRED_CHAIN_H
#define BIGHTI_DEFERRED_CHAIN_H

#include <bight/deferred.h>
#include <stddef.h>
#include <stdint.h>

enum { BIGHTI_INLINE_STEPS = 3 };

typedef enum bighti_state {
    BIGHTI_PENDING, /* the promise is not completed: `producer` */
    BIGHTI_WAITING, /* a step returned a deferred: `inner` */
    BIGHTI_GIVEN,   /* a running step has the result, or an outer chain took it; failed.trail is
                       kept in case the step returns an error again */
    BIGHTI_VALUE,   /* `worked` */
    BIGHTI_ERROR    /* `failed` */
} bighti_state;

enum {
    BIGHTI_HELD = 1,       /* the consumer's side will be freed */
    BIGHTI_RUNNING = 2,    /* steps run further down the stack */
    BIGHTI_CANCELLING = 4, /* the producer's cancel function runs further down the stack */
    BIGHTI_CANCELLED = 8,  /* the consumer cancelled: the resulting error is not reported */
    BIGHTI_GIVE_UP = 16,   /* cancelled while a step ran: cancel the deferred that it returns */
    BIGHTI_GROWN = 32,     /* the steps are in `many` */
    BIGHTI_BOUND = 64,     /* there is a BIGHTI_BIND among the steps */
    BIGHTI_NO_WAIT = 128   /* it could not be bound when out of memory: no step may wait any
                              more */
};

/* The kinds of steps. All but the first are identified by the address in on_value, see steps.c;
 * their function is in on_error. */
typedef enum bighti_kind {
    BIGHTI_STEP,
    BIGHTI_WAKE,   /* `data` is the chain that waits for this one */
    BIGHTI_BIND,   /* `data` is a binding: the steps after it belong to an owner */
    BIGHTI_ALWAYS, /* called with `data` only; the result passes unchanged */
    BIGHTI_KEEP,   /* the same, also after the owner has ended */
    BIGHTI_LISTEN, /* gets values and errors, also after the owner has ended */
    BIGHTI_PASS,   /* the last one: like LISTEN, and its value is the chain to run next, or NULL */
    BIGHTI_LOOP    /* runs again with the result that it waited for */
} bighti_kind;

typedef struct bighti_step {
    bight_step_fn on_value;
    union {
        bight_step_fn on_error;
        bight_destroy_fn call; /* of ALWAYS and KEEP */
    };
    void *data;
    const char *where;
} bighti_step;

typedef struct bighti_trail bighti_trail;

struct bight_deferred {
    union {
        struct {
            void *value;
            bight_destroy_fn destroy;
        } worked;
        struct {
            bight_error *error;
            bighti_trail *trail; /* NULL: it failed here, or there was no memory */
        } failed;
        struct {
            bight_cancel_fn fn;
            void *data;
        } producer;
        bight_deferred *inner;
    };
    const char *where;
    uint8_t state; /* bighti_state */
    uint8_t flags;
    uint16_t promises;   /* references to the promise */
    uint8_t first, last; /* of few */
    union {
        bighti_step few[BIGHTI_INLINE_STEPS];
        struct {
            bighti_step *steps;
            size_t first, last, capacity;
        } many;
    };
};

/* steps.c: the waiting steps, an array that is consumed from the front. */

bighti_kind bighti_step_kind(const bighti_step *step);

/* A step of any kind but BIGHTI_STEP; the caller sets its function. */
bighti_step bighti_step_special(bighti_kind kind, void *data, const char *where);

/* Append a step. Returns false when out of memory. */
bool bighti_steps_append(bight_deferred *chain, const bighti_step *step);

/* One of the waiting steps. Valid until the chain changes. */
bighti_step *bighti_steps_at(bight_deferred *chain, size_t index);

/* Remove a step; the steps before it stay in place. */
void bighti_steps_remove(bight_deferred *chain, size_t index);

size_t bighti_steps_count(const bight_deferred *chain);

/* chain.c: the life of the block and of the result in it. */

/* A chain that is PENDING and HELD, without a promise; NULL when out of memory. */
bight_deferred *bighti_chain_new(const char *where);

/* Give the chain its result, which holds no deferred. PENDING, WAITING or GIVEN before. */
void bighti_chain_set(bight_deferred *chain, bight_result result);

/* Move the result of `inner` to the chain whose step at `where` waited for it. */
void bighti_chain_move(bight_deferred *inner, bight_deferred *outer, const char *where);

/* Free what is not needed any more: the result, whose error is reported, then the block. */
void bighti_chain_settle(bight_deferred *chain);

/* run.c: running the steps. Each of these functions may free the chain, unless the caller holds
 * it. */

/* Add a step to a chain, which may be NULL, and run it if possible. */
void bighti_add(bight_deferred *chain, const bighti_step *step);

/* Run all runnable steps of a chain, and of the chains that wait for it. */
void bighti_run(bight_deferred *chain);

/* Abort: the producer is notified, and the innermost chain continues with the error. */
void bighti_break_off(bight_deferred *chain, bight_error *take_error);

/* There is no memory to continue the chain: make it end now, whatever its steps wait for. */
void bighti_break_off_all(bight_deferred *chain);

/* Make a pending chain wait for another, which is consumed, instead of its promise. */
void bighti_follow(bight_deferred *chain, bight_deferred *inner);

/* Add a BIGHTI_PASS. So a function that completes another promise does not run its steps on top of
 * this chain, and the depth of the stack does not grow with the number of such chains. */
void bighti_pass(bight_deferred *deferred, bight_step_fn fn, void *data, const char *where);

/* Complete a promise without running its steps. Returns the chain, which the caller gives to
 * bighti_run_set(), or returns from a BIGHTI_PASS; NULL if there is nothing to run. Until then it
 * is RUNNING, so that nobody can free it. */
bight_deferred *bighti_promise_set(bight_promise *take_promise, bight_result take_result);
void bighti_run_set(bight_deferred *chain);

/* The owner of a binding in this chain has ended. */
void bighti_drop(bight_deferred *chain);

/* The error of a failed allocation. */
bight_error *bighti_no_memory(void);

/* owner.c */

bool bighti_binding_has_owner(const void *binding);
void bighti_binding_free(void *binding);

/* trail.c: the trail of an error. */

typedef enum bighti_passage {
    BIGHTI_MADE,     /* the promise of the deferred made here failed */
    BIGHTI_FAILED,   /* the step made here received a value and returned an error */
    BIGHTI_SKIPPED,  /* the step made here handles only values */
    BIGHTI_RETURNED, /* the step made here received the error and returned one */
    BIGHTI_WAITED    /* the step made here waited for the chain that failed */
} bighti_passage;

/* Add a place to the trail of a chain's error. When out of memory the trail stays shorter. */
void bighti_trail_add(bight_deferred *chain, bighti_passage passage, const char *where);
void bighti_trail_free(bighti_trail *trail);

static inline bool bighti_has_result(const bight_deferred *chain)
{
    return chain->state >= BIGHTI_VALUE;
}

/* Take the result out unchanged, possibly an offer; the state becomes GIVEN. */
static inline bight_result bighti_chain_lift(bight_deferred *chain)
{
    bool failed = chain->state == BIGHTI_ERROR;
    bight_result result = {NULL, NULL, NULL, NULL};

    if (failed) {
        result.error = chain->failed.error;
    } else {
        result.value = chain->worked.value;
        result.destroy = chain->worked.destroy;
        chain->failed.trail = NULL;
    }
    chain->state = BIGHTI_GIVEN;
    return result;
}

/* Whether a call on the stack uses the chain, and will run steps that are added meanwhile. */
static inline bool bighti_is_busy(const bight_deferred *chain)
{
    return (chain->flags & (BIGHTI_RUNNING | BIGHTI_CANCELLING)) != 0;
}

#endif

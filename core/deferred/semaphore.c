#include "../base/check.h"
#include "waiter.h"
#include <bight/lock.h>
#include <stdint.h>
#include <stdlib.h>

struct bight_semaphore {
    bighti_link waiters;
    size_t waiting;
    size_t permits, free;
    bool serving; /* semaphore_serve() is on the stack */
    bool closed;
};

bight_semaphore *bight_semaphore_new(size_t permits)
{
    bight_semaphore *semaphore;

    BIGHTI_REQUIRE(permits > 0, "a semaphore without permits lets nobody in, ever");
    semaphore = calloc(1, sizeof(*semaphore));
    if (semaphore == NULL)
        return NULL;
    bighti_link_init(&semaphore->waiters);
    semaphore->permits = semaphore->free = permits;
    return semaphore;
}

bight_semaphore *bight_lock_new(void)
{
    return bight_semaphore_new(1);
}

/* Permits that are held still point here. */
static void settle(bight_semaphore *semaphore)
{
    if (semaphore->closed && !semaphore->serving && semaphore->free == semaphore->permits)
        free(semaphore);
}

void bight_semaphore_free(bight_semaphore *semaphore)
{
    bool serving;

    if (semaphore == NULL)
        return;
    serving = semaphore->serving;
    semaphore->closed = semaphore->serving = true;
    bighti_waiters_close(&semaphore->waiters, "semaphore");
    semaphore->serving = serving;
    settle(semaphore);
}

static bight_result permit(bight_semaphore *semaphore)
{
    semaphore->free--;
    return bight_result_take(semaphore, bight_semaphore_release);
}

static void semaphore_serve(bight_semaphore *semaphore)
{
    bighti_waiter *waiter;

    if (!semaphore->serving) {
        semaphore->serving = true;
        while (semaphore->free > 0 && (waiter = bighti_waiter_pop(&semaphore->waiters)) != NULL)
            bighti_waiter_fire(waiter, permit(semaphore));
        semaphore->serving = false;
    }
    settle(semaphore);
}

void bight_semaphore_release(void *value)
{
    bight_semaphore *semaphore = value;

    BIGHTI_REQUIRE(semaphore->free < semaphore->permits, "a permit is released twice");
    semaphore->free++;
    semaphore_serve(semaphore);
}

bool bight_semaphore_try(bight_semaphore *semaphore)
{
    if (semaphore->free == 0 || semaphore->waiting > 0)
        return false;
    semaphore->free--;
    return true;
}

bight_deferred *bight_semaphore_acquire_at(bight_semaphore *semaphore, const char *where)
{
    bight_result none = bight_result_value(NULL);

    if (semaphore->closed)
        return bight_deferred_failed_at(
            bight_error_new(BIGHT_ERROR_CLOSED, "the semaphore was closed"), where);
    if (semaphore->waiting == 0 && semaphore->free > 0)
        return bight_deferred_of_at(permit(semaphore), where);
    return bighti_waiter_new(&semaphore->waiters, &semaphore->waiting, none, where);
}

size_t bight_semaphore_get_free(const bight_semaphore *semaphore)
{
    return semaphore->free;
}

size_t bight_semaphore_get_waiting(const bight_semaphore *semaphore)
{
    return semaphore->waiting;
}

typedef struct guarded_call {
    bight_guarded_fn fn;
    void *data;
    bight_semaphore *held; /* NULL before it has a permit */
} guarded_call;

static bight_result run_guarded(bight_result in, void *data)
{
    guarded_call *guarded = data;

    guarded->held = in.value;
    return guarded->fn(guarded->data);
}

static void guarded_end(void *data)
{
    guarded_call *guarded = data;

    if (guarded->held != NULL)
        bight_semaphore_release(guarded->held);
    free(guarded);
}

bight_deferred *bight_semaphore_run_at(bight_semaphore *semaphore, bight_guarded_fn fn, void *data,
                                       const char *where)
{
    guarded_call *guarded = malloc(sizeof(*guarded));
    bight_deferred *deferred;

    if (guarded == NULL)
        return NULL;
    *guarded = (guarded_call){fn, data, NULL};
    deferred = bight_semaphore_acquire_at(semaphore, where);
    bight_deferred_then_at(deferred, run_guarded, NULL, guarded, where);
    return bight_deferred_keep_at(deferred, guarded, guarded_end, where);
}

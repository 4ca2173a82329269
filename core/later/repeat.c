/* A loop of two waits: for the time of the next beat, and for the result of the beat. Beats are
 * computed from the start, so that errors do not accumulate. */
#include "../base/check.h"
#include "../reactor/shared.h"
#include <bight/later.h>
#include <stdlib.h>

typedef struct repetition {
    bight_reactor *reactor; /* a reference: the awaited deferred may outlive the reactor */
    bight_beat_fn fn;
    void *data;
    uint64_t start, interval;
    bight_beat beat;
    bool working; /* waiting for the beat's result, not for its time */
} repetition;

static bight_result wait_for_beat(repetition *self)
{
    uint64_t past = bight_reactor_now(self->reactor) - self->start;
    uint64_t next = past / self->interval + (past % self->interval != 0);

    if (next <= self->beat.number)
        next = self->beat.number + 1;
    self->working = false;
    return bight_result_wait(bight_delay(
        self->reactor, next * self->interval > past ? next * self->interval - past : 0));
}

static bight_result run_beat(repetition *self)
{
    uint64_t number = (bight_reactor_now(self->reactor) - self->start) / self->interval;

    if (number <= self->beat.number)
        number = self->beat.number + 1;
    self->beat.missed = number - self->beat.number - 1;
    self->beat.number = number;
    self->working = true;
    return self->fn(&self->beat, self->data);
}

static bight_result repeat_step(bight_result in, void *data)
{
    repetition *self = data;

    if (in.error != NULL)
        return in;
    if (!self->working) {
        bight_result_free(in);
        in = run_beat(self);
        if (in.error != NULL || in.wait != NULL)
            return in;
    }
    if (self->beat.last)
        return in;
    bight_result_free(in);
    return wait_for_beat(self);
}

static void repeat_end(void *data)
{
    repetition *self = data;

    bighti_reactor_unref(self->reactor);
    free(self);
}

bight_deferred *bight_repeat_at(bight_reactor *reactor, uint64_t interval, bight_beat_fn fn,
                                void *data, const char *where)
{
    repetition *self;
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(interval > 0, "nothing can be repeated every 0 ns");
    self = calloc(1, sizeof(*self));
    deferred = bight_delay_at(reactor, interval, where);
    if (self == NULL || deferred == NULL) {
        free(self);
        bight_deferred_cancel(deferred);
        bight_deferred_free(deferred);
        return NULL;
    }
    self->reactor = bighti_reactor_ref(reactor);
    self->fn = fn;
    self->data = data;
    self->start = bight_reactor_now(reactor);
    self->interval = interval;
    bight_deferred_loop_at(deferred, repeat_step, self, where);
    return bight_deferred_keep_at(deferred, self, repeat_end, where);
}

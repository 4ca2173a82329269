/* A loop of two waits: for an attempt and for the delay before the next. */
#include "../base/check.h"
#include "../base/options.h"
#include "../reactor/shared.h"
#include <bight/later.h>
#include <stdlib.h>
#include <sys/random.h>

typedef struct retry_loop {
    bight_reactor *reactor; /* a reference: the awaited deferred may outlive the reactor */
    bight_retry_options options;
    bight_attempt_fn fn;
    void *data;
    uint64_t start;
    double delay; /* before the next attempt, without jitter */
    unsigned attempt;
    bool trying; /* waiting for an attempt, not for a delay */
} retry_loop;

static uint64_t system_random(void *data)
{
    uint64_t bits = 0;

    (void)data;
    /* If this fails, early in the boot, the delays are only less random. */
    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) < 0)
        bits = bight_monotonic_now() * UINT64_C(0x9e3779b97f4a7c15);
    return bits;
}

/* From 0 up to, but not including, 1. */
static double fraction(retry_loop *self)
{
    return (double)(self->options.random(self->options.data) >> 11) / (double)(UINT64_C(1) << 53);
}

static uint64_t next_delay(retry_loop *self)
{
    double longest = (double)self->options.longest_delay;
    double delay = self->delay < longest ? self->delay : longest;

    self->delay = delay * self->options.factor;
    return (uint64_t)(delay * (1 - self->options.jitter * fraction(self)));
}

static bool is_worth_it(const retry_loop *self, const bight_error *error)
{
    return bight_error_get_status(error) != BIGHT_ERROR_CANCELLED &&
           (self->options.again == NULL || self->options.again(error, self->options.data));
}

static bool is_used_up(const retry_loop *self, uint64_t delay)
{
    uint64_t past = bight_reactor_now(self->reactor) - self->start;

    return (self->options.attempts != 0 && self->attempt >= self->options.attempts) ||
           (self->options.time != 0 && past + delay > self->options.time);
}

static bight_result wait_or_fail(retry_loop *self, bight_error *take_error)
{
    uint64_t delay;

    if (!is_worth_it(self, take_error))
        return bight_result_error(take_error);
    delay = next_delay(self);
    if (is_used_up(self, delay))
        return bight_result_error(bight_error_new_caused(
            take_error, bight_error_get_status(take_error), "given up after %u attempt%s",
            self->attempt, self->attempt == 1 ? "" : "s"));
    if (self->options.waiting != NULL)
        self->options.waiting(self->attempt, delay, take_error, self->options.data);
    bight_error_unref(take_error);
    self->trying = false;
    return bight_result_wait(bight_delay(self->reactor, delay));
}

static bight_result retry_step(bight_result in, void *data)
{
    retry_loop *self = data;

    if (!self->trying) {
        if (in.error != NULL)
            return in;
        bight_result_free(in);
        self->trying = true;
        in = self->fn(++self->attempt, self->data);
    }
    return in.error != NULL ? wait_or_fail(self, in.error) : in;
}

static void end(void *data)
{
    retry_loop *self = data;

    bighti_reactor_unref(self->reactor);
    free(self);
}

static void retry_check_options(const bight_retry_options *options)
{
    BIGHTI_REQUIRE(options->factor >= 1, "delays that get shorter and shorter");
    BIGHTI_REQUIRE(options->jitter >= 0 && options->jitter <= 1, "a jitter is from 0 to 1");
}

bight_deferred *bight_retry_at(bight_reactor *reactor, const bight_retry_options *options,
                               bight_attempt_fn fn, void *data, const char *where)
{
    static const bight_retry_options defaults = BIGHT_RETRY_OPTIONS_INIT;
    retry_loop *self;
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    self = calloc(1, sizeof(*self));
    deferred = bight_deferred_fired_at(NULL, NULL, where);
    if (self == NULL || deferred == NULL) {
        free(self);
        bight_deferred_free(deferred);
        return NULL;
    }
    self->reactor = bighti_reactor_ref(reactor);
    BIGHTI_REQUIRE(bighti_options_read(options, &defaults, sizeof(self->options), &self->options),
                   "retry options of an unknown size");
    retry_check_options(&self->options);
    if (self->options.random == NULL)
        self->options.random = system_random;
    self->fn = fn;
    self->data = data;
    self->start = bight_reactor_now(reactor);
    self->delay = (double)self->options.first_delay;
    bight_deferred_loop_at(deferred, retry_step, self, where);
    return bight_deferred_keep_at(deferred, self, end, where);
}

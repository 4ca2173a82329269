/* A limit on bytes per second, implemented as a token bucket for each direction: the bucket fills
 * at the rate, up to the burst, and passing bytes take tokens from it. A connection that finds too
 * few tokens waits in a queue. The timer of the bucket wakes the first waiter when there is a
 * portion for it, a hundredth of the bytes of a second. The portion is reserved for the waiter,
 * although its layer runs in a later turn: so no other connection can take it in between, and all
 * take turns. */
#include "../base/options.h"
#include "../reactor/shared.h"
#include <bight/rate_limit.h>
#include <bight/timer.h>
#include <stdlib.h>

#define MOST_RATE (UINT64_C(1) << 34)
#define MOST_BURST (UINT64_C(1) << 33)
enum { PORTIONS_PER_SECOND = 100 };

typedef struct bucket {
    bight_reactor *reactor;
    uint64_t rate; /* bytes a second; 0 for no limit */
    uint64_t burst, portion;
    uint64_t tokens; /* bytes that may pass now */
    uint64_t filled; /* the time at which `tokens` was computed */
    bight_timer *timer;
    bighti_link waiters;
} bucket;

/* Of one reactor; used by one layer or by many. */
typedef struct limit {
    unsigned references;
    bight_reactor *reactor;
    bucket up, down;
} limit;

typedef struct waiter {
    bighti_link link; /* in its bucket's queue, or none */
    bucket *source;
    bight_layer *layer;
    uint64_t granted; /* bytes of a reserved portion that are not used yet */
} waiter;

typedef struct limited {
    limit *limit;
    waiter up, down;
} limited;

/* -- The bucket -- */

/* A fraction of a byte is kept for the next time. */
static void bucket_fill(bucket *self, uint64_t now)
{
    uint64_t elapsed = now - self->filled, seconds = elapsed / BIGHT_SEC(1), added;

    if (seconds > self->burst / self->rate) {
        self->tokens = self->burst;
        self->filled = now;
        return;
    }
    added = seconds * self->rate + elapsed % BIGHT_SEC(1) * self->rate / BIGHT_SEC(1);
    self->tokens += added;
    self->filled += added / self->rate * BIGHT_SEC(1) +
                    (added % self->rate * BIGHT_SEC(1) + self->rate - 1) / self->rate;
    if (self->tokens < self->burst)
        return;
    self->tokens = self->burst;
    self->filled = now;
}

static bool has_portion(const bucket *self)
{
    return self->tokens >= self->portion;
}

static void bucket_arm(bucket *self)
{
    uint64_t missing = has_portion(self) ? 0 : self->portion - self->tokens;

    if (bighti_list_is_empty(&self->waiters) || bight_timer_is_running(self->timer))
        return;
    bight_timer_start(self->timer, (missing * BIGHT_SEC(1) + self->rate - 1) / self->rate);
}

static void bucket_grant(bucket *self)
{
    bighti_link *link = bighti_list_pop(&self->waiters);
    waiter *first = BIGHTI_CONTAINER(link, waiter, link);

    first->granted = self->portion;
    self->tokens -= self->portion;
    bight_layer_go_on(first->layer);
}

static void on_filled(bight_timer *timer, void *data)
{
    bucket *self = data;

    (void)timer;
    bucket_fill(self, bight_reactor_now(self->reactor));
    while (!bighti_list_is_empty(&self->waiters) && has_portion(self))
        bucket_grant(self);
    bucket_arm(self);
}

static bight_status bucket_init(bucket *self, bight_reactor *reactor, uint64_t rate, uint64_t burst)
{
    uint64_t portion = rate / PORTIONS_PER_SECOND;

    bighti_link_init(&self->waiters);
    self->reactor = reactor;
    self->rate = rate;
    self->burst = self->tokens = burst;
    self->portion = portion < burst ? portion : burst;
    if (self->portion == 0)
        self->portion = 1;
    self->filled = bight_reactor_now(reactor);
    return rate != 0 ? bight_timer_new(reactor, on_filled, self, &self->timer) : BIGHT_OK;
}

/* -- Waiters -- */

static uint64_t smaller_of(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

static void waiter_init(waiter *self, bucket *source, bight_layer *layer)
{
    bighti_link_init(&self->link);
    self->source = source;
    self->layer = layer;
}

/* The unused part of its portion goes back to the bucket. */
static void waiter_leave(waiter *self)
{
    self->source->tokens = smaller_of(self->source->tokens + self->granted, self->source->burst);
    self->granted = 0;
    bighti_link_unlink(&self->link);
}

static size_t use_grant(waiter *self, size_t size)
{
    size_t used = (size_t)smaller_of(size, self->granted);

    self->granted -= used;
    return used;
}

static size_t use_tokens(waiter *self, size_t size)
{
    bucket *source = self->source;
    size_t used;

    bucket_fill(source, bight_reactor_now(source->reactor));
    used = (size_t)smaller_of(size, source->tokens);
    source->tokens -= used;
    return used;
}

/* Returns how many bytes may pass now; for the rest it waits. A newcomer is queued after the
 * present waiters. */
static size_t waiter_take(waiter *self, size_t size)
{
    bucket *source = self->source;
    size_t taken;

    if (source->rate == 0)
        return size;
    taken = use_grant(self, size);
    if (taken < size && bighti_list_is_empty(&source->waiters))
        taken += use_tokens(self, size - taken);
    if (taken < size && !bighti_link_is_linked(&self->link)) {
        bighti_list_append(&source->waiters, &self->link);
        bucket_arm(source);
    }
    return taken;
}

/* -- The limit -- */

static void limit_unref(limit *self)
{
    if (--self->references > 0)
        return;
    bight_timer_free(self->up.timer);
    bight_timer_free(self->down.timer);
    bighti_reactor_unref(self->reactor);
    free(self);
}

/* NULL when out of memory. */
static limit *limit_new(bight_reactor *reactor, const bight_rate_limit_options *options)
{
    limit *self = calloc(1, sizeof(*self));

    if (self == NULL)
        return NULL;
    self->references = 1;
    self->reactor = bighti_reactor_ref(reactor);
    if (bucket_init(&self->up, reactor, options->received, options->burst) == BIGHT_OK &&
        bucket_init(&self->down, reactor, options->sent, options->burst) == BIGHT_OK)
        return self;
    limit_unref(self);
    return NULL;
}

/* -- The layer -- */

static bight_layer_next limited_decode(bight_layer *layer, bight_layer_bytes *bytes)
{
    limited *self = bight_layer_get_state(layer);
    size_t taken = waiter_take(&self->up, bytes->in.size);

    bytes->out = (bight_view){bytes->in.data, taken};
    bytes->in.data += taken;
    bytes->in.size -= taken;
    return bytes->in.size > 0 ? BIGHT_LAYER_HOLD : BIGHT_LAYER_MORE;
}

static size_t limited_encode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    limited *self = bight_layer_get_state(layer);
    size_t taken = waiter_take(&self->down, size);

    bight_layer_send(layer, bytes, taken);
    return taken;
}

static void limited_stopped(bight_layer *layer)
{
    limited *self = bight_layer_get_state(layer);

    waiter_leave(&self->up);
    waiter_leave(&self->down);
}

static void limited_release(bight_layer *layer)
{
    limited *self = bight_layer_get_state(layer);

    if (self->limit != NULL)
        limit_unref(self->limit);
}

static const bight_layer_ops limited_ops = {
    .size = sizeof(bight_layer_ops),
    .name = "rate limit",
    .decode = limited_decode,
    .encode = limited_encode,
    .stopped = limited_stopped,
    .release = limited_release,
};

static bight_status limited_start(bight_transport *below, limit *take_limit,
                                  bight_protocol *protocol, bight_transport **above)
{
    bight_layer *layer;
    limited *self;
    bight_status status = bight_layer_new(below, &limited_ops, sizeof(*self), &layer);

    if (status != BIGHT_OK) {
        limit_unref(take_limit);
        return status;
    }
    self = bight_layer_get_state(layer);
    self->limit = take_limit;
    waiter_init(&self->up, &take_limit->up, layer);
    waiter_init(&self->down, &take_limit->down, layer);
    *above = bight_layer_begin(layer, protocol);
    return BIGHT_OK;
}

/* -- For each connection -- */

static bight_status start_own(bight_transport *below, bight_layer_side side,
                              bight_protocol *protocol, void *data, bight_transport **above)
{
    limit *own = limit_new(bight_transport_get_reactor(below), data);

    (void)side;
    return own != NULL ? limited_start(below, own, protocol, above) : BIGHT_ERROR_NO_MEMORY;
}

static bight_status start_shared(bight_transport *below, bight_layer_side side,
                                 bight_protocol *protocol, void *data, bight_transport **above)
{
    limit *shared = data;

    (void)side;
    if (shared->reactor != bight_transport_get_reactor(below))
        return BIGHT_ERROR_INVALID;
    shared->references++;
    return limited_start(below, shared, protocol, above);
}

static void drop_shared(void *data)
{
    limit_unref(data);
}

static bight_status read_rates(const bight_rate_limit_options *given,
                               bight_rate_limit_options *options)
{
    static const bight_rate_limit_options defaults = BIGHT_RATE_LIMIT_OPTIONS_INIT;

    if (!bighti_options_read(given, &defaults, sizeof(*options), options) ||
        options->received > MOST_RATE || options->sent > MOST_RATE || options->burst == 0 ||
        options->burst > MOST_BURST)
        return BIGHT_ERROR_INVALID;
    return BIGHT_OK;
}

bight_status bight_rate_limit_new_layer(const bight_rate_limit_options *given,
                                        bight_layer_factory **factory)
{
    bight_rate_limit_options options, *kept;
    bight_status status = read_rates(given, &options);

    if (status != BIGHT_OK)
        return status;
    kept = malloc(sizeof(*kept));
    if (kept == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *kept = options;
    return bight_layer_factory_new(start_own, kept, free, factory);
}

bight_status bight_rate_limit_new_shared_layer(bight_reactor *reactor,
                                               const bight_rate_limit_options *given,
                                               bight_layer_factory **factory)
{
    bight_rate_limit_options options;
    bight_status status;
    limit *shared;

    bighti_check_thread(reactor);
    status = read_rates(given, &options);
    if (status != BIGHT_OK)
        return status;
    shared = limit_new(reactor, &options);
    if (shared == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    return bight_layer_factory_new(start_shared, shared, drop_shared, factory);
}

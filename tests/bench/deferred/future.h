/* The other way to build it, after the manner of libdex, which Debian 12 has not: each step is a
 * future of its own, an object with an atomic count of references and a lock, which listens to the
 * one before. */
#ifndef BENCH_FUTURE_H
#define BENCH_FUTURE_H

#include <stddef.h>

typedef struct future future;

/* Gets what the future before came to; the returned value is what this one comes to. NULL in
 * `error` is a value. A future that is returned through `wait` is waited for. */
typedef struct outcome {
    void *value, *error;
    future *wait;
} outcome;
typedef outcome (*future_fn)(outcome in, void *data);

future *future_new(void);
void future_complete(future *self, outcome out);

/* One more reference. */
future *future_ref(future *self);

/* Consumes `before`, which the new future listens to, and keeps until it is done. */
future *future_then(future *before, future_fn on_value, future_fn on_error, void *data);
void future_unref(future *self);

#endif

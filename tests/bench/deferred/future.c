#include "future.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct future {
    atomic_uint references;
    pthread_mutex_t lock;
    int done;
    outcome outcome;
    future_fn on_value, on_error;
    void *data;
    future *listener; /* a reference */
    future *before;   /* a reference, until it is done */
};

future *future_new(void)
{
    future *self = calloc(1, sizeof(*self));

    if (self == NULL)
        abort();
    atomic_init(&self->references, 1);
    pthread_mutex_init(&self->lock, NULL);
    return self;
}

void future_unref(future *self)
{
    if (atomic_fetch_sub(&self->references, 1) != 1)
        return;
    pthread_mutex_destroy(&self->lock);
    free(self);
}

future *future_ref(future *self)
{
    atomic_fetch_add(&self->references, 1);
    return self;
}

static void hear(future *self, outcome in);

/* Consumes `before`. */
static void listen_to(future *self, future *before)
{
    int done;

    self->before = before;
    pthread_mutex_lock(&before->lock);
    done = before->done;
    if (!done)
        before->listener = future_ref(self);
    pthread_mutex_unlock(&before->lock);
    if (done)
        hear(self, before->outcome);
}

static outcome pass(outcome in, void *data)
{
    (void)data;
    return in;
}

/* The future that this one listens to has come to `in`. */
static void hear(future *self, outcome in)
{
    future_fn fn = in.error != NULL ? self->on_error : self->on_value;
    outcome out = fn != NULL ? fn(in, self->data) : in;

    future_unref(self->before);
    self->before = NULL;
    if (out.wait == NULL) {
        future_complete(self, out);
        return;
    }
    self->on_value = self->on_error = pass;
    listen_to(self, out.wait);
}

void future_complete(future *self, outcome out)
{
    future *listener;

    pthread_mutex_lock(&self->lock);
    self->done = 1;
    self->outcome = out;
    listener = self->listener;
    self->listener = NULL;
    pthread_mutex_unlock(&self->lock);
    if (listener == NULL)
        return;
    hear(listener, out);
    future_unref(listener);
}

future *future_then(future *before, future_fn on_value, future_fn on_error, void *data)
{
    future *self = future_new();

    self->on_value = on_value;
    self->on_error = on_error;
    self->data = data;
    listen_to(self, before);
    return self;
}

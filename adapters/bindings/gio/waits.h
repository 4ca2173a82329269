/* GSources that wait for a stream to be ready: the children of the sources that
 * g_pollable_source_new_full() makes. The stream wakes all of them, and each then checks whether
 * the stream is ready. */
#ifndef BIGHTI_GIO_WAITS_H
#define BIGHTI_GIO_WAITS_H

#include <gio/gio.h>

/* Whether the stream is ready. It may start to fetch more, and wakes its waits when that
 * arrives. */
typedef gboolean (*bighti_gio_ready_fn)(gpointer stream);

typedef struct bighti_gio_wait {
    GSource source;  /* first: GLib allocates the whole as a GSource */
    GObject *stream; /* a reference */
    bighti_gio_ready_fn is_ready;
    GSList **waits; /* the stream's */
} bighti_gio_wait;

static inline gboolean bighti_gio_wait_check(GSource *source)
{
    bighti_gio_wait *self = (bighti_gio_wait *)source;

    return self->is_ready(self->stream);
}

static inline gboolean bighti_gio_wait_prepare(GSource *source, gint *timeout)
{
    *timeout = -1;
    return bighti_gio_wait_check(source);
}

/* GLib dispatches its parent source. */
static inline gboolean bighti_gio_wait_dispatch(GSource *source, GSourceFunc fn, gpointer data)
{
    (void)fn;
    (void)data;
    g_source_set_ready_time(source, -1);
    return G_SOURCE_CONTINUE;
}

static inline void bighti_gio_wait_finalize(GSource *source)
{
    bighti_gio_wait *self = (bighti_gio_wait *)source;

    *self->waits = g_slist_remove(*self->waits, source);
    g_object_unref(self->stream);
}

/* GIO sets a closure on each child, which requires a closure callback. */
static inline gboolean bighti_gio_wait_call(gpointer closure)
{
    (void)closure;
    return G_SOURCE_CONTINUE;
}

/* A source for the stream's create_source function; `waits` are the stream's. */
static inline GSource *bighti_gio_wait_new(gpointer stream, GSList **waits,
                                           bighti_gio_ready_fn is_ready, GCancellable *cancellable)
{
    static GSourceFuncs functions = {.prepare = bighti_gio_wait_prepare,
                                     .check = bighti_gio_wait_check,
                                     .dispatch = bighti_gio_wait_dispatch,
                                     .finalize = bighti_gio_wait_finalize,
                                     .closure_callback = bighti_gio_wait_call};
    GSource *source = g_source_new(&functions, sizeof(bighti_gio_wait)), *pollable;
    bighti_gio_wait *self = (bighti_gio_wait *)source;

    self->stream = g_object_ref(stream);
    self->is_ready = is_ready;
    self->waits = waits;
    *waits = g_slist_prepend(*waits, source);
    g_source_set_static_name(source, "[bight] stream");
    pollable = g_pollable_source_new_full(stream, source, cancellable);
    g_source_unref(source);
    return pollable;
}

/* Wakes the loop, which may be waiting already. */
static inline void bighti_gio_waits_wake(const GSList *waits)
{
    for (; waits != NULL; waits = waits->next)
        g_source_set_ready_time(waits->data, 0);
}

#endif

/* The writer of a source as a GOutputStream. It is a pollable stream, for the reasons in
 * input_stream.c. It is full from the time when a write returns BIGHT_FLOW_WAIT until the writer
 * has drained.
 */
#include "waits.h"
#include <bight/gio.h>
#include <bight/gio_source.h>

enum { MOST_AT_ONCE = 64 * 1024 };

G_DECLARE_FINAL_TYPE(BightSourceOutputStream, bight_source_output_stream, BIGHT,
                     SOURCE_OUTPUT_STREAM, GOutputStream)

struct _BightSourceOutputStream {
    GOutputStream parent;
    bight_source_writer *writer; /* NULL once it is closed */
    bight_deferred *draining;    /* while it is full */
    bight_deferred *going;       /* of the reader */
    gboolean reader_gone;
    GSList *waits;
};

static void pollable_output_init(GPollableOutputStreamInterface *table);

G_DEFINE_TYPE_WITH_CODE(BightSourceOutputStream, bight_source_output_stream, G_TYPE_OUTPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_OUTPUT_STREAM, pollable_output_init))

static gboolean output_is_ready(const BightSourceOutputStream *self)
{
    return self->draining == NULL || self->reader_gone || self->writer == NULL;
}

/* Also called when the writer has failed; the next write reports why. */
static bight_result on_stream_drained(bight_result in, void *data)
{
    BightSourceOutputStream *self = data;

    bight_deferred_free(self->draining);
    self->draining = NULL;
    bight_result_free(in);
    bighti_gio_waits_wake(self->waits);
    return bight_result_value(NULL);
}

static bight_result on_output_reader_gone(bight_result in, void *data)
{
    BightSourceOutputStream *self = data;

    bight_deferred_free(self->going);
    self->going = NULL;
    self->reader_gone = TRUE;
    bight_result_free(in);
    bighti_gio_waits_wake(self->waits);
    return bight_result_value(NULL);
}

static gssize output_write(GOutputStream *stream, const void *buffer, gsize count,
                           GCancellable *cancellable, GError **error)
{
    BightSourceOutputStream *self = (BightSourceOutputStream *)stream;

    (void)cancellable;
    if (self->reader_gone) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "the reader has gone");
        return -1;
    }
    if (!output_is_ready(self)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                            "no room to write yet: use an asynchronous function");
        return -1;
    }
    if (count > MOST_AT_ONCE)
        count = MOST_AT_ONCE;
    if (bight_source_writer_write(self->writer, buffer, count) == BIGHT_FLOW_WAIT) {
        self->draining = bight_source_writer_wait_drained(self->writer);
        bight_deferred_listen(self->draining, on_stream_drained, self);
    }
    return (gssize)count;
}

/* Freeing the writer also ends the waits for it. */
static void output_let_go(BightSourceOutputStream *self, gboolean is_complete)
{
    bight_source_writer *writer = self->writer;

    if (writer == NULL)
        return;
    self->writer = NULL;
    if (is_complete)
        bight_source_writer_end(writer);
    bight_source_writer_free(writer);
}

static gboolean output_close(GOutputStream *stream, GCancellable *cancellable, GError **error)
{
    (void)error;
    output_let_go((BightSourceOutputStream *)stream, !g_cancellable_is_cancelled(cancellable));
    return TRUE;
}

static void output_close_async(GOutputStream *stream, int priority, GCancellable *cancellable,
                               GAsyncReadyCallback ready, gpointer data)
{
    GTask *task = g_task_new(stream, cancellable, ready, data);

    g_task_set_priority(task, priority);
    output_let_go((BightSourceOutputStream *)stream, !g_cancellable_is_cancelled(cancellable));
    g_task_return_boolean(task, TRUE);
    g_object_unref(task);
}

static gboolean output_close_finish(GOutputStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

/* GIO closes a stream when its last reference is dropped; that must not look like a complete
 * end. */
static void output_dispose(GObject *object)
{
    output_let_go((BightSourceOutputStream *)object, FALSE);
    G_OBJECT_CLASS(bight_source_output_stream_parent_class)->dispose(object);
}

static gboolean output_is_writable(GPollableOutputStream *stream)
{
    return output_is_ready((BightSourceOutputStream *)stream);
}

static gboolean output_is_waited_for(gpointer stream)
{
    return output_is_ready(stream);
}

static GSource *output_create_source(GPollableOutputStream *stream, GCancellable *cancellable)
{
    BightSourceOutputStream *self = (BightSourceOutputStream *)stream;

    return bighti_gio_wait_new(stream, &self->waits, output_is_waited_for, cancellable);
}

static void pollable_output_init(GPollableOutputStreamInterface *table)
{
    table->is_writable = output_is_writable;
    table->create_source = output_create_source;
}

static void bight_source_output_stream_class_init(BightSourceOutputStreamClass *class)
{
    GOutputStreamClass *base = G_OUTPUT_STREAM_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = output_dispose;
    base->write_fn = output_write;
    base->close_fn = output_close;
    base->close_async = output_close_async;
    base->close_finish = output_close_finish;
}

static void bight_source_output_stream_init(BightSourceOutputStream *self)
{
    (void)self;
}

GOutputStream *bight_gio_output_stream_new(bight_source_writer *take_writer)
{
    BightSourceOutputStream *self = g_object_new(bight_source_output_stream_get_type(), NULL);

    self->writer = take_writer;
    self->going = bight_source_writer_wait_gone(take_writer);
    bight_deferred_listen(self->going, on_output_reader_gone, self);
    return G_OUTPUT_STREAM(self);
}

/* A source as a GInputStream.
 *
 * It is a pollable stream. GIO implements its asynchronous functions with read_nonblocking() and a
 * GSource that reports when to try again, including cancellation, and never uses a thread. The
 * bytes of a read of the source stay here until the stream's readers have taken them. The next
 * read begins only after that, and only on request. */
#include "waits.h"
#include <bight/gio.h>
#include <bight/gio_source.h>
#include <bight/value.h>
#include <string.h>

G_DECLARE_FINAL_TYPE(BightSourceInputStream, bight_source_input_stream, BIGHT, SOURCE_INPUT_STREAM,
                     GInputStream)

struct _BightSourceInputStream {
    GInputStream parent;
    bight_source *source;    /* NULL once it is closed */
    bight_deferred *reading; /* of the pending read; NULL if there is none */
    bight_bytes *bytes;      /* the current piece; unread from `offset` on */
    gsize offset;
    bight_error *error;
    gboolean ended;
    GSList *waits;
};

static void pollable_input_init(GPollableInputStreamInterface *table);

G_DEFINE_TYPE_WITH_CODE(BightSourceInputStream, bight_source_input_stream, G_TYPE_INPUT_STREAM,
                        G_IMPLEMENT_INTERFACE(G_TYPE_POLLABLE_INPUT_STREAM, pollable_input_init))

/* -- Reading the source -- */

static void input_take(BightSourceInputStream *self, bight_result result)
{
    if (result.error != NULL) {
        bight_error_unref(self->error);
        self->error = result.error;
        return;
    }
    self->bytes = bight_result_get_bytes(result);
    self->offset = 0;
    self->ended = self->bytes == NULL;
}

static bight_result on_input_read(bight_result in, void *data)
{
    BightSourceInputStream *self = data;

    bight_deferred_free(self->reading);
    self->reading = NULL;
    if (self->source == NULL) { /* it is being closed */
        bight_result_free(in);
        return bight_result_value(NULL);
    }
    input_take(self, in);
    bighti_gio_waits_wake(self->waits);
    return bight_result_value(NULL);
}

static gboolean input_is_ready(const BightSourceInputStream *self)
{
    return self->bytes != NULL || self->ended || self->error != NULL || self->source == NULL;
}

/* Begin a read if no bytes are left. Returns whether there are bytes now. */
static gboolean input_fill(BightSourceInputStream *self)
{
    bight_deferred *reading;
    bight_result result;

    if (input_is_ready(self))
        return TRUE;
    if (self->reading != NULL)
        return FALSE;
    reading = bight_source_read(self->source);
    if (bight_deferred_take(reading, &result)) {
        bight_deferred_free(reading);
        input_take(self, result);
        return TRUE;
    }
    self->reading = reading;
    bight_deferred_listen(reading, on_input_read, self);
    return input_is_ready(self);
}

/* -- The stream -- */

static gssize input_copy(BightSourceInputStream *self, void *buffer, gsize count)
{
    bight_view view = bight_bytes_get_view(self->bytes);
    gsize left = view.size - self->offset;

    if (count > left)
        count = left;
    memcpy(buffer, view.data + self->offset, count);
    self->offset += count;
    if (self->offset == view.size) {
        bight_bytes_unref(self->bytes);
        self->bytes = NULL;
    }
    return (gssize)count;
}

static gssize input_read(GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable,
                         GError **error)
{
    BightSourceInputStream *self = (BightSourceInputStream *)stream;

    (void)cancellable;
    if (!input_fill(self)) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK,
                            "nothing to read yet: use an asynchronous function");
        return -1;
    }
    if (self->bytes != NULL)
        return input_copy(self, buffer, count);
    if (self->error == NULL)
        return 0;
    g_propagate_error(error, bight_gio_error_export(self->error));
    return -1;
}

/* Freeing the source cancels the pending read; its step sees that the source is NULL. */
static void input_let_go(BightSourceInputStream *self)
{
    bight_source *source = self->source;

    self->source = NULL;
    bight_source_free(source);
    bight_bytes_unref(self->bytes);
    self->bytes = NULL;
    bighti_gio_waits_wake(self->waits);
}

static gboolean input_close(GInputStream *stream, GCancellable *cancellable, GError **error)
{
    (void)cancellable;
    (void)error;
    input_let_go((BightSourceInputStream *)stream);
    return TRUE;
}

static void input_close_async(GInputStream *stream, int priority, GCancellable *cancellable,
                              GAsyncReadyCallback ready, gpointer data)
{
    GTask *task = g_task_new(stream, cancellable, ready, data);

    g_task_set_check_cancellable(task, FALSE);
    g_task_set_priority(task, priority);
    input_let_go((BightSourceInputStream *)stream);
    g_task_return_boolean(task, TRUE);
    g_object_unref(task);
}

static gboolean input_close_finish(GInputStream *stream, GAsyncResult *result, GError **error)
{
    (void)stream;
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void input_finalize(GObject *object)
{
    BightSourceInputStream *self = (BightSourceInputStream *)object;

    input_let_go(self);
    bight_error_unref(self->error);
    G_OBJECT_CLASS(bight_source_input_stream_parent_class)->finalize(object);
}

static gboolean input_is_readable(GPollableInputStream *stream)
{
    return input_fill((BightSourceInputStream *)stream);
}

static gboolean input_is_waited_for(gpointer stream)
{
    return input_fill(stream);
}

static GSource *input_create_source(GPollableInputStream *stream, GCancellable *cancellable)
{
    BightSourceInputStream *self = (BightSourceInputStream *)stream;

    return bighti_gio_wait_new(stream, &self->waits, input_is_waited_for, cancellable);
}

static void pollable_input_init(GPollableInputStreamInterface *table)
{
    table->is_readable = input_is_readable;
    table->create_source = input_create_source;
}

static void bight_source_input_stream_class_init(BightSourceInputStreamClass *class)
{
    GInputStreamClass *base = G_INPUT_STREAM_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = input_finalize;
    base->read_fn = input_read;
    base->close_fn = input_close;
    base->close_async = input_close_async;
    base->close_finish = input_close_finish;
}

static void bight_source_input_stream_init(BightSourceInputStream *self)
{
    (void)self;
}

GInputStream *bight_gio_input_stream_new(bight_source *take_source)
{
    BightSourceInputStream *self = g_object_new(bight_source_input_stream_get_type(), NULL);

    self->source = take_source;
    if (take_source == NULL)
        self->error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory");
    return G_INPUT_STREAM(self);
}

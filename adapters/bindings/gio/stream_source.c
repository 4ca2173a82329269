/* A source that reads a GInputStream. */
#include <bight/gio.h>
#include <bight/gio_source.h>
#include <bight/value.h>
#include <stdlib.h>

enum { PIECE = 64 * 1024 };

typedef struct stream_source {
    GInputStream *stream;
    goffset start; /* the position when the source was made */
} stream_source;

static void give_bytes_back(void *bytes)
{
    g_bytes_unref(bytes);
}

static bight_result stream_read_finish(GObject *stream, GAsyncResult *result, void *data)
{
    GError *error = NULL;
    GBytes *bytes = g_input_stream_read_bytes_finish(G_INPUT_STREAM(stream), result, &error);
    gsize size = 0;
    const void *content;

    (void)data;
    if (bytes == NULL)
        return bight_gio_result(NULL, NULL, error);
    content = g_bytes_get_data(bytes, &size);
    if (size > 0)
        return bight_result_bytes(bight_bytes_new_take(content, size, give_bytes_back, bytes));
    g_bytes_unref(bytes);
    return bight_result_take(NULL, bight_value_bytes);
}

static bight_deferred *stream_source_read(void *data)
{
    stream_source *self = data;
    bight_gio_call *call;
    bight_deferred *deferred = bight_gio_call_new(stream_read_finish, self, NULL, &call);

    if (call != NULL)
        g_input_stream_read_bytes_async(self->stream, PIECE, G_PRIORITY_DEFAULT,
                                        bight_gio_call_get_cancellable(call), bight_gio_call_ready,
                                        call);
    return deferred;
}

static void stream_source_free(void *data)
{
    stream_source *self = data;

    g_object_unref(self->stream);
    free(self);
}

static bight_status stream_source_rewind(void *data)
{
    stream_source *self = data;
    GError *error = NULL;
    bight_error *imported;
    bight_status status;

    if (!G_IS_SEEKABLE(self->stream) || !g_seekable_can_seek(G_SEEKABLE(self->stream)))
        return BIGHT_ERROR_UNSUPPORTED;
    if (g_input_stream_has_pending(self->stream))
        return BIGHT_ERROR_STATE;
    if (g_seekable_seek(G_SEEKABLE(self->stream), self->start, G_SEEK_SET, NULL, &error))
        return BIGHT_OK;
    imported = bight_gio_error_import(error);
    status = bight_error_get_status(imported);
    bight_error_unref(imported);
    return status;
}

static const bight_source_ops stream_source_ops = {
    .size = sizeof(bight_source_ops),
    .name = "stream",
    .read = stream_source_read,
    .free = stream_source_free,
    .rewind = stream_source_rewind,
};

bight_source *bight_gio_source_new(bight_reactor *reactor, GInputStream *stream)
{
    stream_source *self = malloc(sizeof(*self));
    bight_source *source = NULL;

    if (self != NULL)
        source = bight_source_new(reactor, &stream_source_ops, self);
    if (source == NULL) {
        free(self);
        return NULL;
    }
    self->stream = g_object_ref(stream);
    self->start = G_IS_SEEKABLE(stream) ? g_seekable_tell(G_SEEKABLE(stream)) : 0;
    return source;
}

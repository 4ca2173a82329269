/* A source of bytes in memory. */
#include "../reactor/shared.h"
#include "source.h"
#include <bight/value.h>
#include <stdlib.h>

typedef struct bytes_source {
    bight_bytes *bytes;
    bool given;
} bytes_source;

static bight_deferred *bytes_read(void *data)
{
    bytes_source *self = data;
    bight_bytes *bytes = self->given ? NULL : bight_bytes_ref(self->bytes);
    bight_deferred *deferred = bight_deferred_fired(bytes, bight_value_bytes);

    if (deferred != NULL)
        self->given = true;
    return deferred;
}

static void bytes_free(void *data)
{
    bytes_source *self = data;

    bight_bytes_unref(self->bytes);
    free(self);
}

static bight_status bytes_rewind(void *data)
{
    ((bytes_source *)data)->given = false;
    return BIGHT_OK;
}

static uint64_t bytes_get_length(void *data)
{
    const bytes_source *self = data;

    return self->given ? 0 : bight_bytes_get_view(self->bytes).size;
}

static const bight_source_ops bytes_ops = {
    .size = sizeof(bight_source_ops),
    .name = "bytes",
    .read = bytes_read,
    .free = bytes_free,
    .rewind = bytes_rewind,
    .get_length = bytes_get_length,
};

bight_source *bight_source_new_bytes(bight_reactor *reactor, bight_bytes *bytes)
{
    bytes_source *self;
    bight_source *source = NULL;

    bighti_check_thread(reactor);
    self = malloc(sizeof(*self));
    if (self != NULL) {
        *self = (bytes_source){.bytes = bytes};
        source = bight_source_new(reactor, &bytes_ops, self);
    }
    if (source == NULL)
        free(self);
    else
        bight_bytes_ref(bytes);
    return source;
}

/* All bytes of a source as one block. A single piece is passed on unchanged; from the second on,
 * pieces are copied into a block that grows by half, so that a peer that sends a byte at a time
 * costs no more memory than one that sends everything at once. */
#include "source.h"
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

typedef struct collection {
    bight_source *source;
    bight_bytes *first; /* the only piece so far */
    uint8_t *block;     /* or all pieces */
    size_t size, capacity, limit;
} collection;

enum { LEAST_CAPACITY = 4096 };

static bool collection_grow(collection *self, size_t size)
{
    size_t capacity = self->capacity + self->capacity / 2;
    uint8_t *block;

    if (size <= self->capacity)
        return true;
    if (capacity < size)
        capacity = size;
    if (capacity < LEAST_CAPACITY)
        capacity = LEAST_CAPACITY;
    block = realloc(self->block, capacity);
    if (block == NULL)
        return false;
    self->block = block;
    self->capacity = capacity;
    return true;
}

static bool collection_copy(collection *self, bight_view view)
{
    if (!collection_grow(self, self->size + view.size))
        return false;
    memcpy(self->block + self->size, view.data, view.size);
    self->size += view.size;
    return true;
}

/* Returns false when out of memory, and then the caller keeps the piece. */
static bool collection_add(collection *self, bight_bytes *take_piece)
{
    if (self->size == 0) {
        self->first = take_piece;
        self->size = bight_bytes_get_view(take_piece).size;
        return true;
    }
    if (self->first != NULL) {
        self->size = 0;
        if (!collection_copy(self, bight_bytes_get_view(self->first))) {
            self->size = bight_bytes_get_view(self->first).size;
            return false;
        }
        bight_bytes_unref(self->first);
        self->first = NULL;
    }
    if (!collection_copy(self, bight_bytes_get_view(take_piece)))
        return false;
    bight_bytes_unref(take_piece);
    return true;
}

/* Take all bytes out of the collection; NULL when out of memory, and then they are lost. */
static bight_bytes *collection_take(collection *self)
{
    uint8_t *block = self->block, *smaller = NULL;
    bight_bytes *bytes = self->first;

    self->first = NULL;
    self->block = NULL;
    if (bytes != NULL)
        return bytes;
    if (block == NULL)
        return bight_bytes_new(NULL, 0);
    smaller = realloc(block, self->size);
    if (smaller != NULL)
        block = smaller;
    return bight_bytes_new_take(block, self->size, free, block);
}

/* The bytes will not be used: put them back into the source. */
static void collection_put_back(collection *self)
{
    bight_bytes *bytes;

    if (self->size == 0)
        return;
    bytes = collection_take(self);
    if (bytes != NULL)
        bight_source_unread(self->source, bytes);
}

static void collection_free(void *data)
{
    collection *self = data;

    bight_bytes_unref(self->first);
    free(self->block);
    free(self);
}

static bight_result collection_fail(collection *self, bight_error *take_error)
{
    collection_put_back(self);
    return bight_result_error(take_error);
}

static bight_result collection_step(bight_result in, void *data)
{
    collection *self = data;
    bight_bytes *piece = in.value;

    if (in.error != NULL)
        return collection_fail(self, in.error);
    if (piece == NULL)
        return bight_result_bytes(collection_take(self));
    if (bight_bytes_get_view(piece).size > self->limit - self->size) {
        bight_source_unread(self->source, piece);
        return collection_fail(
            self, bight_error_new(BIGHT_ERROR_LIMIT, "more than %zu bytes", self->limit));
    }
    if (!collection_add(self, piece)) {
        bight_source_unread(self->source, piece);
        return collection_fail(
            self, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for %zu bytes", self->size));
    }
    return bight_result_wait(bight_source_read(self->source));
}

bight_deferred *bight_source_read_all_at(bight_source *source, size_t limit, const char *where)
{
    collection *self;
    bight_deferred *deferred;

    if (source == NULL)
        return NULL;
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return NULL;
    self->source = source;
    self->limit = limit;
    deferred = bight_source_read_at(source, where);
    bight_deferred_loop_at(deferred, collection_step, self, where);
    return bight_deferred_keep_at(deferred, self, collection_free, where);
}

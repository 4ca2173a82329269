#include "bytes.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct bight_bytes {
    atomic_uint references;
    bight_view view;
    bight_destroy_fn destroy;
    void *owner_data;
    uint8_t content[];
};

bight_view bight_view_of(const char *string)
{
    return (bight_view){(const uint8_t *)string, strlen(string)};
}

bool bight_view_equal(bight_view a, bight_view b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bight_bytes *bighti_bytes_new_empty(size_t size, uint8_t **data)
{
    bight_bytes *bytes;

    if (size > SIZE_MAX - sizeof(*bytes))
        return NULL;
    bytes = malloc(sizeof(*bytes) + size);
    if (bytes == NULL)
        return NULL;
    atomic_init(&bytes->references, 1);
    bytes->view = (bight_view){bytes->content, size};
    bytes->destroy = NULL;
    bytes->owner_data = NULL;
    *data = bytes->content;
    return bytes;
}

bight_bytes *bighti_bytes_cut(bight_bytes *bytes, size_t size)
{
    size_t spare = bytes->view.size - size;
    bight_bytes *smaller = NULL;

    if (spare > bytes->view.size / 2)
        smaller = realloc(bytes, sizeof(*bytes) + size);
    if (smaller == NULL)
        smaller = bytes;
    smaller->view = (bight_view){smaller->content, size};
    return smaller;
}

bight_bytes *bight_bytes_new(const void *data, size_t size)
{
    uint8_t *content;
    bight_bytes *bytes = bighti_bytes_new_empty(size, &content);

    if (bytes != NULL && size > 0)
        memcpy(content, data, size);
    return bytes;
}

bight_bytes *bight_bytes_new_take(const void *data, size_t size, bight_destroy_fn destroy,
                                  void *owner_data)
{
    bight_bytes *bytes = malloc(sizeof(*bytes));

    if (bytes == NULL) {
        if (destroy != NULL)
            destroy(owner_data);
        return NULL;
    }
    atomic_init(&bytes->references, 1);
    bytes->view = (bight_view){data, size};
    bytes->destroy = destroy;
    bytes->owner_data = owner_data;
    return bytes;
}

static void unref_whole(void *whole)
{
    bight_bytes_unref(whole);
}

bight_bytes *bight_bytes_new_part(bight_bytes *bytes, size_t offset, size_t size)
{
    bight_view view = bytes->view;

    if (offset > view.size)
        offset = view.size;
    if (size > view.size - offset)
        size = view.size - offset;
    if (size == 0)
        return bight_bytes_new(NULL, 0);
    return bight_bytes_new_take(view.data + offset, size, unref_whole, bight_bytes_ref(bytes));
}

bight_bytes *bight_bytes_ref(bight_bytes *bytes)
{
    atomic_fetch_add_explicit(&bytes->references, 1, memory_order_relaxed);
    return bytes;
}

void bight_bytes_unref(bight_bytes *bytes)
{
    if (bytes == NULL ||
        atomic_fetch_sub_explicit(&bytes->references, 1, memory_order_acq_rel) != 1)
        return;
    if (bytes->destroy != NULL)
        bytes->destroy(bytes->owner_data);
    free(bytes);
}

bight_view bight_bytes_get_view(const bight_bytes *bytes)
{
    return bytes->view;
}

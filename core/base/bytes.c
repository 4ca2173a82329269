#include <bight/bytes.h>
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

bight_bytes *bight_bytes_new(const void *data, size_t size)
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
    if (size > 0)
        memcpy(bytes->content, data, size);
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

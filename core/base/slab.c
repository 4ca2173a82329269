/* A block is aligned to its size, so that the address of an object determines its block. Returned
 * objects are reused first, since they are in the cache; only then unused room, whose pages the
 * system may not have provided yet. The last block is kept when it is empty, so that repeatedly
 * taking and returning a single object allocates nothing. */
#include "slab.h"
#include <stdint.h>
#include <stdlib.h>

typedef struct returned {
    struct returned *next;
} returned;

typedef struct block {
    bighti_link link; /* in `open`, or none when the block is full */
    returned *free;
    unsigned used;    /* objects in use */
    unsigned touched; /* objects that were ever used */
    max_align_t storage[];
} block;

enum {
    ALIGNMENT = 16 * 1024,
    BLOCK_SIZE = ALIGNMENT - 64 /* malloc()'s header fits between two blocks */
};

static block *block_of(void *object)
{
    return (block *)(void *)((char *)object - ((uintptr_t)object & (ALIGNMENT - 1)));
}

void bighti_slab_init(bighti_slab *slab, size_t object_size)
{
    bighti_link_init(&slab->open);
    slab->object_size = object_size;
    slab->most = (unsigned)((BLOCK_SIZE - sizeof(block)) / object_size);
}

void bighti_slab_deinit(bighti_slab *slab)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&slab->open)) != NULL)
        free(BIGHTI_CONTAINER(link, block, link));
}

static block *new_block(bighti_slab *slab)
{
    void *memory;
    block *self;

    if (posix_memalign(&memory, ALIGNMENT, BLOCK_SIZE) != 0)
        return NULL;
    self = memory;
    self->free = NULL;
    self->used = 0;
    self->touched = 0;
    bighti_list_append(&slab->open, &self->link);
    return self;
}

static bool slab_is_full(const bighti_slab *slab, const block *self)
{
    return self->used == slab->most;
}

static void *take_from(const bighti_slab *slab, block *self)
{
    returned *object = self->free;

    self->used++;
    if (object == NULL)
        return (char *)self->storage + self->touched++ * slab->object_size;
    self->free = object->next;
    return object;
}

void *bighti_slab_take(bighti_slab *slab)
{
    block *self = bighti_list_is_empty(&slab->open)
                      ? new_block(slab)
                      : BIGHTI_CONTAINER(slab->open.next, block, link);
    void *object;

    if (self == NULL)
        return NULL;
    object = take_from(slab, self);
    if (slab_is_full(slab, self))
        bighti_link_unlink(&self->link);
    return object;
}

static bool is_the_last(const bighti_slab *slab, const block *self)
{
    return slab->open.next == &self->link && slab->open.previous == &self->link;
}

void bighti_slab_give(bighti_slab *slab, void *object)
{
    block *self = block_of(object);
    returned *back = object;

    if (slab_is_full(slab, self))
        bighti_list_append(&slab->open, &self->link);
    back->next = self->free;
    self->free = back;
    if (--self->used > 0 || is_the_last(slab, self))
        return;
    bighti_link_unlink(&self->link);
    free(self);
}

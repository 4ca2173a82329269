/* Objects of one size, taken from blocks that hold many: most need no allocation, and none has the
 * overhead of malloc(). A block goes back to the system when its last object is returned. */
#ifndef BIGHTI_BASE_SLAB_H
#define BIGHTI_BASE_SLAB_H

#include "list.h"
#include <stddef.h>

typedef struct bighti_slab {
    bighti_link open; /* blocks that have room */
    size_t object_size;
    unsigned most; /* objects in a block */
} bighti_slab;

/* @object_size a multiple of the alignment that the objects need, and at most 4 KiB. */
void bighti_slab_init(bighti_slab *slab, size_t object_size);

/* All objects were given back. */
void bighti_slab_deinit(bighti_slab *slab);

/* NULL when out of memory. */
void *bighti_slab_take(bighti_slab *slab);
void bighti_slab_give(bighti_slab *slab, void *object);

#endif

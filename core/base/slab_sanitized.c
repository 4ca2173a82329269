/* Replaces slab.c in sanitizer builds: a sanitizer detects the use of a returned object only if
 * each object is a separate allocation. */
#include "slab.h"
#include <stdlib.h>

void bighti_slab_init(bighti_slab *slab, size_t object_size)
{
    bighti_link_init(&slab->open);
    slab->object_size = object_size;
}

void bighti_slab_deinit(bighti_slab *slab)
{
    (void)slab;
}

void *bighti_slab_take(bighti_slab *slab)
{
    return malloc(slab->object_size);
}

void bighti_slab_give(bighti_slab *slab, void *object)
{
    (void)slab;
    free(object);
}

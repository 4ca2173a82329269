/* Blocks of one size, of which a limited number is kept for reuse: steady traffic allocates
 * nothing, and the memory of a burst goes back to the system. */
#ifndef BIGHTI_BASE_POOL_H
#define BIGHTI_BASE_POOL_H

#include <stddef.h>

typedef struct bighti_pool_block {
    struct bighti_pool_block *next;
} bighti_pool_block;

typedef struct bighti_pool {
    bighti_pool_block *free;
    size_t block_size;
    unsigned kept, most;
} bighti_pool;

/* @block_size at least that of a pointer; @most blocks are kept while they are not in use. */
void bighti_pool_init(bighti_pool *pool, size_t block_size, unsigned most);
void bighti_pool_deinit(bighti_pool *pool);

/* NULL when out of memory. */
void *bighti_pool_take(bighti_pool *pool);
void bighti_pool_give(bighti_pool *pool, void *block);

#endif

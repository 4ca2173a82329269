#include "pool.h"
#include <stdlib.h>

void bighti_pool_init(bighti_pool *pool, size_t block_size, unsigned most)
{
    *pool = (bighti_pool){.block_size = block_size, .most = most};
}

void bighti_pool_deinit(bighti_pool *pool)
{
    bighti_pool_block *block;

    while ((block = pool->free) != NULL) {
        pool->free = block->next;
        free(block);
    }
    pool->kept = 0;
}

void *bighti_pool_take(bighti_pool *pool)
{
    bighti_pool_block *block = pool->free;

    if (block == NULL)
        return malloc(pool->block_size);
    pool->free = block->next;
    pool->kept--;
    return block;
}

void bighti_pool_give(bighti_pool *pool, void *block)
{
    bighti_pool_block *returned = block;

    if (pool->kept >= pool->most) {
        free(block);
        return;
    }
    returned->next = pool->free;
    pool->free = returned;
    pool->kept++;
}

/* Shared bytes that are filled after they were made, so that read(2) can write to their final
 * place. */
#ifndef BIGHTI_BASE_BYTES_H
#define BIGHTI_BASE_BYTES_H

#include <bight/bytes.h>

/* A block of this size, to be filled through `data`. NULL when out of memory. */
bight_bytes *bighti_bytes_new_empty(size_t size, uint8_t **data);

/* Reduce the size of a block, for its only holder; releases the unused memory if there is much.
 */
bight_bytes *bighti_bytes_cut(bight_bytes *bytes, size_t size);

#endif

/* Shared bytes that are filled after they were made, so that what is read from a descriptor is read
 * to its place. */
#ifndef BIGHTI_BASE_BYTES_H
#define BIGHTI_BASE_BYTES_H

#include <bight/bytes.h>

/* A block of this size, to be filled through `data`. NULL without memory. */
bight_bytes *bighti_bytes_new_empty(size_t size, uint8_t **data);

/* Fewer bytes were needed. For the only holder of the block; gives the memory back if it is much.
 */
bight_bytes *bighti_bytes_cut(bight_bytes *bytes, size_t size);

#endif

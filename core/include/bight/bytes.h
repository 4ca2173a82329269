/** @file bight/bytes.h
 * Bytes: a borrowed view, and a shared, immutable, reference-counted block.
 */
#ifndef BIGHT_BYTES_H
#define BIGHT_BYTES_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Frees the data of a callback or a value; NULL means that nothing has to be freed. */
typedef void (*bight_destroy_fn)(void *data);

/** A run of bytes that somebody else owns. Not NUL-terminated. */
typedef struct bight_view {
    const uint8_t *data; /**< may be NULL when size is 0 */
    size_t size;         /**< in bytes */
} bight_view;

/** Shared bytes. One block can be queued on a thousand transports without a copy. */
typedef struct bight_bytes bight_bytes;

/** The bytes of a NUL-terminated string, without the NUL. @owner the string's @thread any */
BIGHT_API bight_view bight_view_of(const char *string);

/** Whether both hold the same bytes. @thread any */
BIGHT_API bool bight_view_equal(bight_view a, bight_view b);

/**
 * Copy bytes into a new block.
 *
 * @errors  NULL when out of memory
 * @owner   the caller owns the reference
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE bight_bytes *bight_bytes_new(const void *data, size_t size);

/**
 * Wrap existing memory without a copy.
 *
 * @param destroy  called with @p owner_data when the last reference is given back, and also when
 *                 this fails
 * @errors         NULL when out of memory
 * @owner          the caller owns the reference
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_bytes *
bight_bytes_new_take(const void *data, size_t size, bight_destroy_fn destroy, void *owner_data);

/**
 * A part of other bytes, without a copy. It holds a reference to the whole.
 *
 * @param offset  where the part begins
 * @param size    of the part; cut at the end of @p bytes
 * @errors        NULL when out of memory
 * @owner         the caller owns the new reference, and keeps its reference to @p bytes
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_bytes *bight_bytes_new_part(bight_bytes *bytes, size_t offset,
                                                           size_t size);

/** Take one more reference. @return @p bytes @thread any */
BIGHT_API bight_bytes *bight_bytes_ref(bight_bytes *bytes);

/** Give a reference back; the last one frees. NULL is ignored. @thread any */
BIGHT_API void bight_bytes_unref(bight_bytes *bytes);

/** The content. @owner borrowed: lives as long as @p bytes @thread any */
BIGHT_API bight_view bight_bytes_get_view(const bight_bytes *bytes);

BIGHT_END_DECLS

#endif

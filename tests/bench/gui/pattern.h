/* What the peers send: one block of bytes over and over, so that the receiver can tell by its hash
 * whether all of them came, in order. */
#ifndef BENCH_GUI_PATTERN_H
#define BENCH_GUI_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PATTERN_SIZE = 65536 };

#define PATTERN_HASH_START UINT64_C(14695981039346656037)

void pattern_fill(uint8_t block[PATTERN_SIZE]);

/* FNV-1a, a byte at a time: about what a parser does with each byte. */
uint64_t pattern_hash(uint64_t hash, const uint8_t *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif

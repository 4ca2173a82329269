#include "pattern.h"

void pattern_fill(uint8_t block[PATTERN_SIZE])
{
    uint32_t state = 1;

    for (int i = 0; i < PATTERN_SIZE; i++) {
        state = state * 1664525 + 1013904223;
        block[i] = (uint8_t)(state >> 24);
    }
}

uint64_t pattern_hash(uint64_t hash, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash;
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012): a hash with a secret key. Peers choose the data that
 * comes from the network; without the key they could choose a thousand entries that fall into one
 * bucket. */
#ifndef BIGHTI_BASE_SIPHASH_H
#define BIGHTI_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct bighti_siphash {
    uint64_t v0, v1, v2, v3;
    uint64_t size; /* bytes hashed so far */
} bighti_siphash;

static inline uint64_t bighti_siphash_rotate(uint64_t value, unsigned bits)
{
    return (value << bits) | (value >> (64 - bits));
}

static inline void bighti_siphash_round(bighti_siphash *s)
{
    s->v0 += s->v1;
    s->v1 = bighti_siphash_rotate(s->v1, 13) ^ s->v0;
    s->v0 = bighti_siphash_rotate(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = bighti_siphash_rotate(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = bighti_siphash_rotate(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = bighti_siphash_rotate(s->v1, 17) ^ s->v2;
    s->v2 = bighti_siphash_rotate(s->v2, 32);
}

/* Both halves of the key. */
static inline bighti_siphash bighti_siphash_begin_keyed(uint64_t low, uint64_t high)
{
    bighti_siphash s = {low ^ UINT64_C(0x736f6d6570736575), high ^ UINT64_C(0x646f72616e646f6d),
                        low ^ UINT64_C(0x6c7967656e657261), high ^ UINT64_C(0x7465646279746573), 0};

    return s;
}

/* Half a key is enough where an attacker cannot see hashes but can only measure times. */
static inline bighti_siphash bighti_siphash_begin(uint64_t seed)
{
    return bighti_siphash_begin_keyed(seed, ~seed);
}

/* Eight bytes, the first of them lowest. */
static inline void bighti_siphash_word(bighti_siphash *s, uint64_t word)
{
    s->v3 ^= word;
    bighti_siphash_round(s);
    s->v0 ^= word;
    s->size += 8;
}

/* The last bytes, any number, and the hash of everything. */
static inline uint64_t bighti_siphash_end(bighti_siphash *s, const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)bytes[i] << (8 * (i % 8));
        if (i % 8 == 7) {
            bighti_siphash_word(s, word);
            word = 0;
        }
    }
    bighti_siphash_word(s, word | (s->size + size % 8) << 56);
    s->v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        bighti_siphash_round(s);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

#endif

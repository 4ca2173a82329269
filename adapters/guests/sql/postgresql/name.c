/* The name under which a statement is prepared. It depends only on the text and on the types of
 * the parameters. So a name always means the same statement, whichever connection prepared it.
 * Behind a pooler, connections share the server's prepared statements. A serial number could name
 * a statement of another client there, and its rows would be mistaken for ours.
 *
 * A hash collision would cause the same mistake, so the hash is SipHash-2-4 with 128 bits. Its key
 * is fixed, because all clients must compute the same name. All words are read as little-endian,
 * because the machines that share a pooler may differ in byte order. */
#include "name.h"
#include <stdio.h>
#include <string.h>

typedef struct sip {
    uint64_t v0, v1, v2, v3;
    uint64_t word; /* bytes that are not mixed in yet, the first one lowest */
    uint64_t size; /* the total number of bytes */
} sip;

static uint64_t sip_rotate(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

static void sip_turn(sip *state)
{
    state->v0 += state->v1;
    state->v1 = sip_rotate(state->v1, 13) ^ state->v0;
    state->v0 = sip_rotate(state->v0, 32);
    state->v2 += state->v3;
    state->v3 = sip_rotate(state->v3, 16) ^ state->v2;
    state->v0 += state->v3;
    state->v3 = sip_rotate(state->v3, 21) ^ state->v0;
    state->v2 += state->v1;
    state->v1 = sip_rotate(state->v1, 17) ^ state->v2;
    state->v2 = sip_rotate(state->v2, 32);
}

static void sip_init(sip *state, uint64_t key0, uint64_t key1)
{
    *state = (sip){.v0 = key0 ^ 0x736f6d6570736575,
                   .v1 = key1 ^ 0x646f72616e646f6d ^ 0xee,
                   .v2 = key0 ^ 0x6c7967656e657261,
                   .v3 = key1 ^ 0x7465646279746573};
}

static void sip_mix(sip *state)
{
    state->v3 ^= state->word;
    sip_turn(state);
    sip_turn(state);
    state->v0 ^= state->word;
    state->word = 0;
}

static void sip_add(sip *state, const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        state->word |= (uint64_t)bytes[i] << (8 * (state->size++ & 7));
        if ((state->size & 7) == 0)
            sip_mix(state);
    }
}

static void sip_add_number(sip *state, uint32_t number)
{
    unsigned char bytes[] = {(unsigned char)number, (unsigned char)(number >> 8),
                             (unsigned char)(number >> 16), (unsigned char)(number >> 24)};

    sip_add(state, bytes, sizeof(bytes));
}

static uint64_t sip_finish(sip *state)
{
    for (int i = 0; i < 4; i++)
        sip_turn(state);
    return state->v0 ^ state->v1 ^ state->v2 ^ state->v3;
}

static void sip_end(sip *state, uint64_t result[2])
{
    state->word |= state->size << 56;
    sip_mix(state);
    state->v2 ^= 0xee;
    result[0] = sip_finish(state);
    state->v1 ^= 0xdd;
    result[1] = sip_finish(state);
}

void bighti_pg_hash(const void *bytes, size_t size, const uint64_t key[2], uint64_t result[2])
{
    sip state;

    sip_init(&state, key[0], key[1]);
    sip_add(&state, bytes, size);
    sip_end(&state, result);
}

void bighti_pg_name(const char *text, const unsigned *types, int count, char name[PG_NAME_SIZE])
{
    uint64_t hash[2];
    sip state;

    sip_init(&state, 0, 0);
    sip_add_number(&state, (uint32_t)count);
    for (int i = 0; i < count; i++)
        sip_add_number(&state, types[i]);
    sip_add(&state, (const unsigned char *)text, strlen(text));
    sip_end(&state, hash);
    snprintf(name, PG_NAME_SIZE, "bight_%016llx%016llx", (unsigned long long)hash[0],
             (unsigned long long)hash[1]);
}

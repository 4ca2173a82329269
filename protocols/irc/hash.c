/* SipHash-1-3 over the lower case of a name. Names come from the network, and an unkeyed hash
 * would let a client choose a thousand nicks that fall into one bucket. */
#include <base/siphash.h>
#include <bight/irc_names.h>

uint64_t bight_irc_hash(bight_irc_case mapping, bight_view name, const uint64_t seed[2])
{
    bighti_siphash hash = bighti_siphash_begin_keyed(seed[0], seed[1]);
    uint8_t rest[8];
    uint64_t word = 0;

    for (size_t i = 0; i < name.size; i++) {
        rest[i % 8] = bight_irc_lower(mapping, name.data[i]);
        word |= (uint64_t)rest[i % 8] << (8 * (i % 8));
        if (i % 8 == 7) {
            bighti_siphash_word(&hash, word);
            word = 0;
        }
    }
    return bighti_siphash_end(&hash, rest, name.size % 8);
}

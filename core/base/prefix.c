/* Prefixes: addresses that begin with the same bits. A prefix has only one form, as an address
 * has: the bits after it are zero, and an IPv4-mapped prefix is stored as an IPv4 prefix. */
#include "address.h"
#include "check.h"
#include "siphash.h"
#include <stdio.h>
#include <string.h>

static unsigned bits_of(bight_address_family family)
{
    return family == BIGHT_ADDRESS_IPV4 ? 32 : 128;
}

static void clear_behind(uint8_t *bytes, size_t size, unsigned length)
{
    for (size_t i = length / 8; i < size; i++)
        bytes[i] &= i == length / 8 ? (uint8_t)(0xff00 >> length % 8) : 0;
}

static bool has_common_bits(const uint8_t *a, const uint8_t *b, unsigned length)
{
    uint8_t mask = (uint8_t)(0xff00 >> length % 8);

    if (memcmp(a, b, length / 8) != 0)
        return false;
    return length % 8 == 0 || ((a[length / 8] ^ b[length / 8]) & mask) == 0;
}

bight_prefix bight_prefix_of(const bight_address *address, unsigned ipv4_length,
                             unsigned ipv6_length)
{
    bighti_host host = bighti_address_get_host(address);
    bight_prefix prefix = {.family = BIGHT_ADDRESS_NONE};

    BIGHTI_REQUIRE(ipv4_length <= 32, "a prefix of IPv4 with more than 32 bits");
    BIGHTI_REQUIRE(ipv6_length <= 128, "a prefix of IPv6 with more than 128 bits");
    if (host.family != BIGHT_ADDRESS_IPV4 && host.family != BIGHT_ADDRESS_IPV6)
        return prefix;
    prefix.family = (uint8_t)host.family;
    prefix.length = (uint8_t)(host.family == BIGHT_ADDRESS_IPV4 ? ipv4_length : ipv6_length);
    memcpy(prefix.bytes, host.bytes, host.size);
    clear_behind(prefix.bytes, host.size, prefix.length);
    if (host.family == BIGHT_ADDRESS_IPV6 && bighti_scope_applies(prefix.bytes))
        prefix.scope = host.scope;
    return prefix;
}

/* Splits the text into the address and the length in bits; an IPv4-mapped address is converted to
 * IPv4. */
static bight_status prefix_split(bight_view text, bight_address *address, unsigned *length)
{
    const uint8_t *slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    size_t size = slash != NULL ? (size_t)(slash - text.data) : text.size;
    bight_status status = bighti_host_parse((bight_view){text.data, size}, address);
    unsigned bits = bits_of((bight_address_family)address->family);
    uint32_t number = bits;

    if (status != BIGHT_OK)
        return status;
    if (slash != NULL &&
        !bighti_number_parse((bight_view){slash + 1, text.size - size - 1}, bits, &number))
        return BIGHT_ERROR_INVALID;
    if (bighti_address_is_mapped(address) && number >= 8 * BIGHTI_MAPPED_SIZE) {
        *address = bight_address_unmap(address);
        number -= 8 * BIGHTI_MAPPED_SIZE;
    }
    *length = number;
    return BIGHT_OK;
}

bight_status bight_prefix_parse(const char *text, bight_prefix *prefix)
{
    bight_address address = {.family = BIGHT_ADDRESS_NONE};
    unsigned length = 0;
    bight_status status = prefix_split(bight_view_of(text), &address, &length);
    bight_prefix found;

    if (status != BIGHT_OK)
        return status;
    /* The address is still mapped, so the prefix ends within the mapped part, whose last bits are
     * not 0. */
    if (bighti_address_is_mapped(&address))
        return BIGHT_ERROR_INVALID;
    found = bight_prefix_of(&address, length < 32 ? length : 32, length);
    if (memcmp(found.bytes, address.bytes, address.size) != 0)
        return BIGHT_ERROR_INVALID;
    *prefix = found;
    return BIGHT_OK;
}

bool bight_prefix_contains(const bight_prefix *prefix, const bight_address *address)
{
    bighti_host host = bighti_address_get_host(address);

    if (prefix->family == BIGHT_ADDRESS_NONE || prefix->family != host.family)
        return false;
    if (prefix->scope != 0 && prefix->scope != host.scope)
        return false;
    return has_common_bits(prefix->bytes, host.bytes, prefix->length);
}

unsigned bight_prefix_get_length(const bight_prefix *prefix)
{
    return prefix->length;
}

const char *bight_prefix_format(const bight_prefix *prefix, char *text, size_t size)
{
    char made[BIGHT_PREFIX_TEXT_SIZE];
    bight_address address;

    if (prefix->family == BIGHT_ADDRESS_NONE)
        return bighti_text_copy("", text, size);
    if (prefix->family == BIGHT_ADDRESS_IPV4)
        address = bight_address_from_ipv4(prefix->bytes, 0);
    else
        address = bight_address_from_ipv6(prefix->bytes, 0, prefix->scope);
    sprintf(bighti_host_put(made, &address), "/%u", (unsigned)prefix->length);
    return bighti_text_copy(made, text, size);
}

bool bight_prefix_equal(const bight_prefix *a, const bight_prefix *b)
{
    return a->family == b->family && a->length == b->length && a->scope == b->scope &&
           memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

uint64_t bight_prefix_hash(const bight_prefix *prefix, uint64_t seed)
{
    bighti_siphash hash = bighti_siphash_begin(seed);

    bighti_siphash_word(&hash, (uint64_t)prefix->family << 48 | (uint64_t)prefix->length << 32 |
                                   prefix->scope);
    return bighti_siphash_end(&hash, prefix->bytes, sizeof(prefix->bytes));
}

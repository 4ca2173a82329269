/* Addresses as values: construction, comparison and classification.
 *
 * Each value has only one form, so that values are compared by their bytes: unused bytes are zero,
 * a scope is kept only where it has a meaning, and an IPv4-mapped address is treated as the IPv4
 * address that it stands for. A bighti_host is this normalised form, and all comparisons use
 * it. */
#include "address.h"
#include "check.h"
#include "siphash.h"
#include <string.h>

static const uint8_t mapped[BIGHTI_MAPPED_SIZE] = {[10] = 0xff, [11] = 0xff};

/* -- Made of parts -- */

bight_address bight_address_from_ipv4(const uint8_t bytes[4], uint16_t port)
{
    bight_address address = {.family = BIGHT_ADDRESS_IPV4, .size = BIGHTI_IPV4_SIZE, .port = port};

    memcpy(address.bytes, bytes, BIGHTI_IPV4_SIZE);
    return address;
}

/* These are the addresses for which the system needs an interface: link-local ones, and groups
 * that are interface-local or link-local. */
bool bighti_scope_applies(const uint8_t *bytes)
{
    if (bytes[0] == 0xff)
        return (bytes[1] & 0x0f) == 1 || (bytes[1] & 0x0f) == 2;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

bight_address bight_address_from_ipv6(const uint8_t bytes[16], uint16_t port, uint32_t scope)
{
    bight_address address = {.family = BIGHT_ADDRESS_IPV6,
                             .size = BIGHTI_IPV6_SIZE,
                             .port = port,
                             .scope = bighti_scope_applies(bytes) ? scope : 0};

    memcpy(address.bytes, bytes, BIGHTI_IPV6_SIZE);
    return address;
}

bight_status bight_address_from_unix(bight_view name, bight_address *address)
{
    bight_address made = {.family = BIGHT_ADDRESS_UNIX, .size = (uint8_t)name.size};

    if (name.size > BIGHTI_UNIX_SIZE)
        return BIGHT_ERROR_INVALID;
    if (name.size > 0 && name.data[0] != '\0' && memchr(name.data, '\0', name.size) != NULL)
        return BIGHT_ERROR_INVALID;
    if (name.size > 0)
        memcpy(made.bytes, name.data, name.size);
    *address = made;
    return BIGHT_OK;
}

bool bighti_address_is_mapped(const bight_address *address)
{
    return address->family == BIGHT_ADDRESS_IPV6 &&
           memcmp(address->bytes, mapped, sizeof(mapped)) == 0;
}

bight_address bight_address_unmap(const bight_address *address)
{
    if (bighti_address_is_mapped(address))
        return bight_address_from_ipv4(address->bytes + sizeof(mapped), address->port);
    return *address;
}

/* -- Parts -- */

bight_address_family bight_address_get_family(const bight_address *address)
{
    return (bight_address_family)address->family;
}

uint16_t bight_address_get_port(const bight_address *address)
{
    return address->port;
}

void bight_address_set_port(bight_address *address, uint16_t port)
{
    if (address->family == BIGHT_ADDRESS_IPV4 || address->family == BIGHT_ADDRESS_IPV6)
        address->port = port;
}

uint32_t bight_address_get_scope(const bight_address *address)
{
    return address->scope;
}

bight_view bight_address_get_bytes(const bight_address *address)
{
    return (bight_view){address->bytes, address->size};
}

/* -- Comparing -- */

bighti_host bighti_address_get_host(const bight_address *address)
{
    if (bighti_address_is_mapped(address))
        return (bighti_host){BIGHT_ADDRESS_IPV4, BIGHTI_IPV4_SIZE, address->bytes + sizeof(mapped),
                             0};
    return (bighti_host){(bight_address_family)address->family, address->size, address->bytes,
                         address->scope};
}

/* -1, 0 or 1 */
static int number_compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int host_compare(bighti_host a, bighti_host b)
{
    int order = number_compare(a.family, b.family);

    if (order == 0)
        order = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);
    if (order == 0)
        order = number_compare(a.size, b.size);
    return order != 0 ? order : number_compare(a.scope, b.scope);
}

bool bight_address_equal_host(const bight_address *a, const bight_address *b)
{
    return host_compare(bighti_address_get_host(a), bighti_address_get_host(b)) == 0;
}

int bight_address_compare(const bight_address *a, const bight_address *b)
{
    int order = host_compare(bighti_address_get_host(a), bighti_address_get_host(b));

    return order != 0 ? order : number_compare(a->port, b->port);
}

bool bight_address_equal(const bight_address *a, const bight_address *b)
{
    return a->port == b->port && bight_address_equal_host(a, b);
}

static uint64_t host_hash(bighti_host host, uint16_t port, uint64_t seed)
{
    bighti_siphash hash = bighti_siphash_begin(seed);

    bighti_siphash_word(&hash, (uint64_t)host.family << 48 | (uint64_t)port << 32 | host.scope);
    return bighti_siphash_end(&hash, host.bytes, host.size);
}

uint64_t bight_address_hash(const bight_address *address, uint64_t seed)
{
    return host_hash(bighti_address_get_host(address), address->port, seed);
}

uint64_t bight_address_hash_host(const bight_address *address, uint64_t seed)
{
    return host_hash(bighti_address_get_host(address), 0, seed);
}

/* -- Classification -- */

/* The first 16 bits of an address of this family; for another family 0x10000, which no test below
 * accepts.
 */
static uint32_t first_bits(bighti_host host, bight_address_family family)
{
    return host.family == family ? (uint32_t)host.bytes[0] << 8 | host.bytes[1] : 0x10000;
}

/* Whether all bytes are 0 but the last, which is this one. */
static bool is_zero_but(bighti_host host, uint8_t last)
{
    uint8_t bits = 0;

    if (host.family != BIGHT_ADDRESS_IPV4 && host.family != BIGHT_ADDRESS_IPV6)
        return false;
    for (size_t i = 0; i + 1 < host.size; i++)
        bits |= host.bytes[i];
    return bits == 0 && host.bytes[host.size - 1] == last;
}

bool bight_address_is_loopback(const bight_address *address)
{
    bighti_host host = bighti_address_get_host(address);

    if (host.family == BIGHT_ADDRESS_IPV4)
        return host.bytes[0] == 127;
    return is_zero_but(host, 1);
}

bool bight_address_is_private(const bight_address *address)
{
    bighti_host host = bighti_address_get_host(address);
    uint32_t ipv4 = first_bits(host, BIGHT_ADDRESS_IPV4);
    uint32_t ipv6 = first_bits(host, BIGHT_ADDRESS_IPV6);

    return ipv4 >> 8 == 10 || ipv4 >> 4 == 0xac1 || ipv4 == 0xc0a8 || ipv6 >> 9 == 0xfc >> 1;
}

bool bight_address_is_link_local(const bight_address *address)
{
    bighti_host host = bighti_address_get_host(address);

    return first_bits(host, BIGHT_ADDRESS_IPV4) == 0xa9fe ||
           first_bits(host, BIGHT_ADDRESS_IPV6) >> 6 == 0xfe80 >> 6;
}

bool bight_address_is_multicast(const bight_address *address)
{
    bighti_host host = bighti_address_get_host(address);

    return first_bits(host, BIGHT_ADDRESS_IPV4) >> 12 == 0xe ||
           first_bits(host, BIGHT_ADDRESS_IPV6) >> 8 == 0xff;
}

bool bight_address_is_unspecified(const bight_address *address)
{
    return is_zero_but(bighti_address_get_host(address), 0);
}

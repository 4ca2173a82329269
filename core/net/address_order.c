/* RFC 6724, section 6. Rules 3, 4 and 7 are left out, as in c-ares: they need facts about the
 * interfaces (deprecated and home addresses, tunnels) that no portable call gives. The order of
 * families follows from rules 5 and 6: IPv6 first, unless this machine has no route for it, or only
 * one through a tunnel or from a private address to a public one. */
#include "address_order.h"
#include "addresses.h"
#include "socket_address.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PREFIX_BITS = 128, DISCARD_PORT = 9 };

typedef struct policy {
    uint8_t prefix[BIGHTI_IPV6_SIZE];
    uint8_t bits, precedence, label;
} policy;

/* The default table, the longest prefixes first. */
static const policy policies[] = {
    {{[15] = 1}, 128, 50, 0},                /* ::1 */
    {{[10] = 0xff, [11] = 0xff}, 96, 35, 4}, /* IPv4 */
    {{0}, 96, 1, 3},                         /* IPv4-compatible */
    {{0x20, 0x01, 0, 0}, 32, 5, 5},          /* Teredo */
    {{0x20, 0x02}, 16, 30, 2},               /* 6to4 */
    {{0x3f, 0xfe}, 16, 1, 12},               /* 6bone */
    {{0xfe, 0xc0}, 10, 1, 11},               /* site-local */
    {{0xfc}, 7, 3, 13},                      /* unique local */
    {{0}, 0, 40, 1},                         /* everything else */
};

static void order_take_bytes(const bight_address *address, uint8_t bytes[BIGHTI_IPV6_SIZE])
{
    bight_view view = bight_address_get_bytes(address);

    memset(bytes, 0, BIGHTI_IPV6_SIZE);
    if (view.size == BIGHTI_IPV4_SIZE)
        bytes[10] = bytes[11] = 0xff;
    memcpy(bytes + BIGHTI_IPV6_SIZE - view.size, view.data, view.size);
}

static unsigned count_common_bits(const uint8_t *a, const uint8_t *b)
{
    unsigned bits = 0;

    while (bits < PREFIX_BITS && ((a[bits / 8] ^ b[bits / 8]) & (0x80 >> bits % 8)) == 0)
        bits++;
    return bits;
}

static const policy *policy_of(const uint8_t *bytes)
{
    const policy *one = policies;

    while (count_common_bits(bytes, one->prefix) < one->bits)
        one++;
    return one;
}

enum { LINK_SCOPE = 2, SITE_SCOPE = 5, GLOBAL_SCOPE = 14 };

static int scope_of(const bight_address *address, const uint8_t *bytes)
{
    if (bytes[0] == 0xff)
        return bytes[1] & 0x0f;
    if (bight_address_is_loopback(address))
        return LINK_SCOPE;
    if ((bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ||
        (policy_of(bytes)->label == 4 && bytes[12] == 169 && bytes[13] == 254))
        return LINK_SCOPE;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0 ? SITE_SCOPE : GLOBAL_SCOPE;
}

/* The facts about a destination that the rules compare. */
typedef struct destination {
    bool reached, scope_matches, label_matches, is_ipv4;
    int precedence, scope;
    unsigned common; /* bits that it has in common with the source */
} destination;

static destination destination_of(const bight_address *address, const bight_address *source)
{
    uint8_t to[BIGHTI_IPV6_SIZE], from[BIGHTI_IPV6_SIZE];
    destination self = {.reached = bight_address_get_family(source) != BIGHT_ADDRESS_NONE};

    order_take_bytes(address, to);
    self.precedence = policy_of(to)->precedence;
    self.scope = scope_of(address, to);
    self.is_ipv4 = bight_address_get_family(address) == BIGHT_ADDRESS_IPV4;
    if (!self.reached)
        return self;
    order_take_bytes(source, from);
    self.scope_matches = scope_of(source, from) == self.scope;
    self.label_matches = policy_of(from)->label == policy_of(to)->label;
    self.common = count_common_bits(from, to);
    return self;
}

/* Rule 9 is for IPv6 alone: with IPv4 behind a translator the bits in common mean nothing. */
static int destinations_rank(const destination *a, const destination *b)
{
    if (a->reached != b->reached)
        return a->reached ? -1 : 1;
    if (a->scope_matches != b->scope_matches)
        return a->scope_matches ? -1 : 1;
    if (a->label_matches != b->label_matches)
        return a->label_matches ? -1 : 1;
    if (a->precedence != b->precedence)
        return b->precedence - a->precedence;
    if (a->scope != b->scope)
        return a->scope - b->scope;
    if (!a->is_ipv4 && !b->is_ipv4 && a->reached && a->common != b->common)
        return a->common > b->common ? -1 : 1;
    return 0;
}

int bighti_destinations_compare(const bight_address *a, const bight_address *a_source,
                                const bight_address *b, const bight_address *b_source)
{
    destination first = destination_of(a, a_source), second = destination_of(b, b_source);

    return destinations_rank(&first, &second);
}

/* -- The system's sources -- */

typedef struct candidate {
    bighti_named_address named;
    destination facts;
    size_t index;
} candidate;

/* A socket for each family, made when it is needed. */
typedef struct probes {
    int fds[2]; /* -1 before they are made */
} probes;

static int probe_get(probes *self, int family)
{
    int *fd = &self->fds[family == AF_INET6];

    if (*fd < 0)
        *fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return *fd;
}

/* Connecting a datagram socket sends nothing. It is dissolved first, as the source of an earlier
 * connect would be kept. */
static bight_address probe_source(probes *self, const bight_address *address)
{
    static const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
    bight_address wanted = *address, none = {.family = BIGHT_ADDRESS_NONE};
    bighti_socket_address peer, own = {.size = sizeof(own.of)};
    int fd;

    bight_address_set_port(&wanted, DISCARD_PORT);
    peer = bighti_socket_address_of(&wanted);
    fd = probe_get(self, peer.of.any.sa_family);
    if (fd < 0)
        return none;
    if (connect(fd, &nothing, sizeof(nothing)) != 0 || connect(fd, &peer.of.any, peer.size) != 0 ||
        getsockname(fd, &own.of.any, &own.size) != 0)
        return none;
    return bighti_address_of_socket(&own);
}

static int candidates_compare(const void *first, const void *second)
{
    const candidate *a = first, *b = second;
    int order = destinations_rank(&a->facts, &b->facts);

    return order != 0 ? order : a->index < b->index ? -1 : 1;
}

void bighti_addresses_sort(bight_addresses *addresses)
{
    probes probed = {{-1, -1}};
    candidate *candidates;

    if (addresses->count < 2)
        return;
    candidates = calloc(addresses->count, sizeof(*candidates));
    if (candidates == NULL)
        return; /* the server's order is as good as any */
    for (size_t i = 0; i < addresses->count; i++) {
        bight_address source = probe_source(&probed, &addresses->items[i].address);

        candidates[i].named = addresses->items[i];
        candidates[i].facts = destination_of(&addresses->items[i].address, &source);
        candidates[i].index = i;
    }
    qsort(candidates, addresses->count, sizeof(*candidates), candidates_compare);
    for (size_t i = 0; i < addresses->count; i++)
        addresses->items[i] = candidates[i].named;
    free(candidates);
    for (int i = 0; i < 2; i++)
        if (probed.fds[i] >= 0)
            close(probed.fds[i]);
}

/* The addresses that a name has. */
#ifndef BIGHTI_NET_ADDRESSES_H
#define BIGHTI_NET_ADDRESSES_H

#include "../base/address.h"
#include <bight/resolver.h>
#include <stdbool.h>
#include <sys/socket.h>

/* More addresses are dropped: nobody tries so many, and an answer may hold thousands. */
enum { BIGHTI_MOST_OF_A_NAME = 64 };

typedef struct bighti_named_address {
    bight_address address;
    char text[BIGHTI_HOST_TEXT_SIZE];
} bighti_named_address;

struct bight_addresses {
    size_t count;
    bool is_partial; /* the other family has not been answered yet */
    bighti_named_address items[];
};

/* An empty list with room for `count` addresses; NULL when out of memory. */
bight_addresses *bighti_addresses_new(size_t count);

/* Add an address; anything but IPv4 and IPv6 is ignored. */
void bighti_addresses_add(bight_addresses *addresses, const struct sockaddr *address, size_t size);

/* The same for an IPv4 or IPv6 address. */
void bighti_addresses_add_address(bight_addresses *addresses, const bight_address *address);

/* As bight_resolve(), but IPv6 addresses are given at once, without those of IPv4 if these are not
 * there yet. */
bight_deferred *bighti_resolve_eagerly(bight_resolver *resolver, const char *name,
                                       bight_family family);

/* Look up the family that is missing in `found`, which must be partial. */
bight_deferred *bighti_resolve_rest(bight_resolver *resolver, const char *name,
                                    const bight_addresses *found);

#endif

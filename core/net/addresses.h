/* The addresses that a name has. */
#ifndef BIGHTI_NET_ADDRESSES_H
#define BIGHTI_NET_ADDRESSES_H

#include "../base/address.h"
#include <bight/resolver.h>
#include <sys/socket.h>

/* More addresses are dropped: nobody tries so many, and an answer may hold thousands. */
enum { BIGHTI_MOST_OF_A_NAME = 64 };

typedef struct bighti_named_address {
    bight_address address;
    char text[BIGHTI_HOST_TEXT_SIZE];
} bighti_named_address;

struct bight_addresses {
    size_t count;
    bighti_named_address items[];
};

/* An empty list with room for `count` addresses; NULL when out of memory. */
bight_addresses *bighti_addresses_new(size_t count);

/* Add an address; anything but IPv4 and IPv6 is ignored. */
void bighti_addresses_add(bight_addresses *addresses, const struct sockaddr *address, size_t size);

#endif

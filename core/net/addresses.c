#include "addresses.h"
#include "../base/check.h"
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

bight_addresses *bighti_addresses_new(size_t count)
{
    bight_addresses *addresses = malloc(sizeof(*addresses) + count * sizeof(addresses->items[0]));

    if (addresses != NULL)
        addresses->count = 0;
    return addresses;
}

void bighti_addresses_add(bight_addresses *addresses, const struct sockaddr *address)
{
    bighti_named_address *item = &addresses->items[addresses->count];
    socklen_t size = address->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
                     : address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                      : 0;

    if (size == 0)
        return;
    *item = (bighti_named_address){.address.size = size};
    memcpy(&item->address.of, address, size);
    item->address.of.in.sin_port = 0; /* at the same place in both families */
    /* Numeric, so nobody is asked; the scope gets its name. */
    if (getnameinfo(&item->address.of.any, size, item->text, sizeof(item->text), NULL, 0,
                    NI_NUMERICHOST) == 0)
        addresses->count++;
}

static const bighti_named_address *item_at(const bight_addresses *addresses, size_t index)
{
    BIGHTI_REQUIRE(index < addresses->count, "there are not so many addresses");
    return &addresses->items[index];
}

size_t bight_addresses_get_count(const bight_addresses *addresses)
{
    return addresses->count;
}

const char *bight_addresses_get_text(const bight_addresses *addresses, size_t index)
{
    return item_at(addresses, index)->text;
}

const void *bight_addresses_get_socket_address(const bight_addresses *addresses, size_t index,
                                               size_t *size)
{
    const bighti_address *address = &item_at(addresses, index)->address;

    *size = address->size;
    return &address->of;
}

void bight_addresses_free(void *addresses)
{
    free(addresses);
}

#include "addresses.h"
#include "../base/check.h"
#include <stdlib.h>

bight_addresses *bighti_addresses_new(size_t count)
{
    bight_addresses *addresses = malloc(sizeof(*addresses) + count * sizeof(addresses->items[0]));

    if (addresses != NULL)
        *addresses = (bight_addresses){.count = 0};
    return addresses;
}

void bighti_addresses_add_address(bight_addresses *addresses, const bight_address *address)
{
    bighti_named_address *item = &addresses->items[addresses->count++];

    item->address = *address;
    bight_address_set_port(&item->address, 0);
    bight_address_format_host(&item->address, item->text, sizeof(item->text));
}

void bighti_addresses_add(bight_addresses *addresses, const struct sockaddr *address, size_t size)
{
    bight_address found;

    if (bight_address_from_socket(address, size, &found) == BIGHT_OK &&
        bight_address_get_family(&found) != BIGHT_ADDRESS_UNIX)
        bighti_addresses_add_address(addresses, &found);
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

const bight_address *bight_addresses_get_address(const bight_addresses *addresses, size_t index)
{
    return &item_at(addresses, index)->address;
}

void bight_addresses_free(void *addresses)
{
    free(addresses);
}

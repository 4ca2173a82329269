/* Addresses of clients: the host that other users see, and the number of connections per address.
 * An IPv6 address counts as its /64, the usual prefix of one customer. A link-local address
 * includes the interface, because each network has the same fe80::/64. UNIX sockets and memory
 * pairs are local and have no limit; the permissions of the path control access. */
#include "server_state.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_of_network(const bight_address *address)
{
    bight_address_family family = bight_address_get_family(address);

    return family == BIGHT_ADDRESS_IPV4 || family == BIGHT_ADDRESS_IPV6;
}

/* The name of an interface has no meaning for others and is omitted. A word of a message must not
 * begin with a colon, so "::1" is shown as "0::1", as other servers do. */
void bighti_ircd_show_host(const bight_address *address, char *host)
{
    bight_address shown = bight_address_unmap(address);
    char text[BIGHT_ADDRESS_TEXT_SIZE];

    if (bight_address_get_family(&shown) == BIGHT_ADDRESS_IPV6)
        shown = bight_address_from_ipv6(bight_address_get_bytes(&shown).data, 0, 0);
    bight_address_format_host(&shown, text, sizeof(text));
    snprintf(host, BIGHTI_IRCD_HOST + 1, "%s%.*s", *text == ':' ? "0" : "", BIGHTI_IRCD_HOST - 1,
             text);
}

static bighti_ircd_address *find_or_make(bight_irc_server *server, const char *network)
{
    bighti_irc_entry *entry = bighti_irc_table_find(&server->addresses, bight_view_of(network));
    bighti_ircd_address *address;

    if (entry != NULL)
        return BIGHTI_CONTAINER(entry, bighti_ircd_address, entry);
    address = calloc(1, sizeof(*address));
    if (address == NULL)
        return NULL;
    snprintf(address->name, sizeof(address->name), "%s", network);
    address->entry.name = bight_view_of(address->name);
    bighti_irc_table_insert(&server->addresses, &address->entry);
    return address;
}

bool bighti_ircd_address_take(bighti_ircd_user *user)
{
    bight_address peer = bight_transport_get_peer_address(user->transport);
    bight_prefix network = bight_prefix_of(&peer, 32, 64);
    char text[BIGHT_PREFIX_TEXT_SIZE];
    uint32_t most = user->server->options.max_per_address;

    if (!is_of_network(&peer)) {
        snprintf(user->host, sizeof(user->host), "localhost");
        return true;
    }
    bighti_ircd_show_host(&peer, user->host);
    bight_prefix_format(&network, text, sizeof(text));
    user->address = find_or_make(user->server, text);
    if (user->address == NULL)
        return false;
    user->address->count++;
    return most == 0 || user->address->count <= most;
}

void bighti_ircd_address_release(bighti_ircd_user *user)
{
    bighti_ircd_address *address = user->address;

    user->address = NULL;
    if (address == NULL || --address->count > 0)
        return;
    bighti_irc_table_remove(&user->server->addresses, &address->entry);
    free(address);
}

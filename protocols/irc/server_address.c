/* Who connects from where: the host that others see, and how many there are. An IPv6 address counts
 * with its /64, for that is what one person has. UNIX sockets and memory are this computer, where
 * the permissions of the path are the limit. */
#include "irc/server_state.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The host in "tcp:HOST:PORT" or "tcp:[HOST]:PORT".
 * @return  false for another kind of endpoint */
static bool host_of(const char *endpoint, char *host)
{
    const char *from = endpoint + 4, *to;

    if (strncmp(endpoint, "tcp:", 4) != 0)
        return false;
    if (*from == '[')
        to = strchr(++from, ']');
    else
        to = strrchr(from, ':');
    if (to == NULL || to == from || (size_t)(to - from) > BIGHTI_IRCD_HOST - 1)
        return false;
    memcpy(host, from, (size_t)(to - from));
    host[to - from] = '\0';
    return true;
}

/* What is counted: an IPv4 address, an IPv6 one without its last 64 bits. */
static void network_of(const char *host, char *network)
{
    struct in6_addr address;

    snprintf(network, BIGHTI_IRCD_HOST + 1, "%s", host);
    if (inet_pton(AF_INET6, host, &address) != 1 || IN6_IS_ADDR_V4MAPPED(&address))
        return;
    memset(&address.s6_addr[8], 0, 8);
    inet_ntop(AF_INET6, &address, network, BIGHTI_IRCD_HOST + 1);
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
    char host[BIGHTI_IRCD_HOST + 1], network[BIGHTI_IRCD_HOST + 1];
    uint32_t most = user->server->options.max_per_address;

    if (!host_of(bight_transport_get_peer(user->transport), host)) {
        snprintf(user->host, sizeof(user->host), "localhost");
        return true;
    }
    /* A word of a message must not begin with a colon: "::1" is shown as "0::1", as others do. */
    snprintf(user->host, sizeof(user->host), "%s%.*s", *host == ':' ? "0" : "",
             BIGHTI_IRCD_HOST - 1, host);
    network_of(host, network);
    user->address = find_or_make(user->server, network);
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

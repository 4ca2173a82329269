/* The parts of addresses that depend on the system: its structures, and the names of its
 * interfaces. */
#include "address.h"
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

_Static_assert(sizeof(struct sockaddr_storage) <= BIGHT_ADDRESS_SOCKET_SIZE, "socket addresses");
_Static_assert(sizeof(((struct sockaddr_un *)NULL)->sun_path) <= BIGHTI_UNIX_SIZE, "paths");
_Static_assert(IF_NAMESIZE <= BIGHTI_SCOPE_TEXT_SIZE, "names of interfaces");

/* -- Socket addresses -- */

static bight_address from_in(const void *socket_address)
{
    struct sockaddr_in in;

    memcpy(&in, socket_address, sizeof(in));
    return bight_address_from_ipv4((const uint8_t *)&in.sin_addr, ntohs(in.sin_port));
}

static bight_address from_in6(const void *socket_address)
{
    struct sockaddr_in6 in6;

    memcpy(&in6, socket_address, sizeof(in6));
    return bight_address_from_ipv6(in6.sin6_addr.s6_addr, ntohs(in6.sin6_port), in6.sin6_scope_id);
}

/* A path ends with a NUL, which the system may or may not count, or at the end of the structure. A
 * name in the abstract namespace, which begins with a NUL, has the length that the system
 * reports. */
static bight_status from_un(const void *socket_address, size_t size, bight_address *address)
{
    const size_t head = offsetof(struct sockaddr_un, sun_path);
    const uint8_t *path = (const uint8_t *)socket_address + head;
    size_t length = size > head ? size - head : 0;

    if (length > sizeof(((struct sockaddr_un *)NULL)->sun_path))
        length = sizeof(((struct sockaddr_un *)NULL)->sun_path);
    if (length > 0 && path[0] != '\0')
        length = strnlen((const char *)path, length);
    return bight_address_from_unix((bight_view){path, length}, address);
}

bight_status bight_address_from_socket(const void *socket_address, size_t size,
                                       bight_address *address)
{
    sa_family_t family;

    if (size == 0) {
        *address = (bight_address){.family = BIGHT_ADDRESS_NONE};
        return BIGHT_OK;
    }
    if (size < offsetof(struct sockaddr, sa_data))
        return BIGHT_ERROR_INVALID;
    memcpy(&family, (const char *)socket_address + offsetof(struct sockaddr, sa_family),
           sizeof(family));
    switch (family) {
    case AF_INET:
        if (size < sizeof(struct sockaddr_in))
            return BIGHT_ERROR_INVALID;
        *address = from_in(socket_address);
        return BIGHT_OK;
    case AF_INET6:
        if (size < sizeof(struct sockaddr_in6))
            return BIGHT_ERROR_INVALID;
        *address = from_in6(socket_address);
        return BIGHT_OK;
    case AF_UNIX:
        return from_un(socket_address, size, address);
    default:
        return BIGHT_ERROR_UNSUPPORTED;
    }
}

static size_t to_in(const bight_address *address, struct sockaddr_in *in)
{
    *in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(address->port)};
    memcpy(&in->sin_addr, address->bytes, sizeof(in->sin_addr));
    return sizeof(*in);
}

static size_t to_in6(const bight_address *address, struct sockaddr_in6 *in6)
{
    *in6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                 .sin6_port = htons(address->port),
                                 .sin6_scope_id = address->scope};
    memcpy(&in6->sin6_addr, address->bytes, sizeof(in6->sin6_addr));
    return sizeof(*in6);
}

/* A path gets a terminating NUL if there is room for one. */
static size_t to_un(const bight_address *address, struct sockaddr_un *un)
{
    size_t size = address->size;

    *un = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(un->sun_path, address->bytes, size);
    if (size > 0 && un->sun_path[0] != '\0' && size < sizeof(un->sun_path))
        size++;
    return offsetof(struct sockaddr_un, sun_path) + size;
}

size_t bight_address_to_socket(const bight_address *address, void *socket_address, size_t size)
{
    union {
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } made;
    size_t needed = 0;

    if (address->family == BIGHT_ADDRESS_IPV4)
        needed = to_in(address, &made.in);
    else if (address->family == BIGHT_ADDRESS_IPV6)
        needed = to_in6(address, &made.in6);
    else if (address->family == BIGHT_ADDRESS_UNIX)
        needed = to_un(address, &made.un);
    if (needed == 0 || needed > size)
        return 0;
    memcpy(socket_address, &made, needed);
    return needed;
}

/* -- Scopes -- */

uint32_t bighti_scope_find(bight_view name)
{
    char text[BIGHTI_SCOPE_TEXT_SIZE];

    memcpy(text, name.data, name.size);
    text[name.size] = '\0';
    return if_nametoindex(text);
}

/* Whether the name can be parsed back as the same scope: it is not a number, and contains no
 * character that ends a scope. */
static bool can_stand_in_text(const char *name)
{
    if (name[strspn(name, "0123456789")] == '\0')
        return false;
    for (; *name != '\0'; name++) {
        if (*name <= ' ' || *name > '~' || strchr("%[]/:", *name) != NULL)
            return false;
    }
    return true;
}

char *bighti_scope_put(char *at, uint32_t scope)
{
    char name[IF_NAMESIZE];

    if (if_indextoname(scope, name) != NULL && can_stand_in_text(name))
        return at + sprintf(at, "%s", name);
    return at + sprintf(at, "%u", (unsigned)scope);
}

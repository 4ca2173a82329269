#include "address.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, in_port_t *port)
{
    unsigned long value = 0;

    if (*text == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (unsigned long)(*text - '0');
    }
    if (value > 65535)
        return false;
    *port = htons((in_port_t)value);
    return true;
}

static void add_in(bighti_endpoint *endpoint, struct in_addr host, in_port_t port)
{
    bighti_address *address = &endpoint->addresses[endpoint->count++];

    *address = (bighti_address){.size = sizeof(address->of.in)};
    address->of.in.sin_family = AF_INET;
    address->of.in.sin_addr = host;
    address->of.in.sin_port = port;
}

static void add_in6(bighti_endpoint *endpoint, struct in6_addr host, in_port_t port)
{
    bighti_address *address = &endpoint->addresses[endpoint->count++];

    *address = (bighti_address){.size = sizeof(address->of.in6)};
    address->of.in6.sin6_family = AF_INET6;
    address->of.in6.sin6_addr = host;
    address->of.in6.sin6_port = port;
}

/* Who listens on one of localhost's addresses is found at either. */
static void add_localhost(bighti_endpoint *endpoint, bool listening, in_port_t port)
{
    add_in(endpoint, (struct in_addr){htonl(INADDR_LOOPBACK)}, port);
    if (!listening)
        add_in6(endpoint, in6addr_loopback, port);
}

/* Whether this may be looked up. What ends in a number is an address that was mistyped, "10.0.0" or
 * "127.0.0.256", and no question for a name server. */
static bool is_name(const char *host)
{
    const char *label = host;

    if (*host == '\0' || *host == '.' || *host == '-')
        return false;
    for (const char *at = host; *at != '\0'; at++) {
        if (!isalnum((unsigned char)*at) && strchr("-._", *at) == NULL)
            return false;
        if (*at == '.' && at[1] == '.')
            return false;
        if (*at == '.' && at[1] != '\0')
            label = at + 1;
    }
    return label[strspn(label, "0123456789.")] != '\0';
}

static bool add_host(bighti_endpoint *endpoint, const char *host, bool listening, in_port_t port)
{
    struct in_addr in;

    if (strcmp(host, "localhost") == 0) {
        add_localhost(endpoint, listening, port);
        return true;
    }
    if (inet_pton(AF_INET, host, &in) == 1) {
        add_in(endpoint, in, port);
        return true;
    }
    if (listening || !is_name(host))
        return false;
    endpoint->port = port;
    memcpy(endpoint->name, host, strlen(host) + 1);
    return true;
}

static bool parse_bracketed(const char *text, bighti_endpoint *endpoint)
{
    const char *end = strchr(text, ']');
    char host[INET6_ADDRSTRLEN];
    struct in6_addr in6;
    in_port_t port;
    size_t length;

    if (end == NULL || end[1] != ':' || !parse_port(end + 2, &port))
        return false;
    length = (size_t)(end - text) - 1;
    if (length >= sizeof(host))
        return false;
    memcpy(host, text + 1, length);
    host[length] = '\0';
    if (inet_pton(AF_INET6, host, &in6) != 1)
        return false;
    add_in6(endpoint, in6, port);
    return true;
}

static bool parse_any_host(const char *text, bool listening, bighti_endpoint *endpoint)
{
    in_port_t port;

    if (!parse_port(text, &port))
        return false;
    if (!listening) {
        add_localhost(endpoint, false, port);
        return true;
    }
    add_in6(endpoint, in6addr_any, port);
    add_in(endpoint, (struct in_addr){htonl(INADDR_ANY)}, port);
    return true;
}

static bool parse_tcp(const char *text, bool listening, bighti_endpoint *endpoint)
{
    const char *colon = strrchr(text, ':');
    char host[BIGHTI_NAME_SIZE];
    in_port_t port;
    size_t length;

    if (*text == '[')
        return parse_bracketed(text, endpoint);
    if (colon == NULL)
        return parse_any_host(text, listening, endpoint);
    length = (size_t)(colon - text);
    if (length >= sizeof(host) || !parse_port(colon + 1, &port))
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    return add_host(endpoint, host, listening, port);
}

/* In Linux's abstract namespace the name starts with a NUL and has no end mark. */
static bool parse_unix(const char *path, bighti_endpoint *endpoint)
{
    bighti_address *address = &endpoint->addresses[0];
    size_t length = strlen(path);

    if (length == 0 || length >= sizeof(address->of.un.sun_path))
        return false;
    *address = (bighti_address){.size = 0};
    address->of.un.sun_family = AF_UNIX;
    memcpy(address->of.un.sun_path, path, length);
    address->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
    if (path[0] == '@') {
        address->of.un.sun_path[0] = '\0';
        address->size--;
    }
    endpoint->count = 1;
    return true;
}

static bool has_no_port(const bighti_endpoint *endpoint)
{
    const bighti_address *first = &endpoint->addresses[0];

    if (endpoint->count == 0)
        return endpoint->port == 0;
    return first->of.any.sa_family != AF_UNIX && first->of.in.sin_port == 0;
}

/* What stands in front of the port; of a port alone it is where that connects to. */
static void copy_host(const char *text, bighti_endpoint *endpoint)
{
    const char *end = strrchr(text, ':');
    size_t length;

    if (end == NULL) {
        text = "localhost";
        end = text + strlen(text);
    } else if (*text == '[') {
        text++;
        end--;
    }
    length = (size_t)(end - text);
    memcpy(endpoint->host, text, length);
    endpoint->host[length] = '\0';
}

/* A UNIX socket has no host: whom its certificate must be for is an option. */
static bool parse_tls(const char *text, bool listening, bighti_endpoint *endpoint)
{
    char place[BIGHTI_NAME_SIZE + 8];
    size_t length = strcspn(text, "?");

    if (length >= sizeof(place))
        return false;
    memcpy(place, text, length);
    place[length] = '\0';
    endpoint->tls = true;
    endpoint->options = text[length] == '?' ? text + length + 1 : NULL;
    if (strncmp(place, "unix:", 5) == 0)
        return parse_unix(place + 5, endpoint);
    if (!parse_tcp(place, listening, endpoint))
        return false;
    copy_host(place, endpoint);
    return true;
}

bight_status bighti_endpoint_parse(const char *text, bool listening, bighti_endpoint *endpoint)
{
    bool valid = false;

    endpoint->count = 0;
    endpoint->name[0] = endpoint->host[0] = '\0';
    endpoint->tls = false;
    endpoint->options = NULL;
    if (strncmp(text, "tcp:", 4) == 0)
        valid = parse_tcp(text + 4, listening, endpoint);
    else if (strncmp(text, "unix:", 5) == 0)
        valid = parse_unix(text + 5, endpoint);
    else if (strncmp(text, "tls:", 4) == 0)
        valid = parse_tls(text + 4, listening, endpoint);
    if (!valid || (!listening && has_no_port(endpoint)))
        return BIGHT_ERROR_INVALID;
    return BIGHT_OK;
}

static void format_unix(const bighti_address *address, char *text, size_t size)
{
    const char *path = address->of.un.sun_path;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    int length = address->size > head ? (int)(address->size - head) : 0;

    if (length > 0 && path[0] == '\0')
        snprintf(text, size, "unix:@%.*s", length - 1, path + 1);
    else
        snprintf(text, size, "unix:%.*s", length, path);
}

void bighti_address_format(const bighti_address *address, char *text, size_t size)
{
    char host[INET6_ADDRSTRLEN];

    switch (address->of.any.sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &address->of.in.sin_addr, host, sizeof(host));
        snprintf(text, size, "tcp:%s:%u", host, ntohs(address->of.in.sin_port));
        break;
    case AF_INET6:
        inet_ntop(AF_INET6, &address->of.in6.sin6_addr, host, sizeof(host));
        snprintf(text, size, "tcp:[%s]:%u", host, ntohs(address->of.in6.sin6_port));
        break;
    case AF_UNIX:
        format_unix(address, text, size);
        break;
    default:
        snprintf(text, size, "unknown");
        break;
    }
}

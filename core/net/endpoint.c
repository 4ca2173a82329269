#include "endpoint.h"
#include "../base/address.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *port)
{
    uint32_t number;

    if (!bighti_number_parse(bight_view_of(text), UINT16_MAX, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

static void add_address(bighti_endpoint *endpoint, bight_address address)
{
    endpoint->addresses[endpoint->count++] = address;
}

static const uint8_t any_host[BIGHTI_IPV6_SIZE];
static const uint8_t loopback_ipv4[BIGHTI_IPV4_SIZE] = {127, 0, 0, 1};
static const uint8_t loopback_ipv6[BIGHTI_IPV6_SIZE] = {[15] = 1};

/* Who listens on one of localhost's addresses is found at either. */
static void add_localhost(bighti_endpoint *endpoint, bool listening, uint16_t port)
{
    add_address(endpoint, bight_address_from_ipv4(loopback_ipv4, port));
    if (!listening)
        add_address(endpoint, bight_address_from_ipv6(loopback_ipv6, port, 0));
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

static bool add_host(bighti_endpoint *endpoint, const char *host, bool listening, uint16_t port)
{
    if (strcmp(host, "localhost") == 0) {
        add_localhost(endpoint, listening, port);
        return true;
    }
    if (listening || !is_name(host))
        return false;
    endpoint->port = port;
    memcpy(endpoint->name, host, strlen(host) + 1);
    return true;
}

/* An IPv4 address, or an IPv6 one in brackets; the port has to be there. */
static bool parse_numeric(const char *text, const char *colon, bighti_endpoint *endpoint)
{
    bight_address address;

    if (*text == '[' ? colon[-1] != ']' : strchr(text, ':') != colon)
        return false;
    if (bight_address_parse(text, &address) != BIGHT_OK ||
        bight_address_get_family(&address) == BIGHT_ADDRESS_UNIX)
        return false;
    add_address(endpoint, address);
    return true;
}

static bool parse_any_host(const char *text, bool listening, bighti_endpoint *endpoint)
{
    uint16_t port;

    if (!parse_port(text, &port))
        return false;
    if (!listening) {
        add_localhost(endpoint, false, port);
        return true;
    }
    add_address(endpoint, bight_address_from_ipv6(any_host, port, 0));
    add_address(endpoint, bight_address_from_ipv4(any_host, port));
    return true;
}

static bool parse_tcp(const char *text, bool listening, bighti_endpoint *endpoint)
{
    const char *colon = strrchr(text, ':');
    char host[BIGHTI_NAME_SIZE];
    uint16_t port;
    size_t length;

    if (colon == NULL)
        return parse_any_host(text, listening, endpoint);
    if (colon > text && parse_numeric(text, colon, endpoint))
        return true;
    length = (size_t)(colon - text);
    if (length >= sizeof(host) || !parse_port(colon + 1, &port))
        return false;
    memcpy(host, text, length);
    host[length] = '\0';
    return add_host(endpoint, host, listening, port);
}

/* Of an endpoint that begins with "unix:". A path of the full size has no NUL behind it in the
 * system's structure, so it could not be looked at as a file. */
static bool parse_unix(const char *text, bighti_endpoint *endpoint)
{
    bight_address address;
    bight_view name;

    if (bight_address_parse(text, &address) != BIGHT_OK)
        return false;
    name = bight_address_get_bytes(&address);
    if (name.size == BIGHTI_UNIX_SIZE && name.data[0] != '\0')
        return false;
    add_address(endpoint, address);
    return true;
}

static bool has_no_port(const bighti_endpoint *endpoint)
{
    const bight_address *first = &endpoint->addresses[0];

    if (endpoint->count == 0)
        return endpoint->port == 0;
    return bight_address_get_family(first) != BIGHT_ADDRESS_UNIX &&
           bight_address_get_port(first) == 0;
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
        return parse_unix(place, endpoint);
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
        valid = parse_unix(text, endpoint);
    else if (strncmp(text, "tls:", 4) == 0)
        valid = parse_tls(text + 4, listening, endpoint);
    if (!valid || (!listening && has_no_port(endpoint)))
        return BIGHT_ERROR_INVALID;
    return BIGHT_OK;
}

void bighti_endpoint_format(const bight_address *address, char *text, size_t size)
{
    bight_address_family family = bight_address_get_family(address);
    bool is_ipv6 = family == BIGHT_ADDRESS_IPV6;
    char host[BIGHT_ADDRESS_TEXT_SIZE];

    bight_address_format_host(address, host, sizeof(host));
    if (family == BIGHT_ADDRESS_NONE)
        snprintf(text, size, "unknown");
    else if (family == BIGHT_ADDRESS_UNIX)
        snprintf(text, size, "%s", host);
    else
        snprintf(text, size, "tcp:%s%s%s:%u", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "",
                 (unsigned)bight_address_get_port(address));
}

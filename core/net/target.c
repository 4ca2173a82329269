/* The places of tcp:, unix: and tls:, and the texts of addresses as endpoints. */
#include "../base/address.h"
#include "endpoint.h"
#include "host_name.h"
#include <stdio.h>
#include <string.h>

/* The text to parse: a place, or the part of it that is a TCP address. */
typedef struct reading {
    const bight_endpoint *endpoint;
    bool listening;
    bighti_target *target;
} reading;

static bight_error *target_fail(const reading *self, const char *at, const char *expected)
{
    return bight_endpoint_new_error(self->endpoint, at, "%s", expected);
}

/* -- Ports -- */

static bight_error *read_port(const reading *self, const char *text, uint16_t *port)
{
    uint32_t number;

    if (!bighti_number_parse(bight_view_of(text), UINT16_MAX, &number))
        return target_fail(self, text, "a port from 0 to 65535");
    if (number == 0 && !self->listening)
        return target_fail(self, text, "a port from 1 to 65535, since 0 is for listening");
    *port = (uint16_t)number;
    return NULL;
}

/* -- Hosts -- */

static void add_address(bighti_target *target, bight_address address)
{
    target->addresses[target->count++] = address;
}

static const uint8_t any_host[BIGHTI_IPV6_SIZE];
static const uint8_t loopback_ipv4[BIGHTI_IPV4_SIZE] = {127, 0, 0, 1};
static const uint8_t loopback_ipv6[BIGHTI_IPV6_SIZE] = {[15] = 1};

/* A server on either of localhost's addresses is found. */
static void add_localhost(const reading *self, uint16_t port)
{
    add_address(self->target, bight_address_from_ipv4(loopback_ipv4, port));
    add_address(self->target, bight_address_from_ipv6(loopback_ipv6, port, 0));
    self->target->is_localhost = true;
}

static bool read_address(const char *text, bighti_target *target)
{
    bight_address address;

    if (bight_address_parse(text, &address) != BIGHT_OK ||
        bight_address_get_family(&address) == BIGHT_ADDRESS_UNIX)
        return false;
    add_address(target, address);
    return true;
}

/* In brackets. */
static bight_error *read_ipv6(const reading *self, const char *text)
{
    if (!read_address(text, self->target))
        return target_fail(self, text, "an IPv6 address in brackets, [::1]:PORT");
    return NULL;
}

/* A number in one of the short forms, "127.1". */
static bool read_number(const char *host, uint16_t port, bighti_target *target)
{
    bight_address address;

    if (!bighti_host_is_number(host, &address))
        return false;
    bight_address_format_host(&address, target->host, sizeof(target->host));
    bight_address_set_port(&address, port);
    add_address(target, address);
    return true;
}

/* A text that ends in a number is a mistyped address, such as "127.0.0.256". */
static bight_error *read_host_name(const reading *self, const char *text)
{
    bighti_target *target = self->target;
    char ascii[BIGHTI_ASCII_NAME_SIZE];
    const char *why;
    bight_status status = bighti_host_name_prepare(target->host, ascii, &why);

    if (status == BIGHT_ERROR_UNSUPPORTED)
        return bight_error_new(status, "%s is %s", target->host, why);
    if (status != BIGHT_OK || *ascii == '-')
        return target_fail(self, text, "a name or an address of a host");
    memcpy(target->name, ascii, strlen(ascii) + 1);
    memcpy(target->host, ascii, strlen(ascii) + 1);
    return NULL;
}

static bight_error *read_name(const reading *self, const char *text, uint16_t port)
{
    const char *host = self->target->host;

    if (strcmp(host, "localhost") == 0) {
        add_localhost(self, port);
        return NULL;
    }
    if (strchr(host, ':') != NULL)
        return target_fail(self, text, "HOST:PORT, with an IPv6 address in brackets");
    if (read_number(host, port, self->target))
        return NULL;
    if (self->listening)
        return target_fail(self, text, "an address or localhost to listen on");
    return read_host_name(self, text);
}

static bight_error *read_host(const reading *self, const char *text, const char *colon,
                              uint16_t port)
{
    bool brackets = *text == '[' && colon[-1] == ']';
    size_t length = (size_t)(colon - text) - (brackets ? 2 : 0);
    bighti_target *target = self->target;

    if (length >= sizeof(target->host))
        return target_fail(self, text, "a name of at most 254 characters");
    memcpy(target->host, text + (brackets ? 1 : 0), length);
    target->host[length] = '\0';
    if (*text == '[')
        return read_ipv6(self, text);
    if (strchr(text, ':') == colon && read_address(text, target))
        return NULL;
    return read_name(self, text, port);
}

/* A port alone. */
static bight_error *read_any_host(const reading *self, const char *text)
{
    bighti_target *target = self->target;
    bight_error *error;

    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
        return target_fail(self, text, "HOST:PORT or PORT");
    error = read_port(self, text, &target->port);
    if (error != NULL)
        return error;
    strcpy(target->host, "localhost");
    if (!self->listening) {
        add_localhost(self, target->port);
    } else {
        add_address(target, bight_address_from_ipv6(any_host, target->port, 0));
        add_address(target, bight_address_from_ipv4((const uint8_t *)any_host, target->port));
    }
    return NULL;
}

static bight_error *read_tcp(const reading *self, const char *text)
{
    const char *colon = strrchr(text, ':');
    bight_error *error;

    if (colon == NULL)
        return read_any_host(self, text);
    if (colon == text)
        return target_fail(self, text, "HOST:PORT or PORT");
    if (*text == '[' && strchr(colon, ']') != NULL)
        return target_fail(self, text, "a port behind the brackets, [::1]:PORT");
    error = read_port(self, colon + 1, &self->target->port);
    return error != NULL ? error : read_host(self, text, colon, self->target->port);
}

/* -- Paths -- */

/* For a text that begins with "unix:". A path of the full size has no terminating NUL in the
 * system's structure, so it could not be examined as a file. */
static bight_error *read_unix(const reading *self, const char *text)
{
    bight_address address;
    bight_view name;

    if (text[5] == '\0')
        return target_fail(self, text + 5, "a path, or @NAME");
    if (bight_address_parse(text, &address) != BIGHT_OK)
        return target_fail(self, text + 5, "a path or @NAME of at most 107 bytes");
    name = bight_address_get_bytes(&address);
    if (name.size == BIGHTI_UNIX_SIZE && name.data[0] != '\0')
        return target_fail(self, text + 5, "a path of at most 107 bytes");
    add_address(self->target, address);
    return NULL;
}

/* -- Interface -- */

bight_error *bighti_target_parse(const bight_endpoint *endpoint, bool listening,
                                 bighti_target *target)
{
    reading self = {.endpoint = endpoint, .listening = listening, .target = target};

    memset(target, 0, sizeof(*target));
    if (strncmp(endpoint->text, "unix:", 5) == 0)
        return read_unix(&self, endpoint->text);
    if (bighti_scheme_is_tls(endpoint->scheme) && strncmp(endpoint->place, "unix:", 5) == 0)
        return read_unix(&self, endpoint->place);
    return read_tcp(&self, endpoint->place);
}

bight_error *bighti_host_parse_place(const bight_endpoint *endpoint, bighti_target *target)
{
    reading self = {.endpoint = endpoint, .target = target};

    memset(target, 0, sizeof(*target));
    if (strncmp(endpoint->text, "unix:", 5) == 0)
        return target_fail(&self, endpoint->place, "HOST:PORT, not a path");
    return read_tcp(&self, endpoint->place);
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

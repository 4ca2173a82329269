/* The parser and the formatter of addresses. They are used instead of the system's inet_pton() and
 * inet_ntop() because systems differ in what they accept and write: for example, glibc writes
 * ::1.2.3.4 for ::102:304. The tests compare both with the system's functions. */
#include "address.h"
#include "hex.h"
#include <stdio.h>
#include <string.h>

/* -- Reading -- */

static bight_view view_from(bight_view text, size_t at)
{
    return (bight_view){text.data + at, text.size - at};
}

static bool is_decimal_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

bool bighti_number_parse(bight_view text, uint32_t most, uint32_t *number)
{
    uint64_t value = 0;

    if (text.size == 0 || text.size > 10 || (text.size > 1 && text.data[0] == '0'))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_decimal_digit(text.data[i]))
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (value > most)
        return false;
    *number = (uint32_t)value;
    return true;
}

/* The number of bytes before the first such byte; the whole size if there is none. */
static size_t size_before(bight_view text, char byte)
{
    const uint8_t *found = text.size > 0 ? memchr(text.data, byte, text.size) : NULL;

    return found != NULL ? (size_t)(found - text.data) : text.size;
}

/* Parses four numbers, which must be the rest of the text. */
static bool ipv4_parse(bight_view text, uint8_t *bytes)
{
    for (int i = 0; i < BIGHTI_IPV4_SIZE; i++) {
        size_t size = i < 3 ? size_before(text, '.') : text.size;
        uint32_t number;

        if (!bighti_number_parse((bight_view){text.data, size}, 255, &number) ||
            (i < 3 && size == text.size))
            return false;
        bytes[i] = (uint8_t)number;
        text = view_from(text, i < 3 ? size + 1 : size);
    }
    return true;
}

/* One to four hexadecimal digits. Returns how many bytes of text they are, or 0. */
static size_t group_parse(bight_view text, uint8_t *bytes)
{
    unsigned value = 0;
    size_t size = 0;

    for (; size < text.size && bighti_hex_digit(text.data[size]) >= 0; size++) {
        if (size == 4)
            return 0;
        value = value << 4 | (unsigned)bighti_hex_digit(text.data[size]);
    }
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
    return size;
}

/* Groups as they are read, and where the "::" was. */
typedef struct groups {
    uint8_t bytes[BIGHTI_IPV6_SIZE];
    size_t size;
    size_t gap; /* in bytes from the front */
    bool has_gap;
} groups;

static bool gap_note(groups *self)
{
    if (self->has_gap)
        return false;
    self->has_gap = true;
    self->gap = self->size;
    return true;
}

/* Take one group off the front of the text, or the IPv4 address at its end, with the colon that
 * follows. */
static bool groups_take(groups *self, bight_view *text)
{
    bight_view rest = *text;
    size_t size = size_before(rest, ':');

    if (size == rest.size && memchr(rest.data, '.', size) != NULL) {
        *text = view_from(rest, size);
        self->size += BIGHTI_IPV4_SIZE;
        return self->size <= BIGHTI_IPV6_SIZE &&
               ipv4_parse(rest, self->bytes + self->size - BIGHTI_IPV4_SIZE);
    }
    if (self->size == BIGHTI_IPV6_SIZE || size == 0 ||
        group_parse(rest, self->bytes + self->size) != size)
        return false;
    self->size += 2;
    if (size + 1 == rest.size) /* a colon with nothing after it */
        return false;
    *text = view_from(rest, size < rest.size ? size + 1 : size);
    if (text->size > 0 && text->data[0] == ':') {
        *text = view_from(*text, 1);
        return gap_note(self);
    }
    return true;
}

/* Moves the groups after the gap to the end. A gap is at least one group. */
static bool groups_spread(groups *self)
{
    size_t behind = self->size - self->gap;

    if (!self->has_gap)
        return self->size == BIGHTI_IPV6_SIZE;
    if (self->size == BIGHTI_IPV6_SIZE)
        return false;
    memmove(self->bytes + BIGHTI_IPV6_SIZE - behind, self->bytes + self->gap, behind);
    memset(self->bytes + self->gap, 0, BIGHTI_IPV6_SIZE - self->size);
    return true;
}

static bool ipv6_parse(bight_view text, uint8_t *bytes)
{
    groups read = {.size = 0};

    if (text.size >= 2 && text.data[0] == ':' && text.data[1] == ':') {
        gap_note(&read);
        text = view_from(text, 2);
    }
    while (text.size > 0) {
        if (!groups_take(&read, &text))
            return false;
    }
    if (!groups_spread(&read))
        return false;
    memcpy(bytes, read.bytes, sizeof(read.bytes));
    return true;
}

static bight_status scope_parse(bight_view text, uint32_t *scope)
{
    if (text.size > 0 && is_decimal_digit(text.data[0]) &&
        bighti_number_parse(text, UINT32_MAX, scope))
        return *scope != 0 ? BIGHT_OK : BIGHT_ERROR_INVALID;
    if (text.size == 0 || text.size >= BIGHTI_SCOPE_TEXT_SIZE ||
        memchr(text.data, '\0', text.size) != NULL)
        return BIGHT_ERROR_INVALID;
    *scope = bighti_scope_find(text);
    return *scope != 0 ? BIGHT_OK : BIGHT_ERROR_NOT_FOUND;
}

static bight_status scoped_parse(bight_view text, bight_address *address)
{
    size_t size = size_before(text, '%');
    uint8_t bytes[BIGHTI_IPV6_SIZE];
    bight_status status = BIGHT_OK;
    uint32_t scope = 0;

    if (!ipv6_parse((bight_view){text.data, size}, bytes))
        return BIGHT_ERROR_INVALID;
    if (size < text.size) {
        if (!bighti_scope_applies(bytes))
            return BIGHT_ERROR_INVALID;
        status = scope_parse(view_from(text, size + 1), &scope);
    }
    if (status == BIGHT_OK)
        *address = bight_address_from_ipv6(bytes, 0, scope);
    return status;
}

bight_status bighti_host_parse(bight_view text, bight_address *address)
{
    uint8_t bytes[BIGHTI_IPV4_SIZE];

    if (size_before(text, ':') < text.size)
        return scoped_parse(text, address);
    if (!ipv4_parse(text, bytes))
        return BIGHT_ERROR_INVALID;
    *address = bight_address_from_ipv4(bytes, 0);
    return BIGHT_OK;
}

/* ":80", or nothing. */
static bool port_parse(bight_view text, bight_address *address)
{
    uint32_t port = 0;

    if (text.size > 0 &&
        (text.data[0] != ':' || !bighti_number_parse(view_from(text, 1), UINT16_MAX, &port)))
        return false;
    address->port = (uint16_t)port;
    return true;
}

/* "[2001:db8::1]" with or without a port. */
static bight_status bracketed_parse(bight_view text, bight_address *address)
{
    size_t size = size_before(text, ']');
    bight_status status;

    if (size == text.size)
        return BIGHT_ERROR_INVALID;
    status = scoped_parse((bight_view){text.data + 1, size - 1}, address);
    if (status != BIGHT_OK)
        return status;
    return port_parse(view_from(text, size + 1), address) ? BIGHT_OK : BIGHT_ERROR_INVALID;
}

/* In the abstract namespace a NUL precedes the name; in text it is "@". */
static bight_status unix_parse(bight_view text, bight_address *address)
{
    uint8_t name[BIGHTI_UNIX_SIZE];

    if (text.size == 0 || text.size > sizeof(name) || memchr(text.data, '\0', text.size) != NULL)
        return BIGHT_ERROR_INVALID;
    memcpy(name, text.data, text.size);
    if (name[0] == '@')
        name[0] = '\0';
    return bight_address_from_unix((bight_view){name, text.size}, address);
}

static bight_status any_parse(bight_view text, bight_address *address)
{
    size_t colon = size_before(text, ':');
    bight_status status;

    if (text.size >= 5 && memcmp(text.data, "unix:", 5) == 0)
        return unix_parse(view_from(text, 5), address);
    if (text.size > 0 && text.data[0] == '[')
        return bracketed_parse(text, address);
    /* A single colon precedes a port; several mean IPv6. */
    if (colon == text.size || size_before(view_from(text, colon + 1), ':') < text.size - colon - 1)
        return bighti_host_parse(text, address);
    status = bighti_host_parse((bight_view){text.data, colon}, address);
    if (status != BIGHT_OK)
        return status;
    return port_parse(view_from(text, colon), address) ? BIGHT_OK : BIGHT_ERROR_INVALID;
}

bight_status bight_address_parse_view(bight_view text, bight_address *address)
{
    bight_address found;
    bight_status status = any_parse(text, &found);

    if (status == BIGHT_OK)
        *address = found;
    return status;
}

bight_status bight_address_parse(const char *text, bight_address *address)
{
    return bight_address_parse_view(bight_view_of(text), address);
}

/* -- Writing -- */

static unsigned group_at(const uint8_t *bytes, size_t group)
{
    return (unsigned)bytes[2 * group] << 8 | bytes[2 * group + 1];
}

enum { GROUPS = 8 };

/* RFC 5952, section 4.2: the longest run of zeros, the first of several, but not of one group. */
static size_t longest_zeros(const uint8_t *bytes, size_t *count)
{
    size_t best = GROUPS;

    *count = 1;
    for (size_t from = 0; from < GROUPS; from++) {
        size_t to = from;

        while (to < GROUPS && group_at(bytes, to) == 0)
            to++;
        if (to - from > *count) {
            *count = to - from;
            best = from;
        }
    }
    return best;
}

static char *put_ipv4(char *at, const uint8_t *bytes)
{
    return at + sprintf(at, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

static char *put_ipv6(char *at, const uint8_t *bytes)
{
    size_t count, zeros = longest_zeros(bytes, &count);

    for (size_t i = 0; i < GROUPS; i++) {
        if (i == zeros) {
            at += sprintf(at, "::");
            i += count - 1;
            continue;
        }
        if (i > 0 && at[-1] != ':')
            *at++ = ':';
        at += sprintf(at, "%x", group_at(bytes, i));
    }
    return at;
}

char *bighti_host_put(char *at, const bight_address *address)
{
    if (address->family == BIGHT_ADDRESS_IPV4)
        return put_ipv4(at, address->bytes);
    if (bighti_address_is_mapped(address)) {
        at += sprintf(at, "::ffff:");
        return put_ipv4(at, address->bytes + BIGHTI_MAPPED_SIZE);
    }
    at = put_ipv6(at, address->bytes);
    if (address->scope == 0)
        return at;
    *at++ = '%';
    return bighti_scope_put(at, address->scope);
}

const char *bighti_text_copy(const char *text, char *to, size_t size)
{
    size_t length = strlen(text);

    if (length < size)
        memcpy(to, text, length + 1);
    else if (size > 0)
        to[0] = '\0';
    return to;
}

/* A NUL in an abstract name, at its beginning or inside, becomes "@". A path that begins with "@"
 * must not be mistaken for such a name. */
static char *put_unix(char *at, const bight_address *address)
{
    at += sprintf(at, "unix:%s", address->size > 0 && address->bytes[0] == '@' ? "./" : "");
    for (size_t i = 0; i < address->size; i++)
        *at++ = address->bytes[i] != '\0' ? (char)address->bytes[i] : '@';
    return at;
}

static const char *address_write(const bight_address *address, bool with_port, char *text,
                                 size_t size)
{
    char made[BIGHT_ADDRESS_TEXT_SIZE], *at = made;
    bool has_port = with_port && address->port != 0;
    bool has_brackets = has_port && address->family == BIGHT_ADDRESS_IPV6;

    if (address->family == BIGHT_ADDRESS_UNIX) {
        at = put_unix(at, address);
    } else if (address->family != BIGHT_ADDRESS_NONE) {
        if (has_brackets)
            *at++ = '[';
        at = bighti_host_put(at, address);
        if (has_brackets)
            *at++ = ']';
        if (has_port)
            at += sprintf(at, ":%u", (unsigned)address->port);
    }
    *at = '\0';
    return bighti_text_copy(made, text, size);
}

const char *bight_address_format(const bight_address *address, char *text, size_t size)
{
    return address_write(address, true, text, size);
}

const char *bight_address_format_host(const bight_address *address, char *text, size_t size)
{
    return address_write(address, false, text, size);
}

/* Declarations that the implementation files of bight/address.h share. */
#ifndef BIGHTI_BASE_ADDRESS_H
#define BIGHTI_BASE_ADDRESS_H

#include <bight/address.h>

enum { BIGHTI_IPV4_SIZE = 4, BIGHTI_IPV6_SIZE = 16, BIGHTI_UNIX_SIZE = 108 };

/* The first bytes of an IPv4-mapped address; the IPv4 address follows them. */
enum { BIGHTI_MAPPED_SIZE = 12 };

/* The part of an address that is the same for both its forms: an IPv4-mapped address is treated as
 * IPv4. The bytes are those of the address. */
typedef struct bighti_host {
    bight_address_family family;
    size_t size;
    const uint8_t *bytes;
    uint32_t scope;
} bighti_host;

bool bighti_address_is_mapped(const bight_address *address);
bighti_host bighti_address_get_host(const bight_address *address);

/* Whether these 16 bytes are an address that is valid on one interface alone. */
bool bighti_scope_applies(const uint8_t *bytes);

/* The index of the interface of this name, or 0. */
uint32_t bighti_scope_find(bight_view name);

/* Write the name of an interface, or its number if its name cannot be used in the text form.
 * Returns the end of what was written. */
enum { BIGHTI_SCOPE_TEXT_SIZE = 16 };
char *bighti_scope_put(char *at, uint32_t scope);

/* Parse the part that addresses and prefixes have in common: an address without port and
 * brackets. */
bight_status bighti_host_parse(bight_view text, bight_address *address);

/* Parse a decimal number without a sign or leading zeros; false if it is not one or is above
 * `most`.
 */
bool bighti_number_parse(bight_view text, uint32_t most, uint32_t *number);

/* Write the IPv4 or IPv6 address without port and brackets; returns its end. The text has room for
 * BIGHTI_HOST_TEXT_SIZE. */
enum { BIGHTI_HOST_TEXT_SIZE = 64 };
char *bighti_host_put(char *at, const bight_address *address);

/* Copy a finished text, or "" if it does not fit. Returns `to`. */
const char *bighti_text_copy(const char *text, char *to, size_t size);

#endif

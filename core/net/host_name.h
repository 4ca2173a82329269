/* Names of hosts before anybody is asked: numbers, international names, names with a meaning of
 * their own. */
#ifndef BIGHTI_NET_HOST_NAME_H
#define BIGHTI_NET_HOST_NAME_H

#include <bight/address.h>
#include <bight/status.h>
#include <stdbool.h>

enum { BIGHTI_LONGEST_NAME = 253, BIGHTI_ASCII_NAME_SIZE = 256 };

/* Whether the text is an address, without a port: "192.0.2.1", "fe80::1%eth0", or one of the forms
 * that inet_aton(3) and curl accept: "127.1", "0x7f.1", "2130706433". */
bool bighti_host_is_number(const char *text, bight_address *address);

/* Whether the last label is a number, decimal or hexadecimal. A text of this kind that is no
 * address is a mistyped one, and must not be sent to a name server. */
bool bighti_host_ends_in_number(const char *text);

/* Convert a name to the form that is looked up: ASCII, in lower case, the last dot kept. Returns
 * BIGHT_OK, or an error with a reason in `*why`. */
bight_status bighti_host_name_prepare(const char *name, char ascii[BIGHTI_ASCII_NAME_SIZE],
                                      const char **why);

/* Convert a name with bytes above 127, which are UTF-8, to ASCII by UTS 46, as browsers do. One of
 * two files implements this: with libidn2 or without. */
bight_status bighti_idn_to_ascii(const char *name, char ascii[BIGHTI_ASCII_NAME_SIZE],
                                 const char **why);

typedef enum bighti_name_kind {
    BIGHTI_NAME_PLAIN,
    BIGHTI_NAME_LOCALHOST, /* this machine (RFC 6761) */
    BIGHTI_NAME_LOCAL,     /* multicast DNS (RFC 6762): not for name servers */
    BIGHTI_NAME_NOWHERE    /* .invalid (RFC 6761), .onion (RFC 7686): never exist in the DNS */
} bighti_name_kind;

/* The kind of a prepared name. */
bighti_name_kind bighti_host_name_kind(const char *ascii);

#endif

/* Reading answers of name servers (RFC 1035). The bytes are the server's, so nothing in them is
 * trusted: names that point at themselves, lengths beyond the end and chains without an end are
 * malformed. */
#ifndef BIGHTI_NET_DNS_MESSAGE_H
#define BIGHTI_NET_DNS_MESSAGE_H

#include <bight/bytes.h>
#include <stdbool.h>

enum {
    BIGHTI_DNS_A = 1,
    BIGHTI_DNS_CNAME = 5,
    BIGHTI_DNS_SOA = 6,
    BIGHTI_DNS_PTR = 12,
    BIGHTI_DNS_MX = 15,
    BIGHTI_DNS_TXT = 16,
    BIGHTI_DNS_AAAA = 28,
    BIGHTI_DNS_SRV = 33
};

/* A name as text may be four times its size, as "\200" stands for one byte. */
enum { BIGHTI_DNS_TEXT_SIZE = 1024 };

/* Read the name at `*at` as text without the last dot, "" for the root, and move `*at` behind it.
 * A byte that is no printable character becomes "\DDD", a dot or backslash in a label "\.". Returns
 * false if it is malformed. */
bool bighti_dns_name(bight_view message, size_t *at, char text[BIGHTI_DNS_TEXT_SIZE]);

/* Called for a record. `at` is where its data begins in the message, `size` the length of it. */
typedef void (*bighti_dns_record_fn)(bight_view message, size_t at, size_t size, void *data);

/* Call `fn` for each record of this type that answers the message's question, after the CNAMEs in
 * it were followed. `*lifetime` becomes the least TTL in seconds of all records that were used; in
 * a message without records of the type it is that of the SOA record (RFC 2308), or UINT32_MAX if
 * there is none. Returns false if the message is malformed; `fn` may have been called. */
bool bighti_dns_read(bight_view message, unsigned type, bighti_dns_record_fn fn, void *data,
                     uint32_t *lifetime);

#endif

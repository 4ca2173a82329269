/** @file bight/records.h
 * Looks up records other than addresses: services (SRV), mail servers (MX), texts (TXT), and the
 * names of an address (PTR). They share the servers, limits and kept answers of the resolver
 * (bight/resolver.h).
 *
 *     bight_deferred *servers = bight_resolve_mx(resolver, "example.org");
 *     bight_deferred_free(bight_deferred_then(servers, send_mail, show_failure, mail));
 */
#ifndef BIGHT_RECORDS_H
#define BIGHT_RECORDS_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <bight/resolver.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Records of one name and type, at least one and at most 256, in the order in which they should be
 * used. Immutable. */
typedef struct bight_records bight_records;

/**
 * The servers of a service (RFC 2782), such as "_xmpp-client._tcp.example.org": targets, ports,
 * priorities and weights. They are sorted by priority; among those of one priority the order is
 * drawn anew for each lookup, by weight, so that the load is spread as the service wants it.
 *
 * @param name  used as it is, without search domains
 * @return      fires with bight_records, to be read with `BIGHT_VALUE(bight_records, result,
 *              bight_records_free)`; cancelling abandons the lookup
 * @errors      as bight_resolve(). BIGHT_ERROR_NOT_FOUND: the name has no such record;
 *              BIGHT_ERROR_REFUSED: the only record says that the service is not offered;
 *              BIGHT_ERROR_PROTOCOL: a record is malformed
 * @owner       the caller owns the deferred
 * @thread      the reactor's
 * @reentrancy  never fires before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_resolve_srv(bight_resolver *resolver,
                                                           const char *name);

/**
 * The mail servers of a domain: hosts, sorted by preference, which is their priority here; those of
 * one preference in an order that is drawn anew for each lookup (RFC 5321, section 5.1).
 *
 * @errors  as bight_resolve_srv(). BIGHT_ERROR_REFUSED: the domain accepts no mail (RFC 7505).
 *          After BIGHT_ERROR_NOT_FOUND mail is sent to the domain's own address
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_resolve_mx(bight_resolver *resolver,
                                                          const char *name);

/** The texts of a name; the strings of one record are joined, as SPF and DKIM demand.
 * @errors as bight_resolve_srv() */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_resolve_txt(bight_resolver *resolver,
                                                           const char *name);

/**
 * The names of an address, from /etc/hosts or from a server. Anybody can claim any name for an
 * address: look the name up, and see whether it has this address, before it counts for anything.
 *
 * @param address  IPv4 or IPv6; its port is ignored
 * @errors         as bight_resolve_srv(); BIGHT_ERROR_INVALID for any other kind of address
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_resolve_ptr(bight_resolver *resolver,
                                                           const bight_address *address);

/** The number of records. @thread any */
BIGHT_API size_t bight_records_get_count(const bight_records *records);

/**
 * The target of an SRV record, the host of an MX record, or the name of a PTR record, without the
 * last dot; the text of a TXT record up to its first NUL. A byte in a name that is no printable
 * character is "\DDD", a dot within a label "\.". The bytes are from the network: a terminal must
 * not get those of a text unchecked.
 *
 * @param index  from 0; an index out of range is misuse and aborts
 * @owner        lives as long as @p records
 * @thread       any
 */
BIGHT_API const char *bight_records_get_text(const bight_records *records, size_t index);

/** The bytes of the same; those of a TXT record may contain NULs. @thread any */
BIGHT_API bight_view bight_records_get_bytes(const bight_records *records, size_t index);

/** The priority of SRV, the preference of MX: the lowest is used first; 0 for others. @thread any
 */
BIGHT_API uint16_t bight_records_get_priority(const bight_records *records, size_t index);

/** The weight of SRV; 0 for others. @thread any */
BIGHT_API uint16_t bight_records_get_weight(const bight_records *records, size_t index);

/** The port of SRV; 0 for others. @thread any */
BIGHT_API uint16_t bight_records_get_port(const bight_records *records, size_t index);

/** Free; the type of the value, see bight/value.h. NULL is ignored. @thread any */
BIGHT_API void bight_records_free(void *records);

BIGHT_END_DECLS

#endif

/** @file bight/resolver.h
 * Names of hosts: what addresses has example.org? Asked of /etc/hosts and of name servers, without
 * a thread and without holding the loop (getaddrinfo(3) does one or the other).
 *
 * bight_connect() does it by itself. This is for a program that wants the addresses, name servers
 * of its own, or other limits.
 */
#ifndef BIGHT_RESOLVER_H
#define BIGHT_RESOLVER_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/time.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The domain of the answers of c-ares: ARES_ENOTFOUND and others of <ares.h>. */
#define BIGHT_DOMAIN_ARES "c-ares"

/** Looks names up. */
typedef struct bight_resolver bight_resolver;

/** The addresses of a name, best first (RFC 6724); at least one, at most 64. Never changes. */
typedef struct bight_addresses bight_addresses;

/** Which addresses are wanted. */
typedef enum bight_family {
    BIGHT_FAMILY_ANY,  /**< IPv6 and IPv4 */
    BIGHT_FAMILY_IPV4, /**< IPv4 alone */
    BIGHT_FAMILY_IPV6  /**< IPv6 alone */
} bight_family;

/** How to look up. Start from BIGHT_RESOLVER_OPTIONS_INIT. */
typedef struct bight_resolver_options {
    size_t size;               /**< sizeof(bight_resolver_options): lets the structure grow */
    const char *servers;       /**< name servers instead of the system's, "192.0.2.1,[::1]:5353";
                                    NULL */
    const char *configuration; /**< a file instead of /etc/resolv.conf; NULL */
    uint16_t port;             /**< of name servers that are given without one; 53 */
    uint64_t timeout;          /**< nanoseconds that a server has at first, and twice that each
                                    time it is asked again, on the system's clock; 3 s */
    unsigned tries;            /**< how often each server is asked; 3 */
    unsigned most_asked;       /**< lookups under way at once, the others wait in line; 64 */
    unsigned most_waiting;     /**< lookups in line, more fail with BIGHT_ERROR_LIMIT; 4096 */
} bight_resolver_options;

/** The defaults. */
#define BIGHT_RESOLVER_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(bight_resolver_options), NULL, NULL, 53, BIGHT_SEC(3), 3, 64, 4096                  \
    }

/**
 * Make a resolver. /etc/hosts comes first, then the name servers of /etc/resolv.conf; both are read
 * again when they have changed.
 *
 * @param options  copied; NULL for the defaults
 * @errors         BIGHT_ERROR_INVALID: a size that is not known, a number that is 0, or servers
 *                 that are no addresses; BIGHT_ERROR_NO_MEMORY
 * @owner          the caller; freed with bight_resolver_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_resolver_new(bight_reactor *reactor,
                                                         const bight_resolver_options *options,
                                                         bight_resolver **resolver);

/**
 * The resolver that bight_connect() asks: the one of bight_resolver_make_default(), or else one
 * that is made at the first use and goes with the reactor.
 *
 * @errors  BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_CANCELLED when the reactor was freed
 * @owner   borrowed
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_resolver_get_default(bight_reactor *reactor,
                                                                 bight_resolver **resolver);

/** Have bight_connect() ask this one, until it is freed. @thread the reactor's */
BIGHT_API void bight_resolver_make_default(bight_resolver *resolver);

/**
 * Look a name up. A numeric address is given back as it is.
 *
 * @param name  ASCII ("xn--..." for other scripts), at most 253 characters
 * @return      fires with a bight_addresses, to be taken out with
 *              `BIGHT_VALUE(bight_addresses, result, bight_addresses_free)`; cancelling gives up
 * @errors      NULL without memory. Through the deferred, with a message that has the name and the
 *              reason: BIGHT_ERROR_NOT_FOUND: no such name, or none of this family;
 *              BIGHT_ERROR_TIMED_OUT: no server has answered; BIGHT_ERROR_UNREACHABLE: no server
 *              is there, or none can tell now; BIGHT_ERROR_PROTOCOL: the answers make no sense;
 *              BIGHT_ERROR_INVALID: not a name; BIGHT_ERROR_LIMIT: too many lookups in line;
 *              BIGHT_ERROR_CANCELLED, also when resolver or reactor were freed;
 *              BIGHT_ERROR_NO_MEMORY
 * @owner       the caller owns the deferred
 * @thread      the reactor's
 * @reentrancy  never fires before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_resolve(bight_resolver *resolver, const char *name,
                                                       bight_family family);

/**
 * Give up all lookups, their deferreds fail with BIGHT_ERROR_CANCELLED, and free. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback; steps run before this returns
 */
BIGHT_API void bight_resolver_free(bight_resolver *resolver);

/** How many there are. @thread any */
BIGHT_API size_t bight_addresses_get_count(const bight_addresses *addresses);

/**
 * One address as text: "192.0.2.1", "2001:db8::1", "fe80::1%eth0".
 *
 * @param index  from 0 on; one that is not there is misuse and aborts
 * @owner        lives as @p addresses does
 * @thread       any
 */
BIGHT_API const char *bight_addresses_get_text(const bight_addresses *addresses, size_t index);

/**
 * One address as a value: IPv4 or IPv6, with port 0. bight_address_to_socket() makes what
 * connect(2) takes.
 *
 * @param index  from 0 on; one that is not there is misuse and aborts
 * @owner        borrowed: lives as @p addresses does
 * @thread       any
 */
BIGHT_API const bight_address *bight_addresses_get_address(const bight_addresses *addresses,
                                                           size_t index);

/** Free; the type of the value, see bight/value.h. NULL is ignored. @thread any */
BIGHT_API void bight_addresses_free(void *addresses);

BIGHT_END_DECLS

#endif

/** @file bight/resolver.h
 * Looks up the addresses of host names in /etc/hosts and at name servers, without a thread and
 * without blocking the loop (getaddrinfo(3) needs one or does the other).
 *
 * bight_connect() does this by itself. Use this header if a program needs the addresses, its own
 * name servers, or other limits.
 */
#ifndef BIGHT_RESOLVER_H
#define BIGHT_RESOLVER_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/threads.h>
#include <bight/time.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The domain of c-ares's status codes: ARES_ENOTFOUND and others of <ares.h>. */
#define BIGHT_DOMAIN_ARES "c-ares"

/** Looks names up. */
typedef struct bight_resolver bight_resolver;

/** The addresses of a name, best first (RFC 6724); at least one, at most 64. Immutable. */
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
    uint16_t port;             /**< the port of name servers that are given without one; 53 */
    uint64_t timeout;          /**< nanoseconds to wait for a server, doubled each time it is asked
                                    again, on the system's clock; 0, which is "options timeout:" of
                                    the configuration, or 3 s */
    unsigned tries;            /**< how often each server is asked; 0, which is "options attempts:"
                                    of the configuration, or 3 */
    unsigned most_asked;    /**< simultaneous questions to servers; a lookup of both families asks
                                 two. Other lookups are queued; 64 */
    unsigned most_waiting;  /**< queued lookups; more fail with BIGHT_ERROR_LIMIT; 4096 */
    const char *hosts;      /**< a file instead of /etc/hosts; NULL */
    bight_threads *threads; /**< where names below .local are looked up with getaddrinfo(3), which
                                 uses nsswitch.conf and so multicast DNS; must outlive the
                                 resolver. NULL: such names fail */
    uint64_t cache_longest; /**< nanoseconds for which an answer is kept at most, if its TTL
                                 allows it, on the reactor's clock; 1 h. Negative answers are
                                 kept for 5 minutes at most */
    size_t cache_size;      /**< how many answers are kept, one for each name and type; 0 keeps
                                 none; 1024 */
} bight_resolver_options;

/** The defaults. */
#define BIGHT_RESOLVER_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(bight_resolver_options), NULL, NULL, 53, 0, 0, 64, 4096, NULL, NULL,                \
            BIGHT_SEC(3600), 1024                                                                  \
    }

/**
 * Make a resolver. It looks in /etc/hosts first, then asks the name servers of /etc/resolv.conf.
 * Changes of both files count for the next lookup. Of the options in resolv.conf it obeys timeout,
 * attempts, rotate, ndots and edns0.
 *
 * Answers are kept as long as their TTL says (RFC 2308 for negative ones), and forgotten when
 * resolv.conf changes. Lookups of the same name that overlap share their questions.
 *
 * @param options  copied; NULL for the defaults
 * @errors         BIGHT_ERROR_INVALID: an unknown size, a limit that is 0, or servers that are
 *                 not addresses; BIGHT_ERROR_NO_MEMORY
 * @owner          the caller; freed with bight_resolver_free()
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_resolver_new(bight_reactor *reactor,
                                                         const bight_resolver_options *options,
                                                         bight_resolver **resolver);

/**
 * The resolver that bight_connect() uses: the one set by bight_resolver_make_default(), otherwise
 * one that is made at the first use and freed with the reactor.
 *
 * @errors  BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_CANCELLED when the reactor was freed
 * @owner   borrowed
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_resolver_get_default(bight_reactor *reactor,
                                                                 bight_resolver **resolver);

/** Make bight_connect() use this resolver until it is freed. @thread the reactor's */
BIGHT_API void bight_resolver_make_default(bight_resolver *resolver);

/** Forget all answers, for example when the network has changed. @thread the reactor's */
BIGHT_API void bight_resolver_clear_cache(bight_resolver *resolver);

/**
 * Look a name up.
 *
 * A numeric address is the answer itself, also in the short forms of inet_aton(3) ("127.1",
 * "0x7f.1"). localhost and names below it are this machine (RFC 6761). Names below .local are never
 * sent to a name server (RFC 6762): see the option threads. Then comes /etc/hosts.
 *
 * For both families two questions are asked. When one of them has brought addresses, the other may
 * take 50 ms longer (RFC 8305); so the addresses of a family may be missing.
 *
 * @param name  at most 253 characters of ASCII, or UTF-8 if the library was built with libidn2
 * @return      fires with a bight_addresses, to be read with `BIGHT_VALUE(bight_addresses, result,
 *              bight_addresses_free)`; cancelling abandons the lookup
 * @errors      NULL when out of memory. Through the deferred, with a message that contains the
 *              name and the reason: BIGHT_ERROR_NOT_FOUND: no such name, or none of this family;
 *              BIGHT_ERROR_TIMED_OUT: no server has answered; BIGHT_ERROR_UNREACHABLE: no server
 *              can be reached, or none can answer now; BIGHT_ERROR_PROTOCOL: the answers are
 *              invalid; BIGHT_ERROR_INVALID: not a name; BIGHT_ERROR_UNSUPPORTED: a name below
 * .local without a pool, or UTF-8 without libidn2; BIGHT_ERROR_LIMIT: too many queued lookups;
 * BIGHT_ERROR_CANCELLED, also when the resolver or the reactor was freed; BIGHT_ERROR_NO_MEMORY
 * @owner       the caller owns the deferred
 * @thread      the reactor's
 * @reentrancy  never fires before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_resolve(bight_resolver *resolver, const char *name,
                                                       bight_family family);

/**
 * Abandon all lookups, whose deferreds fail with BIGHT_ERROR_CANCELLED, and free. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback; steps run before this returns
 */
BIGHT_API void bight_resolver_free(bight_resolver *resolver);

/** The number of addresses. @thread any */
BIGHT_API size_t bight_addresses_get_count(const bight_addresses *addresses);

/**
 * One address as text: "192.0.2.1", "2001:db8::1", "fe80::1%eth0".
 *
 * @param index  from 0; an index out of range is misuse and aborts
 * @owner        lives as long as @p addresses
 * @thread       any
 */
BIGHT_API const char *bight_addresses_get_text(const bight_addresses *addresses, size_t index);

/**
 * One address as a value: IPv4 or IPv6, with port 0. bight_address_to_socket() converts it for
 * connect(2).
 *
 * @param index  from 0; an index out of range is misuse and aborts
 * @owner        borrowed: lives as long as @p addresses
 * @thread       any
 */
BIGHT_API const bight_address *bight_addresses_get_address(const bight_addresses *addresses,
                                                           size_t index);

/** Free; the type of the value, see bight/value.h. NULL is ignored. @thread any */
BIGHT_API void bight_addresses_free(void *addresses);

BIGHT_END_DECLS

#endif

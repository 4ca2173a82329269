/** @file bight/address.h
 * Addresses as values: the address of a socket, and a prefix such as 10.0.0.0/8. Both are plain
 * structures that a program copies, compares and keeps. No function here allocates or blocks, and
 * all of them may be called on any thread.
 *
 * | text                  | address                                                             |
 * |-----------------------|---------------------------------------------------------------------|
 * | `192.0.2.1`           | IPv4; with a port `192.0.2.1:80`                                    |
 * | `2001:db8::1`         | IPv6; with a port `[2001:db8::1]:80`                                |
 * | `fe80::1%eth0`        | IPv6 with a scope: the interface, by name or number (%3)            |
 * | `unix:/run/chat`      | the path of a UNIX socket                                           |
 * | `unix:@chat`          | a UNIX socket in Linux's abstract namespace                         |
 *
 * An IPv6 socket that takes IPv4 connections too sees their peers as IPv4-mapped addresses, such as
 * ::ffff:192.0.2.1. Every function in this header compares, hashes, classifies and matches them as
 * the IPv4 address that they stand for, so that a ban of 192.0.2.1 holds on every socket. Only
 * family, bytes and text tell the two forms apart; bight_address_unmap() makes the plain form.
 */
#ifndef BIGHT_ADDRESS_H
#define BIGHT_ADDRESS_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The family of an address. */
typedef enum bight_address_family {
    BIGHT_ADDRESS_NONE, /**< no address: a transport in memory, or a zeroed structure */
    BIGHT_ADDRESS_IPV4,
    BIGHT_ADDRESS_IPV6,
    BIGHT_ADDRESS_UNIX
} bight_address_family;

/**
 * The address of a socket. A zeroed structure is BIGHT_ADDRESS_NONE, so `bight_address address =
 * {0}` is valid. The members are private: the functions below make, read and change them.
 */
typedef struct bight_address {
    uint8_t family;     /**< a bight_address_family */
    uint8_t size;       /**< how many of the bytes are used; the others are 0 */
    uint16_t port;      /**< 0 for none, and for UNIX */
    uint32_t scope;     /**< the index of an interface; 0 for none */
    uint8_t bytes[112]; /**< 4 of IPv4, 16 of IPv6, up to 108 of UNIX */
} bight_address;

/**
 * The addresses that begin with the same bits, such as 10.0.0.0/8. A zeroed structure is a prefix
 * that contains no address. The members are private.
 */
typedef struct bight_prefix {
    uint8_t family;    /**< BIGHT_ADDRESS_IPV4, BIGHT_ADDRESS_IPV6, or BIGHT_ADDRESS_NONE */
    uint8_t length;    /**< length of the common part, in bits */
    uint16_t reserved; /**< 0 */
    uint32_t scope;    /**< the interface that the prefix is limited to; 0 for all */
    uint8_t bytes[16]; /**< bytes after the common part are 0 */
} bight_prefix;

/** Room for the longest text of an address, with its NUL. */
#define BIGHT_ADDRESS_TEXT_SIZE 128

/** Room for the longest text of a prefix, with its NUL. */
#define BIGHT_PREFIX_TEXT_SIZE 80

/** Room for a socket address of any family: sizeof(struct sockaddr_storage). */
#define BIGHT_ADDRESS_SOCKET_SIZE 128

/* -- Text -- */

/**
 * Parse an address in one of the forms of the table above. An IPv6 address may also be in brackets
 * without a port.
 *
 * Parsing is strict, because other programs interpret unusual forms differently: IPv4 has four
 * decimal numbers without leading zeros, so 127.1, 0x7f.1 and 010.0.0.1 are not addresses. Spaces
 * are not allowed. Names are not looked up, not even localhost. A scope is accepted only on
 * link-local addresses, where it has a meaning; its name is looked up among the interfaces of this
 * machine.
 *
 * @param text     NUL-terminated
 * @param address  untouched on failure
 * @errors         BIGHT_ERROR_INVALID: not an address; BIGHT_ERROR_NOT_FOUND: this machine has no
 *                 interface of the scope's name
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_address_parse(const char *text, bight_address *address);

/** The same for text that is not NUL-terminated, such as a part of a header. Text that contains a
 * NUL is invalid. */
BIGHT_API BIGHT_MUST_USE bight_status bight_address_parse_view(bight_view text,
                                                               bight_address *address);

/**
 * Write an address, with its port if that is not 0. IPv6 is written as RFC 5952 specifies: in
 * lower case, with the longest run of zeros as "::", and IPv4-mapped addresses as
 * ::ffff:192.0.2.1.
 *
 * bight_address_parse() reads the result as the same address, except where no text can represent
 * it: it refuses "" (BIGHT_ADDRESS_NONE) and "unix:" (a UNIX socket without a name, as most
 * sockets that connect have none); a NUL inside an abstract name is written as "@"; and the path
 * "@chat", which is not abstract, is written as "./@chat".
 *
 * @param text  receives the text; "" if it does not fit, because half an address would be a
 *              different address
 * @param size  of @p text in bytes; BIGHT_ADDRESS_TEXT_SIZE is always enough
 * @return      @p text
 * @thread      any
 */
BIGHT_API const char *bight_address_format(const bight_address *address, char *text, size_t size);

/** The same without the port, and without brackets: "2001:db8::1", "fe80::1%eth0". */
BIGHT_API const char *bight_address_format_host(const bight_address *address, char *text,
                                                size_t size);

/* -- Making an address from its parts -- */

/** An IPv4 address. @param bytes as they are on the wire @param port 0 for none @thread any */
BIGHT_API bight_address bight_address_from_ipv4(const uint8_t bytes[4], uint16_t port);

/**
 * An IPv6 address.
 *
 * @param bytes  as they are on the wire
 * @param port   0 for none
 * @param scope  the index of an interface, 0 for none; dropped, as the system does, on addresses
 *               that are not link-local, where it has no meaning
 * @thread       any
 */
BIGHT_API bight_address bight_address_from_ipv6(const uint8_t bytes[16], uint16_t port,
                                                uint32_t scope);

/**
 * The address of a UNIX socket.
 *
 * @param name     a path; or a name in the abstract namespace, which begins with a NUL and may hold
 *                 any bytes; empty for a socket without a name
 * @param address  untouched on failure
 * @errors         BIGHT_ERROR_INVALID: longer than 108 bytes, or a path with a NUL
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_address_from_unix(bight_view name,
                                                              bight_address *address);

/**
 * Convert a socket address of the system.
 *
 * @param socket_address  a struct sockaddr_in, sockaddr_in6 or sockaddr_un, as accept(2) and
 *                        recvfrom(2) give it; NULL with a size of 0 is BIGHT_ADDRESS_NONE
 * @param size            in bytes, as the system reported it; it may exceed the size of the
 *                        structure
 * @param address         untouched on failure
 * @errors                BIGHT_ERROR_INVALID: too small for its family; BIGHT_ERROR_UNSUPPORTED:
 *                        another family
 * @thread                any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_address_from_socket(const void *socket_address,
                                                                size_t size,
                                                                bight_address *address);

/**
 * Convert to a socket address of the system, for bind(2), connect(2) and sendto(2).
 *
 * @param socket_address  receives a struct sockaddr_in, sockaddr_in6 or sockaddr_un; must be
 *                        aligned like a struct sockaddr_storage
 * @param size            of @p socket_address in bytes; BIGHT_ADDRESS_SOCKET_SIZE is always enough
 * @return                the number of bytes written; 0 for BIGHT_ADDRESS_NONE, or if it does not
 *                        fit
 * @thread                any
 */
BIGHT_API size_t bight_address_to_socket(const bight_address *address, void *socket_address,
                                         size_t size);

/** Convert an IPv4-mapped IPv6 address to IPv4; any other address is returned unchanged. @thread
 * any */
BIGHT_API bight_address bight_address_unmap(const bight_address *address);

/* -- Parts -- */

/** The family. @thread any */
BIGHT_API bight_address_family bight_address_get_family(const bight_address *address);

/** The port; 0 for none. @thread any */
BIGHT_API uint16_t bight_address_get_port(const bight_address *address);

/** Change the port; 0 removes it. Ignored for families other than IPv4 and IPv6. @thread any */
BIGHT_API void bight_address_set_port(bight_address *address, uint16_t port);

/** The index of the interface that a link-local IPv6 address is on; 0 for none. @thread any */
BIGHT_API uint32_t bight_address_get_scope(const bight_address *address);

/**
 * The bytes without port and scope: 4 for IPv4 and 16 for IPv6, in network order; for a UNIX
 * socket its path, or its abstract name with the leading NUL.
 *
 * @owner  borrowed: the bytes are a part of @p address
 * @thread any
 */
BIGHT_API bight_view bight_address_get_bytes(const bight_address *address);

/* -- Comparing -- */

/** Whether both are the same address and the same port. @thread any */
BIGHT_API bool bight_address_equal(const bight_address *a, const bight_address *b);

/** Whether both are the same address, whatever the ports. @thread any */
BIGHT_API bool bight_address_equal_host(const bight_address *a, const bight_address *b);

/**
 * An order for sorting and for trees: first by family (none, IPv4, IPv6, UNIX), then by bytes, by
 * scope and by port.
 *
 * @return  negative, 0 or positive; 0 if and only if bight_address_equal()
 * @thread  any
 */
BIGHT_API int bight_address_compare(const bight_address *a, const bight_address *b);

/**
 * A hash, the same for addresses that are bight_address_equal().
 *
 * @param seed  a random number that the program keeps to itself: without it peers could choose
 *              addresses that collide (SipHash-1-3)
 * @thread      any
 */
BIGHT_API uint64_t bight_address_hash(const bight_address *address, uint64_t seed);

/** A hash, the same for addresses that are bight_address_equal_host(). @thread any */
BIGHT_API uint64_t bight_address_hash_host(const bight_address *address, uint64_t seed);

/* -- Classification; false for UNIX sockets and BIGHT_ADDRESS_NONE -- */

/** Whether it is this machine: 127.0.0.0/8, ::1. @thread any */
BIGHT_API bool bight_address_is_loopback(const bight_address *address);

/** Whether it is for private networks: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918), and
 * fc00::/7 (RFC 4193). Loopback and link-local addresses are not. @thread any */
BIGHT_API bool bight_address_is_private(const bight_address *address);

/** Whether it is valid on one link alone: 169.254.0.0/16, fe80::/10. @thread any */
BIGHT_API bool bight_address_is_link_local(const bight_address *address);

/** Whether it is a group of hosts: 224.0.0.0/4, ff00::/8. @thread any */
BIGHT_API bool bight_address_is_multicast(const bight_address *address);

/** Whether it is 0.0.0.0 or ::, which listens on every address. Connecting to it connects to this
 * machine, so a filter that forbids loopback addresses has to check this too. @thread any */
BIGHT_API bool bight_address_is_unspecified(const bight_address *address);

/* -- Prefixes -- */

/**
 * Parse a prefix: "10.0.0.0/8", "2001:db8::/32", "fe80::%eth0/64". An address alone is a prefix
 * with that address as its only member.
 *
 * A prefix in IPv4-mapped form, such as ::ffff:10.0.0.0/104, is an IPv4 prefix: 10.0.0.0/8. Bits
 * after the prefix have to be 0: 10.0.0.1/8 is invalid, because it may be meant as 10.0.0.0/8 or
 * as 10.0.0.1/32, and a ban must not guess.
 *
 * @param prefix  untouched on failure
 * @errors        BIGHT_ERROR_INVALID: not a prefix; BIGHT_ERROR_NOT_FOUND: this machine has no
 *                interface of the scope's name
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_prefix_parse(const char *text, bight_prefix *prefix);

/**
 * The prefix of a given length that an address is in. A server can count its clients by network
 * with it: by 32 bits of IPv4 and 64 of IPv6, because one customer usually has a whole /64.
 *
 * @param ipv4_length  in bits, if it is IPv4 or IPv4-mapped; more than 32 is misuse and aborts
 * @param ipv6_length  in bits, if it is IPv6; more than 128 is misuse and aborts
 * @return             a prefix that contains no address, if it is neither
 * @thread             any
 */
BIGHT_API bight_prefix bight_prefix_of(const bight_address *address, unsigned ipv4_length,
                                       unsigned ipv6_length);

/**
 * Whether an address is in the prefix. IPv4-mapped addresses are treated as IPv4: ::/0 contains
 * all IPv6 addresses but no IPv4-mapped ones. A prefix with a scope contains only addresses with
 * that scope.
 *
 * @thread  any
 */
BIGHT_API bool bight_prefix_contains(const bight_prefix *prefix, const bight_address *address);

/** The length in bits. @thread any */
BIGHT_API unsigned bight_prefix_get_length(const bight_prefix *prefix);

/**
 * Write a prefix: "10.0.0.0/8", always with its length; bight_prefix_parse() reads it. A prefix
 * that contains no address is "".
 *
 * @param text  receives the text; "" if it does not fit
 * @param size  of @p text in bytes; BIGHT_PREFIX_TEXT_SIZE is always enough
 * @return      @p text
 * @thread      any
 */
BIGHT_API const char *bight_prefix_format(const bight_prefix *prefix, char *text, size_t size);

/** Whether both are the same prefix. @thread any */
BIGHT_API bool bight_prefix_equal(const bight_prefix *a, const bight_prefix *b);

/** A hash, the same for prefixes that are bight_prefix_equal(). @param seed as for addresses */
BIGHT_API uint64_t bight_prefix_hash(const bight_prefix *prefix, uint64_t seed);

BIGHT_END_DECLS

#endif

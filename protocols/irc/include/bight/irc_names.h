/** @file bight/irc_names.h
 * IRC names: nicks and channels, compared by the server's rules (CASEMAPPING), and masks.
 */
#ifndef BIGHT_IRC_NAMES_H
#define BIGHT_IRC_NAMES_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Which letters differ only in case; the value of CASEMAPPING in ISUPPORT. */
typedef enum bight_irc_case {
    BIGHT_IRC_CASE_ASCII,         /**< "ascii": A-Z are a-z */
    BIGHT_IRC_CASE_RFC1459,       /**< "rfc1459": also []\~ are {}|^ (RFC 1459 section 2.2) */
    BIGHT_IRC_CASE_RFC1459_STRICT /**< "rfc1459-strict": also []\ are {}| */
} bight_irc_case;

/**
 * Find a mapping by its name in ISUPPORT. *
 * @errors  BIGHT_ERROR_NOT_FOUND: unknown name; @p mapping is unchanged
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_case_find(bight_view name, bight_irc_case *mapping);

/** The name of a mapping, as in ISUPPORT. @owner a constant string @thread any */
BIGHT_API const char *bight_irc_case_name(bight_irc_case mapping);

/** The lower case of one byte. @thread any */
BIGHT_API uint8_t bight_irc_lower(bight_irc_case mapping, uint8_t byte);

/** Whether two names are equal under a mapping. @thread any */
BIGHT_API bool bight_irc_equal(bight_irc_case mapping, bight_view a, bight_view b);

/** The order of two names: less than, equal to or more than 0, like memcmp. @thread any */
BIGHT_API int bight_irc_compare(bight_irc_case mapping, bight_view a, bight_view b);

/**
 * A hash of a name; equal names have equal hashes. With a secret seed nobody can choose colliding
 * names (SipHash-1-3).
 *
 * @param seed  the table's secret; the same for all of its names
 * @thread      any
 */
BIGHT_API uint64_t bight_irc_hash(bight_irc_case mapping, bight_view name, const uint64_t seed[2]);

/**
 * Whether a text matches a mask. '*' matches any run of bytes, '?' any single byte, and a
 * backslash escapes the '*', '?' or backslash after it (RFC 2812 section 2.5).
 *
 * The time is bounded by the product of both lengths for every mask.
 *
 * @param mask  "*!*@*.example.org"
 * @thread      any
 */
BIGHT_API bool bight_irc_mask_matches(bight_irc_case mapping, bight_view mask, bight_view text);

/**
 * Whether a nick is valid: letters, digits and -[]\`_^{|}, not starting with a digit or '-' (RFC
 * 2812 section 2.3.1).
 *
 * @param max_length  bytes; the server's NICKLEN
 * @thread            any
 */
BIGHT_API bool bight_irc_nick_is_valid(bight_view nick, size_t max_length);

/**
 * Whether a channel name is valid: it starts with one of @p types and contains no space, comma,
 * colon, control character G (RFC 2812 section 1.3), NUL, CR or LF.
 *
 * @param types       the server's CHANTYPES: "#&"
 * @param max_length  bytes; the server's CHANNELLEN
 * @thread            any
 */
BIGHT_API bool bight_irc_channel_is_valid(bight_view channel, const char *types, size_t max_length);

BIGHT_END_DECLS

#endif

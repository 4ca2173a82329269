/** @file bight/irc_names.h
 * Names of IRC: nicks and channels, compared as the server says (CASEMAPPING), and masks.
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

/** Which letters are the same but for case; the value of CASEMAPPING in ISUPPORT. */
typedef enum bight_irc_case {
    BIGHT_IRC_CASE_ASCII,         /**< "ascii": A-Z are a-z */
    BIGHT_IRC_CASE_RFC1459,       /**< "rfc1459": also []\~ are {}|^ (RFC 1459 section 2.2) */
    BIGHT_IRC_CASE_RFC1459_STRICT /**< "rfc1459-strict": also []\ are {}| */
} bight_irc_case;

/**
 * The mapping that a server names.
 *
 * @errors  BIGHT_ERROR_NOT_FOUND: one that is not known; @p mapping is untouched
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_irc_case_find(bight_view name, bight_irc_case *mapping);

/** The name of a mapping, as in ISUPPORT. @owner a constant string @thread any */
BIGHT_API const char *bight_irc_case_name(bight_irc_case mapping);

/** The small form of one byte. @thread any */
BIGHT_API uint8_t bight_irc_lower(bight_irc_case mapping, uint8_t byte);

/** Whether two names are the same one. @thread any */
BIGHT_API bool bight_irc_equal(bight_irc_case mapping, bight_view a, bight_view b);

/** Order of two names, as memcmp: less than, equal to or more than 0. @thread any */
BIGHT_API int bight_irc_compare(bight_irc_case mapping, bight_view a, bight_view b);

/**
 * A hash of a name: equal for names that are the same. With a secret seed nobody can choose names
 * that collide (SipHash-1-3).
 *
 * @param seed  the table's secret; the same for all of its names
 * @thread      any
 */
BIGHT_API uint64_t bight_irc_hash(bight_irc_case mapping, bight_view name, const uint64_t seed[2]);

/**
 * Whether a text fits a mask: '*' stands for any run of bytes, '?' for any one, and a backslash
 * takes the meaning from the '*', '?' or backslash after it (RFC 2812 section 2.5).
 *
 * Time is bounded by the product of both lengths, whatever the mask.
 *
 * @param mask  "*!*@*.example.org"
 * @thread      any
 */
BIGHT_API bool bight_irc_mask_matches(bight_irc_case mapping, bight_view mask, bight_view text);

/**
 * Whether this can be a nick: letters, digits and -[]\`_^{|}, and not first a digit or '-'
 * (RFC 2812 section 2.3.1).
 *
 * @param max_length  bytes; the server's NICKLEN
 * @thread            any
 */
BIGHT_API bool bight_irc_nick_is_valid(bight_view nick, size_t max_length);

/**
 * Whether this can be a channel: one of @p types first, then no space, comma, colon, control
 * character G (RFC 2812 section 1.3), NUL, CR or LF.
 *
 * @param types       the server's CHANTYPES: "#&"
 * @param max_length  bytes; the server's CHANNELLEN
 * @thread            any
 */
BIGHT_API bool bight_irc_channel_is_valid(bight_view channel, const char *types, size_t max_length);

BIGHT_END_DECLS

#endif

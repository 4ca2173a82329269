/** @file bight/irc_text.h
 * Functions for IRC text: repair invalid UTF-8, remove colour codes, split text to fit a line.
 * They have no state and do no I/O.
 */
#ifndef BIGHT_IRC_TEXT_H
#define BIGHT_IRC_TEXT_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/**
 * Copy bytes as valid UTF-8. Every invalid sequence (overlong, a surrogate, cut short, above
 * U+10FFFF) and every NUL becomes U+FFFD, one for each maximal part, as Unicode 15 section 3.9
 * recommends.
 *
 * @param size      of @p text
 * @param capacity  of @p out; the result is cut between characters if it does not fit. A NUL is
 *                  always written if this is > 0. 3 * size + 1 is always enough
 * @return          the length of the complete result, as with snprintf
 * @thread          any
 */
BIGHT_API size_t bight_irc_repair(const void *text, size_t size, char *out, size_t capacity);

/**
 * Copy a text without its formatting: colours (^C with its numbers, ^D), bold, italic, underline,
 * strike-through, monospace, reverse, reset, and every other control character. A tabulator
 * becomes a space.
 *
 * @param capacity  of @p out, as in bight_irc_repair(); strlen(text) + 1 is always enough
 * @return          the length of the whole result
 * @thread          any
 */
BIGHT_API size_t bight_irc_strip(const char *text, char *out, size_t capacity);

/**
 * The length of the first part when a text must be split: as many whole characters as fit, but
 * only up to and including the last space if there is one in the second half.
 *
 * @param text  valid UTF-8
 * @param max   bytes that a part may have, at least 4
 * @return      1 to @p max; strlen(text) if it fits
 * @thread      any
 */
BIGHT_API size_t bight_irc_split(const char *text, size_t max);

/**
 * A colour number for a nick, stable for the same person. Case and trailing "_", "`", "^" and
 * digits do not matter, so that "ada" and "Ada_" get the same colour.
 *
 * @param count  the number of colours, at least 1
 * @return       0 to @p count - 1
 * @thread       any
 */
BIGHT_API unsigned bight_irc_nick_colour(const char *nick, unsigned count);

/**
 * Whether a nick occurs in a text as a separate word, ignoring case: "ada: hi" and "hi Ada!" but
 * not "canada".
 *
 * @thread  any
 */
BIGHT_API bool bight_irc_mentions(const char *text, const char *nick);

BIGHT_END_DECLS

#endif

/** @file bight/irc_text.h
 * Text as IRC carries it: made valid, freed of colour codes, cut to fit a line. No state, no I/O.
 */
#ifndef BIGHT_IRC_TEXT_H
#define BIGHT_IRC_TEXT_H

#include <bight/api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/**
 * Copy bytes as valid UTF-8: every sequence that is not (overlong, a surrogate, cut short, above
 * U+10FFFF) and NUL become U+FFFD, one for each maximal part as Unicode 15 3.9 recommends.
 *
 * @param size      of @p text
 * @param capacity  of @p out; what does not fit is left out, between characters, and NUL is
 *                  always written if it is > 0. 3 * size + 1 is always enough
 * @return          the length of the whole result, as snprintf does
 * @thread          any
 */
BIGHT_API size_t bight_irc_repair(const void *text, size_t size, char *out, size_t capacity);

/**
 * Copy a text without formatting: colours (^C with its numbers, ^D), bold, italic, underline,
 * strike-through, monospace, reverse, reset, and every other control character. A tabulator becomes
 * a space.
 *
 * @param capacity  of @p out, as in bight_irc_repair(); strlen(text) + 1 is always enough
 * @return          the length of the whole result
 * @thread          any
 */
BIGHT_API size_t bight_irc_strip(const char *text, char *out, size_t capacity);

/**
 * How many bytes of a text go into the first part when it has to be split: as many whole
 * characters as fit, up to and including the last space if there is one in the second half.
 *
 * @param text  valid UTF-8
 * @param max   bytes that a part may have, at least 4
 * @return      1 to @p max; strlen(text) if it fits
 * @thread      any
 */
BIGHT_API size_t bight_irc_split(const char *text, size_t max);

/**
 * A number for a nick that stays the same for the same person, to choose a colour by: case and
 * trailing "_", "`", "^" and digits do not matter, so that "ada" and "Ada_" look alike.
 *
 * @param count  how many colours there are, at least 1
 * @return       0 to @p count - 1
 * @thread       any
 */
BIGHT_API unsigned bight_irc_nick_colour(const char *nick, unsigned count);

/**
 * Whether a nick occurs in a text as a word of its own, in any case: "ada: hi" and "hi Ada!" but
 * not "canada".
 *
 * @thread  any
 */
BIGHT_API bool bight_irc_mentions(const char *text, const char *nick);

BIGHT_END_DECLS

#endif

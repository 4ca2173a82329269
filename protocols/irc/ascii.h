/* Character classes of the grammar, independent of the C library's locale. */
#ifndef BIGHTI_IRC_ASCII_H
#define BIGHTI_IRC_ASCII_H

#include <bight/bytes.h>
#include <stdbool.h>

static inline bool bighti_ascii_is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool bighti_ascii_is_letter(uint8_t byte)
{
    return (uint8_t)((byte | 32) - 'a') < 26;
}

static inline uint8_t bighti_ascii_lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/* Equal, ignoring case. */
static inline bool bighti_ascii_equal(bight_view a, bight_view b)
{
    if (a.size != b.size)
        return false;
    for (size_t i = 0; i < a.size; i++) {
        if (bighti_ascii_lower(a.data[i]) != bighti_ascii_lower(b.data[i]))
            return false;
    }
    return true;
}

/* Letters only, or three digits (RFC 1459 section 2.3.1). */
static inline bool bighti_irc_is_command(bight_view command)
{
    size_t letters = 0, digits = 0;

    for (size_t i = 0; i < command.size; i++) {
        letters += bighti_ascii_is_letter(command.data[i]);
        digits += bighti_ascii_is_digit(command.data[i]);
    }
    return command.size > 0 && (letters == command.size || (digits == 3 && command.size == 3));
}

#endif

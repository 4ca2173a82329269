#include "ascii.h"
#include <bight/irc_names.h>
#include <string.h>

static const char *const case_names[] = {
    [BIGHT_IRC_CASE_ASCII] = "ascii",
    [BIGHT_IRC_CASE_RFC1459] = "rfc1459",
    [BIGHT_IRC_CASE_RFC1459_STRICT] = "rfc1459-strict",
};

/* The last byte to which the mapping adds 32: only letters, or also the punctuation after them. */
static const uint8_t last_upper[] = {
    [BIGHT_IRC_CASE_ASCII] = 'Z',
    [BIGHT_IRC_CASE_RFC1459] = '^',
    [BIGHT_IRC_CASE_RFC1459_STRICT] = ']',
};

bight_status bight_irc_case_find(bight_view name, bight_irc_case *mapping)
{
    for (size_t i = 0; i < sizeof(case_names) / sizeof(*case_names); i++) {
        if (bighti_ascii_equal(name, bight_view_of(case_names[i]))) {
            *mapping = (bight_irc_case)i;
            return BIGHT_OK;
        }
    }
    return BIGHT_ERROR_NOT_FOUND;
}

const char *bight_irc_case_name(bight_irc_case mapping)
{
    return case_names[mapping];
}

static inline uint8_t lower(uint8_t last, uint8_t byte)
{
    /* RFC 1459 pairs '~' with '^', and {}| with []\. All pairs are 32 apart and follow the
     * letters. */
    return byte >= 'A' && byte <= last ? (uint8_t)(byte + 32) : byte;
}

uint8_t bight_irc_lower(bight_irc_case mapping, uint8_t byte)
{
    return lower(last_upper[mapping], byte);
}

bool bight_irc_equal(bight_irc_case mapping, bight_view a, bight_view b)
{
    return a.size == b.size && bight_irc_compare(mapping, a, b) == 0;
}

int bight_irc_compare(bight_irc_case mapping, bight_view a, bight_view b)
{
    uint8_t last = last_upper[mapping];
    size_t common = a.size < b.size ? a.size : b.size;

    for (size_t i = 0; i < common; i++) {
        int difference = lower(last, a.data[i]) - lower(last, b.data[i]);

        if (difference != 0)
            return difference;
    }
    return (a.size > b.size) - (a.size < b.size);
}

/* The token of a mask at `at`: its length in the mask, its byte, and whether it is a wildcard. */
typedef struct mask_token {
    size_t length;
    uint8_t byte;
    bool wild;
} mask_token;

static mask_token token_at(bight_view mask, size_t at)
{
    uint8_t byte = mask.data[at];

    if (byte == '\\' && at + 1 < mask.size && strchr("*?\\", mask.data[at + 1]) != NULL &&
        mask.data[at + 1] != '\0')
        return (mask_token){2, mask.data[at + 1], false};
    return (mask_token){1, byte, byte == '*' || byte == '?'};
}

/* Backtracking only needs the last star: anything that an earlier star could also match, the last
 * one can match too. So there is one position to return to, and the time is bounded by the product
 * of the lengths. */
bool bight_irc_mask_matches(bight_irc_case mapping, bight_view mask, bight_view text)
{
    uint8_t last = last_upper[mapping];
    size_t m = 0, t = 0, star_mask = SIZE_MAX, star_text = 0;

    while (t < text.size || m < mask.size) {
        mask_token token = m < mask.size ? token_at(mask, m) : (mask_token){0, 0, false};

        if (token.length > 0 && token.wild && token.byte == '*') {
            star_mask = m += 1;
            star_text = t;
        } else if (token.length > 0 && t < text.size &&
                   (token.wild || lower(last, token.byte) == lower(last, text.data[t]))) {
            m += token.length;
            t++;
        } else if (star_mask != SIZE_MAX && star_text < text.size) {
            m = star_mask;
            t = ++star_text;
        } else {
            return false;
        }
    }
    return true;
}

static bool is_nick_byte(uint8_t byte, bool first)
{
    if ((byte >= 'A' && byte <= '}')) /* the letters, and []\^_` and {|} around them */
        return true;
    return !first && ((byte >= '0' && byte <= '9') || byte == '-');
}

bool bight_irc_nick_is_valid(bight_view nick, size_t max_length)
{
    if (nick.size == 0 || nick.size > max_length)
        return false;
    for (size_t i = 0; i < nick.size; i++) {
        if (!is_nick_byte(nick.data[i], i == 0))
            return false;
    }
    return true;
}

bool bight_irc_channel_is_valid(bight_view channel, const char *types, size_t max_length)
{
    if (channel.size == 0 || channel.size > max_length)
        return false;
    if (channel.data[0] == '\0' || strchr(types, channel.data[0]) == NULL)
        return false;
    for (size_t i = 0; i < channel.size; i++) {
        if (memchr(" ,:\a\0\r\n", channel.data[i], 7) != NULL)
            return false;
    }
    return true;
}

// Masks, against the plainest matcher there is: a table of all prefixes. The input is the mask and
// the text, parted by the first newline.
#include <bight/irc_names.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace
{

struct Token {
    std::uint8_t byte;
    bool star, any;
};

std::vector<Token> tokensOf(bight_view mask)
{
    std::vector<Token> tokens;

    for (std::size_t i = 0; i < mask.size; i++) {
        std::uint8_t byte = mask.data[i];

        if (byte == '\\' && i + 1 < mask.size &&
            (mask.data[i + 1] == '*' || mask.data[i + 1] == '?' || mask.data[i + 1] == '\\'))
            tokens.push_back({mask.data[++i], false, false});
        else
            tokens.push_back({byte, byte == '*', byte == '?'});
    }
    return tokens;
}

bool plainly(bight_irc_case mapping, bight_view mask, bight_view text)
{
    std::vector<bool> fits(text.size + 1, false);

    fits[0] = true;
    for (const Token &token : tokensOf(mask)) {
        std::vector<bool> next(text.size + 1, false);

        for (std::size_t i = 0; i <= text.size; i++) {
            if (token.star)
                next[i] = fits[i] || (i > 0 && next[i - 1]);
            else if (i > 0 && fits[i - 1])
                next[i] = token.any || bight_irc_lower(mapping, token.byte) ==
                                           bight_irc_lower(mapping, text.data[i - 1]);
        }
        fits.swap(next);
    }
    return fits[text.size];
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const void *end = size > 0 ? std::memchr(data, '\n', size) : nullptr;

    if (end == nullptr || size > 300)
        return 0;
    std::size_t length = std::size_t(static_cast<const std::uint8_t *>(end) - data);
    bight_view mask{data, length}, text{data + length + 1, size - length - 1};

    for (bight_irc_case mapping : {BIGHT_IRC_CASE_ASCII, BIGHT_IRC_CASE_RFC1459}) {
        if (bight_irc_mask_matches(mapping, mask, text) != plainly(mapping, mask, text))
            std::abort();
    }
    return 0;
}

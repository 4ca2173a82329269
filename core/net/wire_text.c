/* Secrets are found in the passing bytes with the algorithm of Knuth, Morris and Pratt, which
 * keeps a position in each word: a word may be split anywhere, and a hostile peer cannot slow the
 * search down. */
#include "wire_log.h"
#include <string.h>

static uint8_t lower_case(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

/* How many bytes of the word are matched when `byte` follows on `matched` of them. */
static uint8_t match_next(const bighti_secret *secret, uint8_t matched, uint8_t byte)
{
    while (matched > 0 && secret->word[matched] != byte)
        matched = secret->back[matched];
    return secret->word[matched] == byte ? (uint8_t)(matched + 1) : 0;
}

void bighti_secret_init(bighti_secret *secret, const char *word)
{
    uint8_t matched = 0;

    memset(secret, 0, sizeof(*secret));
    secret->size = (uint8_t)strlen(word);
    for (unsigned i = 0; i < secret->size; i++)
        secret->word[i] = lower_case((uint8_t)word[i]);
    for (uint8_t i = 1; i + 1 < secret->size; i++) {
        matched = match_next(secret, matched, secret->word[i]);
        secret->back[i + 1] = matched;
    }
}

bool bighti_search_hides(bighti_search *search, const bighti_secrets *secrets, uint8_t byte)
{
    uint8_t lower = lower_case(byte);
    bool found = false;

    if (secrets->count == 0)
        return false;
    if (byte == '\n' || byte == '\r') {
        memset(search, 0, sizeof(*search));
        return false;
    }
    if (search->hidden)
        return true;
    for (unsigned i = 0; i < secrets->count; i++) {
        const bighti_secret *secret = &secrets->all[i];

        search->matched[i] = match_next(secret, search->matched[i], lower);
        found = found || search->matched[i] == secret->size;
    }
    search->hidden = found;
    return false;
}

static const char digits[] = "0123456789abcdef";

void bighti_wire_hex(uint8_t byte, char text[2])
{
    text[0] = digits[byte >> 4];
    text[1] = digits[byte & 15];
}

static char escape_letter(uint8_t byte)
{
    switch (byte) {
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\\':
        return '\\';
    default:
        return '\0';
    }
}

size_t bighti_wire_escape(uint8_t byte, char text[4])
{
    char letter = escape_letter(byte);

    text[0] = (char)byte;
    if (letter == '\0' && bighti_wire_is_printable(byte))
        return 1;
    text[0] = '\\';
    text[1] = letter != '\0' ? letter : 'x';
    if (letter != '\0')
        return 2;
    bighti_wire_hex(byte, text + 2);
    return 4;
}

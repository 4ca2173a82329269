/* IRC text. The protocol does not specify the encoding of a line; today it is UTF-8 or damaged.
 * All text is repaired once, when it is received, so that later code and windows need not check
 * it. The rest of this file works on valid UTF-8, one character at a time. */
#include <bight/irc_text.h>

#include <base/check.h>
#include <string.h>

/* The output of a function, written character by character. It keeps counting when the buffer is
 * full. */
typedef struct text_sink {
    char *out;
    size_t capacity;
    size_t length; /* of the whole result */
    size_t used;   /* of the part in `out` */
} text_sink;

static void client_text_put(text_sink *sink, const void *bytes, size_t size)
{
    /* After an omitted character nothing may follow, or separate parts would be joined. */
    if (sink->used == sink->length && sink->used + size < sink->capacity) {
        memcpy(sink->out + sink->used, bytes, size);
        sink->used += size;
    }
    sink->length += size;
}

static size_t client_text_finish(text_sink *sink)
{
    if (sink->capacity > 0)
        sink->out[sink->used] = '\0';
    return sink->length;
}

/* The range of the second byte of a sequence, and the length of the sequence (0 if this is not a
 * first byte); Unicode 15, table 3-7. */
static size_t sequence_length(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef) {
        *low = first == 0xe0 ? 0xa0 : 0x80;
        *high = first == 0xed ? 0x9f : 0xbf;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        *low = first == 0xf0 ? 0x90 : 0x80;
        *high = first == 0xf4 ? 0x8f : 0xbf;
        return 4;
    }
    return 0;
}

/* The size of the first character, or of its longest valid part if it is broken. */
static size_t scan(const uint8_t *bytes, size_t size, bool *valid)
{
    uint8_t low, high;
    size_t length = sequence_length(bytes[0], &low, &high);
    size_t got = 1;

    *valid = length == 1 && bytes[0] != 0;
    if (length < 2)
        return 1;
    while (got < length && got < size && bytes[got] >= low && bytes[got] <= high) {
        low = 0x80;
        high = 0xbf;
        got++;
    }
    *valid = got == length;
    return got;
}

size_t bight_irc_repair(const void *text, size_t size, char *out, size_t capacity)
{
    text_sink sink = {out, capacity, 0, 0};
    const uint8_t *bytes = text;

    while (size > 0) {
        bool valid;
        size_t step = scan(bytes, size, &valid);

        if (valid)
            client_text_put(&sink, bytes, step);
        else
            client_text_put(&sink, "\xef\xbf\xbd", 3);
        bytes += step;
        size -= step;
    }
    return client_text_finish(&sink);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Skip a colour: up to `most` digits, and after a comma as many again. A comma without a following
 * digit is text. */
static const char *skip_colour(const char *text, size_t most, bool (*fits)(char))
{
    size_t count = 0;

    while (count < most && fits(*text)) {
        text++;
        count++;
    }
    if (count == 0 || text[0] != ',' || !fits(text[1]))
        return text;
    text++;
    for (count = 0; count < most && fits(*text); count++)
        text++;
    return text;
}

size_t bight_irc_strip(const char *text, char *out, size_t capacity)
{
    text_sink sink = {out, capacity, 0, 0};

    while (*text != '\0') {
        uint8_t byte = (uint8_t)*text;
        bool valid;
        size_t step = scan((const uint8_t *)text, strnlen(text, 4), &valid);

        if (byte == '\t')
            client_text_put(&sink, " ", 1);
        else if (byte >= 0x20 && byte != 0x7f && !(byte == 0xc2 && (uint8_t)text[1] < 0xa0))
            client_text_put(&sink, text, step);
        text += step;
        if (byte == 0x03)
            text = skip_colour(text, 2, is_digit);
        else if (byte == 0x04)
            text = skip_colour(text, 6, is_hex);
    }
    return client_text_finish(&sink);
}

static bool is_inside_character(char c)
{
    return ((uint8_t)c & 0xc0) == 0x80;
}

size_t bight_irc_split(const char *text, size_t max)
{
    size_t size = strnlen(text, max + 1);
    size_t cut, space;

    BIGHTI_REQUIRE(max >= 4, "a part must have room for one character");
    if (size <= max)
        return size;
    for (cut = max; cut > 0 && is_inside_character(text[cut]); cut--)
        ;
    if (cut == 0) /* not UTF-8: cut anywhere */
        return max;
    for (space = cut; space > max / 2; space--) {
        if (text[space - 1] == ' ')
            return space;
    }
    return cut;
}

/* Fold as in RFC 1459, where {}|~ are the lower case of []\^. Nicks that a server treats as equal
 * must be equal here. If a server folds less, nothing is lost. */
static uint8_t fold(char c)
{
    if (c >= 'A' && c <= '^')
        return (uint8_t)(c + 32);
    return (uint8_t)c;
}

static bool is_decoration(char c)
{
    return c == '_' || c == '`' || c == '^' || c == '~' || is_digit(c);
}

unsigned bight_irc_nick_colour(const char *nick, unsigned count)
{
    size_t size = strlen(nick);
    uint32_t hash = 2166136261u; /* FNV-1a: short, and it spreads short names well */

    BIGHTI_REQUIRE(count >= 1, "there must be a colour");
    while (size > 1 && is_decoration(nick[size - 1]))
        size--;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ fold(nick[i])) * 16777619u;
    hash ^= hash >> 16; /* the low bits of FNV alone are weak */
    return hash % count;
}

/* Letters of alphabets written with spaces between words: Latin, Greek, Cyrillic. Other scripts
 * (Chinese, Thai) and punctuation beyond ASCII end a word, because a nick may be next to them
 * without spaces. */
static bool is_letter_start(char c)
{
    return (uint8_t)c >= 0xc3 && (uint8_t)c <= 0xd4;
}

static bool is_ascii_word(char c)
{
    return is_digit(c) || (c >= 'A' && c <= '}') || c == '-';
}

static bool ends_before(const char *at)
{
    return !is_ascii_word(*at) && !is_letter_start(*at);
}

static bool begins_after(const char *text, const char *at)
{
    if (at == text)
        return true;
    for (at--; at > text && is_inside_character(*at); at--)
        ;
    return ends_before(at);
}

static bool client_text_begins_with(const char *text, const char *nick)
{
    for (; *nick != '\0'; nick++, text++) {
        if (fold(*text) != fold(*nick))
            return false;
    }
    return true;
}

bool bight_irc_mentions(const char *text, const char *nick)
{
    size_t size = strlen(nick);

    if (size == 0)
        return false;
    for (const char *at = text; *at != '\0'; at++) {
        if (client_text_begins_with(at, nick) && ends_before(at + size) && begins_after(text, at))
            return true;
    }
    return false;
}

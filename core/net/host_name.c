#include "host_name.h"
#include "../base/address.h"
#include "../base/hex.h"
#include <string.h>
#include <strings.h>

/* -- Numbers -- */

static bool number_has_digit(char c, int base)
{
    int digit = bighti_hex_digit((uint8_t)c);

    return digit >= 0 && digit < base;
}

/* A decimal number, or a hexadecimal one after 0x. Returns its end, or NULL. A number that begins
 * with 0 is octal for some programs and decimal for others, so it is none here. */
static const char *number_take(const char *text, uint32_t *number)
{
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    int base = is_hex ? 16 : 10;
    uint64_t value = 0;

    if (is_hex)
        text += 2;
    else if (text[0] == '0' && number_has_digit(text[1], 10))
        return NULL;
    if (!number_has_digit(*text, base))
        return NULL;
    for (; number_has_digit(*text, base); text++) {
        value = value * (unsigned)base + (unsigned)bighti_hex_digit((uint8_t)*text);
        if (value > UINT32_MAX)
            return NULL;
    }
    *number = (uint32_t)value;
    return text;
}

/* One to four numbers; the last one fills all bytes that are left. */
static bool read_short_form(const char *text, uint8_t bytes[BIGHTI_IPV4_SIZE])
{
    uint32_t number, value = 0;
    unsigned count = 0;

    for (;;) {
        text = number_take(text, &number);
        if (text == NULL)
            return false;
        if (*text != '.')
            break;
        if (number > 255 || ++count == BIGHTI_IPV4_SIZE)
            return false;
        value |= number << (32 - 8 * count);
        text++;
    }
    if (*text != '\0' || (count > 0 && number >> (32 - 8 * count) != 0))
        return false;
    value |= number;
    for (unsigned i = 0; i < BIGHTI_IPV4_SIZE; i++)
        bytes[i] = (uint8_t)(value >> (24 - 8 * i));
    return true;
}

bool bighti_host_is_number(const char *text, bight_address *address)
{
    uint8_t bytes[BIGHTI_IPV4_SIZE];

    if (bighti_host_parse(bight_view_of(text), address) == BIGHT_OK)
        return true;
    if (!read_short_form(text, bytes))
        return false;
    *address = bight_address_from_ipv4(bytes, 0);
    return true;
}

bool bighti_host_ends_in_number(const char *text)
{
    size_t size = strlen(text), from;
    const char *label;

    if (size > 0 && text[size - 1] == '.')
        size--;
    for (from = size; from > 0 && text[from - 1] != '.'; from--)
        ;
    label = text + from;
    size -= from;
    if (size > 0 && strspn(label, "0123456789") >= size)
        return true;
    return size >= 2 && label[0] == '0' && (label[1] | 0x20) == 'x' &&
           strspn(label + 2, "0123456789abcdefABCDEF") >= size - 2;
}

/* -- Names -- */

static bool name_byte_is_fine(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static void name_lower(char *name)
{
    for (; *name != '\0'; name++)
        if (*name >= 'A' && *name <= 'Z')
            *name |= 0x20;
}

static bool name_is_ascii(const char *name)
{
    for (; *name != '\0'; name++)
        if ((unsigned char)*name >= 0x80)
            return false;
    return true;
}

static bool name_is_fine(const char *ascii)
{
    size_t size = strlen(ascii);

    if (size > 0 && ascii[size - 1] == '.')
        size--;
    if (size == 0 || size > BIGHTI_LONGEST_NAME || ascii[0] == '.')
        return false;
    for (size_t i = 0; i < size; i++)
        if (!name_byte_is_fine(ascii[i]) || (ascii[i] == '.' && ascii[i + 1] == '.'))
            return false;
    return true;
}

bight_status bighti_host_name_prepare(const char *name, char ascii[BIGHTI_ASCII_NAME_SIZE],
                                      const char **why)
{
    bight_status status = BIGHT_OK;

    *why = "not a name";
    if (!name_is_ascii(name))
        status = bighti_idn_to_ascii(name, ascii, why);
    else if (strlen(name) >= BIGHTI_ASCII_NAME_SIZE)
        status = BIGHT_ERROR_INVALID;
    else
        memcpy(ascii, name, strlen(name) + 1);
    if (status != BIGHT_OK)
        return status;
    name_lower(ascii);
    return name_is_fine(ascii) && !bighti_host_ends_in_number(ascii) ? BIGHT_OK
                                                                     : BIGHT_ERROR_INVALID;
}

/* Whether the name is this domain or below it. */
static bool name_is_below(const char *name, size_t size, const char *domain)
{
    size_t length = strlen(domain);

    return size >= length && memcmp(name + size - length, domain, length) == 0 &&
           (size == length || name[size - length - 1] == '.');
}

bighti_name_kind bighti_host_name_kind(const char *ascii)
{
    size_t size = strlen(ascii);

    if (size > 0 && ascii[size - 1] == '.')
        size--;
    if (name_is_below(ascii, size, "localhost"))
        return BIGHTI_NAME_LOCALHOST;
    if (name_is_below(ascii, size, "local"))
        return BIGHTI_NAME_LOCAL;
    if (name_is_below(ascii, size, "invalid") || name_is_below(ascii, size, "onion"))
        return BIGHTI_NAME_NOWHERE;
    return BIGHTI_NAME_PLAIN;
}

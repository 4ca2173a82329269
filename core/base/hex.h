/* Hexadecimal digits. */
#ifndef BIGHTI_BASE_HEX_H
#define BIGHTI_BASE_HEX_H

#include <stdint.h>

/* The value of a digit, whose letter may be large or small; -1 for any other byte. */
static inline int bighti_hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte |= 0x20; /* letters become small */
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

#endif

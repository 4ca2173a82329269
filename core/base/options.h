/* Structures that grow. Options, events and tables of functions begin with `size`, which the
 * program sets to the sizeof of the header that it was built with. So an older program works with
 * a newer library, and a newer program works with an older library as long as it does not use new
 * members.
 *
 * - Options are read once, into a copy: members that the program does not know have their
 *   defaults, and members that the library does not know must be zero.
 * - Tables of functions are not copied, because they are static const. Every table has the slots
 *   of version 0.1, so these are called without a check of the size; a table without a size has 0,
 *   which means exactly these slots. A later slot is read with BIGHTI_SLOT(). Slots of a newer
 *   table that the library does not know are ignored.
 *
 * A new member goes to the end, and never into the padding there: in a program that does not know
 * the member, the padding may have any value. The functions here are inline because a protocol
 * library can only use the public symbols of libbight. */
#ifndef BIGHTI_BASE_OPTIONS_H
#define BIGHTI_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Whether this can be the size of a structure that begins with a size_t. */
static inline bool bighti_is_structure_size(size_t size)
{
    return size >= sizeof(size_t) && size % sizeof(size_t) == 0;
}

/* Read the options of a program into `options`.
 *
 * @param given     the program's structure, with the size that it was built with; NULL for the
 *                  defaults
 * @param defaults  of this library's size
 * @param size      the size that this library knows, which is the size of the copy
 * @return          false if the size is invalid, or if an option is set that this library does not
 *                  know */
static inline bool bighti_options_read(const void *given, const void *defaults, size_t size,
                                       void *options)
{
    size_t given_size;

    memcpy(options, defaults, size);
    if (given == NULL)
        return true;
    memcpy(&given_size, given, sizeof(given_size));
    if (!bighti_is_structure_size(given_size))
        return false;
    for (size_t i = size; i < given_size; i++)
        if (((const unsigned char *)given)[i] != 0)
            return false;
    memcpy(options, given, given_size < size ? given_size : size);
    memcpy(options, &size, sizeof(size));
    return true;
}

/* Copy counters to a program that knows the first `size` bytes of `to`; counters that this library
 * does not know are set to 0. */
static inline void bighti_stats_write(const void *stats, size_t size, void *to)
{
    size_t given_size, common;

    memcpy(&given_size, to, sizeof(given_size));
    common = given_size < size ? given_size : size;
    if (common <= sizeof(given_size))
        return;
    memset((char *)to + common, 0, given_size - common);
    memcpy((char *)to + sizeof(given_size), (const char *)stats + sizeof(given_size),
           common - sizeof(given_size));
}

/* The end of a member: the smallest size of a structure that contains it. */
#define BIGHTI_END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* Whether a table has the slots of version 0.1, the last of which is named. */
#define BIGHTI_TABLE_IS_KNOWN(table, type, last)                                                   \
    ((table)->size == 0 || (table)->size >= BIGHTI_END_OF(type, last))

/* A slot that came after version 0.1; NULL, or false, in a table that ends before it. */
#define BIGHTI_SLOT(table, type, slot)                                                             \
    ((table)->size >= BIGHTI_END_OF(type, slot) ? (table)->slot : 0)

#endif

/* Misuse of the library by the program: it ends with a message, in release builds too, for going on
 * would only move the crash to where nobody finds its cause. */
#ifndef BIGHTI_BASE_CHECK_H
#define BIGHTI_BASE_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define BIGHTI_REQUIRE(condition, message)                                                         \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            fprintf(stderr, "bight: misuse in %s: %s\n", __func__, message);                       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif

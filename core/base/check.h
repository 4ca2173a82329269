/* Misuse of the library by the program ends it with a message, in release builds too, because
 * continuing would only move the crash to a place where its cause cannot be found. */
#ifndef BIGHTI_BASE_CHECK_H
#define BIGHTI_BASE_CHECK_H

#include <stdio.h>
#include <stdlib.h>

static inline _Noreturn void bighti_misuse(const char *function, const char *message)
{
    fprintf(stderr, "bight: misuse in %s: %s\n", function, message);
    abort();
}

#define BIGHTI_REQUIRE(condition, message)                                                         \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            bighti_misuse(__func__, message);                                                      \
    } while (0)

/* The message of a function that received NULL: the program did not check that it got an
 * object. */
#define BIGHTI_NO_REACTOR "the reactor is NULL, so it was never made, or that has failed"

#define BIGHTI_REQUIRE_REACTOR(reactor) BIGHTI_REQUIRE((reactor) != NULL, BIGHTI_NO_REACTOR)

#endif

/* The coroutines of deferred_coroutine.c. */
#ifndef DEFERRED_COROUTINE_H
#define DEFERRED_COROUTINE_H

#include <bight/coroutine.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/* Gives the next number to add. */
typedef bight_deferred *(*next_fn)(void *data);

/* Adds `count` numbers to `start`. If that is below zero, waits for one more, which is the result,
 * or -1 if it fails. `freed` counts the frames that were freed. */
bight_deferred *add_up(next_fn next, void *data, int count, intptr_t start, int *freed);

/* Adds two numbers, with two waits on one line. */
bight_deferred *add_both(next_fn next, void *data, int *freed);

bight_deferred *do_nothing(bight_co *co);

BIGHT_END_DECLS

#endif

/* A library's timers, as the comparison uses them: numbered, with delays in milliseconds, which is
 * what the coarsest of them knows. */
#ifndef BENCH_TIMERS_LIBRARIES_H
#define BENCH_TIMERS_LIBRARIES_H

#include <stddef.h>
#include <stdint.h>

typedef struct library {
    const char *name;
    void (*open)(size_t count);

    /* Call a function inside of a callback of the loop, where programs touch their timers; NULL
     * where that makes no difference. Ours knows the time there, as libev and libuv always believe
     * they do; elsewhere it asks the clock. */
    void (*inside)(void (*fn)(void *), void *data);
    void (*create)(size_t index, uint64_t delay); /* make it and start it */
    void (*again)(size_t index, uint64_t delay);  /* start it anew with another delay */
    void (*cancel)(size_t index);                 /* stop it and free it */
    void (*turn)(void);                           /* look for what is due, without waiting */
    void (*close)(void);
} library;

/* Those that are there are named by BENCH_LIBRARIES. */
extern const library *const bench_bight,
    *const bench_libev, *const bench_libuv, *const bench_libevent, *const bench_glib;

#endif

/* The work around every callback of the program: counting, the watchdog, the clock, joined
 * writes. */
#ifndef BIGHTI_REACTOR_CALL_H
#define BIGHTI_REACTOR_CALL_H

#include <bight/reactor.h>
#include <stdint.h>

typedef struct bighti_call {
    const char *name; /* NULL: look up the name of `function` */
    void *function;
    uint64_t begin;
} bighti_call;

void bighti_call_begin(bight_reactor *reactor, bighti_call *call);
void bighti_call_end(bight_reactor *reactor, const bighti_call *call);

#endif

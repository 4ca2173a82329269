/* Residents: what must be told when the reactor is freed, such as a listener, a connect, a pool. */
#ifndef BIGHTI_REACTOR_RESIDENT_H
#define BIGHTI_REACTOR_RESIDENT_H

#include "../base/list.h"
#include <bight/reactor.h>

typedef struct bighti_resident {
    bighti_link link;                                /* unlinked: it is not told */
    void (*evict)(struct bighti_resident *resident); /* must unlink itself */
} bighti_resident;

/* Be told from now on, until the link is unlinked. Of a reactor that was freed nothing is told. */
void bighti_resident_join(bighti_resident *resident, bight_reactor *reactor);

#endif

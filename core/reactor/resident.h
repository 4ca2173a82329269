/* Residents: objects that must be notified when the reactor is freed, such as a listener, a
 * connect or a pool. */
#ifndef BIGHTI_REACTOR_RESIDENT_H
#define BIGHTI_REACTOR_RESIDENT_H

#include "../base/list.h"
#include <bight/reactor.h>

typedef struct bighti_resident {
    bighti_link link;                                /* unlinked: it is not notified */
    void (*evict)(struct bighti_resident *resident); /* must unlink itself */
} bighti_resident;

/* Notify the resident from now on, until the link is unlinked. Does nothing if the reactor was
 * freed. */
void bighti_resident_join(bighti_resident *resident, bight_reactor *reactor);

#endif

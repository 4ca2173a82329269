/* What a listener is to the schemes of the library. listener.c serves what they accept. */
#ifndef BIGHTI_NET_LISTENER_H
#define BIGHTI_NET_LISTENER_H

#include "transport.h"
#include <bight/scheme.h>

/* Connections of a listener that exist, from accepting to closed. It outlives the listener, for as
 * long as one of them does. */
typedef struct bighti_crowd {
    bight_listener *listener; /* NULL once it is freed */
    unsigned count, most;     /* most is 0 for any number */
} bighti_crowd;

/* A connection of the crowd has gone. */
void bighti_crowd_leave(bighti_crowd *crowd);

#endif

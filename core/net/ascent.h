/* Several layers on one connection, one on another: ascent.c. */
#ifndef BIGHTI_NET_ASCENT_H
#define BIGHTI_NET_ASCENT_H

#include <bight/layer.h>

/* The layers of one connection, which is given them one by one. Part of a listener's or a connect's
 * structure. */
typedef struct bighti_ascent {
    bight_protocol protocol;               /* of the uppermost one meanwhile */
    bight_transport *top;                  /* NULL while nothing is under way */
    bight_layer_factory *const *factories; /* borrowed: from the lowest layer up */
    size_t count;                          /* those that are left */
    bight_layer_side side;

    /* All layers stand. The transport is connected, and its protocol is to be set before this
     * returns; the ascent is over and may be freed. */
    void (*done)(struct bighti_ascent *ascent, bight_transport *top);

    /* The connection has ended, or a layer could not be started, before all of them stood. The
     * ascent is over and may be freed. */
    void (*failed)(struct bighti_ascent *ascent, const bight_error *reason);
} bighti_ascent;

/* Begin on a transport that is connected. done or failed is called in a later turn, but for an
 * empty list, where it is done at once. If this fails the transport was broken off, and neither is
 * called. */
bight_status bighti_ascent_begin(bighti_ascent *ascent, bight_transport *transport,
                                 bight_layer_factory *const *factories, size_t count,
                                 bight_layer_side side);

/* Give up: the connection is broken off, and neither function is called. */
void bighti_ascent_drop(bighti_ascent *ascent);

#endif

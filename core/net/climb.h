/* From a connection to the transport that a program gets: the layers that stand on it are started
 * one after the other, each when the one below is connected. Connects and listeners share it. */
#ifndef BIGHTI_NET_CLIMB_H
#define BIGHTI_NET_CLIMB_H

#include "transport.h"
#include <bight/tls.h>

/* A layer that is to be put on. */
typedef struct bighti_stair {
    bight_tls *tls;
    const char *host; /* a client's: whom the certificate must be for */
} bighti_stair;

typedef struct bighti_climb bighti_climb;

struct bighti_climb {
    bight_protocol protocol;    /* of the highest transport so far */
    const bighti_stair *stairs; /* live as the climb does */
    unsigned count, next;
    bight_transport *transport; /* the highest so far, while it is waited for; else NULL */
    bool given;                 /* by a scheme, which has not said yet that it is ready */
    void (*done)(bighti_climb *climb, bight_transport *transport);
    void (*failed)(bighti_climb *climb, const bight_error *reason);
};

/* done and failed may free the climb; `stairs` may be set until it begins. */
void bighti_climb_init(bighti_climb *climb, void (*done)(bighti_climb *, bight_transport *),
                       void (*failed)(bighti_climb *, const bight_error *));

/* Keep a transport that is connected, or about to be told so: what it receives waits, and its end
 * fails the climb. */
void bighti_climb_keep(bighti_climb *climb, bight_transport *take_transport);

/* Go on from the one that is kept as soon as it is connected: now, if it is. Calls done or failed
 * in this case, once all layers are connected, or one is not. */
void bighti_climb_begin(bighti_climb *climb);

/* Give up: free the transport. Nothing is called any more. */
void bighti_climb_drop(bighti_climb *climb);

#endif

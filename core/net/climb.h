/* From a connection that a scheme has made to the transport that a program gets: wait until it is
 * connected, then put layers on it. Connects and listeners share it. */
#ifndef BIGHTI_NET_CLIMB_H
#define BIGHTI_NET_CLIMB_H

#include <bight/layer.h>
#include <bight/tls.h>

/* The layers of a connect, or of each connection of a listener, from the lowest up. */
typedef struct bighti_stairs {
    bight_layer_factory **factories; /* with references; NULL for none */
    size_t count;
} bighti_stairs;

/* What a program asks for: layers, then TLS if there is a context, then more layers. */
typedef struct bighti_wanted_layers {
    bight_layer_factory *const *below, *const *above;
    size_t below_count, above_count;
    bight_tls *tls;   /* NULL for none */
    const char *host; /* of a client, see bight_tls_start_client() */
} bighti_wanted_layers;

/* Take references. BIGHT_ERROR_NO_MEMORY: nothing was changed. */
bight_status bighti_stairs_init(bighti_stairs *stairs, const bighti_wanted_layers *wanted);
void bighti_stairs_deinit(bighti_stairs *stairs);

typedef struct bighti_climb bighti_climb;

struct bighti_climb {
    bight_protocol protocol;    /* of the uppermost transport meanwhile */
    bight_transport *transport; /* the same; NULL while none is under way */
    bool begun;
    const bighti_stairs *stairs; /* live as the climb does */
    size_t next;                 /* in the stairs */
    bight_layer_side side;

    /* The transport is connected, and its protocol is to be set before this returns. */
    void (*done)(bighti_climb *climb, bight_transport *transport);

    /* It has ended before. After either of the two the climb is over and may be freed. */
    void (*failed)(bighti_climb *climb, const bight_error *reason);
};

void bighti_climb_init(bighti_climb *climb, bight_layer_side side, const bighti_stairs *stairs,
                       void (*done)(bighti_climb *, bight_transport *),
                       void (*failed)(bighti_climb *, const bight_error *));

/* Keep a transport that is connected, or about to be told so: what it receives waits, and its end
 * fails the climb. */
void bighti_climb_keep(bighti_climb *climb, bight_transport *take_transport);

/* Go on with the one that is kept as soon as it is connected: now, if it is, and then done or
 * failed may be called before this returns. */
void bighti_climb_begin(bighti_climb *climb);

/* Give up: free the transport. Nothing is called any more. */
void bighti_climb_drop(bighti_climb *climb);

#endif

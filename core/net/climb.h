/* The climb from the connection that a scheme has made to the transport that a program gets: wait
 * until it is connected, then put layers on it. Connects and listeners share this. */
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
    const char *host; /* for a client, see bight_tls_start_client() */
} bighti_wanted_layers;

/* Take references. BIGHT_ERROR_NO_MEMORY: nothing was changed. */
bight_status bighti_stairs_init(bighti_stairs *stairs, const bighti_wanted_layers *wanted);
void bighti_stairs_deinit(bighti_stairs *stairs);

typedef struct bighti_climb bighti_climb;

struct bighti_climb {
    bight_protocol protocol;    /* of the uppermost transport during the climb */
    bight_transport *transport; /* the uppermost transport; NULL if there is none */
    bool begun;
    const bighti_stairs *stairs; /* live as long as the climb */
    size_t next;                 /* in the stairs */
    bight_layer_side side;

    /* The transport is connected; this must set its protocol before it returns. */
    void (*done)(bighti_climb *climb, bight_transport *transport);

    /* The transport has ended before it was ready. After done or failed the climb is over and may
     * be freed. */
    void (*failed)(bighti_climb *climb, const bight_error *reason);

    /* A layer waits for a person, or goes on. NULL ignores this. */
    void (*paused)(bighti_climb *climb, bool paused);

    bight_transport *ended; /* the transport that has ended, while `failed` is called */
};

void bighti_climb_init(bighti_climb *climb, bight_layer_side side, const bighti_stairs *stairs,
                       void (*done)(bighti_climb *, bight_transport *),
                       void (*failed)(bighti_climb *, const bight_error *));

/* Keep a transport that is connected, or will receive connected: bytes that it receives wait, and
 * its end fails the climb. */
void bighti_climb_keep(bighti_climb *climb, bight_transport *take_transport);

/* Continue with the kept transport as soon as it is connected. If it is connected now, done or
 * failed may be called before this returns. */
void bighti_climb_begin(bighti_climb *climb);

/* The uppermost transport, which has this protocol, waits for a person, or goes on. Does nothing
 * for the protocol of a program. */
void bighti_climb_pause(bight_protocol *protocol, bool paused);

/* Abandon the climb: free the transport. Neither function is called any more. */
void bighti_climb_drop(bighti_climb *climb);

#endif

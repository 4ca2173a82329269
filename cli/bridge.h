/* A bridge: an accepted connection, the connection made for it, and the traffic between them.
 * forward.c and chaos.c define how traffic is forwarded. */
#ifndef BIGHT_CLI_BRIDGE_H
#define BIGHT_CLI_BRIDGE_H

#include "serve.h"
#include <bight/deferred.h>

typedef struct cli_bridge cli_bridge;

/* One of its two connections. */
typedef struct cli_end {
    bight_protocol protocol;
    cli_bridge *bridge;
    bight_transport *transport; /* NULL before it is connected and once it is closed */
} cli_end;

/* How a command handles events. `other` is the opposite end. Its transport is open, except in
 * closed, where either may be NULL. */
typedef struct cli_bridge_ops {
    size_t size; /* of its structure, which begins with a cli_bridge */
    bool (*init)(cli_bridge *bridge);
    void (*received)(cli_end *end, cli_end *other, const uint8_t *bytes, size_t size);
    void (*ended)(cli_end *end, cli_end *other);
    void (*drained)(cli_end *end, cli_end *other);
    void (*deinit)(cli_bridge *bridge);
} cli_bridge_ops;

enum { CLI_ACCEPTED = 0, CLI_MADE = 1 };

struct cli_bridge {
    const cli_bridge_ops *ops;
    cli_member member;
    cli_end ends[2]; /* CLI_ACCEPTED and CLI_MADE */
    bight_deferred *connecting;
};

/* Listen at the first argument of the command, and give every connection a bridge to the second. */
bool cli_bridge_serve(cli_program *program, bight_serve_fn serve);

/* Make the bridge of one connection, for a bight_serve_fn; NULL when out of memory. */
bight_protocol *cli_bridge_new(cli_program *program, const cli_bridge_ops *ops);

#endif

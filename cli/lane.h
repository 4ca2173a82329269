/* One direction of a bridge of `bight chaos`. Received bytes wait here, and are sent in the
 * requested pieces and at the requested rate until a fault occurs. */
#ifndef BIGHT_CLI_LANE_H
#define BIGHT_CLI_LANE_H

#include "bridge.h"
#include <bight/timer.h>

/* A pseudo-random sequence, determined by its seed. */
typedef struct cli_random {
    uint64_t state;
} cli_random;

typedef struct cli_piece cli_piece;

typedef struct cli_lane {
    const cli_options *options;
    const char *name; /* for the reports */
    cli_bridge *bridge;
    cli_end *from, *to;
    bight_timer *timer;
    cli_piece *first, *last;                  /* waiting, in the order of arrival */
    size_t waiting;                           /* bytes in them */
    size_t head_sent;                         /* sent bytes of the first piece */
    uint64_t offset;                          /* total number of sent bytes */
    uint64_t cut;                             /* offset at which the current piece ends */
    uint64_t last_due;                        /* of the newest piece: the order is kept */
    uint64_t free_at;                         /* when the rate allows more bytes */
    uint64_t stall_at, truncate_at, reset_at; /* offsets; UINT64_MAX is never */
    uint64_t stalled_until;
    cli_random cuts, delays; /* separate, so that timing does not move the cuts */
    bool chaotic;            /* faults are enabled in this direction */
    bool full;               /* the source was paused */
    bool blocked;            /* the sink returned BIGHT_FLOW_WAIT */
    bool over;               /* the end was forwarded, or there is no sink any more */
} cli_lane;

/* Draw the lane's faults and begin. Returns false when out of memory. */
bool cli_lane_init(cli_lane *lane, cli_bridge *bridge, bool up, const cli_options *options);

/* Add bytes that the source sent. */
void cli_lane_add(cli_lane *lane, const uint8_t *bytes, size_t size);

/* The source sends no more. */
void cli_lane_end(cli_lane *lane);

/* The sink accepts more again. */
void cli_lane_drained(cli_lane *lane);

void cli_lane_deinit(cli_lane *lane);

#endif

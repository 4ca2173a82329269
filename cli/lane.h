/* One direction of a chaotic bridge: what arrives waits here for its time, and leaves in the pieces
 * and at the pace that were asked for, until a fault strikes. */
#ifndef BIGHT_CLI_LANE_H
#define BIGHT_CLI_LANE_H

#include "bridge.h"
#include <bight/timer.h>

/* A sequence of numbers that its seed decides. */
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
    cli_piece *first, *last;                  /* that wait, in the order they came */
    size_t waiting;                           /* bytes in them */
    size_t head_sent;                         /* bytes of the first that have left */
    uint64_t offset;                          /* bytes that have left in all */
    uint64_t cut;                             /* where the present piece ends, as an offset */
    uint64_t last_due;                        /* of the newest piece: the order is kept */
    uint64_t free_at;                         /* when the rate lets more leave */
    uint64_t stall_at, truncate_at, reset_at; /* offsets; UINT64_MAX is never */
    uint64_t stalled_until;
    cli_random cuts, delays; /* apart, so that time does not change where it cuts */
    bool chaotic;            /* this direction is to be disturbed */
    bool full;               /* the source was paused */
    bool blocked;            /* the sink said to wait */
    bool over;               /* the end has been passed on, or there is nobody to send to */
} cli_lane;

/* Draw the lane's faults and begin. False without memory. */
bool cli_lane_init(cli_lane *lane, cli_bridge *bridge, bool up, const cli_options *options);

/* These came from the source. */
void cli_lane_add(cli_lane *lane, const uint8_t *bytes, size_t size);

/* The source sends no more. */
void cli_lane_end(cli_lane *lane);

/* The sink takes more again. */
void cli_lane_drained(cli_lane *lane);

void cli_lane_deinit(cli_lane *lane);

#endif

/* bight chaos: a forwarder that simulates faults of bad networks and bad peers, to test how a
 * program handles them. */
#include "command.h"
#include "endpoints.h"
#include "help.h"
#include "lane.h"
#include "report.h"
#include <errno.h>
#include <string.h>
#include <sys/random.h>

enum { BUFFER = 1024 * 1024 };

typedef struct chaos {
    cli_bridge bridge;
    cli_lane up, down;
} chaos;

static chaos *chaos_of(cli_bridge *bridge)
{
    return BIGHTI_CONTAINER(bridge, chaos, bridge);
}

static bool is_accepted(const cli_end *end)
{
    return end == &end->bridge->ends[CLI_ACCEPTED];
}

/* The lane that begins at an end. */
static cli_lane *lane_from(cli_end *end)
{
    chaos *self = chaos_of(end->bridge);

    return is_accepted(end) ? &self->up : &self->down;
}

static cli_lane *lane_to(cli_end *end)
{
    chaos *self = chaos_of(end->bridge);

    return is_accepted(end) ? &self->down : &self->up;
}

static bool chaos_init(cli_bridge *bridge)
{
    chaos *self = chaos_of(bridge);
    const cli_options *options = bridge->member.program->options;

    return cli_lane_init(&self->up, bridge, true, options) &&
           cli_lane_init(&self->down, bridge, false, options);
}

static void chaos_received(cli_end *end, cli_end *other, const uint8_t *bytes, size_t size)
{
    (void)other;
    cli_lane_add(lane_from(end), bytes, size);
}

static void chaos_ended(cli_end *end, cli_end *other)
{
    (void)other;
    cli_lane_end(lane_from(end));
}

static void chaos_drained(cli_end *end, cli_end *other)
{
    (void)other;
    cli_lane_drained(lane_to(end));
}

static void chaos_deinit(cli_bridge *bridge)
{
    cli_lane_deinit(&chaos_of(bridge)->up);
    cli_lane_deinit(&chaos_of(bridge)->down);
}

static const cli_bridge_ops ops = {
    .size = sizeof(chaos),
    .init = chaos_init,
    .received = chaos_received,
    .ended = chaos_ended,
    .drained = chaos_drained,
    .deinit = chaos_deinit,
};

static bight_protocol *chaos_serve(bight_listener *listener, bight_transport *transport, void *data)
{
    (void)listener;
    (void)transport;
    return cli_bridge_new(data, &ops);
}

/* Without --seed, choose a seed that is short enough to type. */
static bool choose_seed(cli_options *options)
{
    uint32_t seed;

    if (options->seed != CLI_NO_COUNT)
        return true;
    if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
        cli_say("no random seed: %s", strerror(errno));
        return false;
    }
    options->seed = seed;
    cli_say("seed %lu", (unsigned long)seed);
    return true;
}

static bool chaos_start(cli_program *program)
{
    cli_options *options = program->options;

    if (options->split.least == 0) {
        cli_say("--split: a piece must have at least 1 byte");
        program->status = CLI_USAGE;
        return false;
    }
    if (options->buffer == 0)
        options->buffer = BUFFER;
    return choose_seed(options) && cli_bridge_serve(program, chaos_serve);
}

static const cli_option options[] = {
    {"delay", CLI_TIME, CLI_FIELD(delay), "TIME", "delay all bytes by this time"},
    {"jitter", CLI_TIME, CLI_FIELD(jitter), "TIME",
     "and by a random time up to this; keeps the order"},
    {"rate", CLI_SIZE, CLI_FIELD(rate), "SIZE", "forward at most this many bytes per second"},
    {"split", CLI_SIZES, CLI_FIELD(split), "SIZES", "send pieces of this size: 1, or 1-16"},
    {"gap", CLI_TIME, CLI_FIELD(gap), "TIME", "time between pieces; default 100us"},
    {"stall", CLI_SIZES, CLI_FIELD(stall), "SIZES", "after this many bytes, forward nothing"},
    {"stall-time", CLI_TIME, CLI_FIELD(stall_time), "TIME",
     "resume after this time; default never"},
    {"truncate", CLI_SIZES, CLI_FIELD(truncate), "SIZES", "after this many bytes, close both ends"},
    {"rst", CLI_SIZES, CLI_FIELD(reset), "SIZES", "after this many bytes, reset both ends"},
    {"chance", CLI_PERCENT, CLI_FIELD(chance), "PERCENT",
     "share of connections with --stall, --truncate, --rst"},
    {"only", CLI_WAYS, CLI_FIELD(ways), "WAY", "up (to CONNECT) or down (from it); default both"},
    {"seed", CLI_COUNT, CLI_FIELD(seed), "NUMBER", "repeat the run with this seed"},
    {"buffer", CLI_SIZE, CLI_FIELD(buffer), "SIZE", "buffer size per direction; default 1m"},
    CLI_SERVER_OPTIONS,
    CLI_CONNECT_OPTIONS,
    CLI_NO_MORE_OPTIONS,
};

const cli_command cli_command_chaos = {
    .name = "chaos",
    .arguments = "LISTEN CONNECT",
    .summary = "Forward connections with faults of a bad network or peer",
    .details =
        "Without options it forwards like \"bight forward\". SIZES is one size, or a range like\n"
        "\"100-5000\", from which a random size is drawn for each connection, or with --split for\n"
        "each piece. The seed determines all random values; without --seed, one is chosen and\n"
        "printed.\n",
    .options = options,
    .least = 2,
    .most = 2,
    .is_server = true,
    .start = chaos_start,
    .stop = cli_serve_stop,
    .finish = cli_serve_finish,
};

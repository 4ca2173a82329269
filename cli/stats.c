#include "stats.h"
#include <inttypes.h>
#include <stdio.h>

static void print(const char *name, uint64_t value)
{
    fprintf(stderr, "%-18s %" PRIu64 "\n", name, value);
}

void cli_stats_print(const bight_reactor *reactor)
{
    bight_reactor_stats stats = {.size = sizeof(stats)};

    bight_reactor_get_stats(reactor, &stats);
    fprintf(stderr, "%-18s %s\n", "host", bight_reactor_get_host_name(reactor));
    print("turns", stats.turns);
    print("callbacks", stats.callbacks);
    print("deepest nesting", stats.deepest);
    print("connections", stats.connections);
    print("bytes in", stats.bytes_in);
    print("bytes out", stats.bytes_out);
    if (stats.longest_callback != 0) {
        fprintf(stderr, "%-18s %" PRIu64 " us (%s)\n", "longest callback",
                stats.longest_callback / BIGHT_USEC(1), stats.longest_name);
        print("stalls", stats.stalls);
    }
}

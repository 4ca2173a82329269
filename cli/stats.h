/* The counters of a reactor, for a person. */
#ifndef BIGHT_CLI_STATS_H
#define BIGHT_CLI_STATS_H

#include <bight/reactor.h>

/* On standard error, one a line. */
void cli_stats_print(const bight_reactor *reactor);

#endif

/* Prints the counters of a reactor. */
#ifndef BIGHT_CLI_STATS_H
#define BIGHT_CLI_STATS_H

#include <bight/reactor.h>

/* Print to standard error, one counter per line. */
void cli_stats_print(const bight_reactor *reactor);

#endif

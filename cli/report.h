/* What the tool says to the person who started it: results on standard output, all else on standard
 * error, where every line begins with "bight: ". */
#ifndef BIGHT_CLI_REPORT_H
#define BIGHT_CLI_REPORT_H

#include <bight/api.h>
#include <bight/error.h>
#include <stdbool.h>

/* On standard error. */
void cli_say(const char *format, ...) BIGHT_PRINTF(1, 2);

/* An error with all its causes, on standard error. */
void cli_say_error(const bight_error *error);

/* A line on standard output, there at once for whoever reads it. False when it cannot be written,
 * which is said. */
bool cli_print(const char *format, ...) BIGHT_PRINTF(1, 2);

#endif

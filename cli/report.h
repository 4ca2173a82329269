/* Output of the tool: results on standard output, messages on standard error, where every line
 * begins with "bight: ". */
#ifndef BIGHT_CLI_REPORT_H
#define BIGHT_CLI_REPORT_H

#include <bight/api.h>
#include <bight/error.h>
#include <stdbool.h>

/* Print a message on standard error. */
void cli_say(const char *format, ...) BIGHT_PRINTF(1, 2);

/* Print an error with all its causes on standard error. */
void cli_say_error(const bight_error *error);

/* Print a line on standard output and flush it. Returns false after a message if it cannot be
 * written. */
bool cli_print(const char *format, ...) BIGHT_PRINTF(1, 2);

#endif

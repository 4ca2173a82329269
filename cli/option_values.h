/* The values of options, from their text. */
#ifndef BIGHT_CLI_OPTION_VALUES_H
#define BIGHT_CLI_OPTION_VALUES_H

#include "options.h"

/* Set the option's field from the text. Returns false and sets nothing if the text is invalid. The
 * text is NULL for a flag, and may be NULL if the value is optional. */
bool cli_value_set(const cli_option *option, const char *text, cli_options *options);

/* Describes the valid values of a kind, for the message. */
const char *cli_value_describe(cli_option_kind kind);

#endif

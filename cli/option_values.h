/* The values of options, from their text. */
#ifndef BIGHT_CLI_OPTION_VALUES_H
#define BIGHT_CLI_OPTION_VALUES_H

#include "options.h"

/* Set the option's field from the text. False when the text is none of its kind; nothing is set
 * then. For a flag the text is NULL, and
 * so it may be where a value may be left out. */
bool cli_value_set(const cli_option *option, const char *text, cli_options *options);

/* What a text of this kind looks like, for the message. */
const char *cli_value_describe(cli_option_kind kind);

#endif

/* The output of `bight help`. */
#ifndef BIGHT_CLI_HELP_H
#define BIGHT_CLI_HELP_H

#include "command.h"

/* The options of every command. */
extern const cli_option cli_common_options[];

/* The options of every server, for the beginning of its table. */
#define CLI_SERVER_OPTIONS                                                                         \
    {"verbose", CLI_FLAG, CLI_FIELD(verbose), NULL, "report each connection on standard error"},   \
    {                                                                                              \
        "idle-timeout", CLI_TIME, CLI_FIELD(idle_timeout), "TIME",                                 \
            "close a connection after this time without traffic"                                   \
    }

/* Print the help of a command, or the general help if it is NULL. Returns the exit status. */
int cli_help_print(const cli_command *command);

int cli_version_print(void);

#endif

/* What `bight help` says. */
#ifndef BIGHT_CLI_HELP_H
#define BIGHT_CLI_HELP_H

#include "command.h"

/* The options that every command takes. */
extern const cli_option cli_common_options[];

/* Those of a server, to begin its table with. */
#define CLI_SERVER_OPTIONS                                                                         \
    {"verbose", CLI_FLAG, CLI_FIELD(verbose), NULL, "report each connection on standard error"},   \
    {                                                                                              \
        "idle-timeout", CLI_TIME, CLI_FIELD(idle_timeout), "TIME",                                 \
            "close a connection after this time without traffic"                                   \
    }

/* The command's help, or of all when it is NULL. Returns the exit status. */
int cli_help_print(const cli_command *command);

int cli_version_print(void);

#endif

/* The definition of a command. */
#ifndef BIGHT_CLI_COMMAND_H
#define BIGHT_CLI_COMMAND_H

#include "library.h"
#include "options.h"
#include "program.h"

struct cli_command {
    const char *name;
    const char *arguments; /* "LISTEN CONNECT" */
    const char *summary;   /* one line */
    const char *details;   /* more of the help; lines of at most 80 characters */
    const cli_option *options;
    const cli_library *library; /* loaded before run or start; NULL if libbight is all it needs */
    int least, most;            /* the number of arguments */
    bool is_server;             /* SIGINT and SIGTERM are its normal end */

    /* For a command without a loop: does all the work and returns the exit status. Else NULL. */
    int (*run)(const cli_options *options);

    /* Called before the loop runs. Returns false on failure, after a message; finish is called
     * even then. */
    bool (*start)(cli_program *program);

    /* Shut down: accept no more connections and close the open ones. The loop ends when the last
     * connection has closed. */
    void (*stop)(cli_program *program);

    /* Free everything that start has made. The loop has ended; the reactor still exists. */
    void (*finish)(cli_program *program);
};

extern const cli_command cli_command_echo, cli_command_chatd, cli_command_connect,
    cli_command_follow, cli_command_forward, cli_command_chaos, cli_command_sql, cli_command_hosts,
    cli_command_resolve;

/* All commands, NULL-terminated. */
extern const cli_command *const cli_commands[];

#endif

/* What a command is. */
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
    int least, most;            /* how many arguments it takes */
    bool is_server;             /* SIGINT and SIGTERM are how it is meant to end */

    /* Without a loop: does all the work and returns the exit status. NULL for those with one. */
    int (*run)(const cli_options *options);

    /* Before the loop runs. False when it cannot be done: all is said then, and finish is called
     * all the same. */
    bool (*start)(cli_program *program);

    /* Wind up: accept nothing more and close what is open. The loop ends when the last connection
     * has gone. */
    void (*stop)(cli_program *program);

    /* Free what start has made; the loop has ended, the reactor is still there. */
    void (*finish)(cli_program *program);
};

extern const cli_command cli_command_echo, cli_command_chatd, cli_command_connect,
    cli_command_follow, cli_command_forward, cli_command_chaos, cli_command_sql, cli_command_hosts;

/* All of them, ended by NULL. */
extern const cli_command *const cli_commands[];

#endif

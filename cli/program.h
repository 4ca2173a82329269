/* One run of the tool: the interface between main.c and the commands. */
#ifndef BIGHT_CLI_PROGRAM_H
#define BIGHT_CLI_PROGRAM_H

#include <base/list.h>
#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <bight/signal.h>
#include <bight/timer.h>
#include <stdbool.h>

typedef struct cli_command cli_command;
typedef struct cli_options cli_options;

/* Exit statuses. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum { CLI_MOST_LISTENERS = 16, CLI_MOST_SIGNALS = 3 };

typedef struct cli_program {
    cli_options *options; /* a command may modify them */
    const cli_command *command;
    bight_reactor *reactor;
    void *state; /* the command's own */
    int status;  /* to exit with */
    bool over;   /* cli_program_end() was called */

    bight_signal *signals[CLI_MOST_SIGNALS];
    int signal_count;
    bight_timer *wind_up;   /* checks whether the last connection has closed */
    uint64_t wind_up_limit; /* when to stop waiting */
    int signal;             /* the one that ended it, or 0 */

    bight_listener *listeners[CLI_MOST_LISTENERS];
    int listener_count;
    bighti_link members; /* a server's connections, closed at the shutdown; serve.h */
    uint64_t served;     /* the number of connections so far */
} cli_program;

void cli_program_init(cli_program *program, cli_options *options);

/* Leave the loop and exit with a status. If several are not 0, the first counts. */
void cli_program_end(cli_program *program, int status);

#endif

/* One run of the tool: what main.c gives to a command, and what a command tells it. */
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
    cli_options *options; /* a command may complete them */
    const cli_command *command;
    bight_reactor *reactor;
    void *state; /* the command's own */
    int status;  /* to exit with */
    bool over;   /* cli_program_end() was called */

    bight_signal *signals[CLI_MOST_SIGNALS];
    int signal_count;
    bight_timer *wind_up;   /* looks whether the last connection has gone */
    uint64_t wind_up_limit; /* when to stop looking */
    int signal;             /* the one that ended it, or 0 */

    bight_listener *listeners[CLI_MOST_LISTENERS];
    int listener_count;
    bighti_link members; /* of a server: what has to be closed when it winds up; serve.h */
    uint64_t served;     /* how many there were */
} cli_program;

void cli_program_init(cli_program *program, cli_options *options);

/* Leave the loop and exit with a status. Of several that are not 0, the first counts. */
void cli_program_end(cli_program *program, int status);

#endif

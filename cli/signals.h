/* SIGINT and SIGTERM end the program in good order; SIGUSR1 prints the counters. */
#ifndef BIGHT_CLI_SIGNALS_H
#define BIGHT_CLI_SIGNALS_H

#include "program.h"

/* Listen to them on the program's reactor. False when that fails, which is said. */
bool cli_signals_start(cli_program *program);

void cli_signals_finish(cli_program *program);

/* End the process as the signal would have, for a program that is no server: who started it sees
 * why it ended. Returns if it does not. */
void cli_signals_die(int signal);

#endif

/* SIGINT and SIGTERM shut the program down; SIGUSR1 prints the counters. */
#ifndef BIGHT_CLI_SIGNALS_H
#define BIGHT_CLI_SIGNALS_H

#include "program.h"

/* Handle the signals on the program's reactor. Returns false after a message on failure. */
bool cli_signals_start(cli_program *program);

void cli_signals_finish(cli_program *program);

/* End the process by the signal, for a command that is not a server, so that its parent sees the
 * reason. Returns if the signal does not end it. */
void cli_signals_die(int signal);

#endif

/* Common code of the servers: listening, connections, shutdown. */
#ifndef BIGHT_CLI_SERVE_H
#define BIGHT_CLI_SERVE_H

#include "program.h"
#include <bight/transport.h>

/* A connection that is served. */
typedef struct cli_member {
    bighti_link link;
    uint64_t number; /* for the reports: the first is 1 */
    cli_program *program;
    void (*close)(struct cli_member *member); /* for the shutdown */
} cli_member;

/* Listen at every argument of the command, and print the endpoints. Returns false after a message
 * if one fails. `serve` receives the program as its data. */
bool cli_serve_arguments(cli_program *program, bight_serve_fn serve);

/* The same for one endpoint. */
bool cli_serve(cli_program *program, const char *endpoint, bight_serve_fn serve);

/* Set the exit status for a failure of a server that has only one connection, as on stdio:. */
void cli_serve_note_failure(cli_program *program);

/* Exit status and message for an endpoint that cannot be listened on. Consumes the error. */
void cli_serve_failed(cli_program *program, bight_error *take_error);

void cli_member_add(cli_member *member, cli_program *program, void (*close)(cli_member *));
void cli_member_remove(cli_member *member);

/* With --verbose: "3: tcp:127.0.0.1:5000 connected". */
void cli_member_report(const cli_member *member, const char *format, ...) BIGHT_PRINTF(2, 3);

/* With --verbose: report that a connection has ended, and why. */
void cli_member_report_end(const cli_member *member, const char *peer, const bight_error *reason);

/* Apply --idle-timeout. */
void cli_set_idle_timeout(const cli_program *program, bight_transport *transport);

/* Apply the settings of every connection of a server. */
void cli_serve_settings(const cli_program *program, bight_transport *transport);

/* Default stop and finish functions of a server command. */
void cli_serve_stop(cli_program *program);
void cli_serve_finish(cli_program *program);

#endif

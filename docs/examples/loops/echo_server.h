/* What the programs of this folder serve, so that each of them shows its loop and little else: an
 * echo server on a reactor, and words for it on standard input. */
#ifndef LOOPS_ECHO_SERVER_H
#define LOOPS_ECHO_SERVER_H

#include <bight/reactor.h>
#include <stdbool.h>

typedef struct echo_server echo_server;

/* Listen, and say where on standard output. NULL, with a word on standard error, if that fails. */
echo_server *echo_server_new(bight_reactor *reactor, const char *endpoint);

/* Standard input is readable: do what it says. "status" prints the counters. Returns false when the
 * program shall end: at "quit" and at the end of the input. */
bool echo_server_obey(echo_server *server);

/* After the reactor was freed, which ends the connections. */
void echo_server_free(echo_server *server);

#endif

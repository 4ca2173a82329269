/* The echo server that the programs of this folder run, so that each of them shows little but its
 * loop. It also obeys commands on standard input. */
#ifndef LOOPS_ECHO_SERVER_H
#define LOOPS_ECHO_SERVER_H

#include <bight/reactor.h>
#include <stdbool.h>

typedef struct echo_server echo_server;

/* Listens, and prints the endpoint. Returns NULL, with a message on standard error, on failure. */
echo_server *echo_server_new(bight_reactor *reactor, const char *endpoint);

/* Call this when standard input is readable. It runs the command there: "status" prints the
 * counters. Returns false if the program must end: at "quit" and at the end of the input. */
bool echo_server_obey(echo_server *server);

/* Call this after the reactor was freed, which ends the connections. */
void echo_server_free(echo_server *server);

#endif

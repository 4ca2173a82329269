/* What the echo servers of the comparison share, so that they differ in nothing but their library:
 * the listening socket, and how a socket is written to by those that have no writes of their own.
 */
#ifndef BENCH_ECHO_LISTEN_H
#define BENCH_ECHO_LISTEN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ECHO_BUFFER = 65536, ECHO_BACKLOG = 4096 };

/* A listening socket, not blocking, on a free port of 127.0.0.1 that has been printed; ends the
 * program when there is none. */
int echo_listen(void);

/* A connection, not blocking and without delay, or -1. */
int echo_accept(int listener);

void echo_no_delay(int fd);

/* Blocks where the socket is full, which these loads do not reach. */
void echo_write_all(int fd, const char *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif

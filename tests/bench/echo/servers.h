/* The servers of a comparison: started on the first processor, measured, stopped. */
#ifndef BENCH_ECHO_SERVERS_H
#define BENCH_ECHO_SERVERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

enum { MOST_SERVERS = 20, MOST_ROUNDS = 21 };

typedef struct server {
    const char *name;
    char *command[4];
    bool is_qt_unix; /* on Qt's own dispatcher, not GLib's */
    pid_t pid;
    FILE *output;
    uint16_t port;
} server;

/* Those of `all` that were built and can be started; returns their number. `only`: names with
 * commas, beside the first, which is the floor; or NULL. */
int servers_choose(server chosen[MOST_SERVERS], const server *all, size_t size, const char *only);

/* The same of all that echo in clear, raw epoll first. */
int servers_all(server servers[MOST_SERVERS], const char *only);

/* Ends the program when it does not listen. */
void server_start(server *self);
void server_stop(server *self);

/* Seconds of processor time of a server. */
double server_cpu(const server *self);

/* Bytes of memory that are a server's alone. */
double server_memory(const server *self);

/* A connection to it; ends the program when there is none. */
int server_connect(const server *self);

/* Stay on this processor. On a machine with one all share it. */
void pin(int cpu);
double seconds(clockid_t clock);
void die(const char *what);
void allow_many_descriptors(void);

/* Sorts the values: the first and last are then the range. */
double median(double *values, int count);

#endif

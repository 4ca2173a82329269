/* Watches of descriptors, embedded in other structures. Events are those of epoll. */
#ifndef BIGHTI_REACTOR_WATCH_H
#define BIGHTI_REACTOR_WATCH_H

#include "../base/list.h"
#include <bight/reactor.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* If a watch is freed while its callback is on the stack, it sets `gone`, and the dispatcher does
 * not use it any more. */
typedef struct bighti_watch {
    bighti_link link;       /* in io, io_next or none */
    bight_reactor *reactor; /* NULL when deinitialised */
    void (*fn)(struct bighti_watch *watch, uint32_t events);
    bool *gone; /* set to true when the watch is freed; not NULL while the callback is on the
                   stack */
    int fd;
    uint32_t interest; /* the events requested from the poller, with EPOLLET for edge-triggered */
    uint32_t ready;    /* events that the poller reported and no callback has received */
    bool in_set;       /* false while there is no interest, or while parked */
    bool parked;       /* ready again while on the stack: out of the set until it unwinds */
} bighti_watch;

/* Returns 0 or a negative errno; then nothing has to be undone. Holds a reference of the reactor
 * until deinit. */
int bighti_watch_init(bighti_watch *watch, bight_reactor *reactor, int fd, uint32_t interest,
                      void (*fn)(bighti_watch *, uint32_t));
void bighti_watch_deinit(bighti_watch *watch);
void bighti_watch_set_interest(bighti_watch *watch, uint32_t interest);

/* Run the callback in the next turn with these events, although the poller did not report them. */
void bighti_watch_again(bighti_watch *watch, uint32_t events);

/* The poller's set is new and empty: add the watch to it. */
void bighti_watch_rejoin(bighti_watch *watch);

/* A watch in the reactor's list, so that it can be rebuilt in a forked child; all other watches
 * belong to members. */
typedef struct bighti_listed_watch {
    bighti_watch core;
    bighti_link living; /* in the reactor's list of watches */
} bighti_listed_watch;

int bighti_listed_watch_init(bighti_listed_watch *watch, bight_reactor *reactor, int fd,
                             uint32_t interest, void (*fn)(bighti_watch *, uint32_t));
void bighti_listed_watch_deinit(bighti_listed_watch *watch);

#endif

/* Watches of descriptors that are part of a bigger structure. Events are those of epoll. */
#ifndef BIGHTI_REACTOR_WATCH_H
#define BIGHTI_REACTOR_WATCH_H

#include "../base/list.h"
#include <bight/reactor.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Freed while its callback is on the stack, a watch says so through `gone`, and the dispatcher
 * touches it no more. */
typedef struct bighti_watch {
    bighti_link link;       /* in io, io_next or none */
    bight_reactor *reactor; /* NULL when deinitialised */
    void (*fn)(struct bighti_watch *watch, uint32_t events);
    bool *gone; /* where to tell; not NULL while the callback is on the stack */
    int fd;
    uint32_t interest; /* as asked of the poller, with EPOLLET for edge-triggered */
    uint32_t ready;    /* what the poller told and no callback has seen */
    bool in_set;       /* false while there is no interest, or while parked */
    bool parked;       /* ready again while on the stack: out of the set until it unwinds */
} bighti_watch;

/* Returns 0 or a negative errno; then nothing has to be undone. Holds a reference of the reactor
 * until deinit. */
int bighti_watch_init(bighti_watch *watch, bight_reactor *reactor, int fd, uint32_t interest,
                      void (*fn)(bighti_watch *, uint32_t));
void bighti_watch_deinit(bighti_watch *watch);
void bighti_watch_set_interest(bighti_watch *watch, uint32_t interest);

/* Have the callback run in the next turn with these events, though the poller said nothing. */
void bighti_watch_again(bighti_watch *watch, uint32_t events);

/* The poller's set is new and empty: put the watch into it. */
void bighti_watch_rejoin(bighti_watch *watch);

/* A watch that a forked child finds by itself; the other ones are those of members. */
typedef struct bighti_listed_watch {
    bighti_watch core;
    bighti_link living; /* in the reactor's list of watches */
} bighti_listed_watch;

int bighti_listed_watch_init(bighti_listed_watch *watch, bight_reactor *reactor, int fd,
                             uint32_t interest, void (*fn)(bighti_watch *, uint32_t));
void bighti_listed_watch_deinit(bighti_listed_watch *watch);

#endif

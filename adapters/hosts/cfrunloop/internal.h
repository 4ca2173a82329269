/* Shared by the files of the CFRunLoop host and its tests. */
#ifndef BIGHTI_CFRUNLOOP_INTERNAL_H
#define BIGHTI_CFRUNLOOP_INTERNAL_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <linux/aio_abi.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/* How the run loop watches the reactor's descriptor. */
typedef enum bighti_way {
    BIGHTI_WAY_TESTED, /* directly if the self-test passes, else by the relay */
    BIGHTI_WAY_RELAY   /* for tests: as if the self-test had failed */
} bighti_way;

bight_status bighti_cfrunloop_attach(bight_reactor *reactor, bight_budget budget, bighti_way way);

/* An eventfd that the kernel writes when another descriptor becomes readable. */
typedef struct bighti_relay {
    aio_context_t context; /* 0: not open */
    int event_fd;
    int watched_fd;
    bool armed; /* requested, and not yet answered */
} bighti_relay;

/* Returns 0 or a negative errno; then there is nothing to close. */
int bighti_relay_open(bighti_relay *relay, int watched_fd);

/* Have the eventfd written once; immediately if the descriptor is readable already. */
void bighti_relay_arm(bighti_relay *relay);

/* The eventfd was written and read. */
void bighti_relay_fired(bighti_relay *relay);

void bighti_relay_close(bighti_relay *relay);

BIGHT_END_DECLS

#endif

/* What all kinds of transports have in common. transport.c, output.c and close.c, each above the
 * one before, implement the rules; the kinds (stream.c, pair.c) only move bytes. */
#ifndef BIGHTI_NET_TRANSPORT_H
#define BIGHTI_NET_TRANSPORT_H

#include "../base/check.h"
#include "../reactor/call.h"
#include "../reactor/member.h"
#include "../reactor/shared.h"
#include "queue.h"
#include <bight/address.h>
#include <bight/timer.h>
#include <bight/transport.h>
#include <sys/types.h>

/* The functions of a kind of transport; static const. */
typedef struct bighti_transport_ops {
    /* Send. Returns the number of bytes taken, or a negative errno: -EAGAIN if there is no room
     * now, and then the kind calls bighti_transport_writable() once there is. */
    ssize_t (*send)(bight_transport *transport, const struct iovec *parts, int count);

    /* Everything has been sent: end the output to the peer. */
    void (*shutdown)(bight_transport *transport);

    /* Receiving is resumed after a pause: deliver bytes that came meanwhile, in a later turn. */
    void (*resume)(bight_transport *transport);

    /* The protocol has closed, and everything has been sent: end the output to the peer, drop what
     * the peer still sends, and call bighti_transport_finish() when the peer has ended too.
     * bighti_transport_deliver_end() does this for a kind that has set BIGHTI_SHUT_DONE. The wait
     * is bounded by bighti_transport_linger(). */
    void (*close)(bight_transport *transport);

    /* The end: release the connection, with a reset if `reset`. Called once. */
    void (*disconnect)(bight_transport *transport, bool reset);

    /* The transport is not used any more: free everything that the kind owns, and its memory. */
    void (*release)(bight_transport *transport);

    /* Give the descriptor to the caller, who then owns it. NULL for a kind without one. */
    int (*steal)(bight_transport *transport);

    /* In a forked child: enter the poller's set, which is new. May be NULL. */
    void (*rejoin)(bight_transport *transport);

    /* This side's address, or the peer's. NULL for a kind that has none. */
    bight_address (*locate)(bight_transport *transport, bool peer);

    /* Write this side or the peer, which has this address, as an endpoint. */
    void (*describe)(bight_transport *transport, bool peer, const bight_address *address,
                     char *text, size_t size);

    /* Send a part of a file without reading it into memory; what `send` returns. Called only where
     * it is set, and while nothing else waits to be sent. */
    ssize_t (*send_file)(bight_transport *transport, int fd, uint64_t offset, size_t size);

    /* May be NULL. */
    void (*set_no_delay)(bight_transport *transport, bool on);
    void (*set_keepalive)(bight_transport *transport, unsigned idle_seconds);
} bighti_transport_ops;

enum {
    BIGHTI_PAUSED = 1,            /* the protocol wants no bytes */
    BIGHTI_BLOCKED = 2,           /* send returned -EAGAIN */
    BIGHTI_SHUT_WANTED = 4,       /* half-close as soon as everything is sent */
    BIGHTI_SHUT_DONE = 8,         /* half-closed */
    BIGHTI_PEER_ENDED = 16,       /* the peer has half-closed, and the protocol knows */
    BIGHTI_CLOSING = 32,          /* end when everything is sent and the peer has ended */
    BIGHTI_OVER = 64,             /* disconnected; closed has yet to be called */
    BIGHTI_TOLD = 128,            /* closed was called, or must not be called */
    BIGHTI_WANTS_DRAINED = 256,   /* a write returned BIGHT_FLOW_WAIT */
    BIGHTI_OWES_DRAINED = 512,    /* drained has yet to be called */
    BIGHTI_OWES_CONNECTED = 1024, /* connected has yet to be called */
    BIGHTI_BROKEN = 2048,         /* a write has failed: over as soon as all input is read */
    BIGHTI_ASKED = 4096,          /* a turn for pending notifications was requested */
    BIGHTI_TELLING = 8192,        /* that turn is on the stack */
    BIGHTI_CONNECTING = 16384,    /* a stream that is not connected yet */
    BIGHTI_READABLE = 32768,      /* a stream that may have bytes, or the end */
    BIGHTI_ENDING = 65536,        /* a stream with a hang-up: the end follows the bytes */
    BIGHTI_UNREAD = 131072,       /* bytes were put back: nothing else is delivered before them */
    BIGHTI_WAITERS = 262144,      /* there are waiters for drained */
    BIGHTI_SERVING = 524288,      /* a listener is calling serve for it */
    BIGHTI_LAYERED = 1048576      /* another transport stands on it */
};

enum {
    BIGHTI_CLOSED_FOR_WRITES = BIGHTI_SHUT_WANTED | BIGHTI_CLOSING | BIGHTI_OVER | BIGHTI_SERVING
};

typedef struct bighti_limits {
    size_t low, high, limit; /* limits of waiting output, in bytes */
    uint64_t linger;         /* nanoseconds that a close waits */
} bighti_limits;

/* The address of one side of a connection, and its text as an endpoint. */
typedef struct bighti_place {
    struct bighti_place *replaced; /* the place that was returned before; its text stays valid */
    bight_address address;
    char text[];
} bighti_place;

/* Rarely used members, allocated separately: an idle transport has to be small, because there may
 * be many. */
typedef struct bighti_details {
    bighti_limits limits;
    bight_timer *idle, *linger;
    uint64_t idle_time;
    bighti_place *local, *peer; /* those that were requested */
    uint8_t *unread;            /* bytes that were put back, while BIGHTI_UNREAD */
    size_t unread_size;
    bighti_link waiters; /* for drained */
    size_t waiter_count;
    bighti_link end_waiters; /* for closed */
    size_t end_waiter_count;
    struct bighti_crowd *crowd; /* of a listener that limits its connections, or NULL */
} bighti_details;

struct bight_transport {
    const bighti_transport_ops *ops;
    bight_protocol *protocol;
    bight_reactor *reactor; /* with a reference */
    bighti_member member;   /* for notifications that must wait for a later turn */
    bighti_queue out;
    const bighti_limits *limits; /* the defaults, or those in the details */
    bighti_details *details;     /* NULL until needed */
    uint64_t bytes_in, bytes_out;
    bight_error *reason;
    unsigned holds; /* callbacks on the stack that still use it */
    unsigned flags;
};

extern const bighti_limits bighti_default_limits;

/* NULL when out of memory. */
bighti_details *bighti_transport_details(bight_transport *transport);

/* Checks that a function with an effect is called on the right thread, and not while a listener
 * calls serve for this transport. */
#define bighti_check_usable(transport)                                                             \
    do {                                                                                           \
        bighti_check_thread((transport)->reactor);                                                 \
        BIGHTI_REQUIRE(((transport)->flags & BIGHTI_SERVING) == 0,                                 \
                       "in a serve function a transport only answers and takes settings");         \
    } while (0)

/* Join the reactor: the transport is counted, and notified when the reactor is freed. */
void bighti_transport_open(bight_transport *transport);

/* Make pending notifications in a later turn. */
void bighti_transport_ask(bight_transport *transport);

/* Make pending notifications now. */
void bighti_transport_tell(bight_transport *transport);

/* The protocol of a transport while a listener calls serve for it. */
extern const bight_protocol bighti_unserved;

/* Undo bighti_transport_init() for one that was never opened; its memory stays. */
void bighti_transport_deinit(bight_transport *transport);

/* While a transport is held, its memory stays. The last unhold after its end releases it. */
void bighti_transport_hold(bight_transport *transport);
void bighti_transport_unhold(bight_transport *transport);

/* Call the protocol; the caller holds the transport. */
void bighti_transport_tell_connected(bight_transport *transport);
void bighti_transport_deliver(bight_transport *transport, const uint8_t *bytes, size_t size);

/* Called around each call of the protocol; the watchdog reports the protocol's name. */
void bighti_transport_call_begin(bight_transport *transport, bighti_call *call);

/* Deliver bytes that were put back, before anything else. */
void bighti_transport_tell_unread(bight_transport *transport);

/* Keep received bytes that cannot be delivered now, after the bytes that were put back. When out
 * of memory the transport is aborted. */
void bighti_transport_keep(bight_transport *transport, const void *data, size_t size);

/* How many bytes are kept or put back. */
size_t bighti_transport_kept(const bight_transport *transport);

static inline bool bighti_transport_owes_unread(const bight_transport *transport)
{
    const unsigned flags = BIGHTI_UNREAD | BIGHTI_PAUSED | BIGHTI_CLOSING | BIGHTI_OVER;

    return (transport->flags & (flags | BIGHTI_TOLD)) == BIGHTI_UNREAD;
}

/* Notify the waiters for drained. Their steps may free the transport, which the caller holds.
 */
void bighti_transport_tell_waiters(bight_transport *transport);

/* Wait until there is room to send; as bight_transport_wait_drained(), for a caller without
 * waiting output there. */
bight_deferred *bighti_transport_wait_writable(bight_transport *transport, const char *where);

/* The transport has ended: complete the waiters for drained and for the end. */
void bighti_transport_fail_waiters(bight_transport *transport);

/* Bytes moved: the idle timeout starts anew. */
void bighti_transport_touch(bight_transport *transport);

/* Whether bytes may be delivered now. */
static inline bool bighti_transport_receives(const bight_transport *transport)
{
    return (transport->flags & (BIGHTI_PAUSED | BIGHTI_CLOSING | BIGHTI_OVER | BIGHTI_UNREAD |
                                BIGHTI_OWES_CONNECTED)) == 0;
}

/* Whether a kind with a descriptor reads now. After a close, input is read and dropped until the
 * peer has ended. */
static inline bool bighti_transport_reads(const bight_transport *transport)
{
    const unsigned flags = transport->flags;

    if ((flags & (BIGHTI_READABLE | BIGHTI_PEER_ENDED | BIGHTI_OVER)) != BIGHTI_READABLE)
        return false;
    return (flags & BIGHTI_CLOSING) != 0 || (flags & (BIGHTI_PAUSED | BIGHTI_UNREAD)) == 0;
}

/* Drop the waiting output. */
void bighti_transport_drop_output(bight_transport *transport);

/* Limit the time that closing waits for the peer to the linger time from now on. Called again when
 * the peer has accepted bytes. */
void bighti_transport_linger(bight_transport *transport);
void bighti_transport_stop_lingering(bight_transport *transport);
void bighti_transport_free_timers(bight_transport *transport);
void bighti_transport_end_if_both_ended(bight_transport *transport);

/* The connection is over; closed is called in a later turn. If there are several reasons, the
 * first counts. */
void bighti_transport_finish(bight_transport *transport, bight_error *take_reason, bool reset);

/* The operation and the peer for an error's message. */
const char *bighti_transport_name(bight_transport *transport);

/* Set the place of one side: `text` is its endpoint, or NULL for that of the address. Returns
 * false when out of memory. */
bool bighti_place_set(bight_transport *transport, bool peer, const bight_address *address,
                      const char *text);

/* Move the places that were requested or set from one transport to another. */
void bighti_places_move(bighti_details *from, bighti_details *to);
void bighti_places_free(bighti_place *place);

#endif

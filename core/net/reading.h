/* The reading loop of kinds that have a descriptor: until there is nothing more, or the connection
 * has had its share of the turn. It is in a header so that each kind's read function is
 * inlined. */
#ifndef BIGHTI_NET_READING_H
#define BIGHTI_NET_READING_H

#include "close.h"
#include <errno.h>

/* This runs for each message, and a call would cost as many instructions as the loop. */
#define BIGHTI_PART_OF_ITS_CALLER static inline __attribute__((always_inline))

/* Returns the number of bytes read; 0 if there is nothing to deliver, in which case an end or a
 * failure was reported. */
typedef size_t (*bighti_read_once_fn)(bight_transport *transport, uint8_t *buffer, size_t size);

/* Called with the number of bytes read in this turn. Returns whether the rest is left to a later
 * turn, which has then been requested. */
typedef bool (*bighti_goes_on_later_fn)(bight_transport *transport, size_t total);

/* Whether the connection has used up its share of the turn: it continues in the next, after the
 * others. */
BIGHTI_PART_OF_ITS_CALLER bool bighti_reading_is_spent(bight_reactor *reactor, size_t total)
{
    return total >= bighti_read_cap(reactor) || (total > 0 && bighti_is_spent(reactor));
}

BIGHTI_PART_OF_ITS_CALLER void bighti_read_into(bight_transport *transport, uint8_t *buffer,
                                                bighti_read_once_fn read_once,
                                                bighti_goes_on_later_fn goes_on_later)
{
    size_t total = 0;

    while (bighti_transport_reads(transport) && !goes_on_later(transport, total)) {
        size_t count =
            read_once(transport, buffer, bighti_read_buffers(transport->reactor)->block_size);

        total += count;
        if (count > 0 && bighti_transport_receives(transport))
            bighti_transport_deliver(transport, buffer, count);
    }
}

/* A nested loop inside received reads other descriptors: each level has a buffer of its own. */
BIGHTI_PART_OF_ITS_CALLER void bighti_read_some(bight_transport *transport,
                                                bighti_read_once_fn read_once,
                                                bighti_goes_on_later_fn goes_on_later)
{
    bight_reactor *reactor = transport->reactor;
    uint8_t *buffer = bighti_pool_take(bighti_read_buffers(reactor));

    if (buffer == NULL) {
        bighti_transport_finish(
            transport, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no buffer to read into"), true);
        return;
    }
    bighti_read_into(transport, buffer, read_once, goes_on_later);
    bighti_pool_give(bighti_read_buffers(reactor), buffer);
}

/* Handles the negative errno of read(2) or recv(2) when there was nothing to deliver. */
static inline void bighti_read_nothing(bight_transport *transport, ssize_t result)
{
    transport->flags &= ~(unsigned)BIGHTI_READABLE;
    if (result == 0)
        bighti_transport_deliver_end(transport);
    else if (result != -EAGAIN)
        bighti_transport_finish(
            transport,
            bight_error_new_errno((int)-result, "read from %s", bighti_transport_name(transport)),
            false);
    else if ((transport->flags & BIGHTI_BROKEN) != 0)
        bighti_transport_finish(transport, NULL, false);
}

#endif

/* How kinds that have a descriptor read: until there is nothing more, or the turn has had its
 * share. In a header, so that each kind's own way to read becomes part of the loop. */
#ifndef BIGHTI_NET_READING_H
#define BIGHTI_NET_READING_H

#include "close.h"
#include <errno.h>

/* Each message passes here, and a call would cost it as many instructions as the loop. */
#define BIGHTI_PART_OF_ITS_CALLER static inline __attribute__((always_inline))

/* The bytes read; 0 when there is nothing to deliver, and then the end or a failure was told. */
typedef size_t (*bighti_read_once_fn)(bight_transport *transport, uint8_t *buffer, size_t size);

/* So many bytes were read in this turn: whether the rest is for a later one, which was asked for
 * then. */
typedef bool (*bighti_goes_on_later_fn)(bight_transport *transport, size_t total);

/* What a turn has of one connection: it goes on in the next, at the end of the line. */
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

/* What read(2) or recv(2) said, as a negative errno, when there was nothing to deliver. */
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

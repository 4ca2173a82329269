/* Bytes that a protocol has received and puts back. They go to the protocol of the transport in a
 * later turn: the one that has put them back, another one, or TLS that was started on the
 * transport meanwhile. Until they are delivered the kind delivers neither bytes nor the end,
 * because bighti_transport_receives() is false. */
#include "../base/check.h"
#include "transport.h"
#include <stdlib.h>
#include <string.h>

/* Bytes that were put back must not be counted twice. */
static void uncount(bight_transport *transport, size_t size)
{
    uint64_t counted = transport->bytes_in < size ? transport->bytes_in : size;

    transport->bytes_in -= counted;
    bighti_stats(transport->reactor)->bytes_in -= counted;
}

/* Adds bytes before or after those that were put back earlier. Returns false when out of
 * memory. */
static bool put_beside(bight_transport *transport, const void *data, size_t size, bool in_front)
{
    bighti_details *details = bighti_transport_details(transport);
    uint8_t *bytes = details != NULL ? malloc(size + details->unread_size) : NULL;

    if (bytes == NULL)
        return false;
    memcpy(bytes + (in_front ? 0 : details->unread_size), data, size);
    if (details->unread_size > 0)
        memcpy(bytes + (in_front ? size : 0), details->unread, details->unread_size);
    free(details->unread);
    details->unread = bytes;
    details->unread_size += size;
    return true;
}

/* To be delivered in a later turn. */
static bool put_back(bight_transport *transport, const void *data, size_t size, bool in_front)
{
    if (!put_beside(transport, data, size, in_front)) {
        bighti_transport_finish(
            transport,
            bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for %zu bytes that are kept", size),
            true);
        return false;
    }
    transport->flags |= BIGHTI_UNREAD;
    if ((transport->flags & BIGHTI_PAUSED) == 0)
        bighti_transport_ask(transport);
    return true;
}

void bight_transport_unread(bight_transport *transport, const void *data, size_t size)
{
    bighti_check_usable(transport);
    if (size == 0 || !bight_transport_is_open(transport))
        return;
    if (put_back(transport, data, size, true))
        uncount(transport, size);
}

void bighti_transport_keep(bight_transport *transport, const void *data, size_t size)
{
    put_back(transport, data, size, false);
}

size_t bighti_transport_kept(const bight_transport *transport)
{
    return transport->details != NULL ? transport->details->unread_size : 0;
}

/* The flag stays set until the protocol has returned, so that a nested loop does not deliver to
 * it. */
void bighti_transport_tell_unread(bight_transport *transport)
{
    bighti_details *details = transport->details;
    uint8_t *bytes = details->unread;
    size_t size = details->unread_size;

    details->unread = NULL;
    details->unread_size = 0;
    bighti_transport_deliver(transport, bytes, size);
    free(bytes);
    if (details->unread == NULL)
        transport->flags &= ~(unsigned)BIGHTI_UNREAD;
    if (bighti_transport_receives(transport))
        transport->ops->resume(transport);
}

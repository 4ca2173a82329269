/* Waiters for drained, or for the end of a transport, that are not its protocol: library code that
 * sends a lot of data. */
#include "../base/check.h"
#include "../deferred/waiter.h"
#include "transport.h"

static bight_error *drained_end_of(const bight_transport *transport)
{
    if (transport->reason != NULL)
        return bight_error_ref(transport->reason);
    return bight_error_new(BIGHT_ERROR_CLOSED, "the connection was closed");
}

static bight_deferred *drained_already(const char *where)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new_at(&promise, where);

    if (deferred != NULL)
        bight_promise_fire(promise, NULL, NULL);
    return deferred;
}

static bight_deferred *wait_unless(bight_transport *transport, bool ready, const char *where)
{
    bighti_details *details;
    bight_deferred *deferred;

    if ((transport->flags & BIGHTI_OVER) != 0)
        return bight_deferred_failed_at(drained_end_of(transport), where);
    if (ready)
        return drained_already(where);
    details = bighti_transport_details(transport);
    if (details == NULL)
        return NULL;
    deferred = bighti_waiter_new(&details->waiters, &details->waiter_count,
                                 bight_result_value(NULL), where);
    if (deferred != NULL)
        transport->flags |= BIGHTI_WAITERS;
    return deferred;
}

bight_deferred *bight_transport_wait_drained_at(bight_transport *transport, const char *where)
{
    bighti_check_usable(transport);
    return wait_unless(transport, transport->out.size <= transport->limits->low, where);
}

bight_deferred *bighti_transport_wait_writable(bight_transport *transport, const char *where)
{
    return wait_unless(transport, (transport->flags & BIGHTI_BLOCKED) == 0, where);
}

/* Only the present waiters are notified: a step may write more and wait again. */
void bighti_transport_tell_waiters(bight_transport *transport)
{
    bighti_details *details = transport->details;
    size_t count = details != NULL ? details->waiter_count : 0;

    transport->flags &= ~(unsigned)BIGHTI_WAITERS;
    for (; count > 0 && details->waiter_count > 0; count--)
        bighti_waiter_fire(bighti_waiter_pop(&details->waiters), bight_result_value(NULL));
    if (details != NULL && details->waiter_count > 0)
        transport->flags |= BIGHTI_WAITERS;
}

static bight_result final_result(const bight_transport *transport)
{
    if (transport->reason == NULL)
        return bight_result_value(NULL);
    return bight_result_error(bight_error_ref(transport->reason));
}

bight_deferred *bight_transport_wait_closed_at(bight_transport *transport, const char *where)
{
    bighti_details *details;

    bighti_check_usable(transport);
    if ((transport->flags & BIGHTI_OVER) != 0)
        return bight_deferred_of_at(final_result(transport), where);
    details = bighti_transport_details(transport);
    if (details == NULL)
        return NULL;
    return bighti_waiter_new(&details->end_waiters, &details->end_waiter_count,
                             bight_result_value(NULL), where);
}

void bighti_transport_fail_waiters(bight_transport *transport)
{
    bighti_details *details = transport->details;

    while (details != NULL && details->waiter_count > 0)
        bighti_waiter_fire(bighti_waiter_pop(&details->waiters),
                           bight_result_error(drained_end_of(transport)));
    while (details != NULL && details->end_waiter_count > 0)
        bighti_waiter_fire(bighti_waiter_pop(&details->end_waiters), final_result(transport));
}

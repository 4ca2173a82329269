/* What all transports share: the calls of the protocol and their order, and the end. The output is
 * handled above, in output.c, and the ways to end a transport above both, in close.c.
 *
 * The protocol is never called inside a call that it makes. Pending notifications (drained,
 * closed) are made in the next turn, which the transport requests as a member of the reactor. So a
 * protocol may close, abort or free in any of its functions, and the memory is released when the
 * last of them has returned. */
#include "transport.h"
#include "../base/check.h"
#include "../base/options.h"
#include "crowd.h"
#include <stdlib.h>

const bighti_limits bighti_default_limits = {.low = (size_t)16 * 1024,
                                             .high = (size_t)64 * 1024,
                                             .limit = (size_t)64 * 1024 * 1024,
                                             .linger = BIGHT_SEC(30)};

/* -- Details, allocated on demand -- */

bighti_details *bighti_transport_details(bight_transport *transport)
{
    bighti_details *details = transport->details;

    if (details != NULL)
        return details;
    details = calloc(1, sizeof(*details));
    if (details != NULL) {
        details->limits = bighti_default_limits;
        bighti_link_init(&details->waiters);
        bighti_link_init(&details->end_waiters);
    }
    transport->details = details;
    return details;
}

void bighti_transport_free_timers(bight_transport *transport)
{
    bighti_details *details = transport->details;

    if (details == NULL)
        return;
    details->idle_time = 0;
    bight_timer_free(details->idle);
    bight_timer_free(details->linger);
    details->idle = details->linger = NULL;
}

static void free_details(bighti_details *details)
{
    if (details == NULL)
        return;
    if (details->crowd != NULL)
        bighti_crowd_leave(details->crowd);
    free(details->unread);
    bighti_places_free(details->local);
    bighti_places_free(details->peer);
    free(details);
}

/* -- Telling the protocol -- */

void bighti_transport_hold(bight_transport *transport)
{
    transport->holds++;
}

static void release(bight_transport *transport)
{
    bight_error_unref(transport->reason);
    bighti_transport_deinit(transport);
    transport->ops->release(transport);
}

void bighti_transport_unhold(bight_transport *transport)
{
    if (--transport->holds == 0 && (transport->flags & BIGHTI_TOLD) != 0)
        release(transport);
}

/* Begins a call of a protocol's function, which the watchdog reports under the protocol's name. */
void bighti_transport_call_begin(bight_transport *transport, bighti_call *call)
{
    *call = (bighti_call){.name = transport->protocol->ops->name};
    if (call->name == NULL)
        call->name = "a protocol without a name";
    bighti_call_begin(transport->reactor, call);
}

void bighti_transport_tell_connected(bight_transport *transport)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    BIGHTI_REQUIRE(BIGHTI_TABLE_IS_KNOWN(protocol->ops, bight_protocol_ops, closed),
                   "a protocol with operations of an unknown size");
    if (protocol->ops->connected == NULL)
        return;
    bighti_transport_call_begin(transport, &call);
    protocol->ops->connected(protocol, transport);
    bighti_call_end(transport->reactor, &call);
}

void bighti_transport_touch(bight_transport *transport)
{
    const bighti_details *details = transport->details;

    if (details != NULL && details->idle_time != 0)
        bight_timer_start(details->idle, details->idle_time);
}

void bighti_transport_deliver(bight_transport *transport, const uint8_t *bytes, size_t size)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    transport->bytes_in += size;
    bighti_stats(transport->reactor)->bytes_in += size;
    bighti_transport_touch(transport);
    bighti_transport_call_begin(transport, &call);
    protocol->ops->received(protocol, bytes, size);
    bighti_call_end(transport->reactor, &call);
}

static void tell_drained(bight_transport *transport)
{
    bight_protocol *protocol = transport->protocol;
    bool wanted = (transport->flags & BIGHTI_WANTS_DRAINED) != 0;
    bighti_call call;

    transport->flags &= ~(unsigned)(BIGHTI_OWES_DRAINED | BIGHTI_WANTS_DRAINED);
    bighti_transport_tell_waiters(transport);
    if (!wanted || protocol->ops->drained == NULL || protocol != transport->protocol ||
        (transport->flags & BIGHTI_CLOSED_FOR_WRITES) != 0)
        return;
    bighti_transport_call_begin(transport, &call);
    protocol->ops->drained(protocol);
    bighti_call_end(transport->reactor, &call);
}

static void tell_closed(bight_transport *transport)
{
    bight_protocol *protocol;
    bighti_call call;

    bighti_transport_fail_waiters(transport);
    if ((transport->flags & BIGHTI_TOLD) != 0) /* a step has freed it */
        return;
    transport->flags |= BIGHTI_TOLD;
    bighti_member_leave(&transport->member);
    protocol = transport->protocol;
    if (protocol->ops->closed == NULL)
        return;
    bighti_transport_call_begin(transport, &call);
    protocol->ops->closed(protocol, transport->reason);
    bighti_call_end(transport->reactor, &call);
}

static bool owes(const bight_transport *transport, unsigned flag)
{
    return (transport->flags & flag) != 0 && (transport->flags & BIGHTI_TOLD) == 0;
}

void bighti_transport_tell(bight_transport *transport)
{
    bighti_transport_hold(transport);
    transport->flags |= BIGHTI_TELLING;
    if (owes(transport, BIGHTI_OWES_CONNECTED)) {
        transport->flags &= ~(unsigned)BIGHTI_OWES_CONNECTED;
        bighti_transport_tell_connected(transport);
        if (bighti_transport_receives(transport)) /* earlier input */
            transport->ops->resume(transport);
    }
    if (bighti_transport_owes_unread(transport))
        bighti_transport_tell_unread(transport);
    if (owes(transport, BIGHTI_OWES_DRAINED))
        tell_drained(transport);
    if (owes(transport, BIGHTI_OVER))
        tell_closed(transport);
    transport->flags &= ~(unsigned)BIGHTI_TELLING;
    if (owes(transport, BIGHTI_OWES_CONNECTED | BIGHTI_OWES_DRAINED | BIGHTI_OVER) ||
        bighti_transport_owes_unread(transport))
        bighti_transport_ask(transport);
    bighti_transport_unhold(transport);
}

/* While notifications are being made, new ones are handled after the present one has returned. */
void bighti_transport_ask(bight_transport *transport)
{
    const unsigned in_vain = BIGHTI_ASKED | BIGHTI_TELLING | BIGHTI_TOLD;

    if (bighti_is_dead(transport->reactor) || (transport->flags & in_vain) != 0)
        return;
    transport->flags |= BIGHTI_ASKED;
    bighti_member_ask(&transport->member, transport->reactor);
}

/* -- Life -- */

void bighti_transport_open(bight_transport *transport)
{
    bighti_stats(transport->reactor)->connections++;
}

void bighti_transport_deinit(bight_transport *transport)
{
    bighti_member_leave(&transport->member);
    free_details(transport->details);
    bighti_reactor_unref(transport->reactor);
}

void bighti_transport_drop_output(bight_transport *transport)
{
    bighti_queue_consume(&transport->out, bighti_chunks(transport->reactor), transport->out.size);
    bighti_link_unlink(&transport->member.flush);
}

/* It stays a member until closed was called, so that freeing the reactor calls closed. */
void bighti_transport_finish(bight_transport *transport, bight_error *take_reason, bool reset)
{
    if ((transport->flags & BIGHTI_OVER) != 0) {
        bight_error_unref(take_reason);
        return;
    }
    bighti_transport_name(transport); /* closed may request the name */
    transport->flags |= BIGHTI_OVER;
    if (take_reason != NULL) {
        bight_error_unref(transport->reason);
        transport->reason = take_reason;
    }
    bighti_transport_free_timers(transport);
    transport->ops->disconnect(transport, reset);
    bighti_transport_drop_output(transport);
    bighti_stats(transport->reactor)->connections--;
    bighti_transport_ask(transport);
}

void bighti_transport_end_if_both_ended(bight_transport *transport)
{
    const unsigned both = BIGHTI_SHUT_DONE | BIGHTI_PEER_ENDED;

    if ((transport->flags & both) == both && (transport->flags & BIGHTI_OVER) == 0)
        bighti_transport_finish(transport, NULL, false);
}

/* -- Lingering -- */

static void on_linger(bight_timer *timer, void *data)
{
    bight_transport *transport = data;
    size_t left = transport->out.size;
    const char *name = bighti_transport_name(transport);
    bight_error *reason;

    (void)timer;
    if (left > 0)
        reason = bight_error_new(BIGHT_ERROR_TIMED_OUT, "%s did not take the last %zu bytes", name,
                                 left);
    else
        reason = bight_error_new(BIGHT_ERROR_TIMED_OUT,
                                 "%s did not end, so it is not known what has arrived", name);
    bighti_transport_finish(transport, reason, left > 0);
}

/* Without memory for the timer the wait would be unlimited, so there is no wait. */
static void give_up_lingering(bight_transport *transport)
{
    bighti_transport_finish(transport,
                            bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory to wait for %s",
                                            bighti_transport_name(transport)),
                            transport->out.size > 0);
}

void bighti_transport_linger(bight_transport *transport)
{
    bighti_details *details = bighti_transport_details(transport);

    if (bighti_is_dead(transport->reactor))
        return;
    if (details == NULL ||
        (details->linger == NULL &&
         bight_timer_new(transport->reactor, on_linger, transport, &details->linger) != BIGHT_OK))
        give_up_lingering(transport);
    else
        bight_timer_start(details->linger, transport->limits->linger);
}

void bighti_transport_stop_lingering(bight_transport *transport)
{
    if (transport->details != NULL && transport->details->linger != NULL)
        bight_timer_stop(transport->details->linger);
}

/* -- Receiving -- */

void bight_transport_pause(bight_transport *transport)
{
    bighti_check_usable(transport);
    transport->flags |= BIGHTI_PAUSED;
}

void bight_transport_resume(bight_transport *transport)
{
    bighti_check_usable(transport);
    if ((transport->flags & BIGHTI_PAUSED) == 0)
        return;
    transport->flags &= ~(unsigned)BIGHTI_PAUSED;
    if (bighti_transport_owes_unread(transport))
        bighti_transport_ask(transport);
    else if ((transport->flags & BIGHTI_OVER) == 0)
        transport->ops->resume(transport);
}

/* -- Settings and questions -- */

void bight_transport_set_protocol(bight_transport *transport, bight_protocol *protocol)
{
    bighti_check_usable(transport);
    transport->protocol = protocol;
}

bight_protocol *bight_transport_get_protocol(const bight_transport *transport)
{
    return transport->protocol;
}

bight_reactor *bight_transport_get_reactor(const bight_transport *transport)
{
    return transport->reactor;
}

/* If there is no memory for its limits, the program's settings cannot be kept, so the transport is
 * aborted. */
static bighti_limits *own_limits(bight_transport *transport)
{
    bighti_details *details = bighti_transport_details(transport);

    if (details == NULL) {
        bighti_transport_finish(
            transport, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for limits"), true);
        return NULL;
    }
    transport->limits = &details->limits;
    return &details->limits;
}

void bight_transport_set_marks(bight_transport *transport, size_t low, size_t high, size_t limit)
{
    bighti_limits *limits;

    BIGHTI_REQUIRE(low <= high, "the low mark is above the high one");
    BIGHTI_REQUIRE(limit == 0 || high <= limit, "the high mark is above the limit");
    limits = own_limits(transport);
    if (limits == NULL)
        return;
    limits->low = low;
    limits->high = high;
    limits->limit = limit;
}

size_t bight_transport_get_pending(const bight_transport *transport)
{
    return transport->out.size;
}

void bight_transport_set_linger(bight_transport *transport, uint64_t duration)
{
    bighti_limits *limits = own_limits(transport);

    if (limits != NULL)
        limits->linger = duration;
}

static void on_idle(bight_timer *timer, void *data)
{
    bight_transport *transport = data;

    (void)timer;
    bighti_transport_finish(transport,
                            bight_error_new(BIGHT_ERROR_TIMED_OUT, "%s was silent for %.1f s",
                                            bighti_transport_name(transport),
                                            (double)transport->details->idle_time / 1e9),
                            true);
}

bight_status bight_transport_set_idle_timeout(bight_transport *transport, uint64_t duration)
{
    bight_status status = BIGHT_OK;
    bighti_details *details;

    bighti_check_thread(transport->reactor);
    if ((transport->flags & BIGHTI_OVER) != 0 || (duration == 0 && transport->details == NULL))
        return BIGHT_OK;
    details = bighti_transport_details(transport);
    if (details == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    if (duration != 0 && details->idle == NULL)
        status = bight_timer_new(transport->reactor, on_idle, transport, &details->idle);
    if (status != BIGHT_OK)
        return status;
    details->idle_time = duration;
    if (duration != 0)
        bight_timer_start(details->idle, duration);
    else if (details->idle != NULL)
        bight_timer_stop(details->idle);
    return BIGHT_OK;
}

void bight_transport_set_no_delay(bight_transport *transport, bool on)
{
    if (transport->ops->set_no_delay != NULL && (transport->flags & BIGHTI_OVER) == 0)
        transport->ops->set_no_delay(transport, on);
}

void bight_transport_set_keepalive(bight_transport *transport, unsigned idle_seconds)
{
    if (transport->ops->set_keepalive != NULL && (transport->flags & BIGHTI_OVER) == 0)
        transport->ops->set_keepalive(transport, idle_seconds);
}

uint64_t bight_transport_get_bytes_in(const bight_transport *transport)
{
    return transport->bytes_in;
}

uint64_t bight_transport_get_bytes_out(const bight_transport *transport)
{
    return transport->bytes_out;
}

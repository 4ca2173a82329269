/* How a transport ends: the program half-closes, closes, aborts or frees it, the peer ends, or the
 * reactor is freed. This file is above both transport.c and output.c, because an end waits for the
 * output. The beginning of a transport is here too, because it connects all three files to the
 * reactor. */
#include "close.h"
#include "../base/check.h"

/* -- The peer -- */

/* If either side has ended before, the reason of the close is already known. */
static void note_peer_ended(bight_transport *transport)
{
    transport->flags |= BIGHTI_PEER_ENDED;
    if ((transport->flags & BIGHTI_SHUT_WANTED) == 0 && transport->reason == NULL)
        transport->reason =
            bight_error_new(BIGHT_ERROR_CLOSED, "closed by %s", bighti_transport_name(transport));
}

/* This side has closed: if everything was sent, it has only waited for the end of the peer. */
static void end_of_closing(bight_transport *transport)
{
    transport->flags |= BIGHTI_PEER_ENDED;
    if ((transport->flags & BIGHTI_SHUT_DONE) != 0)
        bighti_transport_finish(transport, NULL, false);
}

void bighti_transport_deliver_end(bight_transport *transport)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    if ((transport->flags & BIGHTI_CLOSING) != 0) {
        end_of_closing(transport);
        return;
    }
    note_peer_ended(transport);
    if (protocol->ops->ended == NULL) {
        bight_transport_close(transport);
        return;
    }
    bighti_transport_call_begin(transport, &call);
    protocol->ops->ended(protocol);
    bighti_call_end(transport->reactor, &call);
    bighti_transport_end_if_both_ended(transport);
}

/* -- This side -- */

void bight_transport_shutdown(bight_transport *transport)
{
    bighti_check_usable(transport);
    if ((transport->flags & BIGHTI_CLOSED_FOR_WRITES) != 0)
        return;
    transport->flags |= BIGHTI_SHUT_WANTED;
    bighti_output_soon(transport);
}

/* The linger time replaces the idle timeout. */
static void stop_idle(bighti_details *details)
{
    if (details == NULL || details->idle == NULL)
        return;
    details->idle_time = 0;
    bight_timer_stop(details->idle);
}

/* From now on input is dropped, even if receiving was paused: unread bytes would make the system
 * reset the connection, and a peer that cannot send might not read either. */
void bight_transport_close(bight_transport *transport)
{
    bighti_check_usable(transport);
    if ((transport->flags & (BIGHTI_CLOSING | BIGHTI_OVER)) != 0)
        return;
    transport->flags |= BIGHTI_CLOSING;
    stop_idle(transport->details);
    if (transport->out.size == 0)
        transport->ops->close(transport);
    else if ((transport->flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_linger(transport);
    else
        bighti_output_soon(transport);
    if ((transport->flags & BIGHTI_OVER) == 0)
        transport->ops->resume(transport);
}

bool bight_transport_is_open(const bight_transport *transport)
{
    return (transport->flags & (BIGHTI_CLOSING | BIGHTI_OVER)) == 0;
}

void bight_transport_abort(bight_transport *transport)
{
    bighti_check_usable(transport);
    if ((transport->flags & BIGHTI_OVER) == 0)
        bighti_transport_finish(transport, bight_error_new(BIGHT_ERROR_CANCELLED, "broken off"),
                                true);
}

/* No function of the protocol is called any more. Steps of the waiters may also free the
 * transport. */
static void transport_forget(bight_transport *transport)
{
    transport->flags |= BIGHTI_TOLD;
    bighti_member_leave(&transport->member);
    bighti_transport_fail_waiters(transport);
}

void bight_transport_free(bight_transport *transport)
{
    if (transport == NULL || (transport->flags & BIGHTI_TOLD) != 0)
        return;
    bighti_check_usable(transport);
    bighti_transport_hold(transport);
    bight_transport_abort(transport);
    transport_forget(transport);
    bighti_transport_unhold(transport);
}

void bighti_transport_vanish(bight_transport *transport)
{
    bighti_transport_hold(transport);
    transport->flags |= BIGHTI_OVER;
    bighti_transport_free_timers(transport);
    transport_forget(transport);
    bighti_transport_unhold(transport);
}

bight_status bight_transport_steal_descriptor(bight_transport *transport, int *descriptor)
{
    const unsigned used = BIGHTI_CLOSED_FOR_WRITES | BIGHTI_PEER_ENDED | BIGHTI_BROKEN |
                          BIGHTI_UNREAD | BIGHTI_LAYERED | BIGHTI_TOLD;

    bighti_check_usable(transport);
    if (transport->ops->steal == NULL)
        return BIGHT_ERROR_UNSUPPORTED;
    if ((transport->flags & used) != 0 || transport->bytes_in > 0 || transport->out.size > 0 ||
        bighti_is_inherited(transport->reactor))
        return BIGHT_ERROR_STATE;
    *descriptor = transport->ops->steal(transport);
    bighti_stats(transport->reactor)->connections--;
    bighti_transport_vanish(transport);
    return BIGHT_OK;
}

/* -- The reactor -- */

static bight_transport *transport_of(bighti_member *member)
{
    return BIGHTI_CONTAINER(member, bight_transport, member);
}

static void member_tell(bighti_member *member)
{
    bight_transport *transport = transport_of(member);

    transport->flags &= ~(unsigned)BIGHTI_ASKED;
    bighti_transport_tell(transport);
}

static void member_rejoin(bighti_member *member)
{
    bight_transport *transport = transport_of(member);

    if (transport->ops->rejoin != NULL)
        transport->ops->rejoin(transport);
}

/* A program that has closed wants its output to arrive. The system still sends the bytes that it
 * has taken, if the connection is not reset. */
static bool evict_resets(bight_transport *transport)
{
    if ((transport->flags & (BIGHTI_CLOSING | BIGHTI_OVER)) != BIGHTI_CLOSING)
        return true;
    if (!bighti_is_inherited(transport->reactor))
        bighti_output_flush(&transport->member);
    return transport->out.size > 0;
}

/* The reactor is being freed: there is no later turn, so closed is called now. While a listener
 * calls serve there is no protocol yet, and the listener calls closed later. */
static void member_evict(bighti_member *member)
{
    bight_transport *transport = transport_of(member);
    bool reset;

    if (transport->protocol == NULL) { /* the code that is making it releases it */
        bighti_member_leave(member);
        return;
    }
    bighti_transport_hold(transport);
    reset = evict_resets(transport);
    bighti_transport_finish(transport,
                            bight_error_new(BIGHT_ERROR_CANCELLED, "the reactor was freed"), reset);
    if (transport->protocol != &bighti_unserved)
        bighti_transport_tell(transport);
    else
        bighti_member_leave(member);
    bighti_transport_unhold(transport);
}

void bighti_transport_init(bight_transport *transport, const bighti_transport_ops *ops,
                           bight_reactor *reactor, bight_protocol *protocol)
{
    static const bighti_member_ops member_ops = {.evict = member_evict,
                                                 .flush = bighti_output_flush,
                                                 .tell = member_tell,
                                                 .rejoin = member_rejoin};

    *transport = (bight_transport){.ops = ops,
                                   .protocol = protocol,
                                   .reactor = bighti_reactor_ref(reactor),
                                   .limits = &bighti_default_limits};
    bighti_member_join(&transport->member, reactor, &member_ops);
}

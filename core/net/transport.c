/* The rules that all transports share: half-close, close and abort, and who is told what. What is
 * sent is output.c's.
 *
 * Nothing is told inside a call that the protocol makes: what is owed (drained, closed) is told by
 * a task in the next turn. So a protocol may close, abort or free in any of its functions, and the
 * memory goes when the last of them has returned. */
#include "transport.h"
#include "../base/check.h"
#include <stdlib.h>
#include <string.h>

enum { LOW_MARK = 16 * 1024, HIGH_MARK = 64 * 1024, LIMIT = 64 * 1024 * 1024, NAME_SIZE = 160 };

/* -- Telling the protocol -- */

void bighti_transport_hold(bight_transport *transport)
{
    transport->holds++;
}

static void release(bight_transport *transport)
{
    bight_error_unref(transport->reason);
    free(transport->local);
    free(transport->peer);
    bighti_task_deinit(&transport->task);
    transport->ops->release(transport);
}

void bighti_transport_unhold(bight_transport *transport)
{
    if (--transport->holds == 0 && (transport->flags & BIGHTI_TOLD) != 0)
        release(transport);
}

/* The call of a protocol's function: its name for the watchdog is the protocol's. */
static void begin(bight_transport *transport, bighti_call *call)
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

    if (protocol->ops->connected == NULL)
        return;
    begin(transport, &call);
    protocol->ops->connected(protocol, transport);
    bighti_call_end(transport->reactor, &call);
}

void bighti_transport_touch(bight_transport *transport)
{
    if (transport->idle_time != 0)
        bight_timer_start(transport->idle, transport->idle_time);
}

void bighti_transport_deliver(bight_transport *transport, const uint8_t *bytes, size_t size)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    transport->bytes_in += size;
    transport->reactor->stats.bytes_in += size;
    bighti_transport_touch(transport);
    begin(transport, &call);
    protocol->ops->received(protocol, bytes, size);
    bighti_call_end(transport->reactor, &call);
}

void bighti_transport_end_if_both_ended(bight_transport *transport)
{
    const unsigned both = BIGHTI_SHUT_DONE | BIGHTI_PEER_ENDED;

    if ((transport->flags & both) == both && (transport->flags & BIGHTI_OVER) == 0)
        bighti_transport_finish(transport, NULL, false);
}

/* With an end before it, ours or the peer's, the reason of the close is known already. */
static void note_peer_ended(bight_transport *transport)
{
    transport->flags |= BIGHTI_PEER_ENDED;
    if ((transport->flags & BIGHTI_SHUT_WANTED) == 0 && transport->reason == NULL)
        transport->reason =
            bight_error_new(BIGHT_ERROR_CLOSED, "closed by %s", bighti_transport_name(transport));
}

void bighti_transport_deliver_end(bight_transport *transport)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    note_peer_ended(transport);
    if (protocol->ops->ended == NULL) {
        bight_transport_close(transport);
        return;
    }
    begin(transport, &call);
    protocol->ops->ended(protocol);
    bighti_call_end(transport->reactor, &call);
    bighti_transport_end_if_both_ended(transport);
}

static void tell_drained(bight_transport *transport)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    transport->flags &= ~(unsigned)(BIGHTI_OWES_DRAINED | BIGHTI_WANTS_DRAINED);
    if (protocol->ops->drained == NULL || (transport->flags & BIGHTI_CLOSED_FOR_WRITES) != 0)
        return;
    begin(transport, &call);
    protocol->ops->drained(protocol);
    bighti_call_end(transport->reactor, &call);
}

static void tell_closed(bight_transport *transport)
{
    bight_protocol *protocol = transport->protocol;
    bighti_call call;

    transport->flags |= BIGHTI_TOLD;
    bighti_link_unlink(&transport->resident.link);
    if (protocol->ops->closed == NULL)
        return;
    begin(transport, &call);
    protocol->ops->closed(protocol, transport->reason);
    bighti_call_end(transport->reactor, &call);
}

static bool owes(const bight_transport *transport, unsigned flag)
{
    return (transport->flags & flag) != 0 && (transport->flags & BIGHTI_TOLD) == 0;
}

static void tell(bight_transport *transport)
{
    bighti_transport_hold(transport);
    if (owes(transport, BIGHTI_OWES_CONNECTED)) {
        transport->flags &= ~(unsigned)BIGHTI_OWES_CONNECTED;
        bighti_transport_tell_connected(transport);
    }
    if (owes(transport, BIGHTI_OWES_DRAINED))
        tell_drained(transport);
    if (owes(transport, BIGHTI_OVER))
        tell_closed(transport);
    bighti_transport_unhold(transport);
}

static void on_task(bight_task *task, void *data)
{
    (void)task;
    tell(data);
}

/* -- Life -- */

/* The reactor is being freed: there is no later turn, so closed is called now. */
static void evict(bighti_resident *resident)
{
    bight_transport *transport = BIGHTI_CONTAINER(resident, bight_transport, resident);

    bighti_transport_hold(transport);
    bighti_transport_finish(transport,
                            bight_error_new(BIGHT_ERROR_CANCELLED, "the reactor was freed"), true);
    tell(transport);
    bighti_transport_unhold(transport);
}

void bighti_transport_init(bight_transport *transport, const bighti_transport_ops *ops,
                           bight_reactor *reactor, bight_protocol *protocol)
{
    *transport = (bight_transport){.ops = ops,
                                   .protocol = protocol,
                                   .reactor = reactor,
                                   .low = LOW_MARK,
                                   .high = HIGH_MARK,
                                   .limit = LIMIT,
                                   .linger_time = BIGHT_SEC(30)};
    transport->resident.evict = evict;
    transport->flush.fn = bighti_output_flush;
    bighti_link_init(&transport->resident.link);
    bighti_link_init(&transport->flush.link);
    bighti_task_init(&transport->task, reactor, on_task, transport);
    transport->task.name = "bight: a transport's news";
}

void bighti_transport_open(bight_transport *transport)
{
    bighti_list_append(&transport->reactor->residents, &transport->resident.link);
    transport->reactor->stats.connections++;
}

void bighti_transport_deinit(bight_transport *transport)
{
    bighti_task_deinit(&transport->task);
}

/* It stays a resident until closed was told, so that freeing the reactor tells it. */
void bighti_transport_finish(bight_transport *transport, bight_error *take_reason, bool reset)
{
    if ((transport->flags & BIGHTI_OVER) != 0) {
        bight_error_unref(take_reason);
        return;
    }
    transport->flags |= BIGHTI_OVER;
    if (take_reason != NULL) {
        bight_error_unref(transport->reason);
        transport->reason = take_reason;
    }
    transport->idle_time = 0;
    bight_timer_free(transport->idle);
    bight_timer_free(transport->linger);
    transport->idle = transport->linger = NULL;
    bighti_transport_name(transport);
    transport->ops->disconnect(transport, reset);
    bighti_output_drop(transport);
    transport->reactor->stats.connections--;
    bight_task_schedule(&transport->task);
}

void bight_transport_abort(bight_transport *transport)
{
    bighti_check_thread(transport->reactor);
    if ((transport->flags & BIGHTI_OVER) == 0)
        bighti_transport_finish(transport, bight_error_new(BIGHT_ERROR_CANCELLED, "broken off"),
                                true);
}

void bight_transport_free(bight_transport *transport)
{
    if (transport == NULL || (transport->flags & BIGHTI_TOLD) != 0)
        return;
    bighti_check_thread(transport->reactor);
    bighti_transport_hold(transport);
    bight_transport_abort(transport);
    transport->flags |= BIGHTI_TOLD;
    bight_task_cancel(&transport->task);
    bighti_link_unlink(&transport->resident.link);
    bighti_transport_unhold(transport);
}

/* -- Ending -- */

void bight_transport_shutdown(bight_transport *transport)
{
    bighti_check_thread(transport->reactor);
    if ((transport->flags & BIGHTI_CLOSED_FOR_WRITES) != 0)
        return;
    transport->flags |= BIGHTI_SHUT_WANTED;
    bighti_output_soon(transport);
}

static void on_linger(bight_timer *timer, void *data)
{
    bight_transport *transport = data;

    (void)timer;
    bighti_transport_finish(transport,
                            bight_error_new(BIGHT_ERROR_TIMED_OUT,
                                            "%s did not take the last %zu bytes",
                                            bighti_transport_name(transport), transport->out.size),
                            true);
}

/* Without memory for the timer nothing would bound the wait. */
void bighti_transport_linger(bight_transport *transport)
{
    if (transport->linger != NULL)
        return;
    if (bight_timer_new(transport->reactor, on_linger, transport, &transport->linger) != BIGHT_OK)
        bight_transport_abort(transport);
    else
        bight_timer_start(transport->linger, transport->linger_time);
}

void bight_transport_close(bight_transport *transport)
{
    bighti_check_thread(transport->reactor);
    if ((transport->flags & (BIGHTI_CLOSING | BIGHTI_OVER)) != 0)
        return;
    transport->flags |= BIGHTI_CLOSING;
    if (transport->out.size == 0) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    if ((transport->flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_linger(transport);
    else
        bighti_output_soon(transport);
}

/* -- Receiving -- */

void bight_transport_pause(bight_transport *transport)
{
    bighti_check_thread(transport->reactor);
    transport->flags |= BIGHTI_PAUSED;
}

void bight_transport_resume(bight_transport *transport)
{
    bighti_check_thread(transport->reactor);
    if ((transport->flags & BIGHTI_PAUSED) == 0)
        return;
    transport->flags &= ~(unsigned)BIGHTI_PAUSED;
    if ((transport->flags & BIGHTI_OVER) == 0)
        transport->ops->resume(transport);
}

/* -- Settings and questions -- */

void bight_transport_set_protocol(bight_transport *transport, bight_protocol *protocol)
{
    bighti_check_thread(transport->reactor);
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

void bight_transport_set_marks(bight_transport *transport, size_t low, size_t high, size_t limit)
{
    BIGHTI_REQUIRE(low <= high, "the low mark is above the high one");
    BIGHTI_REQUIRE(limit == 0 || high <= limit, "the high mark is above the limit");
    transport->low = low;
    transport->high = high;
    transport->limit = limit;
}

size_t bight_transport_get_pending(const bight_transport *transport)
{
    return transport->out.size;
}

void bight_transport_set_linger(bight_transport *transport, uint64_t duration)
{
    transport->linger_time = duration;
}

static void on_idle(bight_timer *timer, void *data)
{
    bight_transport *transport = data;

    (void)timer;
    bighti_transport_finish(transport,
                            bight_error_new(BIGHT_ERROR_TIMED_OUT, "%s was silent for %.1f s",
                                            bighti_transport_name(transport),
                                            (double)transport->idle_time / 1e9),
                            true);
}

bight_status bight_transport_set_idle_timeout(bight_transport *transport, uint64_t duration)
{
    bight_status status = BIGHT_OK;

    bighti_check_thread(transport->reactor);
    if ((transport->flags & BIGHTI_OVER) != 0)
        return BIGHT_OK;
    if (duration != 0 && transport->idle == NULL)
        status = bight_timer_new(transport->reactor, on_idle, transport, &transport->idle);
    if (status != BIGHT_OK)
        return status;
    transport->idle_time = duration;
    if (duration != 0)
        bight_timer_start(transport->idle, duration);
    else if (transport->idle != NULL)
        bight_timer_stop(transport->idle);
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

/* Asked for rarely, so made when it is asked for and then kept. */
static const char *name_of(bight_transport *transport, bool peer, char **kept)
{
    char text[NAME_SIZE];

    if (*kept != NULL)
        return *kept;
    if ((transport->flags & BIGHTI_OVER) != 0)
        return "a closed connection";
    transport->ops->describe(transport, peer, text, sizeof(text));
    *kept = strdup(text);
    return *kept != NULL ? *kept : "a connection";
}

const char *bight_transport_get_local(bight_transport *transport)
{
    return name_of(transport, false, &transport->local);
}

const char *bight_transport_get_peer(bight_transport *transport)
{
    return name_of(transport, true, &transport->peer);
}

const char *bighti_transport_name(bight_transport *transport)
{
    return bight_transport_get_peer(transport);
}

uint64_t bight_transport_get_bytes_in(const bight_transport *transport)
{
    return transport->bytes_in;
}

uint64_t bight_transport_get_bytes_out(const bight_transport *transport)
{
    return transport->bytes_out;
}

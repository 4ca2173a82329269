/* Kinds from outside (bight/kind.h). Received bytes are delivered at once if the program accepts
 * them. Otherwise they are kept after the bytes that were put back (unread.c), which the transport
 * delivers before it asks the kind for more. The end is reported after them. A close half-closes,
 * then reads and drops input until the peer has ended, as on every kind whose peer has an end of
 * its own. */
#include "../base/options.h"
#include "../reactor/task.h"
#include "close.h"
#include <bight/kind.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_VIEWS = 128 };

struct bight_kind {
    bight_transport transport;
    const bight_kind_ops *ops;
    bight_task later; /* for when the program accepts bytes again */
    bool ended;       /* the peer has ended, and the protocol may not know it yet */
    _Alignas(max_align_t) unsigned char state[]; /* the private part */
};

static bight_kind *kind_of(bight_transport *transport)
{
    return BIGHTI_CONTAINER(transport, bight_kind, transport);
}

static bool kind_is_over(const bight_kind *kind)
{
    return (kind->transport.flags & BIGHTI_OVER) != 0;
}

/* -- Operations of the transport -- */

static ssize_t kind_send(bight_transport *transport, const struct iovec *parts, int count)
{
    bight_kind *kind = kind_of(transport);
    bight_view views[MOST_VIEWS];
    size_t used = 0;
    ptrdiff_t sent;

    for (int i = 0; i < count; i++) {
        if (parts[i].iov_len > 0)
            views[used++] = (bight_view){parts[i].iov_base, parts[i].iov_len};
    }
    sent = kind->ops->send(kind, views, used);
    if (kind_is_over(kind))
        return 0;
    return sent != 0 ? sent : -EAGAIN;
}

static ssize_t kind_send_file(bight_transport *transport, int fd, uint64_t offset, size_t size)
{
    bight_kind *kind = kind_of(transport);

    return kind->ops->send_file(kind, fd, offset, size);
}

static void kind_shutdown(bight_transport *transport)
{
    bight_kind *kind = kind_of(transport);

    if (kind->ops->shutdown != NULL)
        kind->ops->shutdown(kind);
}

static void kind_resume(bight_transport *transport)
{
    bight_task_schedule(&kind_of(transport)->later);
}

static void kind_close(bight_transport *transport)
{
    const bight_kind *kind = kind_of(transport);
    const unsigned over = BIGHTI_BROKEN | BIGHTI_PEER_ENDED;

    if (kind->ops->shutdown == NULL || kind->ended || (transport->flags & over) != 0 ||
        bighti_is_inherited(transport->reactor)) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    if ((transport->flags & BIGHTI_SHUT_DONE) == 0)
        kind_shutdown(transport);
    transport->flags |= BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE;
    bighti_transport_linger(transport);
}

static void kind_disconnect(bight_transport *transport, bool reset)
{
    bight_kind *kind = kind_of(transport);

    bight_task_cancel(&kind->later);
    if (kind->ops->disconnect != NULL)
        kind->ops->disconnect(kind, reset);
}

static void kind_free(bight_kind *kind)
{
    if (kind->ops->release != NULL)
        kind->ops->release(kind);
    bighti_task_deinit(&kind->later);
    free(kind);
}

static void kind_release(bight_transport *transport)
{
    kind_free(kind_of(transport));
}

static bight_address kind_locate(bight_transport *transport, bool peer)
{
    bight_kind *kind = kind_of(transport);

    if (kind->ops->locate == NULL)
        return (bight_address){.family = BIGHT_ADDRESS_NONE};
    return kind->ops->locate(kind, peer);
}

static void kind_describe(bight_transport *transport, bool peer, const bight_address *address,
                          char *text, size_t size)
{
    bight_kind *kind = kind_of(transport);

    (void)address;
    if (kind->ops->describe != NULL)
        kind->ops->describe(kind, peer, text, size);
    else
        snprintf(text, size, "%s", kind->ops->name);
}

static void kind_set_no_delay(bight_transport *transport, bool on)
{
    bight_kind *kind = kind_of(transport);

    if (kind->ops->set_no_delay != NULL)
        kind->ops->set_no_delay(kind, on);
}

static void kind_set_keepalive(bight_transport *transport, unsigned idle_seconds)
{
    bight_kind *kind = kind_of(transport);

    if (kind->ops->set_keepalive != NULL)
        kind->ops->set_keepalive(kind, idle_seconds);
}

#define KIND_OPS(file_sender)                                                                      \
    {                                                                                              \
        .send = kind_send, .shutdown = kind_shutdown, .resume = kind_resume, .close = kind_close,  \
        .disconnect = kind_disconnect, .release = kind_release, .locate = kind_locate,             \
        .describe = kind_describe, .send_file = (file_sender), .set_no_delay = kind_set_no_delay,  \
        .set_keepalive = kind_set_keepalive                                                        \
    }

/* Code that sends a file checks whether this slot is set. */
static const bighti_transport_ops plain_ops = KIND_OPS(NULL);
static const bighti_transport_ops file_ops = KIND_OPS(kind_send_file);

/* -- Input -- */

static void kind_keep(bight_kind *kind, const void *bytes, size_t size)
{
    bight_transport *transport = &kind->transport;
    size_t limit = transport->limits->limit, kept = bighti_transport_kept(transport);

    if (limit != 0 && kept + size > limit)
        bighti_transport_finish(transport,
                                bight_error_new(BIGHT_ERROR_LIMIT, "%zu bytes of %s wait", kept,
                                                bighti_transport_name(transport)),
                                true);
    else
        bighti_transport_keep(transport, bytes, size);
}

/* Connected comes before the first bytes. */
static void kind_tell_connected(bight_kind *kind)
{
    if ((kind->transport.flags & BIGHTI_OWES_CONNECTED) != 0)
        bighti_transport_tell(&kind->transport);
}

static void kind_take(bight_kind *kind, const void *bytes, size_t size)
{
    bight_transport *transport = &kind->transport;

    kind_tell_connected(kind);
    if ((transport->flags & (BIGHTI_OVER | BIGHTI_CLOSING | BIGHTI_PEER_ENDED)) != 0)
        return;
    if (bighti_transport_receives(transport) && bighti_transport_kept(transport) == 0)
        bighti_transport_deliver(transport, bytes, size);
    else
        kind_keep(kind, bytes, size);
}

static bool kind_wants_more(const bight_kind *kind)
{
    const unsigned no_more = BIGHTI_OVER | BIGHTI_PEER_ENDED;

    if ((kind->transport.flags & no_more) != 0)
        return false;
    return (kind->transport.flags & BIGHTI_CLOSING) != 0 ||
           bighti_transport_receives(&kind->transport);
}

bight_flow bight_kind_received(bight_kind *kind, const void *bytes, size_t size)
{
    bight_transport *transport = &kind->transport;
    bight_flow flow;

    bighti_check_thread(transport->reactor);
    BIGHTI_REQUIRE(transport->protocol != NULL, "a kind that was not opened");
    if (kind_is_over(kind))
        return BIGHT_FLOW_WAIT;
    bighti_transport_hold(transport);
    if (size > 0)
        kind_take(kind, bytes, size);
    flow = kind_wants_more(kind) ? BIGHT_FLOW_GO : BIGHT_FLOW_WAIT;
    bighti_transport_unhold(transport);
    return flow;
}

/* A paused program is notified when it resumes. */
static void kind_tell_end(bight_kind *kind)
{
    bight_transport *transport = &kind->transport;

    if (!kind->ended || (transport->flags & (BIGHTI_OVER | BIGHTI_PEER_ENDED)) != 0)
        return;
    if ((transport->flags & BIGHTI_CLOSING) != 0 || bighti_transport_receives(transport))
        bighti_transport_deliver_end(transport);
}

void bight_kind_ended(bight_kind *kind)
{
    bight_transport *transport = &kind->transport;

    bighti_check_thread(transport->reactor);
    BIGHTI_REQUIRE(transport->protocol != NULL, "a kind that was not opened");
    kind->ended = true;
    bighti_transport_hold(transport);
    kind_tell_connected(kind);
    kind_tell_end(kind);
    bighti_transport_unhold(transport);
}

/* The program may have paused again meanwhile. */
static void kind_bring(bight_kind *kind)
{
    if (!kind->ended && kind_wants_more(kind) && kind->ops->resume != NULL)
        kind->ops->resume(kind);
}

/* A transport whose output has failed ends when all input is read. */
static void on_kind_resumed(bight_task *task, void *data)
{
    bight_kind *kind = data;
    bight_transport *transport = &kind->transport;

    (void)task;
    bighti_transport_hold(transport);
    kind_tell_end(kind);
    kind_bring(kind);
    if ((transport->flags & (BIGHTI_BROKEN | BIGHTI_OVER)) == BIGHTI_BROKEN)
        bighti_transport_finish(transport, NULL, false);
    bighti_transport_unhold(transport);
}

void bight_kind_writable(bight_kind *kind)
{
    bight_transport *transport = &kind->transport;

    bighti_check_thread(transport->reactor);
    if ((transport->flags & (BIGHTI_BLOCKED | BIGHTI_OVER)) != BIGHTI_BLOCKED)
        return;
    bighti_transport_hold(transport);
    bighti_transport_writable(transport);
    bighti_transport_unhold(transport);
}

void bight_kind_fail(bight_kind *kind, bight_error *take_error)
{
    bighti_check_thread(kind->transport.reactor);
    if (take_error == NULL)
        take_error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "%s", kind->ops->name);
    bighti_transport_finish(&kind->transport, take_error, false);
}

/* -- Making one -- */

bight_status bight_kind_new(bight_reactor *reactor, const bight_kind_ops *ops, size_t size,
                            bight_kind **out)
{
    bool sends_files;
    bight_kind *kind;

    bighti_check_thread(reactor);
    BIGHTI_REQUIRE(BIGHTI_TABLE_IS_KNOWN(ops, bight_kind_ops, send_file) && ops->send != NULL,
                   "a kind with operations of an unknown size, or without send");
    if (size > SIZE_MAX - sizeof(*kind))
        return BIGHT_ERROR_NO_MEMORY;
    kind = calloc(1, sizeof(*kind) + size);
    if (kind == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    kind->ops = ops;
    sends_files = ops->send_file != NULL;
    bighti_transport_init(&kind->transport, sends_files ? &file_ops : &plain_ops, reactor, NULL);
    bighti_task_init(&kind->later, reactor, on_kind_resumed, kind);
    bight_task_set_name(&kind->later, ops->name);
    *out = kind;
    return BIGHT_OK;
}

void bight_kind_discard(bight_kind *kind)
{
    bighti_transport_deinit(&kind->transport);
    kind_free(kind);
}

bight_transport *bight_kind_open(bight_kind *kind, bight_protocol *protocol)
{
    bight_transport *transport = &kind->transport;

    bighti_check_thread(transport->reactor);
    transport->protocol = protocol;
    bighti_transport_open(transport);
    transport->flags |= BIGHTI_OWES_CONNECTED;
    bighti_transport_ask(transport);
    return transport;
}

bight_kind *bight_kind_ref(bight_kind *kind)
{
    bighti_check_thread(kind->transport.reactor);
    bighti_transport_hold(&kind->transport);
    return kind;
}

void bight_kind_unref(bight_kind *kind)
{
    bighti_check_thread(kind->transport.reactor);
    bighti_transport_unhold(&kind->transport);
}

void *bight_kind_get_state(const bight_kind *kind)
{
    return (void *)kind->state;
}

bight_transport *bight_kind_get_transport(bight_kind *kind)
{
    return &kind->transport;
}

bight_kind *bight_kind_of(const bight_transport *transport, const bight_kind_ops *ops)
{
    bight_kind *kind;

    if (transport->ops != &plain_ops && transport->ops != &file_ops)
        return NULL;
    kind = kind_of((bight_transport *)transport);
    return kind->ops == ops ? kind : NULL;
}

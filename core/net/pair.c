/* Two transports in memory. Bytes that one sends are copied to the other's inbox, which holds 64
 * KiB: when it is full the sender is blocked, as on a socket. A task of the receiving end delivers
 * the bytes. */
#include "../base/check.h"
#include "../reactor/task.h"
#include "close.h"
#include <bight/pair.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct end {
    bight_transport transport;
    struct end *peer; /* NULL once that has disconnected */
    bighti_queue inbox;
    bight_task delivery;
    size_t chunk;       /* the most bytes in one call of received; 0 for no limit */
    bool peer_finished; /* the end follows the inbox */
    char name;
} end;

enum { INBOX_SIZE = 65536, DELIVERIES_PER_TURN = 64 };

static end *pair_end_of(bight_transport *transport)
{
    return BIGHTI_CONTAINER(transport, end, transport);
}

static size_t pair_take(end *self, uint8_t *buffer, size_t size)
{
    struct iovec part;
    size_t most = self->chunk != 0 && self->chunk < size ? self->chunk : size, taken = 0;

    while (taken < most && bighti_queue_gather(&self->inbox, &part, 1) == 1) {
        size_t count = part.iov_len < most - taken ? part.iov_len : most - taken;

        memcpy(buffer + taken, part.iov_base, count);
        bighti_queue_consume(&self->inbox, bighti_chunks(self->transport.reactor), count);
        taken += count;
    }
    return taken;
}

static void unblock_peer(end *self)
{
    if (self->peer != NULL && (self->peer->transport.flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_writable(&self->peer->transport);
}

static void deliver_some(end *self, uint8_t *buffer)
{
    bight_reactor *reactor = self->transport.reactor;

    for (int i = 0; i < DELIVERIES_PER_TURN; i++) {
        size_t size;

        if (!bighti_transport_receives(&self->transport) || self->inbox.size == 0)
            return;
        size = pair_take(self, buffer, bighti_read_buffers(reactor)->block_size);
        unblock_peer(self);
        bighti_transport_deliver(&self->transport, buffer, size);
    }
}

/* After a close the input is not wanted, but the peer must be able to continue. */
static void drop_inbox(end *self)
{
    bight_transport *transport = &self->transport;

    if ((transport->flags & (BIGHTI_CLOSING | BIGHTI_OVER)) != BIGHTI_CLOSING)
        return;
    bighti_queue_consume(&self->inbox, bighti_chunks(transport->reactor), self->inbox.size);
    unblock_peer(self);
    if (self->peer_finished && (transport->flags & (BIGHTI_PEER_ENDED | BIGHTI_OVER)) == 0)
        bighti_transport_deliver_end(transport);
}

static void after_delivery(end *self)
{
    drop_inbox(self);
    if (!bighti_transport_receives(&self->transport))
        return;
    if (self->inbox.size > 0) {
        bight_task_schedule(&self->delivery);
    } else if (self->peer_finished && (self->transport.flags & BIGHTI_PEER_ENDED) == 0) {
        bighti_transport_deliver_end(&self->transport);
    }
}

static void on_delivery(bight_task *task, void *data)
{
    end *self = data;
    bight_reactor *reactor = self->transport.reactor;
    uint8_t *buffer = bighti_pool_take(bighti_read_buffers(reactor));

    (void)task;
    bighti_transport_hold(&self->transport);
    if (buffer == NULL) {
        bighti_transport_finish(&self->transport,
                                bight_error_new(BIGHT_ERROR_NO_MEMORY, "no buffer to read into"),
                                true);
    } else {
        deliver_some(self, buffer);
        bighti_pool_give(bighti_read_buffers(reactor), buffer);
        after_delivery(self);
    }
    bighti_transport_unhold(&self->transport);
}

/* -- Operations of the transport -- */

static ssize_t pair_send(bight_transport *transport, const struct iovec *parts, int count)
{
    end *peer = pair_end_of(transport)->peer;
    size_t sent = 0;

    if (peer == NULL)
        return -EPIPE;
    for (int i = 0; i < count && peer->inbox.size < INBOX_SIZE; i++) {
        size_t room = INBOX_SIZE - peer->inbox.size;
        size_t size = parts[i].iov_len < room ? parts[i].iov_len : room;

        if (!bighti_queue_append(&peer->inbox, bighti_chunks(transport->reactor), parts[i].iov_base,
                                 size))
            return -ENOMEM;
        sent += size;
    }
    if (sent == 0)
        return -EAGAIN;
    bight_task_schedule(&peer->delivery);
    return (ssize_t)sent;
}

static void finish_peer(end *peer)
{
    peer->peer_finished = true;
    bight_task_schedule(&peer->delivery);
}

static void pair_shutdown(bight_transport *transport)
{
    if (pair_end_of(transport)->peer != NULL)
        finish_peer(pair_end_of(transport)->peer);
}

static void pair_close(bight_transport *transport)
{
    if ((transport->flags & (BIGHTI_PEER_ENDED | BIGHTI_BROKEN)) != 0) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    if ((transport->flags & BIGHTI_SHUT_DONE) == 0)
        pair_shutdown(transport);
    transport->flags |= BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE;
    bighti_transport_linger(transport);
}

static void pair_resume(bight_transport *transport)
{
    bight_task_schedule(&pair_end_of(transport)->delivery);
}

static void pair_disconnect(bight_transport *transport, bool reset)
{
    end *self = pair_end_of(transport), *peer = self->peer;

    bighti_queue_consume(&self->inbox, bighti_chunks(transport->reactor), self->inbox.size);
    bight_task_cancel(&self->delivery);
    self->peer = NULL;
    if (peer == NULL)
        return;
    peer->peer = NULL;
    if (bighti_is_dead(transport->reactor))
        return; /* the other end is about to notice this itself */
    if (reset)
        bighti_transport_finish(
            &peer->transport, bight_error_new(BIGHT_ERROR_RESET, "reset by memory:%c", self->name),
            true);
    else
        finish_peer(peer);
    if ((peer->transport.flags & (BIGHTI_BLOCKED | BIGHTI_OVER)) == BIGHTI_BLOCKED)
        bighti_transport_writable(&peer->transport);
}

static void pair_release(bight_transport *transport)
{
    bighti_task_deinit(&pair_end_of(transport)->delivery);
    free(pair_end_of(transport));
}

static void pair_describe(bight_transport *transport, bool peer, const bight_address *address,
                          char *text, size_t size)
{
    char name = pair_end_of(transport)->name;

    (void)address;
    snprintf(text, size, "memory:%c", peer ? 'a' + 'b' - name : name);
}

static const bighti_transport_ops pair_ops = {
    .send = pair_send,
    .shutdown = pair_shutdown,
    .resume = pair_resume,
    .close = pair_close,
    .disconnect = pair_disconnect,
    .release = pair_release,
    .describe = pair_describe,
};

static void open_end(end *self, bight_reactor *reactor, bight_protocol *protocol, end *peer,
                     char name)
{
    bighti_transport_init(&self->transport, &pair_ops, reactor, protocol);
    bighti_task_init(&self->delivery, reactor, on_delivery, self);
    self->peer = peer;
    self->name = name;
    bighti_transport_open(&self->transport);
    self->transport.flags |= BIGHTI_OWES_CONNECTED;
    bighti_transport_ask(&self->transport);
}

bight_status bight_pair_new(bight_reactor *reactor, bight_protocol *a, bight_protocol *b)
{
    end *first, *second;

    bighti_check_thread(reactor);
    first = calloc(1, sizeof(*first));
    second = calloc(1, sizeof(*second));
    if (first == NULL || second == NULL) {
        free(first);
        free(second);
        return BIGHT_ERROR_NO_MEMORY;
    }
    open_end(first, reactor, a, second, 'a');
    open_end(second, reactor, b, first, 'b');
    return BIGHT_OK;
}

void bight_pair_set_chunk(bight_transport *transport, size_t size)
{
    BIGHTI_REQUIRE(transport->ops == &pair_ops, "not an end of a pair");
    pair_end_of(transport)->chunk = size;
}

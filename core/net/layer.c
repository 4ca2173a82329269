/* Layers: transports on transports.
 *
 * A layer is a protocol to the transport below and a transport to the protocol above. This file
 * has what all layers have in common; the table of each layer (bight/layer.h) defines what happens
 * to the bytes. TLS is one such layer (tls.c).
 *
 * Ends: the end marker of a layer (a close_notify) corresponds to the half-close of TCP, and a
 * close sends it too; a layer without an end marker half-closes the transport below. A close waits
 * until the output below has been sent, with the usual linger time. A layer that ends for another
 * reason releases the transport below, which sends its output, perhaps an alert, and closes by
 * itself.
 *
 * Handshakes: bytes that are written before the handshake is done wait, as if the peer had no
 * room.
 *
 * The input is handled in layer_input.c, the output in layer_output.c, and stepping out in
 * layer_out.c. */
#include "layer.h"
#include "../base/options.h"
#include "close.h"
#include "endpoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEFT = 65536 };

/* -- Operations of the transport -- */

static void layer_shutdown(bight_transport *transport)
{
    bight_layer *layer = bighti_layer_of(transport);

    bighti_layer_say_end(layer);
    bighti_layer_kick(layer);
    if (layer->lower != NULL && !layer->said_end)
        bight_transport_shutdown(layer->lower);
}

/* The transport below waits for the peer, as it does on every close. If the peer has ended, only
 * the program's bytes are waited for: sending the layer's own bytes may fail then, because a peer
 * that has closed does not accept them. An unfinished handshake is aborted. */
static void layer_close(bight_transport *transport)
{
    bight_layer *layer = bighti_layer_of(transport);

    if (layer->lower == NULL || layer->connecting ||
        (layer->over && !bighti_layer_has_data_below(layer))) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    bighti_transport_stop_lingering(transport);
    bighti_layer_say_end(layer);
    bighti_layer_kick(layer);
    if (transport->details != NULL)
        bight_transport_set_linger(layer->lower, transport->limits->linger);
    bight_transport_close(layer->lower);
}

/* The functions for a transport below whose layer is gone. */
static void ignore_bytes(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    (void)bytes;
    (void)size;
}

const bight_protocol_ops bighti_nobody_ops = {.name = "bight: nobody", .received = ignore_bytes};
static const bight_protocol nobody = {&bighti_nobody_ops};

/* For a peer that does not end, when no bytes of the program wait below. */
#define LET_GO_LINGER BIGHT_SEC(2)

static void layer_let_go(bight_layer *layer)
{
    bight_transport *lower = layer->lower;

    layer->lower = NULL;
    lower->protocol = (bight_protocol *)&nobody;
    if (lower->bytes_out >= layer->data_end && lower->limits->linger > LET_GO_LINGER)
        bight_transport_set_linger(lower, LET_GO_LINGER);
    bight_transport_close(lower);
}

void bighti_layer_stop(bight_layer *layer)
{
    bool stopped = layer->stopped;

    layer->stopped = true;
    if (!stopped && layer->ops->stopped != NULL)
        layer->ops->stopped(layer);
}

/* A layer does not count as a connection, since the transport below does. */
static void layer_disconnect(bight_transport *transport, bool reset)
{
    bight_layer *layer = bighti_layer_of(transport);
    bight_transport *lower;

    bighti_stats(transport->reactor)->connections++;
    if (!reset) {
        bighti_layer_say_end(layer);
        bighti_layer_kick(layer);
    }
    bighti_layer_stop(layer);
    bight_task_cancel(&layer->later);
    bight_timer_free(layer->patience);
    layer->patience = NULL;
    bighti_layer_drop_input(layer);
    lower = layer->lower;
    if (lower != NULL && !reset) {
        layer_let_go(layer);
    } else if (lower != NULL) {
        layer->lower = NULL;
        bight_transport_free(lower);
    }
}

static void layer_resume(bight_transport *transport)
{
    bight_task_schedule(&bighti_layer_of(transport)->later);
}

static void layer_free(bight_layer *layer)
{
    if (layer->ops->release != NULL)
        layer->ops->release(layer);
    bighti_layer_drop_input(layer);
    bight_timer_free(layer->patience);
    bighti_task_deinit(&layer->later);
    bight_error_unref(layer->failure);
    bight_error_unref(layer->reason);
    free(layer);
}

static void layer_release(bight_transport *transport)
{
    layer_free(bighti_layer_of(transport));
}

static bight_address layer_locate(bight_transport *transport, bool peer)
{
    bight_transport *lower = bighti_layer_of(transport)->lower;

    if (lower == NULL)
        return (bight_address){.family = BIGHT_ADDRESS_NONE};
    return peer ? bight_transport_get_peer_address(lower)
                : bight_transport_get_local_address(lower);
}

static void layer_describe(bight_transport *transport, bool peer, const bight_address *address,
                           char *text, size_t size)
{
    bight_layer *layer = bighti_layer_of(transport);
    bight_transport *lower = layer->lower;
    const char *name = "unknown";

    (void)address;
    if (lower != NULL)
        name = peer ? bight_transport_get_peer(lower) : bight_transport_get_local(lower);
    if (layer->ops->describe != NULL)
        layer->ops->describe(layer, peer, name, text, size);
    else
        snprintf(text, size, "%s", name);
}

static void layer_set_no_delay(bight_transport *transport, bool on)
{
    if (bighti_layer_of(transport)->lower != NULL)
        bight_transport_set_no_delay(bighti_layer_of(transport)->lower, on);
}

static void layer_set_keepalive(bight_transport *transport, unsigned idle_seconds)
{
    if (bighti_layer_of(transport)->lower != NULL)
        bight_transport_set_keepalive(bighti_layer_of(transport)->lower, idle_seconds);
}

const bighti_transport_ops bighti_layer_transport_ops = {
    .send = bighti_layer_send,
    .shutdown = layer_shutdown,
    .resume = layer_resume,
    .close = layer_close,
    .disconnect = layer_disconnect,
    .release = layer_release,
    .locate = layer_locate,
    .describe = layer_describe,
    .set_no_delay = layer_set_no_delay,
    .set_keepalive = layer_set_keepalive,
};

/* -- Making one -- */

/* In a turn of its own, so that a slot may ask for it first and then return BIGHT_LAYER_HOLD. */
static void layer_release_held(bight_layer *layer)
{
    if (!layer->released)
        return;
    layer->released = false;
    layer->again = layer->again || layer->holds;
    layer->holds = layer->holds_down = false;
}

static void on_later(bight_task *task, void *data)
{
    bight_layer *layer = data;
    bight_transport *transport = &layer->transport;
    const unsigned flags = BIGHTI_BLOCKED | BIGHTI_OVER;

    (void)task;
    bighti_transport_hold(transport);
    layer_release_held(layer);
    bighti_layer_go_on(layer);
    if (!layer->connecting && (transport->flags & flags) == BIGHTI_BLOCKED)
        bighti_transport_writable(transport);
    bighti_transport_unhold(transport);
}

bight_status bight_layer_new(bight_transport *below, const bight_layer_ops *ops, size_t size,
                             bight_layer **out)
{
    const unsigned unfit =
        BIGHTI_CLOSED_FOR_WRITES | BIGHTI_PEER_ENDED | BIGHTI_BROKEN | BIGHTI_LAYERED;
    bight_layer *layer;

    bighti_check_usable(below);
    BIGHTI_REQUIRE(BIGHTI_TABLE_IS_KNOWN(ops, bight_layer_ops, describe),
                   "a layer with operations of an unknown size");
    if ((below->flags & unfit) != 0)
        return BIGHT_ERROR_STATE;
    if (size > SIZE_MAX - sizeof(*layer))
        return BIGHT_ERROR_NO_MEMORY;
    layer = calloc(1, sizeof(*layer) + size);
    if (layer == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    layer->ops = ops;
    layer->lower = below;
    layer->below.ops = &bighti_layer_below_ops;
    layer->most = MOST_LEFT;
    bighti_transport_init(&layer->transport, &bighti_layer_transport_ops, below->reactor, NULL);
    bighti_task_init(&layer->later, below->reactor, on_later, layer);
    bight_task_set_name(&layer->later, ops->name != NULL ? ops->name : "bight: layer");
    *out = layer;
    return BIGHT_OK;
}

void bight_layer_discard(bight_layer *layer)
{
    bighti_transport_deinit(&layer->transport);
    layer_free(layer);
}

static void on_impatient(bight_timer *timer, void *data)
{
    bight_layer *layer = data;
    double seconds = (double)layer->patience_time / 1e9;

    (void)timer;
    bighti_transport_finish(
        &layer->transport,
        bight_error_new(BIGHT_ERROR_TIMED_OUT, "%s handshake with %s: not done in %.1f s",
                        layer->ops->name, bighti_transport_name(&layer->transport), seconds),
        true);
}

bight_status bight_layer_expect_handshake(bight_layer *layer, uint64_t time)
{
    bight_status status =
        bight_timer_new(layer->transport.reactor, on_impatient, layer, &layer->patience);

    if (status != BIGHT_OK)
        return status;
    layer->patience_time = time;
    layer->connecting = true;
    return BIGHT_OK;
}

void bight_layer_set_limit(bight_layer *layer, size_t most)
{
    layer->most = most;
}

/* The first bytes are sent now. Nothing can be delivered yet, so the protocol is not called. */
bight_transport *bight_layer_begin(bight_layer *layer, bight_protocol *protocol)
{
    bight_transport *lower = layer->lower, *transport = &layer->transport;

    bighti_check_usable(lower);
    transport->protocol = protocol;
    lower->protocol = &layer->below;
    lower->flags |= BIGHTI_LAYERED;
    if (layer->connecting) {
        transport->flags |= BIGHTI_BLOCKED;
        bight_timer_start(layer->patience, layer->patience_time);
    } else {
        layer->announces = true;
        bight_task_schedule(&layer->later);
    }
    bight_transport_resume(lower);
    layer->encoding = true;
    if (layer->ops->begun != NULL)
        layer->ops->begun(layer);
    layer->encoding = false;
    bighti_layer_kick(layer);
    return transport;
}

/* -- For the slots -- */

void bight_layer_connected(bight_layer *layer)
{
    bighti_check_thread(layer->transport.reactor);
    if (!layer->connecting || layer->announces)
        return;
    layer->announces = true;
    if (!layer->decoding)
        bight_task_schedule(&layer->later);
}

void bight_layer_go_on(bight_layer *layer)
{
    bighti_check_thread(layer->transport.reactor);
    if ((layer->transport.flags & BIGHTI_OVER) != 0)
        return;
    layer->released = true;
    bight_task_schedule(&layer->later);
}

void bight_layer_fail(bight_layer *layer, bight_error *take_error)
{
    bighti_check_thread(layer->transport.reactor);
    if (take_error == NULL)
        take_error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "%s", layer->ops->name);
    if (!layer->decoding)
        bighti_transport_finish(&layer->transport, take_error, false);
    else if (layer->failure == NULL)
        layer->failure = take_error;
    else
        bight_error_unref(take_error);
}

bight_status bight_layer_rename(bight_layer *layer, bool peer, const bight_address *address,
                                const char *text)
{
    bighti_check_thread(layer->transport.reactor);
    if (!layer->connecting && !layer->announces)
        return BIGHT_ERROR_STATE;
    if (!bighti_place_set(&layer->transport, peer, address, text))
        return BIGHT_ERROR_NO_MEMORY;
    return BIGHT_OK;
}

void bight_layer_step_out(bight_layer *layer)
{
    bighti_check_thread(layer->transport.reactor);
    if (layer->leaving || (layer->transport.flags & BIGHTI_OVER) != 0)
        return;
    layer->leaving = true;
    layer->announces = layer->announces || layer->connecting;
    layer->again = layer->again || layer->input.size > 0;
    layer->holds = false;
    bight_task_schedule(&layer->later);
}

/* -- Questions -- */

void *bight_layer_get_state(const bight_layer *layer)
{
    return (void *)layer->state;
}

bight_transport *bight_layer_get_transport(bight_layer *layer)
{
    return &layer->transport;
}

bight_transport *bight_layer_get_below(const bight_layer *layer)
{
    return layer->lower;
}

bight_layer *bight_layer_find(const bight_transport *transport, const bight_layer_ops *ops)
{
    while (transport != NULL && transport->ops == &bighti_layer_transport_ops) {
        bight_layer *layer = bighti_layer_of((bight_transport *)transport);

        if (layer->ops == ops)
            return layer;
        transport = layer->lower;
    }
    return NULL;
}

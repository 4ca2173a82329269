/* See climb.h. The transport of a scheme may be connected, or it may have been made just now by
 * bight_transport_adopt() or bight_pair_new() and call connected in a later turn; and it may have
 * received bytes already. These differences are resolved here, before the first layer. Each
 * further layer begins when the one below it is connected. A layer that acts only at the beginning
 * has stepped out by then, and is removed. */
#include "climb.h"
#include "layer.h"
#include "transport.h"
#include <stdlib.h>

/* -- Layers -- */

static void stairs_add(bighti_stairs *stairs, bight_layer_factory *const *factories, size_t count)
{
    for (size_t i = 0; i < count; i++)
        stairs->factories[stairs->count++] = bight_layer_factory_ref(factories[i]);
}

bight_status bighti_stairs_init(bighti_stairs *stairs, const bighti_wanted_layers *wanted)
{
    size_t count = wanted->below_count + (wanted->tls != NULL ? 1 : 0) + wanted->above_count;
    bight_status status = BIGHT_OK;

    *stairs = (bighti_stairs){.count = 0};
    if (count == 0)
        return BIGHT_OK;
    stairs->factories = calloc(count, sizeof(*stairs->factories));
    if (stairs->factories == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    stairs_add(stairs, wanted->below, wanted->below_count);
    if (wanted->tls != NULL) {
        status = bight_tls_new_layer(wanted->tls, wanted->host, &stairs->factories[stairs->count]);
        stairs->count += status == BIGHT_OK ? 1 : 0;
    }
    if (status == BIGHT_OK)
        stairs_add(stairs, wanted->above, wanted->above_count);
    else
        bighti_stairs_deinit(stairs);
    return status;
}

void bighti_stairs_deinit(bighti_stairs *stairs)
{
    for (size_t i = 0; i < stairs->count; i++)
        bight_layer_factory_unref(stairs->factories[i]);
    free(stairs->factories);
    *stairs = (bighti_stairs){.count = 0};
}

/* -- The climb -- */

static bighti_climb *climb_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, bighti_climb, protocol);
}

static void climb_fail(bighti_climb *self, bight_transport *transport, bight_status status)
{
    bight_error *reason =
        bight_error_new(status, "a layer on %s", bighti_transport_name(transport));

    bighti_transport_hold(transport);
    bight_transport_free(transport);
    self->ended = transport;
    self->failed(self, reason);
    bighti_transport_unhold(transport);
    bight_error_unref(reason);
}

/* The transport is the uppermost so far, and connected: the next layer, or the end. */
static void climb_step(bighti_climb *self, bight_transport *transport)
{
    bight_layer_factory *factory;
    bight_status status;

    self->transport = NULL;
    if (self->next == self->stairs->count) {
        self->done(self, transport);
        return;
    }
    factory = self->stairs->factories[self->next++];
    status = bight_layer_factory_start(factory, transport, self->side, &self->protocol,
                                       &self->transport);
    if (status != BIGHT_OK)
        climb_fail(self, transport, status);
}

/* Received bytes that were kept are delivered in a later turn, to the protocol at that time. */
static void climb_leave_ground(bighti_climb *self)
{
    bight_transport_resume(self->transport);
    climb_step(self, self->transport);
}

static void climb_on_connected(bight_protocol *protocol, bight_transport *transport)
{
    bighti_climb *self = climb_of(protocol);

    if (self->next > 0)
        climb_step(self, bighti_layer_pare(transport, protocol));
    else if (transport == self->transport && self->begun)
        climb_leave_ground(self);
}

/* Only the transport of the scheme calls this: a layer delivers nothing before connected, when it
 * gets another protocol. */
static void climb_on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    bight_transport *transport = climb_of(protocol)->transport;

    if (transport == NULL)
        return;
    bight_transport_pause(transport);
    bight_transport_unread(transport, bytes, size);
}

static void climb_on_closed(bight_protocol *protocol, const bight_error *reason)
{
    bighti_climb *self = climb_of(protocol);

    if (self->transport == NULL)
        return;
    self->ended = self->transport;
    self->transport = NULL;
    self->failed(self, reason);
}

static const bight_protocol_ops climb_ops = {.size = sizeof(bight_protocol_ops),
                                             .name = "bight: handshake",
                                             .connected = climb_on_connected,
                                             .received = climb_on_received,
                                             .closed = climb_on_closed};

void bighti_climb_init(bighti_climb *self, bight_layer_side side, const bighti_stairs *stairs,
                       void (*done)(bighti_climb *, bight_transport *),
                       void (*failed)(bighti_climb *, const bight_error *))
{
    *self = (bighti_climb){
        .protocol = {&climb_ops}, .stairs = stairs, .side = side, .done = done, .failed = failed};
}

void bighti_climb_keep(bighti_climb *self, bight_transport *transport)
{
    transport->protocol = &self->protocol;
    self->transport = transport;
}

void bighti_climb_begin(bighti_climb *self)
{
    self->begun = true;
    if ((self->transport->flags & BIGHTI_OWES_CONNECTED) == 0)
        climb_leave_ground(self);
}

void bighti_climb_pause(bight_protocol *protocol, bool paused)
{
    bighti_climb *self;

    if (protocol == NULL || protocol->ops != &climb_ops)
        return;
    self = climb_of(protocol);
    if (self->paused != NULL)
        self->paused(self, paused);
}

void bighti_climb_drop(bighti_climb *self)
{
    bight_transport *transport = self->transport;

    self->transport = NULL;
    bight_transport_free(transport);
}

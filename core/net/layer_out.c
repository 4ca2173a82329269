/* A layer that has stepped out is removed from between the transport below and its user above, as
 * soon as no bytes are in transit through it. This requires a user that can be given another
 * transport: a layer, or the code that puts layers on a connection. A program's protocol holds a
 * pointer to the layer's transport, so that transport stays and passes bytes. */
#include "close.h"
#include "layer.h"
#include <stdlib.h>

static bool somebody_waits_for_the_end(const bight_layer *layer)
{
    const bighti_details *details = layer->transport.details;

    return details != NULL && details->end_waiter_count > 0;
}

/* Whether no notification is pending and no bytes are in transit, so that the user above would not
 * notice. */
static bool is_idle(const bight_layer *layer)
{
    const unsigned busy = BIGHTI_CLOSED_FOR_WRITES | BIGHTI_PEER_ENDED | BIGHTI_BROKEN |
                          BIGHTI_WANTS_DRAINED | BIGHTI_OWES_DRAINED | BIGHTI_WAITERS |
                          BIGHTI_UNREAD | BIGHTI_TOLD;

    return bighti_layer_passes(layer) && !layer->announces && layer->lower != NULL &&
           (layer->transport.flags & busy) == 0 && layer->transport.out.size == 0 &&
           layer->failure == NULL && !layer->below_ended && !layer->over &&
           layer->input.late == NULL && !somebody_waits_for_the_end(layer);
}

/* Names that a layer has set for the two sides stay valid, and so do those that were already
 * returned. */
static void move_places(bight_layer *layer)
{
    bighti_details *from = layer->transport.details, *to;

    if (from == NULL || (from->local == NULL && from->peer == NULL))
        return;
    to = bighti_transport_details(layer->lower);
    if (to == NULL)
        return;
    bighti_places_move(from, to);
}

/* Everything except the user above. Bytes that decode has not taken are put back. */
static bight_transport *layer_take_out(bight_layer *layer, bight_protocol *protocol)
{
    bight_transport *lower = layer->lower, *transport = &layer->transport;
    bool paused = (transport->flags & BIGHTI_PAUSED) != 0;

    lower->protocol = protocol;
    lower->flags &= ~(unsigned)BIGHTI_LAYERED;
    move_places(layer);
    if (layer->input.size > 0)
        bight_transport_unread(lower, layer->input.bytes, layer->input.size);
    if (paused)
        bight_transport_pause(lower);
    else
        bight_transport_resume(lower);
    bighti_layer_stop(layer);
    bight_task_cancel(&layer->later);
    bighti_layer_drop_input(layer);
    layer->lower = NULL;
    bighti_transport_vanish(transport);
    return lower;
}

/* Positions in the output below refer to another transport from now on, on which no bytes from
 * this layer wait. */
static void set_lower(bight_layer *layer, bight_transport *lower)
{
    layer->lower = lower;
    layer->data_end = layer->answers_end = lower->bytes_out + lower->out.size;
}

void bighti_layer_leave(bight_layer *layer)
{
    bight_protocol *protocol = layer->transport.protocol;
    bight_layer *above;
    bight_transport *lower;

    if (protocol->ops != &bighti_layer_below_ops || !is_idle(layer))
        return;
    above = BIGHTI_CONTAINER(protocol, bight_layer, below);
    lower = layer_take_out(layer, &above->below);
    lower->flags |= BIGHTI_LAYERED;
    set_lower(above, lower);
}

bight_transport *bighti_layer_pare(bight_transport *transport, bight_protocol *protocol)
{
    bight_layer *layer;

    if (transport->ops != &bighti_layer_transport_ops)
        return transport;
    layer = bighti_layer_of(transport);
    if (!is_idle(layer))
        return transport;
    return layer_take_out(layer, protocol);
}

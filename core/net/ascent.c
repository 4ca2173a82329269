/* Putting several layers on a connection: each begins when the one below it is connected. A layer
 * that has nothing to do but at the beginning has stepped out by then, and is taken out. */
#include "ascent.h"
#include "layer.h"

static bighti_ascent *ascent_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, bighti_ascent, protocol);
}

static bight_status ascent_climb(bighti_ascent *ascent, bight_transport *transport)
{
    bight_layer_factory *factory = *ascent->factories;

    ascent->factories++;
    ascent->count--;
    return bight_layer_factory_start(factory, transport, ascent->side, &ascent->protocol,
                                     &ascent->top);
}

static void ascent_fail(bighti_ascent *ascent, bight_transport *transport, bight_status status)
{
    bight_error *reason =
        bight_error_new(status, "a layer on %s", bighti_transport_name(transport));

    ascent->top = NULL;
    bight_transport_free(transport);
    ascent->failed(ascent, reason);
    bight_error_unref(reason);
}

static void on_layer_connected(bight_protocol *protocol, bight_transport *transport)
{
    bighti_ascent *ascent = ascent_of(protocol);
    bight_status status;

    transport = bighti_layer_pare(transport, protocol);
    ascent->top = NULL;
    if (ascent->count == 0) {
        ascent->done(ascent, transport);
        return;
    }
    status = ascent_climb(ascent, transport);
    if (status != BIGHT_OK)
        ascent_fail(ascent, transport, status);
}

static void on_layer_closed(bight_protocol *protocol, const bight_error *reason)
{
    bighti_ascent *ascent = ascent_of(protocol);

    ascent->top = NULL;
    ascent->failed(ascent, reason);
}

static void ignore_bytes_meanwhile(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    (void)bytes;
    (void)size;
}

/* Nothing is received in front of connected, and there the protocol becomes another. */
static const bight_protocol_ops ascent_ops = {
    .size = sizeof(bight_protocol_ops),
    .name = "bight: handshake",
    .connected = on_layer_connected,
    .received = ignore_bytes_meanwhile,
    .closed = on_layer_closed,
};

bight_status bighti_ascent_begin(bighti_ascent *ascent, bight_transport *transport,
                                 bight_layer_factory *const *factories, size_t count,
                                 bight_layer_side side)
{
    bight_status status;

    ascent->protocol.ops = &ascent_ops;
    ascent->factories = factories;
    ascent->count = count;
    ascent->side = side;
    ascent->top = NULL;
    if (count == 0) {
        ascent->done(ascent, transport);
        return BIGHT_OK;
    }
    status = ascent_climb(ascent, transport);
    if (status != BIGHT_OK)
        bight_transport_free(transport);
    return status;
}

void bighti_ascent_drop(bighti_ascent *ascent)
{
    bight_transport *top = ascent->top;

    ascent->top = NULL;
    bight_transport_free(top);
}

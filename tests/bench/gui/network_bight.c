/* Connections as a program on bight has them; which loop carries the reactor is not seen here. */
#include "meter.h"
#include <bight/endpoint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct connection {
    bight_protocol protocol; /* first */
    meter_sink sink;
} connection;

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    meter_received(&((connection *)protocol)->sink, bytes, size);
}

/* Cancelled: the measurement is over. */
static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    if (reason != NULL && bight_error_get_status(reason) != BIGHT_ERROR_CANCELLED)
        meter_broken(bight_error_get_message(reason));
    free(protocol);
}

static const bight_protocol_ops ops = {
    .name = "sink", .received = on_received, .closed = on_closed};

static bight_result on_failed(bight_result failed, void *data)
{
    (void)data;
    meter_broken(bight_error_get_message(failed.error));
    return failed;
}

void meter_connect_bight(bight_reactor *reactor, unsigned port, unsigned peers)
{
    char endpoint[64];

    snprintf(endpoint, sizeof(endpoint), "tcp:127.0.0.1:%u", port);
    for (unsigned i = 0; i < peers; i++) {
        connection *one = calloc(1, sizeof(*one));
        bight_deferred *attempt;

        if (one == NULL)
            abort();
        one->protocol.ops = &ops;
        attempt = bight_connect(reactor, endpoint, &one->protocol);
        bight_deferred_free(bight_deferred_then(attempt, NULL, on_failed, NULL));
    }
}

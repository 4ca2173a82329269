/* Your own layer: it scrambles what is sent, and unscrambles it at the other side. Below it are a
 * wire log of the library, which shows what an observer sees, and a rate limit.
 *
 *     build/dev/examples/layer
 */
#include <bight/bight.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- The layer -- */

/* A placeholder for a cipher. */
static uint8_t scramble(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z' ? (uint8_t)('a' + 'z' - byte) : byte;
}

/* Consumes all bytes that have arrived, as far as there is room for the output. */
static bight_layer_next decode(bight_layer *layer, bight_layer_bytes *bytes)
{
    size_t size = bytes->in.size < bytes->room ? bytes->in.size : bytes->room;

    (void)layer;
    for (size_t i = 0; i < size; i++)
        bytes->buffer[i] = scramble(bytes->in.data[i]);
    bytes->out = (bight_view){bytes->buffer, size};
    bytes->in.data += size;
    bytes->in.size -= size;
    return bytes->in.size > 0 ? BIGHT_LAYER_AGAIN : BIGHT_LAYER_MORE;
}

static size_t encode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    uint8_t piece[1024];
    size_t done = 0;

    while (done < size) {
        size_t part = size - done < sizeof(piece) ? size - done : sizeof(piece);

        for (size_t i = 0; i < part; i++)
            piece[i] = scramble(bytes[done + i]);
        bight_layer_send(layer, piece, part);
        done += part;
    }
    return size;
}

static const bight_layer_ops scrambled = {
    .size = sizeof(bight_layer_ops), .name = "scrambled", .decode = decode, .encode = encode};

static bight_status start_scrambled(bight_transport *below, bight_layer_side side,
                                    bight_protocol *protocol, void *data, bight_transport **above)
{
    bight_layer *layer;
    bight_status status = bight_layer_new(below, &scrambled, 0, &layer);

    (void)side;
    (void)data;
    if (status == BIGHT_OK)
        *above = bight_layer_begin(layer, protocol);
    return status;
}

/* -- One side of a connection, which starts its layers one by one -- */

enum { MOST_LAYERS = 3 };

typedef struct side {
    bight_protocol protocol; /* first, so that a pointer to one is a pointer to the other */
    bight_reactor *reactor;
    bight_transport *transport;
    bight_layer_factory *layers[MOST_LAYERS]; /* the lowest first; NULL after the last */
    int next;
    const char *says;
} side;

/* Called for the connection, and then for each layer. */
static void on_connected(bight_protocol *protocol, bight_transport *transport)
{
    side *self = (side *)protocol;
    bight_layer_factory *layer = self->next < MOST_LAYERS ? self->layers[self->next++] : NULL;

    self->transport = transport;
    if (layer != NULL && bight_layer_factory_start(layer, transport, BIGHT_LAYER_CLIENT, protocol,
                                                   &self->transport) == BIGHT_OK)
        return;
    bight_transport_write(self->transport, self->says, strlen(self->says));
}

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    side *self = (side *)protocol;

    printf("%.*s", (int)size, bytes);
    bight_transport_close(self->transport);
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    side *self = (side *)protocol;

    (void)reason;
    self->transport = NULL;
    bight_reactor_stop(self->reactor);
}

static const bight_protocol_ops side_ops = {.size = sizeof(bight_protocol_ops),
                                            .name = "example",
                                            .connected = on_connected,
                                            .received = on_received,
                                            .closed = on_closed};

/* -- The program -- */

/* Prints lines of the log without their times, which differ in each run. */
static void print_line(const char *line, size_t size, void *data)
{
    (void)data;
    if (size > 13 && line[13] != '=')
        printf("on the wire: %s", line + 13);
}

static bight_status make_layers(side *self)
{
    bight_wire_log_options log = BIGHT_WIRE_LOG_OPTIONS_INIT;
    bight_rate_limit_options rate = BIGHT_RATE_LIMIT_OPTIONS_INIT;
    bight_status status;

    log.write = print_line;
    rate.sent = rate.received = 64 * 1024;
    status = bight_rate_limit_new_layer(&rate, &self->layers[0]);
    if (status == BIGHT_OK)
        status = bight_wire_log_new_layer(&log, &self->layers[1]);
    if (status == BIGHT_OK)
        status = bight_layer_factory_new(start_scrambled, NULL, NULL, &self->layers[2]);
    return status;
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    side here = {.protocol = {&side_ops}, .reactor = reactor, .says = "hello over there\n"};
    side there = {.protocol = {&side_ops}, .reactor = reactor, .says = "and hello to you\n"};

    if (reactor == NULL || make_layers(&here) != BIGHT_OK ||
        bight_layer_factory_new(start_scrambled, NULL, NULL, &there.layers[0]) != BIGHT_OK ||
        bight_pair_new(reactor, &here.protocol, &there.protocol) != BIGHT_OK)
        return EXIT_FAILURE;
    while (here.transport != NULL || there.transport != NULL || here.next == 0) {
        if (bight_reactor_run(reactor) != BIGHT_OK)
            return EXIT_FAILURE;
    }
    for (int i = 0; i < MOST_LAYERS; i++) {
        bight_layer_factory_unref(here.layers[i]);
        bight_layer_factory_unref(there.layers[i]);
    }
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}

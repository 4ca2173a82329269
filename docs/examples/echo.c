/* A server that sends everything back, and a client for it, in one program on one loop.
 *
 *     build/dev/examples/echo
 */
#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <bight/transport.h>
#include <stdio.h>
#include <stdlib.h>

/* -- The server: a protocol for each connection -- */

typedef struct echo {
    bight_protocol protocol; /* first, so that a pointer to one is a pointer to the other */
    bight_transport *transport;
} echo;

static void echo_connected(bight_protocol *protocol, bight_transport *transport)
{
    ((echo *)protocol)->transport = transport;
}

/* If the peer does not read what it gets back, stop reading until it does. */
static void echo_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    echo *self = (echo *)protocol;

    if (bight_transport_write(self->transport, bytes, size) == BIGHT_FLOW_WAIT)
        bight_transport_pause(self->transport);
}

static void echo_drained(bight_protocol *protocol)
{
    bight_transport_resume(((echo *)protocol)->transport);
}

static void echo_ended(bight_protocol *protocol)
{
    bight_transport_close(((echo *)protocol)->transport);
}

static void echo_closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    free(protocol);
}

static const bight_protocol_ops echo_ops = {
    .name = "echo",
    .connected = echo_connected,
    .received = echo_received,
    .ended = echo_ended,
    .drained = echo_drained,
    .closed = echo_closed,
};

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    echo *self = calloc(1, sizeof(*self));

    (void)listener;
    (void)transport;
    (void)data;
    if (self == NULL)
        return NULL;
    self->protocol.ops = &echo_ops;
    return &self->protocol;
}

/* -- The client -- */

typedef struct client {
    bight_protocol protocol;
    bight_reactor *reactor;
    bight_transport *transport;
} client;

static void client_connected(bight_protocol *protocol, bight_transport *transport)
{
    ((client *)protocol)->transport = transport;
    bight_transport_write(transport, "hello\n", 6);
}

static void client_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    client *self = (client *)protocol;

    printf("%s said %.*s", bight_transport_get_peer(self->transport), (int)size,
           (const char *)bytes);
    bight_transport_close(self->transport);
}

static void client_closed(bight_protocol *protocol, const bight_error *reason)
{
    printf("closed%s%s\n", reason != NULL ? ": " : "",
           reason != NULL ? bight_error_get_message(reason) : "");
    bight_reactor_stop(((client *)protocol)->reactor);
}

static const bight_protocol_ops client_ops = {
    .name = "client",
    .connected = client_connected,
    .received = client_received,
    .closed = client_closed,
};

static bight_result on_failure(bight_result failed, void *data)
{
    fprintf(stderr, "%s\n", bight_error_get_message(failed.error));
    bight_result_free(failed);
    bight_reactor_stop(data);
    return bight_result_value(NULL);
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    client self = {.protocol = {&client_ops}, .reactor = reactor};
    bight_listener *listener;
    bight_error *error;
    bight_deferred *attempt;

    if (reactor == NULL)
        return EXIT_FAILURE;
    if (bight_listen(reactor, "tcp:127.0.0.1:0", serve, NULL, &error, &listener) != BIGHT_OK) {
        fprintf(stderr, "%s\n", bight_error_get_message(error));
        return EXIT_FAILURE;
    }
    attempt = bight_connect(reactor, bight_listener_get_endpoint(listener), &self.protocol);
    bight_deferred_then(attempt, NULL, on_failure, reactor);
    bight_deferred_free(attempt);
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_listener_free(listener);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}

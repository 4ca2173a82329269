/* An echo server on Bight, with all that it has switched on: back-pressure, budgets, statistics,
 * reasons for errors. ECHO_OPEN is a host's function that makes a reactor. Where to listen may be
 * said, as in "tls:127.0.0.1:0?cert=cert.pem&key=key.pem". */
#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <bight/transport.h>
#include <stdio.h>
#include <stdlib.h>

bight_reactor *ECHO_OPEN(void);

typedef struct echo {
    bight_protocol protocol; /* first, so that one is the other */
    bight_transport *transport;
} echo;

static void on_connected(bight_protocol *protocol, bight_transport *transport)
{
    ((echo *)protocol)->transport = transport;
}

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    bight_transport *transport = ((echo *)protocol)->transport;

    if (bight_transport_write(transport, bytes, size) == BIGHT_FLOW_WAIT)
        bight_transport_pause(transport);
}

static void on_drained(bight_protocol *protocol)
{
    bight_transport_resume(((echo *)protocol)->transport);
}

static void on_ended(bight_protocol *protocol)
{
    bight_transport_close(((echo *)protocol)->transport);
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    free(protocol);
}

static const bight_protocol_ops ops = {.name = "echo",
                                       .connected = on_connected,
                                       .received = on_received,
                                       .ended = on_ended,
                                       .drained = on_drained,
                                       .closed = on_closed};

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    echo *self = malloc(sizeof(*self));

    (void)listener;
    (void)transport;
    (void)data;
    if (self == NULL)
        return NULL;
    self->protocol.ops = &ops;
    return &self->protocol;
}

int main(int count, char **words)
{
    const char *endpoint = count > 1 ? words[1] : "tcp:127.0.0.1:0";
    bight_reactor *reactor = ECHO_OPEN();
    bight_listener *listener;
    bight_error *error;
    bight_status status;

    if (reactor == NULL ||
        bight_listen(reactor, endpoint, serve, NULL, &error, &listener) != BIGHT_OK)
        return EXIT_FAILURE;
    printf("listening %s\n", bight_listener_get_endpoint(listener));
    fflush(stdout);
    status = bight_reactor_run(reactor);
    bight_listener_free(listener);
    bight_reactor_free(reactor);
    return status == BIGHT_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

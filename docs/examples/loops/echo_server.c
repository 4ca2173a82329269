#include "echo_server.h"
#include <bight/endpoint.h>
#include <bight/timer.h>
#include <bight/transport.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct echo_server {
    bight_listener *listener;
    bight_timer *timer; /* fires every 10 ms, to show that timers run */
    unsigned connections, beats;
    unsigned long long bytes;
    char input[256];
    size_t size; /* of an input line without its newline yet */
};

typedef struct connection {
    bight_protocol protocol; /* first, so that a pointer to one is a pointer to the other */
    bight_transport *transport;
    echo_server *server;
} connection;

static void connected(bight_protocol *protocol, bight_transport *transport)
{
    connection *self = (connection *)protocol;

    self->transport = transport;
    self->server->connections++;
}

static void received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    connection *self = (connection *)protocol;

    self->server->bytes += size;
    if (bight_transport_write(self->transport, bytes, size) == BIGHT_FLOW_WAIT)
        bight_transport_pause(self->transport);
}

static void drained(bight_protocol *protocol)
{
    bight_transport_resume(((connection *)protocol)->transport);
}

static void ended(bight_protocol *protocol)
{
    bight_transport_close(((connection *)protocol)->transport);
}

static void closed(bight_protocol *protocol, const bight_error *reason)
{
    connection *self = (connection *)protocol;

    (void)reason;
    self->server->connections--;
    free(self);
}

static const bight_protocol_ops echo_ops = {
    .name = "echo",
    .connected = connected,
    .received = received,
    .ended = ended,
    .drained = drained,
    .closed = closed,
};

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    connection *self = calloc(1, sizeof(*self));

    (void)listener;
    (void)transport;
    if (self == NULL)
        return NULL;
    self->protocol.ops = &echo_ops;
    self->server = data;
    return &self->protocol;
}

static void beat(bight_timer *timer, void *data)
{
    (void)timer;
    ((echo_server *)data)->beats++;
}

echo_server *echo_server_new(bight_reactor *reactor, const char *endpoint)
{
    echo_server *self = calloc(1, sizeof(*self));
    bight_error *error = NULL;

    if (self == NULL || bight_timer_new(reactor, beat, self, &self->timer) != BIGHT_OK) {
        free(self);
        return NULL;
    }
    if (bight_listen(reactor, endpoint, serve, self, &error, &self->listener) != BIGHT_OK) {
        fprintf(stderr, "%s\n", bight_error_get_message(error));
        bight_error_unref(error);
        echo_server_free(self);
        return NULL;
    }
    bight_timer_start_repeating(self->timer, BIGHT_MSEC(10));
    printf("listening %s\n", bight_listener_get_endpoint(self->listener));
    fflush(stdout);
    return self;
}

static void print_status(const echo_server *self)
{
    printf("%u connections, %llu bytes, %u beats\n", self->connections, self->bytes, self->beats);
    fflush(stdout);
}

bool echo_server_obey(echo_server *self)
{
    ssize_t got =
        read(STDIN_FILENO, self->input + self->size, sizeof(self->input) - 1 - self->size);
    char *line = self->input, *end;

    if (got <= 0)
        return false;
    self->size += (size_t)got;
    self->input[self->size] = '\0';
    while ((end = strchr(line, '\n')) != NULL) {
        *end = '\0';
        if (strcmp(line, "quit") == 0)
            return false;
        if (strcmp(line, "status") == 0)
            print_status(self);
        line = end + 1;
    }
    self->size = strlen(line);
    memmove(self->input, line, self->size + 1);
    return self->size < sizeof(self->input) - 1;
}

void echo_server_free(echo_server *self)
{
    bight_listener_free(self->listener);
    bight_timer_free(self->timer);
    free(self);
}

/* A server and a client that start in clear and continue under TLS (STARTTLS), in one program on
 * one loop.
 *
 *     build/dev/examples/tls ca.pem cert.pem key.pem
 *
 * The certificate must be for "localhost", and signed by the authority in ca.pem.
 */
#include <bight/endpoint.h>
#include <bight/tls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct program {
    bight_reactor *reactor;
    bight_tls *server, *client;
} program;

/* One side of the connection: first in clear, then, on another transport, under TLS. */
typedef struct side {
    bight_protocol protocol; /* first, so that a pointer to one is a pointer to the other */
    program *program;
    bight_transport *transport;
    bool secure;
} side;

static void send_line(side *self, const char *line)
{
    bight_transport_write(self->transport, line, strlen(line));
}

static void give_up(side *self, bight_status status)
{
    fprintf(stderr, "no TLS: %s\n", bight_status_text(status));
    bight_transport_close(self->transport);
}

/* -- The server -- */

static void server_connected(bight_protocol *protocol, bight_transport *transport)
{
    side *self = (side *)protocol;

    self->secure = bight_transport_is_tls(transport);
    self->transport = transport;
}

/* Bytes behind the line came in clear. Only TLS may use them: they are handed over, and the
 * handshake fails if they are anything else. */
static void start_tls(side *self, const uint8_t *rest, size_t size)
{
    bight_transport *above;
    bight_status status;

    send_line(self, "go ahead\n");
    bight_transport_unread(self->transport, rest, size);
    status =
        bight_tls_start_server(self->transport, self->program->server, &self->protocol, &above);
    if (status != BIGHT_OK)
        give_up(self, status);
    else
        self->transport = above;
}

static void server_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    static const char request[] = "starttls\n";
    const size_t length = sizeof(request) - 1;
    side *self = (side *)protocol;

    printf("server, %s: %.*s", self->secure ? "under TLS" : "in clear", (int)size, bytes);
    if (self->secure)
        bight_transport_write(self->transport, bytes, size);
    else if (size >= length && memcmp(bytes, request, length) == 0)
        start_tls(self, bytes + length, size - length);
    else
        bight_transport_close(self->transport);
}

static void server_closed(bight_protocol *protocol, const bight_error *reason)
{
    (void)reason;
    free(protocol);
}

static const bight_protocol_ops server_ops = {.name = "server",
                                              .connected = server_connected,
                                              .received = server_received,
                                              .closed = server_closed};

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    side *self = calloc(1, sizeof(*self));

    (void)listener;
    (void)transport;
    if (self == NULL)
        return NULL;
    self->protocol.ops = &server_ops;
    self->program = data;
    return &self->protocol;
}

/* -- The client -- */

static void client_connected(bight_protocol *protocol, bight_transport *transport)
{
    side *self = (side *)protocol;

    self->transport = transport;
    self->secure = bight_transport_is_tls(transport);
    if (self->secure)
        printf("client: %s\n", bight_tls_get_version(transport));
    send_line(self, self->secure ? "hello\n" : "starttls\n");
}

static void client_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    side *self = (side *)protocol;
    bight_transport *above;
    bight_status status;

    printf("client, %s: %.*s", self->secure ? "under TLS" : "in clear", (int)size, bytes);
    if (self->secure) {
        bight_transport_close(self->transport);
        return;
    }
    status = bight_tls_start_client(self->transport, self->program->client, "localhost", protocol,
                                    &above);
    if (status != BIGHT_OK)
        give_up(self, status);
    else
        self->transport = above;
}

static void client_closed(bight_protocol *protocol, const bight_error *reason)
{
    side *self = (side *)protocol;

    if (reason != NULL)
        fprintf(stderr, "%s\n", bight_error_get_message(reason));
    bight_reactor_stop(self->program->reactor);
}

static const bight_protocol_ops client_ops = {.name = "client",
                                              .connected = client_connected,
                                              .received = client_received,
                                              .closed = client_closed};

/* -- The program -- */

static void make_contexts(program *self, char **files)
{
    bight_tls_options trust = BIGHT_TLS_OPTIONS_INIT, identity = BIGHT_TLS_OPTIONS_INIT;
    bight_error *error = NULL;

    trust.ca_file = files[0];
    identity.certificate_file = files[1];
    identity.key_file = files[2];
    if (bight_tls_new_client(&trust, &error, &self->client) == BIGHT_OK &&
        bight_tls_new_server(&identity, &error, &self->server) == BIGHT_OK)
        return;
    fprintf(stderr, "%s\n", bight_error_get_message(error));
    exit(EXIT_FAILURE);
}

int main(int count, char **words)
{
    program self = {.reactor = bight_reactor_new()};
    side client = {.protocol = {&client_ops}, .program = &self};
    bight_listener *listener;

    if (count != 4 || self.reactor == NULL)
        return EXIT_FAILURE;
    make_contexts(&self, words + 1);
    if (bight_listen(self.reactor, "tcp:127.0.0.1:0", serve, &self, NULL, &listener) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_deferred_free(
        bight_connect(self.reactor, bight_listener_get_endpoint(listener), &client.protocol));
    if (bight_reactor_run(self.reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_listener_free(listener);
    bight_tls_unref(self.client);
    bight_tls_unref(self.server);
    bight_reactor_free(self.reactor);
    return EXIT_SUCCESS;
}

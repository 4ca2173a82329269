/* Bytes at the pace of their reader: a file is sent over a connection, and the bytes that come
 * back are saved under another name.
 *
 *     build/dev/examples/sources README.md copy.md
 */
#include <bight/endpoint.h>
#include <bight/reactor.h>
#include <bight/source.h>
#include <bight/value.h>
#include <stdio.h>
#include <stdlib.h>

/* One connection: the server's end, or the client's. */
typedef struct connection {
    bight_protocol protocol;
    bight_transport *transport; /* NULL once it is closed */
    bight_source *received;     /* the bytes from the peer */
    bight_source *file;         /* the file to send; NULL at the server's end */
    const char *target;
} connection;

static bight_reactor *reactor;
static int status = EXIT_SUCCESS;

static bight_result on_failure(bight_result in, void *what)
{
    fprintf(stderr, "%s: %s\n", (const char *)what, bight_error_get_message(in.error));
    bight_result_free(in);
    status = EXIT_FAILURE; /* the loop may not run yet, and then cannot be stopped */
    bight_reactor_stop(reactor);
    return bight_result_value(NULL);
}

static bight_result on_sent(bight_result in, void *data)
{
    connection *self = data;

    bight_transport_shutdown(self->transport); /* the peer sees the end */
    return in;
}

static void send_source(connection *self, bight_source *source)
{
    bight_deferred *sent = bight_source_send(source, self->transport);

    bight_deferred_then(sent, on_sent, NULL, self);
    bight_deferred_then(sent, NULL, on_failure, "send");
    bight_deferred_free(sent);
}

static bight_result on_saved(bight_result in, void *data)
{
    connection *self = data;

    printf("saved %ld bytes as %s\n", (long)bight_result_get_int(in), self->target);
    bight_transport_close(self->transport);
    bight_reactor_stop(reactor);
    return in;
}

static void save_source(connection *self, bight_source *source)
{
    bight_deferred *saved = bight_source_to_file(source, self->target, NULL);

    bight_deferred_then(saved, on_saved, NULL, self);
    bight_deferred_then(saved, NULL, on_failure, "save");
    bight_deferred_free(saved);
}

/* The server sends back what it receives, the client a file. */
static void on_connected(bight_protocol *protocol, bight_transport *transport)
{
    connection *self = (connection *)protocol;

    self->transport = transport;
    self->received = bight_source_new_transport(transport);
    if (self->file == NULL) {
        send_source(self, self->received);
    } else {
        send_source(self, self->file);
        save_source(self, self->received);
    }
}

/* Never called: a source receives the bytes. */
static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol, (void)bytes, (void)size;
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    connection *self = (connection *)protocol;

    (void)reason;
    self->transport = NULL;
    bight_source_free(self->received);
    bight_source_free(self->file);
    free(self);
}

static const bight_protocol_ops ops = {.size = sizeof(bight_protocol_ops),
                                       .name = "copy",
                                       .connected = on_connected,
                                       .received = on_received,
                                       .closed = on_closed};

static connection *connection_new(bight_source *take_file, const char *target)
{
    connection *self = calloc(1, sizeof(*self));

    if (self == NULL)
        abort();
    self->protocol.ops = &ops;
    self->file = take_file;
    self->target = target;
    return self;
}

static bight_protocol *serve(bight_listener *listener, bight_transport *transport, void *data)
{
    (void)listener, (void)transport, (void)data;
    return &connection_new(NULL, NULL)->protocol;
}

typedef struct errand {
    bight_listener *listener;
    const char *target;
} errand;

static bight_result on_opened(bight_result in, void *data)
{
    errand *self = data;
    connection *made = connection_new(bight_result_steal_source(&in), self->target);
    const char *endpoint = bight_listener_get_endpoint(self->listener);

    printf("%llu bytes\n", (unsigned long long)bight_source_get_length(made->file));
    return bight_result_wait(bight_connect(reactor, endpoint, &made->protocol));
}

int main(int count, char **words)
{
    errand self = {NULL, count > 2 ? words[2] : NULL};
    bight_deferred *file;

    reactor = bight_reactor_new();
    if (count != 3 || reactor == NULL ||
        bight_listen(reactor, "tcp:127.0.0.1:0", serve, NULL, NULL, &self.listener) != BIGHT_OK)
        return EXIT_FAILURE;
    file = bight_source_open_file(reactor, words[1], NULL);
    bight_deferred_then(file, on_opened, NULL, &self);
    bight_deferred_then(file, NULL, on_failure, "open or connect");
    bight_deferred_free(file);
    if (status == EXIT_SUCCESS && bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_listener_free(self.listener);
    bight_reactor_free(reactor);
    return status;
}

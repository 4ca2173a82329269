/* A filter: writes standard input in capitals to standard output, at the pace of the reader.
 *
 *     echo hello | build/dev/examples/upper
 */
#include <bight/adopt.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct filter {
    bight_protocol protocol;
    bight_reactor *reactor;
    bight_transport *transport;
    int status;
} filter;

static void on_connected(bight_protocol *protocol, bight_transport *transport)
{
    ((filter *)protocol)->transport = transport;
}

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    filter *self = (filter *)protocol;
    bight_flow flow = BIGHT_FLOW_GO;

    for (size_t i = 0; i < size; i++) {
        char capital = (char)toupper(bytes[i]);

        flow = bight_transport_write(self->transport, &capital, 1);
    }
    if (flow == BIGHT_FLOW_WAIT)
        bight_transport_pause(self->transport);
}

static void on_drained(bight_protocol *protocol)
{
    bight_transport_resume(((filter *)protocol)->transport);
}

static void on_ended(bight_protocol *protocol)
{
    bight_transport_close(((filter *)protocol)->transport); /* when everything is written */
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    filter *self = (filter *)protocol;

    if (reason != NULL && bight_error_get_status(reason) != BIGHT_ERROR_CLOSED) {
        fprintf(stderr, "%s\n", bight_error_get_message(reason));
        self->status = EXIT_FAILURE;
    }
    bight_reactor_stop(self->reactor);
}

int main(void)
{
    static const bight_protocol_ops ops = {.size = sizeof(bight_protocol_ops),
                                           .name = "upper",
                                           .connected = on_connected,
                                           .received = on_received,
                                           .drained = on_drained,
                                           .ended = on_ended,
                                           .closed = on_closed};
    filter self = {.protocol = {&ops}, .reactor = bight_reactor_new()};
    bight_status status;

    if (self.reactor == NULL)
        return EXIT_FAILURE;
    status = bight_transport_adopt(self.reactor, STDIN_FILENO, STDOUT_FILENO, &self.protocol, NULL);
    if (status == BIGHT_OK)
        status = bight_reactor_run(self.reactor);
    bight_reactor_free(self.reactor);
    return status == BIGHT_OK ? self.status : EXIT_FAILURE;
}

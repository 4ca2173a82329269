/* bight forward: forwards bytes from one end to the other. A slow reader slows the writer at the
 * opposite end: nothing more is received from it until the waiting output was sent. */
#include "bridge.h"
#include "command.h"
#include "endpoints.h"
#include "help.h"

static bool forward_init(cli_bridge *bridge)
{
    (void)bridge;
    return true;
}

static void forward_received(cli_end *end, cli_end *other, const uint8_t *bytes, size_t size)
{
    if (bight_transport_write(other->transport, bytes, size) == BIGHT_FLOW_WAIT)
        bight_transport_pause(end->transport);
}

static void forward_ended(cli_end *end, cli_end *other)
{
    (void)end;
    bight_transport_shutdown(other->transport);
}

static void forward_drained(cli_end *end, cli_end *other)
{
    (void)end;
    bight_transport_resume(other->transport);
}

static void forward_deinit(cli_bridge *bridge)
{
    (void)bridge;
}

static const cli_bridge_ops ops = {
    .size = sizeof(cli_bridge),
    .init = forward_init,
    .received = forward_received,
    .ended = forward_ended,
    .drained = forward_drained,
    .deinit = forward_deinit,
};

static bight_protocol *forward_serve(bight_listener *listener, bight_transport *transport,
                                     void *data)
{
    (void)listener;
    (void)transport;
    return cli_bridge_new(data, &ops);
}

static bool forward_start(cli_program *program)
{
    return cli_bridge_serve(program, forward_serve);
}

static const cli_option options[] = {CLI_SERVER_OPTIONS, CLI_CONNECT_OPTIONS, CLI_NO_MORE_OPTIONS};

const cli_command cli_command_forward = {
    .name = "forward",
    .arguments = "LISTEN CONNECT",
    .summary = "Accept connections and forward them to another endpoint",
    .details =
        "Half-close and back-pressure are forwarded in both directions. If CONNECT cannot be\n"
        "reached, the accepted connection is reset. With stdio: as LISTEN, bight forward is a\n"
        "client: it ends with its only connection, and messages go to standard error.\n",
    .options = options,
    .least = 2,
    .most = 2,
    .is_server = true,
    .start = forward_start,
    .stop = cli_serve_stop,
    .finish = cli_serve_finish,
};

/* bight echo: sends all received bytes back. A peer that reads more slowly than it sends is
 * slowed: nothing more is received from it until the output that waits for it was sent. */
#include "command.h"
#include "help.h"
#include "serve.h"
#include "tls.h"
#include <stdlib.h>

typedef struct peer {
    bight_protocol protocol;
    cli_member member;
    bight_transport *transport;
} peer;

static peer *peer_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, peer, protocol);
}

static void echo_on_connected(bight_protocol *protocol, bight_transport *transport)
{
    peer *self = peer_of(protocol);

    self->transport = transport;
    cli_serve_settings(self->member.program, transport);
    cli_member_report(&self->member, "%s: connected", bight_transport_get_peer(transport));
}

static void echo_on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    peer *self = peer_of(protocol);

    if (bight_transport_write(self->transport, bytes, size) == BIGHT_FLOW_WAIT)
        bight_transport_pause(self->transport);
}

static void echo_on_drained(bight_protocol *protocol)
{
    bight_transport_resume(peer_of(protocol)->transport);
}

static void echo_on_ended(bight_protocol *protocol)
{
    bight_transport_shutdown(peer_of(protocol)->transport);
}

static void echo_on_closed(bight_protocol *protocol, const bight_error *reason)
{
    peer *self = peer_of(protocol);

    cli_member_report_end(&self->member, bight_transport_get_peer(self->transport), reason);
    cli_member_remove(&self->member);
    free(self);
}

static const bight_protocol_ops ops = {
    .name = "echo",
    .connected = echo_on_connected,
    .received = echo_on_received,
    .ended = echo_on_ended,
    .drained = echo_on_drained,
    .closed = echo_on_closed,
};

static void close_peer(cli_member *member)
{
    bight_transport_close(BIGHTI_CONTAINER(member, peer, member)->transport);
}

static bight_protocol *echo_serve(bight_listener *listener, bight_transport *transport, void *data)
{
    peer *self = calloc(1, sizeof(*self));

    (void)listener;
    (void)transport;
    if (self == NULL)
        return NULL;
    self->protocol.ops = &ops;
    cli_member_add(&self->member, data, close_peer);
    return &self->protocol;
}

static bool echo_start(cli_program *program)
{
    return cli_serve_arguments(program, echo_serve);
}

static const cli_option options[] = {CLI_SERVER_OPTIONS, CLI_TLS_CERTIFICATE_OPTIONS,
                                     CLI_NO_MORE_OPTIONS};

const cli_command cli_command_echo = {
    .name = "echo",
    .arguments = "ENDPOINT...",
    .summary = "Send everything back to the peer",
    .details =
        "The end of the peer's data is returned too, so that `| bight connect ENDPOINT` ends.\n",
    .options = options,
    .least = 1,
    .most = CLI_MOST_LISTENERS,
    .is_server = true,
    .start = echo_start,
    .stop = cli_serve_stop,
    .finish = cli_serve_finish,
};

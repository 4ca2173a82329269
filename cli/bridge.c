/* The lifetime of a bridge.
 *
 * The bridge does not read from an accepted connection until the other connection is made. If that
 * fails, the accepted connection is reset, so its client sees the failure as it would without the
 * bridge. After that, each end forwards to the other: the commands forward bytes, half-close and
 * back-pressure, and this file forwards breaks. A broken end breaks the other.
 *
 * A connection that ends normally needs no code here. Both of its directions have ended, so the
 * other end was informed and ends by itself once it has sent its output. The bridge is freed when
 * both have closed. */
#include "bridge.h"
#include "endpoints.h"
#include "options.h"
#include "report.h"
#include <stdlib.h>
#include <string.h>

static cli_end *bridge_end_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, cli_end, protocol);
}

static cli_end *other_of(cli_end *end)
{
    cli_end *ends = end->bridge->ends;

    return end == &ends[CLI_ACCEPTED] ? &ends[CLI_MADE] : &ends[CLI_ACCEPTED];
}

static void free_bridge(cli_bridge *bridge)
{
    bridge->ops->deinit(bridge);
    cli_member_remove(&bridge->member);
    free(bridge);
}

static void free_if_over(cli_bridge *bridge)
{
    if (bridge->ends[CLI_ACCEPTED].transport == NULL && bridge->ends[CLI_MADE].transport == NULL &&
        bridge->connecting == NULL)
        free_bridge(bridge);
}

/* -- Connecting -- */

static bight_result on_connect_failed(bight_result result, void *data)
{
    cli_bridge *bridge = data;
    bight_transport *accepted = bridge->ends[CLI_ACCEPTED].transport;

    bight_deferred_free(bridge->connecting);
    bridge->connecting = NULL;
    if (bight_error_get_status(result.error) != BIGHT_ERROR_CANCELLED) {
        cli_say_error(result.error);
        cli_serve_note_failure(bridge->member.program);
    }
    if (accepted != NULL)
        bight_transport_abort(accepted);
    free_if_over(bridge);
    bight_result_free(result);
    return bight_result_value(NULL);
}

static bight_result on_connect_done(bight_result result, void *data)
{
    cli_bridge *bridge = data;

    bight_deferred_free(bridge->connecting);
    bridge->connecting = NULL;
    bight_transport_resume(bridge->ends[CLI_ACCEPTED].transport);
    return result;
}

static void connect_across(cli_bridge *bridge)
{
    cli_program *program = bridge->member.program;

    bridge->connecting = cli_connect(program, program->options->arguments[1], NULL,
                                     &bridge->ends[CLI_MADE].protocol);
    bight_deferred_then(bridge->connecting, on_connect_done, on_connect_failed, bridge);
}

/* -- The two connections -- */

static void bridge_on_connected(bight_protocol *protocol, bight_transport *transport)
{
    cli_end *end = bridge_end_of(protocol);
    cli_bridge *bridge = end->bridge;

    end->transport = transport;
    cli_serve_settings(bridge->member.program, transport);
    cli_member_report(&bridge->member, "%s: connected", bight_transport_get_peer(transport));
    if (end == &bridge->ends[CLI_ACCEPTED]) {
        bight_transport_pause(transport);
        connect_across(bridge);
    }
}

static void bridge_on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    cli_end *end = bridge_end_of(protocol), *other = other_of(end);

    if (other->transport != NULL)
        end->bridge->ops->received(end, other, bytes, size);
}

static void bridge_on_ended(bight_protocol *protocol)
{
    cli_end *end = bridge_end_of(protocol), *other = other_of(end);

    if (other->transport != NULL)
        end->bridge->ops->ended(end, other);
}

static void bridge_on_drained(bight_protocol *protocol)
{
    cli_end *end = bridge_end_of(protocol), *other = other_of(end);

    if (other->transport != NULL)
        end->bridge->ops->drained(end, other);
}

static bool bridge_is_break(const bight_error *reason)
{
    return reason != NULL && bight_error_get_status(reason) != BIGHT_ERROR_CLOSED;
}

/* A cancelled attempt fails inside the call, and may free the bridge there. */
static void bridge_on_closed(bight_protocol *protocol, const bight_error *reason)
{
    cli_end *end = bridge_end_of(protocol), *other = other_of(end);
    cli_bridge *bridge = end->bridge;

    cli_member_report_end(&bridge->member, bight_transport_get_peer(end->transport), reason);
    end->transport = NULL;
    if (bridge->connecting != NULL) {
        bight_deferred_cancel(bridge->connecting);
        return;
    }
    if (other->transport != NULL && bridge_is_break(reason))
        bight_transport_abort(other->transport);
    free_if_over(bridge);
}

static const bight_protocol_ops ops = {
    .name = "bridge",
    .connected = bridge_on_connected,
    .received = bridge_on_received,
    .ended = bridge_on_ended,
    .drained = bridge_on_drained,
    .closed = bridge_on_closed,
};

/* -- The bridge -- */

static void close_bridge(cli_member *member)
{
    cli_bridge *bridge = BIGHTI_CONTAINER(member, cli_bridge, member);

    if (bridge->connecting != NULL) {
        bight_deferred_cancel(bridge->connecting);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (bridge->ends[i].transport != NULL)
            bight_transport_close(bridge->ends[i].transport);
    }
}

bight_protocol *cli_bridge_new(cli_program *program, const cli_bridge_ops *bridge_ops)
{
    cli_bridge *bridge = calloc(1, bridge_ops->size);

    if (bridge == NULL)
        return NULL;
    bridge->ops = bridge_ops;
    for (int i = 0; i < 2; i++) {
        bridge->ends[i].protocol.ops = &ops;
        bridge->ends[i].bridge = bridge;
    }
    cli_member_add(&bridge->member, program, close_bridge);
    if (bridge_ops->init(bridge))
        return &bridge->ends[CLI_ACCEPTED].protocol;
    free_bridge(bridge);
    return NULL;
}

bool cli_bridge_serve(cli_program *program, bight_serve_fn serve)
{
    return cli_connect_is_possible(program) &&
           cli_serve(program, program->options->arguments[0], serve);
}

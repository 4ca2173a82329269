/* See climb.h. The protocol of a climb is that of each transport on the way, until the next layer
 * stands on it or the program's protocol takes its place. */
#include "climb.h"

static bighti_climb *climb_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, bighti_climb, protocol);
}

static void climb_fail(bighti_climb *self, bight_transport *transport, bight_status status)
{
    bight_error *reason = bight_error_new(status, "%s", bight_status_text(status));

    bight_transport_free(transport);
    self->failed(self, reason);
    bight_error_unref(reason);
}

/* One more layer, or the end of the climb. What was received and kept is for whoever comes next. */
static void climb_on(bighti_climb *self, bight_transport *transport)
{
    const bighti_stair *stair = &self->stairs[self->next];
    bight_status status;

    self->transport = NULL;
    if (self->next == self->count) {
        bight_transport_resume(transport);
        self->done(self, transport);
        return;
    }
    self->next++;
    if (bight_tls_is_server(stair->tls))
        status = bight_tls_start_server(transport, stair->tls, &self->protocol, &self->transport);
    else
        status = bight_tls_start_client(transport, stair->tls, stair->host, &self->protocol,
                                        &self->transport);
    if (status != BIGHT_OK)
        climb_fail(self, transport, status);
}

static void climb_on_connected(bight_protocol *protocol, bight_transport *transport)
{
    bighti_climb *self = climb_of(protocol);

    if (transport == self->transport && !self->given)
        climb_on(self, transport);
}

static void climb_on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    bight_transport *transport = climb_of(protocol)->transport;

    if (transport == NULL)
        return;
    bight_transport_pause(transport);
    bight_transport_unread(transport, bytes, size);
}

/* The end of the peer's bytes is told again to nobody, so it must not be lost: the program learns
 * of it by the end of the transport. */
static void climb_on_closed(bight_protocol *protocol, const bight_error *reason)
{
    bighti_climb *self = climb_of(protocol);

    if (self->transport == NULL)
        return;
    self->transport = NULL;
    self->failed(self, reason);
}

static const bight_protocol_ops climb_ops = {.size = sizeof(bight_protocol_ops),
                                             .name = "bight: handshake",
                                             .connected = climb_on_connected,
                                             .received = climb_on_received,
                                             .closed = climb_on_closed};

void bighti_climb_init(bighti_climb *self, void (*done)(bighti_climb *, bight_transport *),
                       void (*failed)(bighti_climb *, const bight_error *))
{
    *self = (bighti_climb){.protocol = {&climb_ops}, .done = done, .failed = failed};
}

void bighti_climb_keep(bighti_climb *self, bight_transport *transport)
{
    transport->protocol = &self->protocol;
    self->transport = transport;
    self->given = true;
}

void bighti_climb_begin(bighti_climb *self)
{
    bight_transport *transport = self->transport;

    self->given = false;
    if ((transport->flags & BIGHTI_OWES_CONNECTED) != 0)
        return;
    climb_on(self, transport);
}

void bighti_climb_drop(bighti_climb *self)
{
    bight_transport *transport = self->transport;

    self->transport = NULL;
    bight_transport_free(transport);
}

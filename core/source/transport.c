/* A source of the bytes that a transport receives.
 *
 * It stands between the transport and its protocol, as a protocol that keeps received bytes and
 * passes on everything else. The transport is paused except while a read waits, so that at most
 * one piece is kept here. The source ends when the peer does, or fails with the end of the
 * connection. It uses bight_transport_wait_closed() for that and not closed, which is never called
 * if the program frees the transport. */
#include "../net/transport.h"
#include "../base/options.h"
#include "source.h"
#include <bight/value.h>
#include <stdlib.h>

typedef struct transport_source {
    bight_protocol protocol;
    bight_source *source;       /* the source of this structure */
    bight_protocol *front;      /* the transport's previous protocol */
    bight_transport *transport; /* NULL once it is over */
    bight_deferred *closing;    /* waits for its end; NULL after it */
    bight_promise *promise;     /* of the waiting read */
    bight_bytes *kept;
    bight_error *error;
    bool *gone;      /* set to true when it is freed, while its function is on the stack */
    bool was_paused; /* when the source was made */
    bool ended;
} transport_source;

static transport_source *transport_source_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, transport_source, protocol);
}

/* -- Reading -- */

/* May free the source. */
static void transport_source_give(transport_source *self, bight_result result)
{
    bight_promise *promise = self->promise;

    self->promise = NULL;
    bight_promise_complete(promise, result);
}

static bight_result transport_source_result(transport_source *self)
{
    bight_bytes *bytes = self->kept;

    self->kept = NULL;
    if (bytes == NULL && self->error != NULL)
        return bight_result_error(bight_error_ref(self->error));
    return bight_result_take(bytes, bight_value_bytes);
}

static bool transport_source_has_result(const transport_source *self)
{
    return self->kept != NULL || self->error != NULL || self->ended;
}

static bight_deferred *transport_source_read(void *data)
{
    transport_source *self = data;
    bight_deferred *deferred;

    deferred = bight_deferred_new(&self->promise);
    if (deferred == NULL)
        return NULL;
    if (transport_source_has_result(self))
        transport_source_give(self, transport_source_result(self));
    else
        bight_transport_resume(self->transport);
    return deferred;
}

/* -- Callbacks of the transport -- */

static void on_source_connected(bight_protocol *protocol, bight_transport *transport)
{
    bight_protocol *front = transport_source_of(protocol)->front;

    if (front->ops->connected != NULL)
        front->ops->connected(front, transport);
}

static void keep_received(transport_source *self, const uint8_t *bytes, size_t size)
{
    self->kept = bight_bytes_new(bytes, size);
    if (self->kept == NULL && self->error == NULL)
        self->error = bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for what %s has sent",
                                      bighti_transport_name(self->transport));
}

static void on_source_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    transport_source *self = transport_source_of(protocol);
    bool gone = false;

    if (self->error != NULL)
        return;
    keep_received(self, bytes, size);
    self->gone = &gone;
    if (self->promise != NULL)
        transport_source_give(self, transport_source_result(self));
    if (gone)
        return;
    self->gone = NULL;
    if (self->promise == NULL && self->transport != NULL)
        bight_transport_pause(self->transport);
}

static void on_source_ended(bight_protocol *protocol)
{
    transport_source *self = transport_source_of(protocol);

    self->ended = true;
    if (self->promise != NULL)
        transport_source_give(self, transport_source_result(self));
}

static void on_source_drained(bight_protocol *protocol)
{
    bight_protocol *front = transport_source_of(protocol)->front;

    if (front->ops->drained != NULL)
        front->ops->drained(front);
}

static const bight_protocol_ops source_protocol_ops = {
    .size = sizeof(bight_protocol_ops),
    .name = "source",
    .connected = on_source_connected,
    .received = on_source_received,
    .ended = on_source_ended,
    .drained = on_source_drained,
};

static void note_end(transport_source *self, const bight_error *reason)
{
    if (self->ended || self->error != NULL)
        return;
    if (reason != NULL)
        self->error = bight_error_ref(reason);
    else
        self->error = bight_error_new(BIGHT_ERROR_CLOSED, "closed before the peer's end");
}

/* The connection is over: the protocol, which has to receive closed, is restored before the reader
 * is notified. Kept bytes can still be read. */
static bight_result on_source_over(bight_result in, void *data)
{
    transport_source *self = data;
    bight_transport *transport = self->transport;

    bight_deferred_free(self->closing);
    self->closing = NULL;
    self->transport = NULL;
    if (transport != NULL) { /* otherwise the source is being freed */
        if (bight_transport_get_protocol(transport) == &self->protocol)
            bight_transport_set_protocol(transport, self->front);
        note_end(self, in.error);
        if (self->promise != NULL)
            transport_source_give(self, transport_source_result(self));
    }
    bight_result_free(in);
    return bight_result_value(NULL);
}

/* -- Life -- */

/* The protocol continues where the reader has stopped. An end that came meanwhile and was not read
 * closes the transport, as it would have done without the source. */
static void transport_source_give_back(transport_source *self, bight_transport *transport)
{
    bight_bytes *bytes = self->kept != NULL ? self->kept : bighti_source_pop_last(self->source);

    bight_transport_set_protocol(transport, self->front);
    for (self->kept = NULL; bytes != NULL; bytes = bighti_source_pop_last(self->source)) {
        bight_view view = bight_bytes_get_view(bytes);

        bight_transport_unread(transport, view.data, view.size);
        bight_bytes_unref(bytes);
    }
    if (self->was_paused)
        bight_transport_pause(transport);
    else
        bight_transport_resume(transport);
    if (self->ended && !bighti_source_end_is_told(self->source) && self->front->ops->ended == NULL)
        bight_transport_close(transport);
}

static void transport_source_free(void *data)
{
    transport_source *self = data;
    bight_transport *transport = self->transport;

    self->transport = NULL;
    if (self->gone != NULL)
        *self->gone = true;
    if (transport != NULL && bight_transport_get_protocol(transport) == &self->protocol)
        transport_source_give_back(self, transport);
    bight_deferred_cancel(self->closing);
    bight_promise_free(self->promise);
    bight_bytes_unref(self->kept);
    bight_error_unref(self->error);
    free(self);
}

static const bight_source_ops transport_source_ops = {
    .size = sizeof(bight_source_ops),
    .name = "transport",
    .read = transport_source_read,
    .free = transport_source_free,
};

/* False when out of memory. */
static bool transport_source_begin(transport_source *self)
{
    self->closing = bight_transport_wait_closed(self->transport);
    if (self->closing == NULL)
        return false;
    bight_deferred_listen(self->closing, on_source_over, self);
    return true;
}

bight_source *bight_source_new_transport(bight_transport *transport)
{
    transport_source *self = calloc(1, sizeof(*self));
    bight_source *source = NULL;

    bighti_check_usable(transport);
    if (self != NULL)
        source =
            bight_source_new(bight_transport_get_reactor(transport), &transport_source_ops, self);
    if (source == NULL) {
        free(self);
        return NULL;
    }
    self->protocol.ops = &source_protocol_ops;
    self->front = bight_transport_get_protocol(transport);
    self->source = source;
    self->transport = transport;
    self->was_paused = (transport->flags & BIGHTI_PAUSED) != 0;
    bight_transport_set_protocol(transport, &self->protocol);
    bight_transport_pause(transport);
    if (transport_source_begin(self))
        return source;
    bight_source_free(source);
    return NULL;
}

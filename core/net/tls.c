/* TLS, a layer (layer.c).
 *
 * OpenSSL works between the two sides of the layer. It reads from memory and writes to memory
 * (tls_bio.c) and never waits.
 *
 * Up: all bytes of one callback from the transport below are decrypted into one buffer and
 * delivered in one call, however many records they were, so that the answers are sent together
 * too.
 *
 * Ends: close_notify is the end marker of TLS. The end of the connection without one is an error,
 * because an attacker can cause it. */
#include "tls.h"
#include "../base/check.h"
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static bighti_tls_link *tls_link_of(const bight_layer *layer)
{
    return bight_layer_get_state(layer);
}

/* -- Up -- */

/* Bytes that were decrypted before the error are delivered first, so that nothing depends on how
 * the bytes were split. The alert that OpenSSL has written for the peer is sent before the end. */
static void note_fault(bighti_tls_link *self)
{
    bight_layer_fail(self->layer, bighti_tls_fault(self));
    self->broken = true;
    if (self->session_key != NULL)
        bighti_tls_sessions_forget(&self->context->sessions, self->session_key);
}

static bight_layer_next note_result(bighti_tls_link *self, int result)
{
    switch (SSL_get_error(self->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return BIGHT_LAYER_MORE;
    case SSL_ERROR_WANT_RETRY_VERIFY:
        bighti_tls_ask(self);
        return BIGHT_LAYER_HOLD;
    case SSL_ERROR_ZERO_RETURN:
        return BIGHT_LAYER_END;
    default:
        note_fault(self);
        return BIGHT_LAYER_MORE;
    }
}

static bight_layer_next shake_hands(bighti_tls_link *self)
{
    int result;

    if (self->verdict == BIGHTI_TLS_ASKING)
        return BIGHT_LAYER_HOLD;
    bighti_tls_clear_errors();
    result = SSL_do_handshake(self->ssl);
    if (result != 1)
        return note_result(self, result);
    bighti_tls_clear_errors();
    self->shaking = false;
    bight_layer_connected(self->layer);
    return BIGHT_LAYER_AGAIN;
}

static bool tls_has_input(const bighti_tls_link *self)
{
    return self->in->size > 0 || SSL_pending(self->ssl) > 0;
}

static bight_layer_next decrypt(bighti_tls_link *self, bight_layer_bytes *bytes)
{
    size_t total = 0, count;
    bight_layer_next next = BIGHT_LAYER_MORE;

    bighti_tls_clear_errors();
    while (total < bytes->room && tls_has_input(self) && next == BIGHT_LAYER_MORE &&
           !self->broken) {
        if (SSL_read_ex(self->ssl, bytes->buffer + total, bytes->room - total, &count) == 1)
            total += count;
        else
            next = note_result(self, 0);
    }
    bytes->out = (bight_view){bytes->buffer, total};
    if (next == BIGHT_LAYER_MORE && tls_has_input(self) && !self->broken)
        next = BIGHT_LAYER_AGAIN;
    return next;
}

static bight_layer_next tls_decode(bight_layer *layer, bight_layer_bytes *bytes)
{
    bighti_tls_link *self = tls_link_of(layer);
    bight_layer_next next;

    self->in = &bytes->in;
    next = self->shaking ? shake_hands(self) : decrypt(self, bytes);
    self->in = NULL;
    return next;
}

static void tls_ended(bight_layer *layer)
{
    bight_layer_fail(layer, bighti_tls_truncated(tls_link_of(layer)));
}

/* -- Down -- */

static size_t tls_encode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    bighti_tls_link *self = tls_link_of(layer);
    size_t written;

    bighti_tls_clear_errors();
    if (SSL_write_ex(self->ssl, bytes, size, &written) == 1)
        return size;
    self->broken = true;
    bight_layer_fail(layer, bighti_tls_fault(self));
    return 0;
}

static void tls_end(bight_layer *layer)
{
    const bighti_tls_link *self = tls_link_of(layer);

    if (self->broken || (SSL_get_shutdown(self->ssl) & SSL_SENT_SHUTDOWN) != 0)
        return;
    bighti_tls_clear_errors();
    if (SSL_shutdown(self->ssl) < 0)
        bighti_tls_clear_errors();
}

/* -- Life -- */

/* A client's first bytes are sent now. */
static void tls_begun(bight_layer *layer)
{
    bighti_tls_link *self = tls_link_of(layer);

    if (!self->context->is_server)
        shake_hands(self);
}

static void tls_stopped(bight_layer *layer)
{
    bighti_tls_stop_asking(tls_link_of(layer));
}

/* OpenSSL marks a session as not resumable if its connection was not shut down. But the end of the
 * connection was already reported, and does not affect the session's keys. */
static void tls_release(bight_layer *layer)
{
    bighti_tls_link *self = tls_link_of(layer);

    if (self->ssl != NULL && !self->broken)
        SSL_set_shutdown(self->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(self->ssl);
    bight_tls_unref(self->context);
    bighti_tls_stop_asking(self);
    bight_certificate_report_unref(self->report);
    bight_error_unref(self->no_answer);
    if (self->ask.reactor != NULL)
        bighti_task_deinit(&self->ask);
    free(self->host);
    free(self->session_key);
    free(self->place);
}

static void tls_describe(bight_layer *layer, bool peer, const char *below, char *text, size_t size)
{
    (void)layer;
    (void)peer;
    snprintf(text, size, "tls:%s", strncmp(below, "tcp:", 4) == 0 ? below + 4 : below);
}

const bight_layer_ops bighti_tls_ops = {
    .size = sizeof(bight_layer_ops),
    .name = "TLS",
    .begun = tls_begun,
    .decode = tls_decode,
    .encode = tls_encode,
    .end = tls_end,
    .ended = tls_ended,
    .stopped = tls_stopped,
    .release = tls_release,
    .describe = tls_describe,
};

/* -- Starting -- */

static bight_status link_prepare(bighti_tls_link *self, const char *host)
{
    bight_status status = BIGHT_OK;

    bighti_tls_clear_errors();
    self->ssl = SSL_new(self->context->ssl);
    if (self->ssl == NULL || !bighti_tls_bio_attach(self) ||
        SSL_set_app_data(self->ssl, self) != 1) {
        bighti_tls_clear_errors();
        return BIGHT_ERROR_NO_MEMORY;
    }
    if (self->context->is_server)
        SSL_set_accept_state(self->ssl);
    else
        status = bighti_tls_link_set_host(self, host);
    bighti_tls_clear_errors();
    if (status != BIGHT_OK)
        return status;
    return bight_layer_expect_handshake(self->layer, self->context->handshake_timeout);
}

static bight_status link_start(bight_transport *lower, bight_tls *tls, const char *host,
                               bight_protocol *protocol, bight_transport **above)
{
    bight_layer *layer;
    bighti_tls_link *self;
    bight_status status = bight_layer_new(lower, &bighti_tls_ops, sizeof(*self), &layer);

    if (status != BIGHT_OK)
        return status;
    self = tls_link_of(layer);
    self->layer = layer;
    self->context = bight_tls_ref(tls);
    self->shaking = true;
    status = link_prepare(self, host);
    if (status != BIGHT_OK) {
        bight_layer_discard(layer);
        return status;
    }
    *above = bight_layer_begin(layer, protocol);
    return BIGHT_OK;
}

bight_status bight_tls_start_client(bight_transport *below, bight_tls *tls, const char *host,
                                    bight_protocol *protocol, bight_transport **above)
{
    BIGHTI_REQUIRE(!tls->is_server, "a server's context for a client");
    return link_start(below, tls, host, protocol, above);
}

bight_status bight_tls_start_server(bight_transport *below, bight_tls *tls,
                                    bight_protocol *protocol, bight_transport **above)
{
    BIGHTI_REQUIRE(tls->is_server, "a client's context for a server");
    return link_start(below, tls, NULL, protocol, above);
}

bool bight_tls_is_server(const bight_tls *tls)
{
    return tls->is_server;
}

/* -- For each connection -- */

typedef struct tls_maker {
    bight_tls *tls;
    char *host;
} tls_maker;

static void tls_maker_free(void *data)
{
    tls_maker *maker = data;

    bight_tls_unref(maker->tls);
    free(maker->host);
    free(maker);
}

static bight_status tls_maker_start(bight_transport *below, bight_layer_side side,
                                    bight_protocol *protocol, void *data, bight_transport **above)
{
    const tls_maker *maker = data;

    if (maker->tls->is_server != (side == BIGHT_LAYER_SERVER))
        return BIGHT_ERROR_INVALID;
    return link_start(below, maker->tls, maker->host, protocol, above);
}

bight_status bight_tls_new_layer(bight_tls *tls, const char *host, bight_layer_factory **factory)
{
    tls_maker *maker = calloc(1, sizeof(*maker));

    if (maker == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    maker->tls = bight_tls_ref(tls);
    maker->host = host != NULL ? strdup(host) : NULL;
    if (host != NULL && maker->host == NULL) {
        tls_maker_free(maker);
        return BIGHT_ERROR_NO_MEMORY;
    }
    return bight_layer_factory_new(tls_maker_start, maker, tls_maker_free, factory);
}

/* What comes from below: the handshake, and then bytes.
 *
 * All that one callback of the transport below brings is decrypted into one buffer of the reactor's
 * and delivered as one, however many records it was: so the answers leave as one too. What cannot
 * be delivered because the protocol above has paused is kept, at most what one callback of below
 * has brought, and below is paused meanwhile. */
#include "close.h"
#include "tls.h"
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* A peer that asks again and again for answers which it does not read, with KeyUpdate, is not
 * served for longer than this. Honest ones cause a handful of bytes. */
enum { MOST_ANSWERS = 65536 };

/* -- Failing -- */

static void fail(bighti_tls_link *self, bight_error *take_reason)
{
    bighti_transport_finish(&self->transport, take_reason, false);
}

/* What was decrypted before it is delivered first, so that nothing depends on how the bytes were
 * split. The alert that OpenSSL has written for the peer leaves in front of the end. */
static void note_failure(bighti_tls_link *self)
{
    self->failure = bighti_tls_fault(self);
    self->broken = true;
    if (self->session_key != NULL)
        bighti_tls_sessions_forget(&self->context->sessions, self->session_key);
}

static void note_result(bighti_tls_link *self, int result)
{
    switch (SSL_get_error(self->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        self->over = true;
        bighti_tls_drop_input(self);
        break;
    default:
        note_failure(self);
        break;
    }
}

/* -- The handshake -- */

static void handshake_done(bighti_tls_link *self)
{
    bight_transport *transport = &self->transport;

    self->shaking = false;
    bight_timer_free(self->patience);
    self->patience = NULL;
    bighti_transport_tell_connected(transport);
    if ((transport->flags & BIGHTI_OVER) == 0)
        bighti_transport_writable(transport);
}

static void shake(bighti_tls_link *self)
{
    int result;

    bighti_tls_clear_errors();
    self->answering = true;
    result = SSL_do_handshake(self->ssl);
    self->answering = false;
    if (result == 1)
        handshake_done(self);
    else
        note_result(self, result);
}

/* -- Bytes -- */

static bool has_input(const bighti_tls_link *self)
{
    return self->in_size > 0 || SSL_pending(self->ssl) > 0;
}

static bool may_decrypt(const bighti_tls_link *self)
{
    return !self->over && !self->broken && has_input(self) &&
           bighti_transport_receives(&self->transport);
}

/* Returns the bytes that are to be delivered. */
static size_t decrypt(bighti_tls_link *self, uint8_t *buffer, size_t size)
{
    size_t total = 0, count;

    bighti_tls_clear_errors();
    self->answering = true;
    while (total < size && has_input(self)) {
        if (SSL_read_ex(self->ssl, buffer + total, size - total, &count) != 1) {
            note_result(self, 0);
            break;
        }
        total += count;
    }
    self->answering = false;
    return total;
}

/* The counters of the reactor have these bytes already, as they were below. */
static void deliver(bighti_tls_link *self, const uint8_t *bytes, size_t size)
{
    self->transport.reactor->stats.bytes_in -= size;
    bighti_transport_deliver(&self->transport, bytes, size);
}

static void decrypt_all(bighti_tls_link *self)
{
    bight_reactor *reactor = self->transport.reactor;
    uint8_t *buffer = bighti_pool_take(&reactor->read_buffers);

    if (buffer == NULL) {
        fail(self, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no buffer to read into"));
        return;
    }
    while (may_decrypt(self)) {
        size_t size = decrypt(self, buffer, reactor->read_buffers.block_size);

        if (size > 0)
            deliver(self, buffer, size);
    }
    bighti_pool_give(&reactor->read_buffers, buffer);
}

static void tell_end(bighti_tls_link *self)
{
    if (self->over && (self->transport.flags & BIGHTI_PEER_ENDED) == 0 &&
        bighti_transport_receives(&self->transport))
        bighti_transport_deliver_end(&self->transport);
}

/* -- What is left -- */

void bighti_tls_drop_input(bighti_tls_link *self)
{
    free(self->kept);
    self->kept = NULL;
    self->in = NULL;
    self->in_size = 0;
}

/* What is borrowed from the transport below is gone when its callback returns. */
static bool keep_input(bighti_tls_link *self)
{
    uint8_t *copy;

    if (self->in_size == 0) {
        bighti_tls_drop_input(self);
        return true;
    }
    if (self->kept != NULL)
        return true;
    copy = malloc(self->in_size);
    if (copy == NULL)
        return false;
    memcpy(copy, self->in, self->in_size);
    self->kept = copy;
    self->in = copy;
    return true;
}

static bool waits(const bighti_tls_link *self)
{
    if ((self->transport.flags & BIGHTI_CLOSING) != 0)
        return false;
    return has_input(self) || (self->over && (self->transport.flags & BIGHTI_PEER_ENDED) == 0);
}

/* Nobody listens any more: what comes while the last bytes leave is of no use. */
static void drop_what_nobody_wants(bighti_tls_link *self)
{
    if (!self->shaking && (self->over || (self->transport.flags & BIGHTI_CLOSING) != 0))
        bighti_tls_drop_input(self);
}

static void look_at_answers(bighti_tls_link *self)
{
    if (self->answers > MOST_ANSWERS && self->lower->bytes_out < self->answers_end)
        bighti_transport_finish(&self->transport,
                                bight_error_new(BIGHT_ERROR_LIMIT,
                                                "%s asks for answers and does not read them",
                                                bighti_transport_name(&self->transport)),
                                true);
}

/* Below is paused exactly while there is something that came before. */
static void settle(bighti_tls_link *self)
{
    drop_what_nobody_wants(self);
    if (!keep_input(self)) {
        fail(self, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for what came"));
        return;
    }
    if (waits(self))
        bight_transport_pause(self->lower);
    else
        bight_transport_resume(self->lower);
}

static bight_error *steal_failure(bighti_tls_link *self)
{
    bight_error *failure = self->failure;

    self->failure = NULL;
    return failure;
}

static void work(bighti_tls_link *self)
{
    if (self->shaking)
        shake(self);
    if (!self->shaking && may_decrypt(self))
        decrypt_all(self);
    if (self->failure != NULL)
        fail(self, steal_failure(self));
    else
        tell_end(self);
}

/* A nested loop in a callback may come here again by the task: the one on the stack goes on when
 * that has returned. */
void bighti_tls_go_on(bighti_tls_link *self)
{
    bight_transport *transport = &self->transport;

    if (self->reading)
        return;
    self->reading = true;
    bighti_transport_hold(transport);
    if ((transport->flags & BIGHTI_OVER) == 0)
        work(self);
    self->reading = false;
    if ((transport->flags & BIGHTI_OVER) == 0)
        bighti_tls_kick(self);
    if ((transport->flags & BIGHTI_OVER) == 0 && self->lower != NULL)
        look_at_answers(self);
    if ((transport->flags & BIGHTI_OVER) == 0 && self->lower != NULL)
        settle(self);
    bighti_transport_unhold(transport);
}

/* -- What the transport below tells -- */

static bighti_tls_link *of(bight_protocol *below)
{
    return BIGHTI_CONTAINER(below, bighti_tls_link, below);
}

static void on_received(bight_protocol *below, const uint8_t *bytes, size_t size)
{
    bighti_tls_link *self = of(below);

    self->in = bytes;
    self->in_size = size;
    bighti_tls_go_on(self);
}

/* While the last bytes leave nobody waits for the peer's end. */
static void on_ended(bight_protocol *below)
{
    bighti_tls_link *self = of(below);

    if (!self->over && (self->shaking || (self->transport.flags & BIGHTI_CLOSING) == 0))
        fail(self, bighti_tls_truncated(self));
}

static void on_drained(bight_protocol *below)
{
    bighti_tls_link *self = of(below);

    if (!self->shaking && (self->transport.flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_writable(&self->transport);
}

static bight_error *reason_of_end(bighti_tls_link *self, const bight_error *reason)
{
    if (reason == NULL)
        return NULL;
    if (!self->shaking)
        return bight_error_ref(reason);
    return bight_error_new_caused(bight_error_ref(reason), bight_error_get_status(reason),
                                  "TLS handshake");
}

static void on_closed(bight_protocol *below, const bight_error *reason)
{
    bighti_tls_link *self = of(below);

    bighti_transport_name(&self->transport);
    self->lower = NULL;
    fail(self, reason_of_end(self, reason));
}

const bight_protocol_ops bighti_tls_below_ops = {
    .name = "tls",
    .received = on_received,
    .ended = on_ended,
    .drained = on_drained,
    .closed = on_closed,
};

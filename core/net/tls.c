/* TLS on a transport.
 *
 * A link is a protocol to the transport below, whose bytes are records, and a transport to the
 * protocol above, whose bytes are plain. Between them stands OpenSSL, which reads from memory and
 * writes to memory (tls_bio.c) and never waits.
 *
 * Down: what the protocol writes waits as on every transport (output.c) and is encrypted when it is
 * sent, which is at the end of the callback, so that writes that came together become one record.
 * Records wait in the output of the transport below. When that is over its high mark, nothing more
 * is encrypted until it has drained; then what is above its own mark tells the program to wait. So
 * a peer that reads nothing costs twice the marks.
 *
 * Up: tls_input.c.
 *
 * Ends: close_notify is to TLS what a half-close is to TCP, and what a close sends. Close waits
 * until what waits below has left, where it lingers as it does for anybody. The end of the
 * connection without a close_notify is an error, for anybody between can make it. A link that ends
 * for another reason lets go of the transport below, which sends what it has, an alert perhaps, and
 * closes by itself.
 *
 * The handshake: what is written before it is done waits, as if the peer had no room. */
#include "tls.h"
#include "../base/check.h"
#include "close.h"
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

enum {
    RECORD_SIZE = 16384, /* the most plain bytes in a record */
    PIECE_SIZE = 4 * RECORD_SIZE
};

/* -- Sending -- */

void bighti_tls_kick(bighti_tls_link *self)
{
    bool kept = !self->kept_none;

    if (!self->wrote || self->lower == NULL)
        return;
    self->wrote = self->kept_none = false;
    bighti_output_added(self->lower, kept);
}

/* Whether more may be encrypted now. What waits below leaves first, if it can. */
static bool has_room(bighti_tls_link *self)
{
    bight_transport *lower = self->lower;

    if (lower->out.size <= lower->limits->high)
        return true;
    bighti_output_flush(&lower->member);
    if (lower->out.size <= lower->limits->high)
        return true;
    self->wrote = true;
    return false;
}

static bool encrypt(bighti_tls_link *self, const void *data, size_t size)
{
    size_t written;

    bighti_tls_clear_errors();
    if (SSL_write_ex(self->ssl, data, size, &written) == 1) {
        self->data_end = self->lower->bytes_out + self->lower->out.size;
        return true;
    }
    self->broken = true;
    bighti_transport_finish(&self->transport, bighti_tls_fault(self), false);
    return false;
}

/* Where the parts that are sent are read. */
typedef struct cursor {
    const struct iovec *parts;
    int count;
    size_t at; /* in the first */
} cursor;

static void advance(cursor *from, size_t size)
{
    from->at += size;
    while (from->count > 0 && from->at >= from->parts->iov_len) {
        from->at -= from->parts->iov_len;
        from->parts++;
        from->count--;
    }
}

static size_t copy_record(const cursor *from, uint8_t *record)
{
    cursor at = *from;
    size_t total = 0;

    while (at.count > 0 && total < RECORD_SIZE) {
        size_t left = at.parts->iov_len - at.at;
        size_t part = left < RECORD_SIZE - total ? left : RECORD_SIZE - total;

        memcpy(record + total, (const uint8_t *)at.parts->iov_base + at.at, part);
        total += part;
        advance(&at, part);
    }
    return total;
}

/* Small parts are copied together, for a record of each would cost the peer as much as a full one.
 * Returns the bytes that were encrypted, 0 on failure. */
static size_t encrypt_some(bighti_tls_link *self, const cursor *from)
{
    size_t left = from->parts->iov_len - from->at;
    uint8_t record[RECORD_SIZE];

    if (from->count == 1 || left >= RECORD_SIZE) {
        size_t size = left < PIECE_SIZE ? left : PIECE_SIZE;

        if (from->count > 1)
            size -= size % RECORD_SIZE;
        return encrypt(self, (const uint8_t *)from->parts->iov_base + from->at, size) ? size : 0;
    }
    left = copy_record(from, record);
    return encrypt(self, record, left) ? left : 0;
}

/* The counters of the reactor get these bytes as they are below. */
static ssize_t tls_send(bight_transport *transport, const struct iovec *parts, int count)
{
    bighti_tls_link *self = bighti_tls_link_of(transport);
    cursor from = {parts, count, 0};
    size_t sent = 0;

    if (self->shaking)
        return -EAGAIN;
    advance(&from, 0);
    while (from.count > 0 && has_room(self)) {
        size_t size = encrypt_some(self, &from);

        if (size == 0)
            return 0;
        sent += size;
        advance(&from, size);
    }
    bighti_tls_kick(self);
    transport->reactor->stats.bytes_out -= sent;
    return sent > 0 ? (ssize_t)sent : -EAGAIN;
}

/* -- Ending -- */

/* In a forked child the connection is its parent's, whose peer must not be told anything. */
void bighti_tls_notify(bighti_tls_link *self)
{
    if (self->lower == NULL || self->shaking || self->broken ||
        (SSL_get_shutdown(self->ssl) & SSL_SENT_SHUTDOWN) != 0 ||
        bighti_is_inherited(self->transport.reactor))
        return;
    bighti_tls_clear_errors();
    if (SSL_shutdown(self->ssl) < 0)
        bighti_tls_clear_errors();
}

static void tls_shutdown(bight_transport *transport)
{
    bighti_tls_link *self = bighti_tls_link_of(transport);

    bighti_tls_notify(self);
    bighti_tls_kick(self);
}

/* Bytes of the program's are yet to leave below. */
static bool has_data_below(const bighti_tls_link *self)
{
    return self->lower->bytes_out < self->data_end;
}

/* The transport below waits for the peer, as it does on every close. If the peer has ended there is
 * nothing to wait for but the program's bytes: what TLS has to say for itself may well fail then,
 * for a peer that has closed does not take it. A handshake that is not done is broken off. */
static void tls_close(bight_transport *transport)
{
    bighti_tls_link *self = bighti_tls_link_of(transport);

    if (self->lower == NULL || self->shaking || (self->over && !has_data_below(self))) {
        bighti_transport_finish(transport, NULL, false);
        return;
    }
    bighti_transport_stop_lingering(transport);
    bighti_tls_notify(self);
    bighti_tls_kick(self);
    if (transport->details != NULL)
        bight_transport_set_linger(self->lower, transport->limits->linger);
    bight_transport_close(self->lower);
}

/* What a transport below says whose link is gone. */
static void ignore_bytes(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    (void)bytes;
    (void)size;
}

const bight_protocol_ops bighti_nobody_ops = {.name = "bight: nobody", .received = ignore_bytes};
static const bight_protocol nobody = {&bighti_nobody_ops};

/* Nothing that the program wrote waits here, so that a peer that does not end has less time. */
#define LET_GO_LINGER BIGHT_SEC(2)

static void let_go(bighti_tls_link *self)
{
    bight_transport *lower = self->lower;

    bighti_tls_notify(self);
    bighti_tls_kick(self);
    self->lower = NULL;
    lower->protocol = (bight_protocol *)&nobody;
    if (lower->limits->linger > LET_GO_LINGER)
        bight_transport_set_linger(lower, LET_GO_LINGER);
    bight_transport_close(lower);
}

/* A link does not count as a connection, since the transport below does. */
static void tls_disconnect(bight_transport *transport, bool reset)
{
    bighti_tls_link *self = bighti_tls_link_of(transport);
    bight_transport *lower = self->lower;

    transport->reactor->stats.connections++;
    bight_task_cancel(&self->later);
    bight_timer_free(self->patience);
    self->patience = NULL;
    bighti_tls_drop_input(self);
    if (lower == NULL)
        return;
    if (!reset) {
        let_go(self);
    } else {
        self->lower = NULL;
        bight_transport_free(lower);
    }
}

/* -- What else the transport asks for -- */

static void tls_resume(bight_transport *transport)
{
    bight_task_schedule(&bighti_tls_link_of(transport)->later);
}

static void on_later(bight_task *task, void *data)
{
    (void)task;
    bighti_tls_go_on(data);
}

/* OpenSSL takes a session for spoilt whose connection was not shut down. But what its end was has
 * been told, and is no fault of its keys. */
static void tls_release(bight_transport *transport)
{
    bighti_tls_link *self = bighti_tls_link_of(transport);

    if (!self->broken)
        SSL_set_shutdown(self->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(self->ssl);
    bighti_task_deinit(&self->later);
    bight_tls_unref(self->context);
    free(self->host);
    free(self->session_key);
    free(self);
}

static bight_address tls_locate(bight_transport *transport, bool peer)
{
    bight_transport *lower = bighti_tls_link_of(transport)->lower;

    if (lower == NULL)
        return (bight_address){.family = BIGHT_ADDRESS_NONE};
    return peer ? bight_transport_get_peer_address(lower)
                : bight_transport_get_local_address(lower);
}

static void tls_describe(bight_transport *transport, bool peer, const bight_address *address,
                         char *text, size_t size)
{
    bight_transport *lower = bighti_tls_link_of(transport)->lower;
    const char *name = "unknown";

    (void)address;
    if (lower != NULL)
        name = peer ? bight_transport_get_peer(lower) : bight_transport_get_local(lower);
    snprintf(text, size, "tls:%s", strncmp(name, "tcp:", 4) == 0 ? name + 4 : name);
}

static void tls_set_no_delay(bight_transport *transport, bool on)
{
    if (bighti_tls_link_of(transport)->lower != NULL)
        bight_transport_set_no_delay(bighti_tls_link_of(transport)->lower, on);
}

static void tls_set_keepalive(bight_transport *transport, unsigned idle_seconds)
{
    if (bighti_tls_link_of(transport)->lower != NULL)
        bight_transport_set_keepalive(bighti_tls_link_of(transport)->lower, idle_seconds);
}

const bighti_transport_ops bighti_tls_ops = {
    .send = tls_send,
    .shutdown = tls_shutdown,
    .resume = tls_resume,
    .close = tls_close,
    .disconnect = tls_disconnect,
    .release = tls_release,
    .locate = tls_locate,
    .describe = tls_describe,
    .set_no_delay = tls_set_no_delay,
    .set_keepalive = tls_set_keepalive,
};

/* -- Starting -- */

static void on_impatient(bight_timer *timer, void *data)
{
    bighti_tls_link *self = data;
    double seconds = (double)self->context->handshake_timeout / 1e9;

    (void)timer;
    bighti_transport_finish(&self->transport,
                            bight_error_new(BIGHT_ERROR_TIMED_OUT,
                                            "TLS handshake with %s: not done in %.1f s",
                                            bighti_transport_name(&self->transport), seconds),
                            true);
}

static bight_status prepare(bighti_tls_link *self, const char *host)
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
    return bight_timer_new(self->transport.reactor, on_impatient, self, &self->patience);
}

static void discard(bighti_tls_link *self)
{
    SSL_free(self->ssl);
    bighti_tls_drop_input(self);
    bight_timer_free(self->patience);
    bighti_task_deinit(&self->later);
    bighti_transport_deinit(&self->transport);
    bight_tls_unref(self->context);
    free(self->host);
    free(self->session_key);
    free(self);
}

/* The first bytes of a client leave now. Nothing can be delivered yet, so nothing is told. */
static void begin(bighti_tls_link *self)
{
    bight_transport *lower = self->lower;

    lower->protocol = &self->below;
    lower->flags |= BIGHTI_LAYERED;
    self->transport.flags |= BIGHTI_BLOCKED;
    self->shaking = true;
    bight_timer_start(self->patience, self->context->handshake_timeout);
    bight_transport_resume(lower);
    if (!self->context->is_server)
        bighti_tls_go_on(self);
}

static bight_status start(bight_transport *lower, bight_tls *tls, const char *host,
                          bight_protocol *protocol, bight_transport **above)
{
    const unsigned ended = BIGHTI_CLOSED_FOR_WRITES | BIGHTI_PEER_ENDED | BIGHTI_BROKEN;
    bighti_tls_link *self;
    bight_status status;

    bighti_check_usable(lower);
    if ((lower->flags & (ended | BIGHTI_LAYERED)) != 0)
        return BIGHT_ERROR_STATE;
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_transport_init(&self->transport, &bighti_tls_ops, lower->reactor, protocol);
    bighti_task_init(&self->later, lower->reactor, on_later, self);
    bight_task_set_name(&self->later, "bight: tls");
    self->below.ops = &bighti_tls_below_ops;
    self->lower = lower;
    self->context = bight_tls_ref(tls);
    status = prepare(self, host);
    if (status != BIGHT_OK) {
        discard(self);
        return status;
    }
    *above = &self->transport;
    begin(self);
    return BIGHT_OK;
}

bight_status bight_tls_start_client(bight_transport *below, bight_tls *tls, const char *host,
                                    bight_protocol *protocol, bight_transport **above)
{
    BIGHTI_REQUIRE(!tls->is_server, "a server's context for a client");
    return start(below, tls, host, protocol, above);
}

bight_status bight_tls_start_server(bight_transport *below, bight_tls *tls,
                                    bight_protocol *protocol, bight_transport **above)
{
    BIGHTI_REQUIRE(tls->is_server, "a client's context for a server");
    return start(below, tls, NULL, protocol, above);
}

bool bight_tls_is_server(const bight_tls *tls)
{
    return tls->is_server;
}

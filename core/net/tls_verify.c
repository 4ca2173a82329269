/* The check of the peer's certificate.
 *
 * OpenSSL stops at the first thing that is wrong. Here it goes on, so that a person can be shown
 * everything. If something is wrong and the program wants to be asked, OpenSSL stops in the middle
 * of the handshake (SSL_set_retry_verify), the layer holds the input back, and the program is
 * asked in a turn of its own, so that no function of OpenSSL or of the layer is on the stack. When
 * the answer comes, the handshake goes on, and OpenSSL asks for the verdict again.
 *
 * A certificate that is trusted costs none of this. */
#include "../deferred/abandon.h"
#include "tls.h"
#include "transport.h"
#include <bight/log.h>
#include <bight/value.h>
#include <openssl/x509v3.h>

/* -- Collecting -- */

/* OpenSSL's callbacks have no data of ours, only this way to the connection. */
static bighti_tls_link *verify_link_of(X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

    return SSL_get_app_data(ssl);
}

static int flaw_note(int good, X509_STORE_CTX *store)
{
    if (good != 1)
        bighti_flaws_add(verify_link_of(store)->flaws, X509_STORE_CTX_get_error(store),
                         X509_STORE_CTX_get_error_depth(store));
    return 1;
}

/* The place has a pin of this key, or of another one. */
static bighti_tls_known link_look_at_pin(const bighti_tls_link *self, X509_STORE_CTX *store)
{
    bight_certificate *leaf;
    bighti_tls_known known;

    if (self->place == NULL || self->context->is_server)
        return BIGHTI_TLS_UNKNOWN;
    leaf = bighti_certificate_of(X509_STORE_CTX_get0_cert(store));
    if (leaf == NULL)
        return BIGHTI_TLS_UNKNOWN;
    known = bighti_tls_pins_check(&self->context->pins, self->place,
                                  bight_certificate_get_key_fingerprint(leaf));
    bight_certificate_unref(leaf);
    return known;
}

static void link_make_report(bighti_tls_link *self, X509_STORE_CTX *store, bool changed)
{
    bighti_shown shown = {.host = self->host != NULL ? self->host : "",
                          .peer = bighti_transport_name(bighti_tls_transport(self)),
                          .place = self->place != NULL ? self->place : "",
                          .changed = changed};

    bight_certificate_report_unref(self->report);
    self->report = bighti_report_new(X509_STORE_CTX_get0_chain(store), self->flaws, &shown);
}

/* Without memory for a report nobody can be asked, and the certificate is refused. */
static bighti_tls_verdict link_judge(bighti_tls_link *self, X509_STORE_CTX *store)
{
    bighti_tls_known known = link_look_at_pin(self, store);

    link_make_report(self, store, known == BIGHTI_TLS_OTHER);
    if (known == BIGHTI_TLS_KNOWN)
        return BIGHTI_TLS_ACCEPTED;
    if (self->report == NULL || self->context->decide == NULL)
        return BIGHTI_TLS_REFUSED;
    return BIGHTI_TLS_ASKING;
}

/* The code stays in the store although the certificate was accepted: so a session that is resumed
 * later is not taken for a trusted one. */
static int link_conclude(const bighti_tls_link *self, X509_STORE_CTX *store, int code)
{
    X509_STORE_CTX_set_error(store, code);
    return self->verdict != BIGHTI_TLS_REFUSED;
}

static int link_code(const bighti_tls_link *self)
{
    return self->report != NULL ? bight_certificate_report_get_problem(self->report, 0)->code
                                : X509_V_ERR_UNSPECIFIED;
}

static int certificate_verify(X509_STORE_CTX *store, void *context)
{
    bighti_tls_link *self = verify_link_of(store);
    bighti_flaws flaws = {.count = 0};
    int result;

    (void)context;
    if (self->verdict != BIGHTI_TLS_OPEN)
        return link_conclude(self, store, link_code(self));
    self->flaws = &flaws;
    X509_STORE_CTX_set_verify_cb(store, flaw_note);
    result = X509_verify_cert(store);
    if (flaws.count > 0) {
        self->verdict = link_judge(self, store);
        if (self->verdict == BIGHTI_TLS_ASKING)
            SSL_set_retry_verify(self->ssl);
        result = link_conclude(self, store, flaws.list[0].code);
    }
    self->flaws = NULL;
    return result;
}

void bighti_tls_set_verification(bight_tls *self)
{
    if (!self->accepts_any)
        SSL_CTX_set_cert_verify_callback(self->ssl, certificate_verify, self);
}

bool bighti_tls_may_keep_session(const bighti_tls_link *self)
{
    return self->report == NULL || self->context->accepts_any ||
           SSL_get_verify_result(self->ssl) == X509_V_OK;
}

/* -- Asking -- */

static void link_answer(bighti_tls_link *self, bight_tls_answer answer)
{
    const bight_certificate_report *report = self->report;
    bight_status status = BIGHT_OK;

    self->verdict = answer == BIGHT_TLS_REFUSE ? BIGHTI_TLS_REFUSED : BIGHTI_TLS_ACCEPTED;
    if (answer == BIGHT_TLS_REMEMBER)
        status = bight_tls_pin(self->context, bight_certificate_report_get_place(report),
                               bight_certificate_get_key_fingerprint(
                                   bight_certificate_report_get_certificate(report, 0)));
    if (status != BIGHT_OK)
        bight_log(BIGHT_LOG_WARNING, "TLS: the key of %s cannot be remembered: %s", self->place,
                  bight_status_text(status));
    bight_layer_pause_handshake(self->layer, false);
    bight_layer_go_on(self->layer);
}

static bight_tls_answer answer_of(bight_result in)
{
    intptr_t number = bight_result_get_int(in);

    return number == BIGHT_TLS_ACCEPT || number == BIGHT_TLS_REMEMBER ? (bight_tls_answer)number
                                                                      : BIGHT_TLS_REFUSE;
}

/* An answer that comes after the end of the connection is ignored. */
static bight_result on_answer(bight_result in, void *data)
{
    bighti_tls_link *self = data;
    bight_deferred *answer = self->answer;

    if (answer == NULL)
        return in;
    self->answer = NULL;
    bight_deferred_free(answer);
    if (in.error != NULL) {
        self->no_answer = in.error;
        link_answer(self, BIGHT_TLS_REFUSE);
    } else {
        link_answer(self, answer_of(in));
    }
    return bight_result_value(NULL);
}

static void link_take_answer(bighti_tls_link *self, bight_deferred *take_answer)
{
    self->answer = take_answer;
    if (take_answer != NULL) {
        bight_deferred_both(take_answer, on_answer, self);
        return;
    }
    self->no_answer = bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for the question");
    link_answer(self, BIGHT_TLS_REFUSE);
}

/* The program may end the connection, or free the reactor, in its function. */
static void on_ask(bight_task *task, void *data)
{
    bighti_tls_link *self = data;
    bight_transport *transport = bighti_tls_transport(self);
    bight_deferred *answer;

    (void)task;
    bighti_transport_hold(transport);
    answer = self->context->decide(self->report, self->context->decide_data);
    if ((transport->flags & BIGHTI_OVER) == 0) {
        link_take_answer(self, answer);
    } else {
        bighti_deferred_abandon(&answer);
    }
    bighti_transport_unhold(transport);
}

void bighti_tls_ask(bighti_tls_link *self)
{
    bighti_task_init(&self->ask, bighti_tls_transport(self)->reactor, on_ask, self);
    bight_task_set_name(&self->ask, "bight: a certificate that is not trusted");
    bight_layer_pause_handshake(self->layer, true);
    bight_task_schedule(&self->ask);
}

void bighti_tls_stop_asking(bighti_tls_link *self)
{
    if (self->ask.reactor != NULL)
        bight_task_cancel(&self->ask);
    bighti_deferred_abandon(&self->answer);
}

bight_status bight_tls_pin(bight_tls *self, const char *place,
                           const uint8_t key[BIGHT_FINGERPRINT_SIZE])
{
    return bighti_tls_pins_add(&self->pins, place, key);
}

bight_status bight_tls_unpin(bight_tls *self, const char *place)
{
    bighti_tls_sessions_forget(&self->sessions, place);
    return bighti_tls_pins_remove(&self->pins, place);
}

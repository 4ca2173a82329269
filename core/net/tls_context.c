/* A context: one SSL_CTX with everything that its connections share, and a client's sessions.
 * After it is made only the sessions change, and a lock protects them. */
#include "../base/options.h"
#include "tls.h"
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t session_context[] = "bight";

/* -- ALPN -- */

/* Returns false when out of memory. Sets `size` to 0 if the names are not a valid list. */
static bool copy_alpn(const char *const *names, uint8_t **wire, unsigned *size)
{
    size_t total = 0, at = 0;

    for (const char *const *name = names; *name != NULL; name++) {
        size_t length = strlen(*name);

        total += length + 1;
        if (length == 0 || length > 255 || total > 65535)
            return true;
    }
    *wire = malloc(total + 1);
    if (*wire == NULL)
        return false;
    for (const char *const *name = names; *name != NULL; name++) {
        size_t length = strlen(*name);

        (*wire)[at] = (uint8_t)length;
        memcpy(*wire + at + 1, *name, length);
        at += length + 1;
    }
    *size = (unsigned)total;
    return true;
}

static int choose_alpn(SSL *ssl, const uint8_t **chosen, uint8_t *length, const uint8_t *offered,
                       unsigned size, void *data)
{
    const bight_tls *self = data;
    uint8_t *found;

    (void)ssl;
    if (SSL_select_next_proto(&found, length, self->alpn, self->alpn_size, offered, size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static bight_error *set_alpn(bight_tls *self, const bight_tls_options *options)
{
    if (options->alpn == NULL)
        return NULL;
    if (!copy_alpn(options->alpn, &self->alpn, &self->alpn_size))
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for ALPN");
    if (self->alpn_size == 0)
        return bight_error_new(BIGHT_ERROR_INVALID, "not a list of names for ALPN");
    if (self->is_server)
        SSL_CTX_set_alpn_select_cb(self->ssl, choose_alpn, self);
    else if (SSL_CTX_set_alpn_protos(self->ssl, self->alpn, self->alpn_size) != 0)
        return bighti_tls_context_fault("ALPN");
    return NULL;
}

/* -- Settings -- */

static int version_of(bight_tls_version version)
{
    switch (version) {
    case BIGHT_TLS_1_2:
        return TLS1_2_VERSION;
    case BIGHT_TLS_1_3:
        return TLS1_3_VERSION;
    default:
        return -1;
    }
}

static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    bighti_tls_link *link = SSL_get_app_data(ssl);

    if (link == NULL || link->session_key == NULL || !bighti_tls_may_keep_session(link))
        return 0;
    bighti_tls_sessions_put(&link->context->sessions, link->session_key, session);
    return 1;
}

/* A server's sessions are stored in the tickets of its clients, and cost it no memory. */
static void set_sessions(bight_tls *self, const bight_tls_options *options)
{
    SSL_CTX *ssl = self->ssl;

    self->keeps_sessions = !self->is_server && !options->no_resumption;
    SSL_CTX_set_session_cache_mode(ssl, self->keeps_sessions
                                            ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
                                            : SSL_SESS_CACHE_OFF);
    if (self->keeps_sessions)
        SSL_CTX_sess_set_new_cb(ssl, on_new_session);
    if (options->no_resumption) {
        SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(ssl, 0);
    }
}

static void set_verification(bight_tls *self, const bight_tls_options *options)
{
    int mode = SSL_VERIFY_NONE;

    if (!self->is_server && !self->accepts_any)
        mode = SSL_VERIFY_PEER;
    else if (self->is_server && options->clients != BIGHT_TLS_CLIENTS_ANONYMOUS)
        mode = SSL_VERIFY_PEER;
    if (self->is_server && options->clients == BIGHT_TLS_CLIENTS_MUST_PROVE)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(self->ssl, mode, NULL);
    bighti_tls_set_verification(self);
}

/* Idle connections own no buffers. Peers cannot renegotiate the keys of TLS 1.2, which would cost
 * this side more than the peer. */
static bool apply(bight_tls *self, const bight_tls_options *options)
{
    SSL_CTX *ssl = self->ssl;

    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    set_sessions(self, options);
    set_verification(self, options);
    return SSL_CTX_set_min_proto_version(ssl, version_of(options->least)) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, version_of(options->most)) == 1 &&
           SSL_CTX_set_session_id_context(ssl, session_context, sizeof(session_context) - 1) == 1;
}

static const char *find_fault(const bight_tls_options *options, bool is_server)
{
    if (version_of(options->least) < 0 || version_of(options->most) < 0 ||
        options->least > options->most)
        return "no version of TLS";
    if (options->handshake_timeout == 0)
        return "no time for a handshake";
    if (is_server && (options->decide != NULL || options->pins_file != NULL))
        return "a server cannot ask about certificates, nor remember keys";
    if (is_server && options->clients != BIGHT_TLS_CLIENTS_ANONYMOUS && options->ca_file == NULL &&
        options->ca_directory == NULL && options->ca_pem.size == 0)
        return "clients are to prove who they are, and no authority is named";
    return NULL;
}

/* -- Life -- */

static bight_error *tls_context_fill(bight_tls *self, const bight_tls_options *options)
{
    bight_error *error = NULL;

    self->ssl = SSL_CTX_new(self->is_server ? TLS_server_method() : TLS_client_method());
    self->bio = bighti_tls_bio_method();
    self->accepts_any = options->dangerously_accept_any_certificate;
    self->handshake_timeout = options->handshake_timeout;
    self->decide = options->decide;
    self->decide_data = options->decide_data;
    if (self->ssl == NULL || self->bio == NULL || !apply(self, options))
        return bighti_tls_context_fault("TLS");
    error = bighti_tls_load_trust(self, options);
    if (error == NULL)
        error = bighti_tls_load_certificate(self, options);
    if (error == NULL && options->pins_file != NULL)
        error = bighti_tls_pins_load(&self->pins, options->pins_file);
    return error != NULL ? error : set_alpn(self, options);
}

static bight_status tls_context_fail(bight_error *take_error, bight_error **error)
{
    bight_status status = bight_error_get_status(take_error);

    if (error != NULL)
        *error = take_error;
    else
        bight_error_unref(take_error);
    return status;
}

static bight_status tls_context_make(const bight_tls_options *given, bool is_server,
                                     bight_error **error, bight_tls **tls)
{
    static const bight_tls_options defaults = BIGHT_TLS_OPTIONS_INIT;
    const char *wrong = "the size of the options is not known";
    bight_tls_options options;
    bight_error *failure;
    bight_tls *self;

    if (bighti_options_read(given, &defaults, sizeof(options), &options))
        wrong = find_fault(&options, is_server);
    if (wrong != NULL)
        return tls_context_fail(bight_error_new(BIGHT_ERROR_INVALID, "TLS: %s", wrong), error);
    self = calloc(1, sizeof(*self));
    if (self == NULL)
        return tls_context_fail(bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for TLS"), error);
    atomic_init(&self->references, 1);
    bighti_tls_sessions_init(&self->sessions);
    bighti_tls_pins_init(&self->pins);
    self->is_server = is_server;
    bighti_tls_clear_errors();
    failure = tls_context_fill(self, &options);
    bighti_tls_clear_errors(); /* OpenSSL leaves errors that it has handled */
    if (failure != NULL) {
        bight_tls_unref(self);
        return tls_context_fail(failure, error);
    }
    self->decide_destroy = options.decide_destroy;
    *tls = self;
    return BIGHT_OK;
}

bight_status bight_tls_new_client(const bight_tls_options *options, bight_error **error,
                                  bight_tls **tls)
{
    return tls_context_make(options, false, error, tls);
}

bight_status bight_tls_new_server(const bight_tls_options *options, bight_error **error,
                                  bight_tls **tls)
{
    return tls_context_make(options, true, error, tls);
}

bight_tls *bight_tls_ref(bight_tls *self)
{
    atomic_fetch_add_explicit(&self->references, 1, memory_order_relaxed);
    return self;
}

void bight_tls_unref(bight_tls *self)
{
    if (self == NULL || atomic_fetch_sub_explicit(&self->references, 1, memory_order_acq_rel) != 1)
        return;
    if (self->decide_destroy != NULL)
        self->decide_destroy(self->decide_data);
    bighti_tls_sessions_deinit(&self->sessions);
    bighti_tls_pins_deinit(&self->pins);
    SSL_CTX_free(self->ssl);
    BIO_meth_free(self->bio);
    free(self->alpn);
    free(self);
    bighti_tls_clear_errors();
}

/* -- The context of a reactor -- */

static const bight_key default_key = {"TLS of connects"};

static void tls_unref(void *tls)
{
    bight_tls_unref(tls);
}

bight_status bighti_tls_get_default(bight_reactor *reactor, bight_error **error, bight_tls **tls)
{
    bight_tls *kept = bight_reactor_get_data(reactor, &default_key);
    bight_status status = BIGHT_OK;

    if (kept == NULL) {
        status = bight_tls_new_client(NULL, error, &kept);
        if (status != BIGHT_OK)
            return status;
        status = bight_reactor_set_data(reactor, &default_key, kept, tls_unref);
    }
    if (status != BIGHT_OK) {
        bight_tls_unref(kept);
        return tls_context_fail(bight_error_new(status, "TLS: %s", bight_status_text(status)),
                                error);
    }
    *tls = bight_tls_ref(kept);
    return BIGHT_OK;
}

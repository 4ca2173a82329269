/* The identity of the peer: the host that a client expects, and what a connection knows after the
 * handshake. */
#include "../base/address.h"
#include "../base/check.h"
#include "tls.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

/* -- The host that a client expects -- */

/* Names in certificates have no trailing dot. */
static char *copy_host(const char *host)
{
    size_t length = strlen(host);

    if (length > 0 && host[length - 1] == '.')
        length--;
    return strndup(host, length);
}

/* An address is never sent as the server name (RFC 6066, section 3). A common name is never taken
 * for a host (RFC 9525, section 2). */
static bool set_name(bighti_tls_link *self)
{
    SSL *ssl = self->ssl;
    bight_address address;
    bight_view bytes;

    if (bighti_host_parse(bight_view_of(self->host), &address) == BIGHT_OK) {
        bytes = bight_address_get_bytes(&address);
        return self->context->accepts_any ||
               X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), bytes.data, bytes.size) == 1;
    }
    SSL_set_hostflags(ssl,
                      X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set_tlsext_host_name(ssl, self->host) == 1 &&
           (self->context->accepts_any || SSL_set1_host(ssl, self->host) == 1);
}

/* Sessions and pins are kept for a host at a port. */
static bool set_place(bighti_tls_link *self)
{
    const char *peer = bight_transport_get_peer(bight_layer_get_below(self->layer)),
               *port = strrchr(peer, ':');
    size_t size = strlen(self->host) + strlen(peer) + 2;

    self->place = malloc(size);
    if (self->place == NULL)
        return false;
    snprintf(self->place, size, "%s%s", self->host, port != NULL ? port : peer);
    return true;
}

static bool set_session(bighti_tls_link *self)
{
    SSL_SESSION *session;

    self->session_key = strdup(self->place);
    if (self->session_key == NULL)
        return false;
    session = bighti_tls_sessions_take(&self->context->sessions, self->session_key);
    if (session != NULL)
        SSL_set_session(self->ssl, session);
    SSL_SESSION_free(session);
    return true;
}

bight_status bighti_tls_link_set_host(bighti_tls_link *self, const char *host)
{
    SSL_set_connect_state(self->ssl);
    if (host == NULL || host[0] == '\0')
        return self->context->accepts_any ? BIGHT_OK : BIGHT_ERROR_INVALID;
    self->host = copy_host(host);
    if (self->host == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    if (!set_name(self))
        return BIGHT_ERROR_INVALID;
    if (!set_place(self))
        return BIGHT_ERROR_NO_MEMORY;
    if (self->context->keeps_sessions && !set_session(self))
        return BIGHT_ERROR_NO_MEMORY;
    return BIGHT_OK;
}

/* -- Queries on a connection -- */

bool bight_transport_is_tls(const bight_transport *transport)
{
    return bight_layer_find(transport, &bighti_tls_ops) != NULL;
}

static const bighti_tls_link *link_of(const bight_transport *transport)
{
    const bight_layer *layer = bight_layer_find(transport, &bighti_tls_ops);

    BIGHTI_REQUIRE(layer != NULL, "not a transport of TLS");
    return bight_layer_get_state(layer);
}

const char *bight_tls_get_version(const bight_transport *transport)
{
    const bighti_tls_link *self = link_of(transport);

    return self->shaking ? NULL : SSL_get_version(self->ssl);
}

const char *bight_tls_get_cipher(const bight_transport *transport)
{
    const bighti_tls_link *self = link_of(transport);

    return self->shaking ? NULL : SSL_get_cipher_name(self->ssl);
}

bight_view bight_tls_get_alpn(const bight_transport *transport)
{
    const uint8_t *name = NULL;
    unsigned size = 0;

    SSL_get0_alpn_selected(link_of(transport)->ssl, &name, &size);
    return (bight_view){name, size};
}

bool bight_tls_is_resumed(const bight_transport *transport)
{
    return SSL_session_reused(link_of(transport)->ssl) == 1;
}

static X509 *certificate_of(const bight_transport *transport)
{
    return SSL_get0_peer_certificate(link_of(transport)->ssl);
}

bight_status bight_tls_get_peer_certificate(const bight_transport *transport, bight_bytes **der)
{
    X509 *certificate = certificate_of(transport);
    uint8_t *encoded = NULL;
    bight_bytes *bytes;
    int size;

    if (certificate == NULL)
        return BIGHT_ERROR_NOT_FOUND;
    size = i2d_X509(certificate, &encoded);
    if (size <= 0) {
        bighti_tls_clear_errors();
        return BIGHT_ERROR_NO_MEMORY;
    }
    bytes = bight_bytes_new(encoded, (size_t)size);
    OPENSSL_free(encoded);
    if (bytes == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *der = bytes;
    return BIGHT_OK;
}

size_t bight_tls_get_peer_subject(const bight_transport *transport, char *buffer, size_t size)
{
    X509 *certificate = certificate_of(transport);
    char *text = NULL;
    size_t length;

    if (size > 0)
        buffer[0] = '\0';
    if (certificate != NULL)
        text = bighti_certificate_name(X509_get_subject_name(certificate));
    bighti_tls_clear_errors();
    if (text == NULL)
        return 0;
    length = strlen(text);
    if (size > 0)
        snprintf(buffer, size, "%s", text);
    free(text);
    return length;
}

bool bight_tls_is_trusted(const bight_transport *transport)
{
    const bighti_tls_link *self = link_of(transport);

    return !self->shaking && !self->context->accepts_any && certificate_of(transport) != NULL &&
           SSL_get_verify_result(self->ssl) == X509_V_OK;
}

/* A resumed session has no chain any more, only the peer's own certificate. */
static bight_certificate_report *report_without_problems(const bighti_tls_link *self)
{
    static const bighti_flaws none = {.count = 0};
    const STACK_OF(X509) *chain = SSL_get0_verified_chain(self->ssl);
    const bighti_shown shown = {self->host != NULL ? self->host : "",
                                bight_transport_get_peer(bighti_tls_transport(self)),
                                self->place != NULL ? self->place : "", false};
    STACK_OF(X509) * single;
    bight_certificate_report *made = NULL;

    if (chain != NULL)
        return bighti_report_new(chain, &none, &shown);
    single = sk_X509_new_null();
    if (single != NULL && sk_X509_push(single, SSL_get0_peer_certificate(self->ssl)) > 0)
        made = bighti_report_new(single, &none, &shown);
    sk_X509_free(single);
    return made;
}

bight_status bight_tls_get_report(const bight_transport *transport,
                                  bight_certificate_report **report)
{
    const bighti_tls_link *self = link_of(transport);
    bight_certificate_report *made;

    if (self->report != NULL) {
        *report = bight_certificate_report_ref(self->report);
        return BIGHT_OK;
    }
    if (certificate_of(transport) == NULL)
        return BIGHT_ERROR_NOT_FOUND;
    made = report_without_problems(self);
    bighti_tls_clear_errors();
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *report = made;
    return BIGHT_OK;
}

bool bight_tls_get_peer_fingerprint(const bight_transport *transport,
                                    uint8_t fingerprint[BIGHT_TLS_FINGERPRINT_SIZE])
{
    X509 *certificate = certificate_of(transport);
    unsigned size = BIGHT_TLS_FINGERPRINT_SIZE;

    if (certificate == NULL)
        return false;
    if (X509_digest(certificate, EVP_sha256(), fingerprint, &size) == 1)
        return true;
    bighti_tls_clear_errors();
    return false;
}

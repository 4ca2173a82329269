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

/* An address is never sent as the server name (RFC 6066, section 3), and names in certificates
 * have no trailing dot. */
static char *copy_host(const char *host)
{
    size_t length = strlen(host);

    if (length > 0 && host[length - 1] == '.')
        length--;
    return strndup(host, length);
}

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
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, self->host) == 1 &&
           (self->context->accepts_any || SSL_set1_host(ssl, self->host) == 1);
}

/* Sessions are kept for a host at a port. */
static bool set_session(bighti_tls_link *self)
{
    const char *peer = bight_transport_get_peer(bight_layer_get_below(self->layer)),
               *port = strrchr(peer, ':');
    size_t size = strlen(self->host) + strlen(peer) + 2;
    SSL_SESSION *session;

    self->session_key = malloc(size);
    if (self->session_key == NULL)
        return false;
    snprintf(self->session_key, size, "%s%s", self->host, port != NULL ? port : peer);
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

/* Without the UTF-8 flag OpenSSL would escape every non-ASCII letter; it escapes control
 * characters in any case. */
static size_t print_subject(X509 *certificate, BIO *bio, char *buffer, size_t size)
{
    const unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    char *text;
    long length;
    size_t part;

    if (X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, flags) < 0)
        return 0;
    length = BIO_get_mem_data(bio, &text);
    if (length <= 0)
        return 0;
    part = (size_t)length < size ? (size_t)length : size - 1;
    if (size > 0) {
        memcpy(buffer, text, part);
        buffer[part] = '\0';
    }
    return (size_t)length;
}

size_t bight_tls_get_peer_subject(const bight_transport *transport, char *buffer, size_t size)
{
    X509 *certificate = certificate_of(transport);
    BIO *bio;
    size_t length = 0;

    if (size > 0)
        buffer[0] = '\0';
    if (certificate == NULL)
        return 0;
    bio = BIO_new(BIO_s_mem());
    if (bio != NULL)
        length = print_subject(certificate, bio, buffer, size);
    BIO_free(bio);
    bighti_tls_clear_errors();
    return length;
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

/* Converts OpenSSL's errors to a bight_error, and empties its error queue, which belongs to the
 * thread and is shared with other code. */
#include "tls.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

enum { TEXT_SIZE = 256 };

void bighti_tls_clear_errors(void)
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
}

/* "wrong version number", without the code and the names of functions around it. */
static void tls_fault_describe(unsigned long code, char *text, size_t size)
{
    const char *reason = ERR_reason_error_string(code);

    if (reason != NULL)
        snprintf(text, size, "%s", reason);
    else if (code != 0)
        ERR_error_string_n(code, text, size);
    else
        snprintf(text, size, "no reason was given");
}

static bight_status tls_fault_status_of(unsigned long code)
{
    if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return BIGHT_ERROR_NO_MEMORY;
    return BIGHT_ERROR_PROTOCOL;
}

static bool is_verification(unsigned long code)
{
    return ERR_GET_LIB(code) == ERR_LIB_SSL &&
           ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}

static bight_error *untrusted(bighti_tls_link *self)
{
    long result = SSL_get_verify_result(self->ssl);
    const char *peer = bighti_transport_name(bighti_tls_transport(self));
    const char *reason = self->report != NULL ? bight_certificate_report_get_text(self->report)
                                              : X509_verify_cert_error_string(result);
    const char *unanswered =
        self->no_answer != NULL ? bight_error_get_message(self->no_answer) : NULL;

    return bight_error_new_code(
        BIGHT_DOMAIN_X509, (int)result, BIGHT_ERROR_UNTRUSTED,
        "the certificate of %s is not trusted%s%s: %s%s%s%s", peer,
        self->host != NULL ? " for " : "", self->host != NULL ? self->host : "", reason,
        unanswered != NULL ? " (" : "", unanswered != NULL ? unanswered : "",
        unanswered != NULL ? ")" : "");
}

/* Whether the peer has sent a record of TLS. */
static bool peer_has_begun(const bighti_tls_link *self)
{
    OSSL_HANDSHAKE_STATE state = SSL_get_state(self->ssl);

    return !self->shaking || (state != TLS_ST_BEFORE && state != TLS_ST_CW_CLNT_HELLO);
}

/* The first error is the cause, and the following ones are its consequences; but a refused
 * certificate may follow an error of a lower level. */
bight_error *bighti_tls_fault(bighti_tls_link *self)
{
    unsigned long code = ERR_peek_error();
    char text[TEXT_SIZE];
    bight_error *error;

    if (is_verification(code) || is_verification(ERR_peek_last_error())) {
        error = untrusted(self);
    } else {
        if (!bighti_tls_words(code, self->context->is_server, peer_has_begun(self), text,
                              sizeof(text)))
            tls_fault_describe(code, text, sizeof(text));
        error = bight_error_new_code(BIGHT_DOMAIN_OPENSSL, (int)code, tls_fault_status_of(code),
                                     "TLS %s %s: %s", self->shaking ? "handshake with" : "with",
                                     bighti_transport_name(bighti_tls_transport(self)), text);
    }
    ERR_clear_error();
    return error;
}

bight_error *bighti_tls_truncated(bighti_tls_link *self)
{
    const char *peer = bighti_transport_name(bighti_tls_transport(self));

    if (self->shaking)
        return bight_error_new(BIGHT_ERROR_TRUNCATED, "TLS handshake with %s: ended by the peer",
                               peer);
    return bight_error_new(BIGHT_ERROR_TRUNCATED,
                           "cut off by %s: the connection ended, but TLS did not", peer);
}

bight_error *bighti_tls_context_fault(const char *what)
{
    unsigned long code = ERR_peek_error();
    char text[TEXT_SIZE];
    bight_error *error;

    tls_fault_describe(code, text, sizeof(text));
    error = bight_error_new_code(BIGHT_DOMAIN_OPENSSL, (int)code, tls_fault_status_of(code),
                                 "%s: %s", what, text);
    ERR_clear_error();
    return error;
}

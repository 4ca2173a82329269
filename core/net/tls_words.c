/* OpenSSL's reasons in words for a person who has never read about TLS. */
#include "tls.h"
#include <openssl/err.h>

typedef struct word_for {
    int reason;
    const char *words;
} word_for;

/* What the peer says in an alert; OpenSSL's reason is the alert's number and 1000. */
static const word_for alerts[] = {
    {10, "it did not expect this message"},
    {20, "a record was damaged on its way"},
    {40, "it finds no settings that both sides allow"},
    {42, "it cannot use the certificate of this side"},
    {43, "it does not support this kind of certificate"},
    {44, "the certificate of this side was revoked"},
    {45, "the certificate of this side has expired"},
    {46, "it does not accept the certificate of this side"},
    {47, "a value is not allowed"},
    {48, "it does not trust the authority of this side's certificate"},
    {49, "it denies access to this side's certificate"},
    {50, "it cannot decode a message"},
    {51, "a signature or an encrypted value is wrong"},
    {70, "it speaks no version of TLS that this side allows"},
    {71, "it asks for stronger encryption"},
    {80, "it has an internal error"},
    {86, "this side was made to use an older version"},
    {90, "it was cancelled there"},
    {109, "an extension is missing"},
    {110, "it does not support an extension"},
    {112, "it serves no host of this name"},
    {113, "the status of the certificate is not valid"},
    {115, "it does not know this key"},
    {116, "a certificate is required of this side"},
    {120, "it speaks none of the offered protocols (ALPN)"},
};

static const word_for clients[] = {
    {SSL_R_UNSUPPORTED_PROTOCOL, "the server speaks no version of TLS that this side allows"},
    {SSL_R_WRONG_VERSION_NUMBER, "the server does not speak TLS"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the server has ended the connection"},
};

static const word_for servers[] = {
    {SSL_R_UNSUPPORTED_PROTOCOL, "the client speaks no version of TLS that this side allows"},
    {SSL_R_WRONG_VERSION_NUMBER, "the client does not speak TLS"},
    {SSL_R_HTTP_REQUEST, "the client speaks HTTP without TLS"},
    {SSL_R_HTTPS_PROXY_REQUEST, "the client takes this server for a proxy"},
    {SSL_R_NO_SHARED_CIPHER, "the client and the server have no cipher in common"},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
     "the client accepts no signature that this side's certificate can make"},
    {SSL_R_NO_APPLICATION_PROTOCOL, "the client offers no protocol that is served (ALPN)"},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the client did not return a certificate"},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, "the client has ended the connection"},
};

static const char *words_find(const word_for *list, size_t count, int reason)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].reason == reason)
            return list[i].words;
    }
    return NULL;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool alert_in_words(int alert, char *text, size_t size)
{
    const char *words = words_find(alerts, COUNT(alerts), alert);

    if (words == NULL)
        return false;
    snprintf(text, size, "the peer refuses: %s (TLS alert %d)", words, alert);
    return true;
}

/* Before the peer has sent a whole record of TLS, nearly everything that is wrong with its bytes
 * means that it speaks something else. */
static bool is_no_tls(int reason, bool begun)
{
    return !begun && (reason == SSL_R_WRONG_VERSION_NUMBER ||
                      reason == SSL_R_PACKET_LENGTH_TOO_LONG || reason == SSL_R_BAD_RECORD_TYPE);
}

bool bighti_tls_words(unsigned long code, bool is_server, bool begun, char *text, size_t size)
{
    int reason = ERR_GET_REASON(code);
    const char *words;

    if (ERR_GET_LIB(code) != ERR_LIB_SSL)
        return false;
    if (reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256)
        return alert_in_words(reason - SSL_AD_REASON_OFFSET, text, size);
    if (is_no_tls(reason, begun))
        reason = SSL_R_WRONG_VERSION_NUMBER;
    else if (reason == SSL_R_WRONG_VERSION_NUMBER)
        return false;
    words = is_server ? words_find(servers, COUNT(servers), reason)
                      : words_find(clients, COUNT(clients), reason);
    if (words == NULL)
        return false;
    snprintf(text, size, "%s", words);
    return true;
}

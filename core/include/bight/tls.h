/** @file bight/tls.h
 * TLS, implemented with OpenSSL, as a transport on a transport. It runs over TCP, UNIX sockets,
 * memory and TLS itself, and all rules of bight/transport.h hold for it.
 *
 *     bight_connect(reactor, "tls:irc.example.org:6697", &chat->protocol);
 *
 * checks the certificate of the peer against the system's store, and that it is for that name. A
 * context changes the settings: other authorities, a certificate for this side, ALPN.
 *
 * On a transport that is connected already, one call starts TLS (STARTTLS):
 * bight_tls_start_client() and bight_tls_start_server(), legal in any callback.
 *
 * TLS adds these rules to those of a transport:
 *
 * - ended is the peer's close_notify. If a connection ends without it, an attacker may have cut it
 *   off: closed receives BIGHT_ERROR_TRUNCATED. shutdown and close send a close_notify.
 * - A certificate that is not trusted, or is for another name, is BIGHT_ERROR_UNTRUSTED, with
 *   OpenSSL's X509_V_ERR as its code in BIGHT_DOMAIN_X509. The message says everything that is
 *   wrong. Names are those of subjectAltName alone: a common name is not a host (RFC 9525). Any
 *   other TLS error is
 *   BIGHT_ERROR_PROTOCOL, with the packed code of OpenSSL's error in BIGHT_DOMAIN_OPENSSL.
 * - Byte counters and marks count the plain bytes.
 */
#ifndef BIGHT_TLS_H
#define BIGHT_TLS_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/certificate.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/layer.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The domain of OpenSSL's packed codes, as ERR_get_error() returns them and ERR_GET_LIB() and
 * ERR_GET_REASON() decode them; codes that need 32 bits are negative. */
#define BIGHT_DOMAIN_OPENSSL "openssl"

/** The domain of certificate errors: X509_V_ERR_CERT_HAS_EXPIRED and others. */
#define BIGHT_DOMAIN_X509 "x509"

/** Trust, certificate and settings of any number of connections. Immutable. */
typedef struct bight_tls bight_tls;

/** A version of the protocol. */
typedef enum bight_tls_version {
    BIGHT_TLS_1_2 = 12, /**< RFC 5246 */
    BIGHT_TLS_1_3 = 13  /**< RFC 8446 */
} bight_tls_version;

/** Whether a server asks its clients for certificates. */
typedef enum bight_tls_clients {
    BIGHT_TLS_CLIENTS_ANONYMOUS, /**< it asks for no certificate */
    BIGHT_TLS_CLIENTS_MAY_PROVE, /**< it asks for one; if the client sends one, it must be
                                      trusted */
    BIGHT_TLS_CLIENTS_MUST_PROVE /**< it refuses clients without a trusted one */
} bight_tls_clients;

/** What to do with a certificate that is not trusted. */
typedef enum bight_tls_answer {
    BIGHT_TLS_REFUSE = 0,  /**< fail with BIGHT_ERROR_UNTRUSTED */
    BIGHT_TLS_ACCEPT = 1,  /**< go on with this handshake; the next one asks again */
    BIGHT_TLS_REMEMBER = 2 /**< go on, and accept this key at this host and port from now on:
                                bight_tls_pin() */
} bight_tls_answer;

/**
 * Asked by a client about a certificate that is not trusted, before anything was sent to the peer
 * that only a trusted one should see. The handshake waits for the answer as long as it takes, and
 * the loop goes on. A person can be asked, in a dialog:
 *
 *     static bight_deferred *ask(const bight_certificate_report *report, void *window)
 *     {
 *         bight_deferred *answer = bight_deferred_new(&dialog->promise);
 *         ...show the report; later: bight_promise_complete(promise,
 *                                                           bight_result_int(BIGHT_TLS_ACCEPT));
 *         return answer;
 *     }
 *
 * The deferred is cancelled if the connection ends before the answer comes: this is where a dialog
 * is closed. Neither the time of the handshake nor the timeout of bight_connect_with() runs
 * meanwhile. A limit is set with bight_deferred_timeout() on the deferred that is returned. The
 * peer may have a limit of its own; if it has given up meanwhile, the handshake fails after the
 * answer.
 *
 * @param report  what was shown and what is wrong; borrowed: take a reference to keep it
 * @param data    bight_tls_options.decide_data
 * @return        a deferred whose value is a bight_tls_answer, made by bight_result_int(); an
 *                answer at once is bight_deferred_of(bight_result_int(answer)). If it fails, the
 *                certificate is refused, and the message of the error is part of the reason. NULL
 *                is out of memory
 * @owner         the library takes the deferred
 * @thread        that of the connection's reactor
 * @reentrancy    called in a turn of its own; may end the connection and free the reactor
 */
typedef bight_deferred *(*bight_tls_decide_fn)(const bight_certificate_report *report, void *data);

/** Options of a context. Start from BIGHT_TLS_OPTIONS_INIT. Everything it points to is copied. */
typedef struct bight_tls_options {
    size_t size;                  /**< sizeof(bight_tls_options): lets the structure grow */
    const char *ca_file;          /**< certificates to trust instead of the system's: PEM, or one in
                                       DER; NULL */
    const char *ca_directory;     /**< the same as a directory of hashed names; NULL */
    bight_view ca_pem;            /**< the same in memory; empty */
    const char *certificate_file; /**< this side's certificate and the chain above it in PEM, or
                                       one certificate in DER; NULL */
    const char *key_file;         /**< PEM or DER; NULL: the key is in certificate_file, in PEM */
    bight_view certificate_pem;   /**< instead of certificate_file; empty */
    bight_view key_pem;           /**< instead of key_file; empty: it is in certificate_pem */
    const char *key_password;     /**< password of an encrypted key; NULL. Nobody is ever prompted
                                       for it */
    const char *const *alpn;      /**< protocols for ALPN, the preferred first, ended by NULL; NULL.
                                       A server refuses a client that offers only others */
    bight_tls_version least;      /**< BIGHT_TLS_1_2 */
    bight_tls_version most;       /**< BIGHT_TLS_1_3 */
    bight_tls_clients clients;    /**< for servers; BIGHT_TLS_CLIENTS_ANONYMOUS. To check client
                                       certificates, one of ca_... must be given */
    bool no_resumption;           /**< every handshake is a full one; false */
    uint64_t handshake_timeout;   /**< nanoseconds that a handshake may take; 30 s */
    bool dangerously_accept_any_certificate; /**< accept any certificate of a server, for any name:
                                                  an attacker between can read and change
                                                  everything; false */
    bight_tls_decide_fn decide; /**< for clients: asked about certificates that are not trusted;
                                     NULL: they are refused */
    void *decide_data;          /**< passed to decide; NULL */
    bight_destroy_fn decide_destroy; /**< frees decide_data with the last reference to the context,
                                          not if making it fails; NULL for nothing */
    const char *pins_file; /**< for clients: where remembered keys are read now and appended later;
                                made when the first is remembered, for this user alone. NULL: they
                                last as long as the context */
} bight_tls_options;

/** The defaults. */
#define BIGHT_TLS_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(bight_tls_options), NULL, NULL, {NULL, 0}, NULL, NULL, {NULL, 0}, {NULL, 0}, NULL,  \
            NULL, BIGHT_TLS_1_2, BIGHT_TLS_1_3, BIGHT_TLS_CLIENTS_ANONYMOUS, false, BIGHT_SEC(30), \
            false, NULL, NULL, NULL, NULL                                                          \
    }

/**
 * Make a context for clients. It keeps a session for each host and port, so that the next
 * connection there costs less: keep contexts and share them.
 *
 * @param options  NULL for the defaults: the system's trust, no certificate
 * @param error    NULL, or receives an error with a message for a person when this fails; the
 *                 caller owns it
 * @errors         BIGHT_ERROR_INVALID: an unknown size or version, an ALPN name that is empty or
 *                 longer than 255 bytes, or an empty list; BIGHT_ERROR_NOT_FOUND,
 *                 BIGHT_ERROR_PERMISSION and other errors of open(2) for a file;
 *                 BIGHT_ERROR_PROTOCOL: OpenSSL cannot parse the file, or the key does not match;
 *                 BIGHT_ERROR_NO_MEMORY
 * @owner          the caller owns the reference
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_new_client(const bight_tls_options *options,
                                                           bight_error **error, bight_tls **tls);

/**
 * Make a context for servers.
 *
 * @param options  with a certificate and its key
 * @param error    as for bight_tls_new_client()
 * @errors         as for bight_tls_new_client(); BIGHT_ERROR_INVALID also if there is no
 *                 certificate, or if client certificates are wanted and no authority is given
 * @owner          the caller owns the reference
 * @thread         any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_new_server(const bight_tls_options *options,
                                                           bight_error **error, bight_tls **tls);

/**
 * Remember the key of a peer: a certificate with this key is accepted there, whatever else is wrong
 * with it. Also written to the file of the context, if it has one.
 *
 * @param place  host and port, as bight_certificate_report_get_place() gives them:
 *               "irc.example.org:6697"; another key of this place is forgotten
 * @param key    bight_certificate_get_key_fingerprint()
 * @errors       BIGHT_ERROR_INVALID: an empty place, or control characters in it;
 *               BIGHT_ERROR_LIMIT: 10,000 places; BIGHT_ERROR_NO_MEMORY. Errors of the file: the
 *               key is remembered as long as the context exists
 * @thread       any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_pin(bight_tls *tls, const char *place,
                                                    const uint8_t key[BIGHT_FINGERPRINT_SIZE]);

/**
 * Forget the key of a place, also in the file. Connections that exist go on.
 *
 * @errors  those of the file
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_unpin(bight_tls *tls, const char *place);

/** Take one more reference. @return @p tls @thread any */
BIGHT_API bight_tls *bight_tls_ref(bight_tls *tls);

/** Give a reference back; connections hold their own. NULL is ignored. @thread any */
BIGHT_API void bight_tls_unref(bight_tls *tls);

/**
 * Start TLS as the client on a transport that is connected (STARTTLS).
 *
 * From here on @p below belongs to the new transport and must not be used any more; none of its
 * protocol's functions is called again. Bytes that were written to it before leave first, in clear
 * text.
 *
 * The program must first put back bytes that it has received but not used, with
 * bight_transport_unread(), and must not use them itself: bytes after the answer to STARTTLS came
 * in clear text, an attacker may have inserted them, and they must not be treated as if they had
 * come under TLS (RFC 3207, section 6). They are passed to TLS, whose handshake fails unless they
 * belong to it. A line session does this by itself (bight_line_session_start_tls()).
 *
 * @param below     connected, and not ended in either direction
 * @param tls       a client's context; a reference is taken
 * @param host      the name or address that the certificate must be for. NULL is allowed only with
 *                  a context that accepts any certificate
 * @param protocol  receives connected when the handshake is done. It receives closed in any case:
 *                  without connected if the handshake failed, with the reason
 * @param above     the new transport. Bytes that are written to it before connected wait for the
 *                  handshake; it may be ended in any way at any time
 * @errors          BIGHT_ERROR_STATE: @p below has ended, or has TLS on it; BIGHT_ERROR_INVALID:
 *                  no @p host; BIGHT_ERROR_NO_MEMORY. On failure nothing has changed. A server's
 *                  context is misuse and aborts
 * @thread          the reactor's
 * @reentrancy      legal in any callback; no callback runs before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_start_client(bight_transport *below, bight_tls *tls,
                                                             const char *host,
                                                             bight_protocol *protocol,
                                                             bight_transport **above);

/**
 * Start TLS as the server on a transport that is connected: the counterpart of
 * bight_tls_start_client(). Its rule about bytes that were received in clear text is even more
 * important here.
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_start_server(bight_transport *below, bight_tls *tls,
                                                             bight_protocol *protocol,
                                                             bight_transport **above);

/**
 * Make a layer factory that puts TLS on each connection, for the layer lists of listeners and
 * connects. With a server's context it is for accepted connections, with a client's context for
 * connections that this side makes; on others it gives BIGHT_ERROR_INVALID.
 *
 * @param tls   a reference is taken
 * @param host  for a client: the name that the certificate must be for, as in
 *              bight_tls_start_client(); copied
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @owner       the caller owns the reference
 * @thread      any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_new_layer(bight_tls *tls, const char *host,
                                                          bight_layer_factory **factory);

/** Whether a context is for servers. @thread any */
BIGHT_API bool bight_tls_is_server(const bight_tls *tls);

/** Whether the transport is TLS. All functions below are only for such transports: with another it
 * is misuse and aborts. @thread the reactor's */
BIGHT_API bool bight_transport_is_tls(const bight_transport *transport);

/** "TLSv1.3", or NULL before connected. @owner a constant string @thread the reactor's */
BIGHT_API const char *bight_tls_get_version(const bight_transport *transport);

/** "TLS_AES_256_GCM_SHA384", or NULL before connected. @owner a constant string */
BIGHT_API const char *bight_tls_get_cipher(const bight_transport *transport);

/** The protocol that ALPN has chosen; empty if none. @owner lives as long as the transport */
BIGHT_API bight_view bight_tls_get_alpn(const bight_transport *transport);

/** Whether the handshake resumed an earlier session. @thread the reactor's */
BIGHT_API bool bight_tls_is_resumed(const bight_transport *transport);

/**
 * The certificate of the peer in DER.
 *
 * @errors  BIGHT_ERROR_NOT_FOUND if the peer sent none; BIGHT_ERROR_NO_MEMORY
 * @owner   the caller owns the reference
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_tls_get_peer_certificate(const bight_transport *transport, bight_bytes **der);

/**
 * The subject of the peer's certificate as RFC 2253 writes it, "CN=irc.example.org,O=Example", in
 * UTF-8 with control characters escaped. It is for a person to read: the identity of the peer was
 * checked already.
 *
 * @param size  of @p buffer; the text is cut to fit and always ends in NUL if size > 0
 * @return      the length of the whole text, as snprintf does; 0 without a certificate
 * @thread      the reactor's
 */
BIGHT_API size_t bight_tls_get_peer_subject(const bight_transport *transport, char *buffer,
                                            size_t size);

/** Whether the peer's certificate is trusted: it leads to an authority, and is for the host that
 * was expected. False if it was accepted by an answer, by a pin or by accepting any, and without a
 * certificate. For the lock beside an address. @thread the reactor's */
BIGHT_API bool bight_tls_is_trusted(const bight_transport *transport);

/**
 * What the peer has shown, with everything that is wrong with it if it was accepted all the same.
 * After a resumed session it has only the peer's own certificate, and no problems.
 *
 * @errors  BIGHT_ERROR_NOT_FOUND if the peer sent no certificate; BIGHT_ERROR_NO_MEMORY
 * @owner   the caller owns the reference
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_tls_get_report(const bight_transport *transport,
                                                           bight_certificate_report **report);

/** The length of a fingerprint, which is the SHA-256 of the certificate. */
#define BIGHT_TLS_FINGERPRINT_SIZE BIGHT_FINGERPRINT_SIZE

/** The fingerprint of the peer's certificate. @return false without one @thread the reactor's */
BIGHT_API bool bight_tls_get_peer_fingerprint(const bight_transport *transport,
                                              uint8_t fingerprint[BIGHT_TLS_FINGERPRINT_SIZE]);

BIGHT_END_DECLS

#endif

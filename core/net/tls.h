/* What the files of TLS share; the overview is in tls.c. */
#ifndef BIGHTI_NET_TLS_H
#define BIGHTI_NET_TLS_H

#include "layer.h"
#include <bight/tls.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

/* -- Sessions that a client keeps: tls_sessions.c -- */

enum { BIGHTI_MOST_TLS_SESSIONS = 64 };

typedef struct bighti_tls_session {
    char *key; /* host and port; NULL for a free place */
    SSL_SESSION *session;
    uint64_t used; /* the greatest is the latest */
} bighti_tls_session;

typedef struct bighti_tls_sessions {
    pthread_mutex_t lock; /* a context may be shared by the reactors of several threads */
    uint64_t clock;
    bighti_tls_session places[BIGHTI_MOST_TLS_SESSIONS];
} bighti_tls_sessions;

void bighti_tls_sessions_init(bighti_tls_sessions *sessions);
void bighti_tls_sessions_deinit(bighti_tls_sessions *sessions);

/* Takes ownership of the session, and frees it if it cannot be kept. */
void bighti_tls_sessions_put(bighti_tls_sessions *sessions, const char *key,
                             SSL_SESSION *take_session);

/* Returns a reference, or NULL. Tickets of TLS 1.3 are for one use (RFC 8446, C.4), so they are
 * removed. */
SSL_SESSION *bighti_tls_sessions_take(bighti_tls_sessions *sessions, const char *key);
void bighti_tls_sessions_forget(bighti_tls_sessions *sessions, const char *key);

/* -- Contexts: tls_context.c; tls_trust.c reads certificates and keys -- */

struct bight_tls {
    atomic_uint references;
    SSL_CTX *ssl;
    BIO_METHOD *bio;
    bool is_server, accepts_any, keeps_sessions;
    uint64_t handshake_timeout;
    uint8_t *alpn; /* in wire format: each name preceded by its length; NULL for none */
    unsigned alpn_size;
    bighti_tls_sessions sessions;
};

/* Read authorities, certificate and key into the context. Returns NULL or an error. */
bight_error *bighti_tls_load_trust(bight_tls *self, const bight_tls_options *options);
bight_error *bighti_tls_load_certificate(bight_tls *self, const bight_tls_options *options);

/* The context of bight_connect() without options: made at the first use, and owned by the
 * reactor. */
bight_status bighti_tls_get_default(bight_reactor *reactor, bight_error **error, bight_tls **tls);

/* -- Connections: tls.c -- */

typedef struct bighti_tls_link {
    bight_layer *layer;
    bight_tls *context;
    SSL *ssl;
    bight_view *in;    /* the bytes that OpenSSL may read now, or NULL */
    char *host;        /* of a client: the host that the certificate must be for; NULL accepts
                          any */
    char *session_key; /* a client's, or NULL */
    bool shaking;      /* the handshake is not done */
    bool broken;       /* OpenSSL has met an error: it must not be asked for anything any more */
} bighti_tls_link;

extern const bight_layer_ops bighti_tls_ops;

/* Set the host that the certificate must be for, which the handshake and errors also use. */
bight_status bighti_tls_link_set_host(bighti_tls_link *self, const char *host);

static inline bight_transport *bighti_tls_transport(const bighti_tls_link *self)
{
    return bight_layer_get_transport(self->layer);
}

/* -- OpenSSL's input and output: tls_bio.c -- */

BIO_METHOD *bighti_tls_bio_method(void);
bool bighti_tls_bio_attach(bighti_tls_link *self);

/* -- Errors: tls_fault.c -- */

/* Called before a call whose errors will be read. */
void bighti_tls_clear_errors(void);

/* Make an error of the connection from OpenSSL's error queue, which is emptied. */
bight_error *bighti_tls_fault(bighti_tls_link *self);

/* The same for a context: "WHAT: reason". */
bight_error *bighti_tls_context_fault(const char *what);

/* The error of an end without a close_notify. */
bight_error *bighti_tls_truncated(bighti_tls_link *self);

#endif

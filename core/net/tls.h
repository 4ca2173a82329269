/* What the files of TLS share; the overview is in tls.c. */
#ifndef BIGHTI_NET_TLS_H
#define BIGHTI_NET_TLS_H

#include "../reactor/task.h"
#include "certificate.h"
#include "layer.h"
#include "tls_pins.h"
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
    bighti_tls_pins pins;
    bight_tls_decide_fn decide;
    void *decide_data;
    bight_destroy_fn decide_destroy;
};

/* Read authorities, certificate and key into the context. Returns NULL or an error. */
bight_error *bighti_tls_load_trust(bight_tls *self, const bight_tls_options *options);
bight_error *bighti_tls_load_certificate(bight_tls *self, const bight_tls_options *options);

/* The context of bight_connect() without options: made at the first use, and owned by the
 * reactor. */
bight_status bighti_tls_get_default(bight_reactor *reactor, bight_error **error, bight_tls **tls);

/* -- Connections: tls.c -- */

/* Where the check of the peer's certificate has got to. */
typedef enum bighti_tls_verdict {
    BIGHTI_TLS_OPEN,     /* it was not checked, or nothing is wrong */
    BIGHTI_TLS_ASKING,   /* the program is being asked; the handshake waits */
    BIGHTI_TLS_ACCEPTED, /* something is wrong, and it was accepted */
    BIGHTI_TLS_REFUSED
} bighti_tls_verdict;

typedef struct bighti_tls_link {
    bight_layer *layer;
    bight_tls *context;
    SSL *ssl;
    bight_view *in;    /* the bytes that OpenSSL may read now, or NULL */
    char *host;        /* of a client: the host that the certificate must be for; NULL accepts
                          any */
    char *session_key; /* a client's, or NULL */
    char *place;       /* of a client's pins, HOST:PORT; NULL without a host */
    bighti_tls_verdict verdict;
    bighti_flaws *flaws;              /* where a running check notes what is wrong */
    bight_certificate_report *report; /* what is wrong with the certificate; NULL for nothing */
    bight_error *no_answer;           /* the error that came instead of an answer, or NULL */
    bight_deferred *answer;           /* the program's, while it is waited for */
    bight_task ask;
    bool shaking; /* the handshake is not done */
    bool broken;  /* OpenSSL has met an error: it must not be asked for anything any more */
} bighti_tls_link;

extern const bight_layer_ops bighti_tls_ops;

/* Set the host that the certificate must be for, which the handshake and errors also use. */
bight_status bighti_tls_link_set_host(bighti_tls_link *self, const char *host);

static inline bight_transport *bighti_tls_transport(const bighti_tls_link *self)
{
    return bight_layer_get_transport(self->layer);
}

/* -- Certificates that are not trusted: tls_verify.c -- */

/* Make the contexts' connections collect everything that is wrong. */
void bighti_tls_set_verification(bight_tls *self);

/* OpenSSL has stopped in the middle of the handshake, because the program is to be asked. */
void bighti_tls_ask(bighti_tls_link *self);

/* Withdraw the question, if there is one. */
void bighti_tls_stop_asking(bighti_tls_link *self);

/* Whether a session of this connection may be kept. What a person has accepted for one connection
 * must not be resumed by the next one without asking. */
bool bighti_tls_may_keep_session(const bighti_tls_link *self);

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

/* A reason of OpenSSL's in words (tls_words.c): what the peer has told with an alert, or what is
 * wrong here. Returns false if there are no better words than OpenSSL's. `begun` says whether the
 * peer has spoken TLS so far. */
bool bighti_tls_words(unsigned long code, bool is_server, bool begun, char *text, size_t size);

/* The error of an end without a close_notify. */
bight_error *bighti_tls_truncated(bighti_tls_link *self);

#endif

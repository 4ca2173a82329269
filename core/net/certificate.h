/* What the files of TLS use of certificates. */
#ifndef BIGHTI_NET_CERTIFICATE_H
#define BIGHTI_NET_CERTIFICATE_H

#include <bight/certificate.h>
#include <openssl/x509.h>

/* NULL when out of memory. */
bight_certificate *bighti_certificate_of(X509 *x509);

/* A name as RFC 2253 writes it; the caller frees it. NULL when out of memory. */
char *bighti_certificate_name(const X509_NAME *name);

/* Whether the bytes are PEM, rather than DER. */
bool bighti_is_pem(bight_view bytes);

/* -- Reports: certificate_report.c -- */

enum { BIGHTI_MOST_FLAWS = 32 };

/* Something that OpenSSL has found. */
typedef struct bighti_flaw {
    int code;
    int depth;
} bighti_flaw;

typedef struct bighti_flaws {
    bighti_flaw list[BIGHTI_MOST_FLAWS];
    size_t count;
} bighti_flaws;

/* Note a flaw, unless it follows from one that is noted already. */
void bighti_flaws_add(bighti_flaws *flaws, int code, int depth);

/* Who has shown the chain. */
typedef struct bighti_shown {
    const char *host;  /* that it should be for; "" for none */
    const char *peer;  /* as an endpoint */
    const char *place; /* of pins; "" for none */
    bool changed;      /* another key is pinned */
} bighti_shown;

/* NULL when out of memory, or if there is no certificate. */
bight_certificate_report *bighti_report_new(const STACK_OF(X509) * chain, const bighti_flaws *flaws,
                                            const bighti_shown *shown);

#endif

/** @file bight/certificate.h
 * Certificates as values, for programs that show them to a person: what a certificate says, and
 * everything that is wrong with the one that a peer has shown. bight_tls_options.decide receives
 * a report, see bight/tls.h.
 *
 * All values here are immutable and reference-counted, and may be used on any thread. Texts are
 * UTF-8 without control characters. A certificate is written by the peer: show its texts as plain
 * text, never as markup.
 */
#ifndef BIGHT_CERTIFICATE_H
#define BIGHT_CERTIFICATE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The length of a fingerprint in bytes: a SHA-256. */
#define BIGHT_FINGERPRINT_SIZE 32

/** The size of a fingerprint as text, "4F:1C:...", with the NUL. */
#define BIGHT_FINGERPRINT_TEXT_SIZE (3 * BIGHT_FINGERPRINT_SIZE)

/** The size of a date as text, "2026-03-01", with the NUL and room for any year. */
#define BIGHT_DATE_TEXT_SIZE 32

/** One X.509 certificate. */
typedef struct bight_certificate bight_certificate;

/**
 * Read one certificate.
 *
 * @param bytes  DER, or PEM whose first certificate is read
 * @errors       BIGHT_ERROR_INVALID: this is no certificate; BIGHT_ERROR_NO_MEMORY
 * @owner        the caller owns the reference
 * @thread       any
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_certificate_new(bight_view bytes,
                                                            bight_certificate **certificate);

/** Take one more reference. @return @p certificate @thread any */
BIGHT_API bight_certificate *bight_certificate_ref(bight_certificate *certificate);

/** Give a reference back. NULL is ignored. @thread any */
BIGHT_API void bight_certificate_unref(bight_certificate *certificate);

/** The subject as RFC 2253 writes it, "CN=irc.example.org,O=Example"; may be "".
 * @owner lives as long as the certificate, as do all results below @thread any */
BIGHT_API const char *bight_certificate_get_subject(const bight_certificate *certificate);

/** The issuer, in the same form. @thread any */
BIGHT_API const char *bight_certificate_get_issuer(const bight_certificate *certificate);

/** How many hosts the certificate is for: the names and addresses of subjectAltName. @thread any */
BIGHT_API size_t bight_certificate_get_name_count(const bight_certificate *certificate);

/** One of these hosts: "irc.example.org", "*.example.org", "192.0.2.1".
 * @param index  below bight_certificate_get_name_count(), else misuse @thread any */
BIGHT_API const char *bight_certificate_get_name(const bight_certificate *certificate,
                                                 size_t index);

/** The beginning of its validity, in seconds since 1970; may be negative. @thread any */
BIGHT_API int64_t bight_certificate_get_not_before(const bight_certificate *certificate);

/** The end of its validity, in seconds since 1970. @thread any */
BIGHT_API int64_t bight_certificate_get_not_after(const bight_certificate *certificate);

/** The SHA-256 of the whole certificate: BIGHT_FINGERPRINT_SIZE bytes. @thread any */
BIGHT_API const uint8_t *bight_certificate_get_fingerprint(const bight_certificate *certificate);

/** The SHA-256 of the public key with its algorithm (SubjectPublicKeyInfo): BIGHT_FINGERPRINT_SIZE
 * bytes. A renewed certificate may have the same key; bight_tls_pin() remembers this. @thread any
 */
BIGHT_API const uint8_t *
bight_certificate_get_key_fingerprint(const bight_certificate *certificate);

/** The certificate in DER. @thread any */
BIGHT_API bight_view bight_certificate_get_der(const bight_certificate *certificate);

/** Write a fingerprint as browsers do, "4F:1C:...". @return @p text @thread any */
BIGHT_API const char *bight_fingerprint_format(const uint8_t fingerprint[BIGHT_FINGERPRINT_SIZE],
                                               char text[BIGHT_FINGERPRINT_TEXT_SIZE]);

/** Write the date of a moment in UTC, "2026-03-01". @param seconds since 1970
 * @return @p text @thread any */
BIGHT_API const char *bight_date_format(int64_t seconds, char text[BIGHT_DATE_TEXT_SIZE]);

/* -- Everything that is wrong -- */

/** One thing that is wrong with a chain of certificates. */
typedef struct bight_certificate_problem {
    int code;         /**< OpenSSL's X509_V_ERR_..., as in errors of BIGHT_DOMAIN_X509 */
    size_t place;     /**< which certificate of the chain; 0 is the peer's own */
    const char *text; /**< for a person, without a full stop: "the certificate expired on
                           2026-03-01" */
} bight_certificate_problem;

/** The certificate that a peer has shown, the chain above it, and all that is wrong. */
typedef struct bight_certificate_report bight_certificate_report;

/** Take one more reference. @return @p report @thread any */
BIGHT_API bight_certificate_report *bight_certificate_report_ref(bight_certificate_report *report);

/** Give a reference back. NULL is ignored. @thread any */
BIGHT_API void bight_certificate_report_unref(bight_certificate_report *report);

/** The name or address that the certificate should be for; "" if none is expected, as for the
 * certificate of a client. @owner lives as long as the report, as do all results below @thread any
 */
BIGHT_API const char *bight_certificate_report_get_host(const bight_certificate_report *report);

/** The peer as an endpoint: "tls:192.0.2.1:6697". @thread any */
BIGHT_API const char *bight_certificate_report_get_peer(const bight_certificate_report *report);

/** What a pin of this peer is kept under: the host with the port, "irc.example.org:6697"; "" if
 * no host is expected. @thread any */
BIGHT_API const char *bight_certificate_report_get_place(const bight_certificate_report *report);

/** How many certificates the chain has, as far as it could be built: 1 or more. @thread any */
BIGHT_API size_t
bight_certificate_report_get_certificate_count(const bight_certificate_report *report);

/** A certificate of the chain. @param index 0 is the peer's own; each next one has issued the one
 * before. Misuse if out of range @thread any */
BIGHT_API bight_certificate *
bight_certificate_report_get_certificate(const bight_certificate_report *report, size_t index);

/** How many problems there are. @thread any */
BIGHT_API size_t bight_certificate_report_get_problem_count(const bight_certificate_report *report);

/** A problem; the first is the one whose code the error of the connection has. Misuse if out of
 * range. @thread any */
BIGHT_API const bight_certificate_problem *
bight_certificate_report_get_problem(const bight_certificate_report *report, size_t index);

/** Whether another key was remembered for this peer: somebody may have put themselves between, and
 * a program should warn in stronger words. @thread any */
BIGHT_API bool bight_certificate_report_is_changed(const bight_certificate_report *report);

/** All problems in one text, separated by semicolons: "the certificate expired on 2026-03-01; it
 * is for a.test, not for b.test". @thread any */
BIGHT_API const char *bight_certificate_report_get_text(const bight_certificate_report *report);

BIGHT_END_DECLS

#endif

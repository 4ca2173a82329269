/** @file bight/error.h
 * Why something that takes time has failed: a status, a code with its domain, a message that names
 * the peer and the operation, and the error that caused it. Immutable and reference-counted.
 *
 * The status says what to do about it and is the same whoever failed. The domain and the code say
 * what exactly failed, in the words of whoever noticed it: the number of an errno, of OpenSSL, of a
 * database. An error that wraps another one has a status and words of its own, and the domain and
 * code of its cause:
 *
 *     bight_error_get_message(error)   "connect to tcp:127.0.0.1:1: Connection refused"
 *     bight_error_get_status(error)    BIGHT_ERROR_REFUSED
 *     bight_error_get_domain(error)    BIGHT_DOMAIN_ERRNO
 *     bight_error_get_code(error)      ECONNREFUSED
 *
 * A domain is a name, compared as text. Any library or program takes one for its own codes without
 * asking anybody: "myapp", "org.example.printer". Those of Bight are constants in the header of
 * what they belong to: BIGHT_DOMAIN_ERRNO here, BIGHT_DOMAIN_OPENSSL and BIGHT_DOMAIN_X509 in
 * bight/tls.h, BIGHT_DOMAIN_ARES in bight/resolver.h, BIGHT_DOMAIN_SQLSTATE and
 * BIGHT_DOMAIN_SQLITE in bight/sql.h, BIGHT_DOMAIN_IRC in bight/irc_client.h.
 */
#ifndef BIGHT_ERROR_H
#define BIGHT_ERROR_H

#include <bight/api.h>
#include <bight/status.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/** An error. Never NULL where one is promised: without memory a static one stands in. */
typedef struct bight_error bight_error;

/** The domain of errno values. */
#define BIGHT_DOMAIN_ERRNO "errno"

/**
 * Make an error without a code.
 *
 * @param status  anything but BIGHT_OK
 * @param format  printf style, UTF-8, without a newline: "connect to tcp:127.0.0.1:1: refused"
 * @errors        none: out of memory gives a static error with status BIGHT_ERROR_NO_MEMORY
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new(bight_status status, const char *format, ...)
    BIGHT_PRINTF(2, 3);

/**
 * Make an error from a failed system call. The status and the text of the errno are added; the
 * domain is BIGHT_DOMAIN_ERRNO.
 *
 * @param errnum  the errno, positive
 * @param format  what was tried, and on whom: "accept on tcp:127.0.0.1:8080"
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new_errno(int errnum, const char *format, ...)
    BIGHT_PRINTF(2, 3);

/**
 * Make an error with the code of a library, a protocol or a database. No text is added: what the
 * code means belongs into @p format.
 *
 * @param domain  whose code it is, copied; NULL for nobody's: the code is then 0
 * @param code    what bight_error_get_code() gives
 * @param status  anything but BIGHT_OK
 * @errors        none: as bight_error_new()
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new_code(const char *domain, int code,
                                                           bight_status status, const char *format,
                                                           ...) BIGHT_PRINTF(4, 5);

/**
 * Make an error that says what another one led to. It has the domain and the code of its cause, and
 * its message ends with that of its cause.
 *
 * @param take_cause  consumed, also on failure; NULL for none
 * @param status      anything but BIGHT_OK; bight_error_get_status(take_cause) if nothing changes
 * @param format      the own part: "connect to tcp:127.0.0.1:1", without what the cause says
 * @errors            none: as bight_error_new()
 * @owner             the caller owns the reference
 * @thread            any
 */
BIGHT_API BIGHT_MUST_USE bight_error *
bight_error_new_caused(bight_error *take_cause, bight_status status, const char *format, ...)
    BIGHT_PRINTF(3, 4);

/** Take one more reference. @return @p error @thread any */
BIGHT_API bight_error *bight_error_ref(const bight_error *error);

/** Give a reference back; the last one frees the error. NULL is ignored. @thread any */
BIGHT_API void bight_error_unref(bight_error *error);

/** The status. @thread any */
BIGHT_API bight_status bight_error_get_status(const bight_error *error);

/**
 * Whose the code is: BIGHT_DOMAIN_ERRNO or another name, compared with strcmp(). NULL if there is
 * no code.
 *
 * @owner lives as long as the error @thread any
 */
BIGHT_API const char *bight_error_get_domain(const bight_error *error);

/** The code, whose meaning the domain tells; 0 if there is none. @thread any */
BIGHT_API int bight_error_get_code(const bight_error *error);

/** Whether it has this code of this domain. @param error NULL gives false @thread any */
BIGHT_API bool bight_error_matches(const bight_error *error, const char *domain, int code);

/**
 * The whole text for a person, with those of all causes: "message: cause: cause". It is made with
 * the error, so asking costs nothing. Of a chain of more than 33 errors it tells the outermost and
 * the innermost 32, with "..." for those between.
 *
 * @owner lives as long as the error @thread any
 */
BIGHT_API const char *bight_error_get_message(const bight_error *error);

/** The cause, or NULL. @owner borrowed: lives as long as @p error @thread any */
BIGHT_API const bight_error *bight_error_get_cause(const bight_error *error);

BIGHT_END_DECLS

#endif

/** @file bight/error.h
 * Errors of asynchronous operations: a status, a code with its domain, a message that names the
 * peer and the operation, and the error that caused it. Errors are immutable and
 * reference-counted.
 *
 * The status tells a program how to react and does not depend on the component that failed. The
 * domain and the code identify the exact failure as the component that noticed it numbers it: an
 * errno, or a code of OpenSSL or of a database. An error that wraps another one has its own status
 * and message, and the domain and code of its cause:
 *
 *     bight_error_get_message(error)   "connect to tcp:127.0.0.1:1: Connection refused"
 *     bight_error_get_status(error)    BIGHT_ERROR_REFUSED
 *     bight_error_get_domain(error)    BIGHT_DOMAIN_ERRNO
 *     bight_error_get_code(error)      ECONNREFUSED
 *
 * A domain is a name, compared as text. Any library or program may choose one for its own codes
 * without registration: "myapp", "org.example.printer". The domains of Bight are constants in the
 * headers of the modules they belong to: BIGHT_DOMAIN_ERRNO here, BIGHT_DOMAIN_OPENSSL and
 * BIGHT_DOMAIN_X509 in bight/tls.h, BIGHT_DOMAIN_ARES in bight/resolver.h, BIGHT_DOMAIN_SQLSTATE
 * and BIGHT_DOMAIN_SQLITE in bight/sql.h, BIGHT_DOMAIN_IRC in bight/irc_client.h.
 */
#ifndef BIGHT_ERROR_H
#define BIGHT_ERROR_H

#include <bight/api.h>
#include <bight/status.h>
#include <stdbool.h>

BIGHT_BEGIN_DECLS

/** An error. Never NULL where an error is promised: when out of memory a static error takes its
 * place. */
typedef struct bight_error bight_error;

/** The domain of errno values. */
#define BIGHT_DOMAIN_ERRNO "errno"

/**
 * Make an error without a code.
 *
 * @param status  anything but BIGHT_OK
 * @param format  printf style, UTF-8, without a newline: "connect to tcp:127.0.0.1:1: refused"
 * @errors        none: when out of memory it returns a static error with the status
 *                BIGHT_ERROR_NO_MEMORY
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
 * @param format  the operation and its object: "accept on tcp:127.0.0.1:8080"
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new_errno(int errnum, const char *format, ...)
    BIGHT_PRINTF(2, 3);

/**
 * Make an error with the code of a library, a protocol or a database. No text is added: @p format
 * should say what the code means.
 *
 * @param domain  the domain of the code, copied; NULL for none: the code is then 0
 * @param code    the code that bight_error_get_code() returns
 * @param status  anything but BIGHT_OK
 * @errors        none: as bight_error_new()
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new_code(const char *domain, int code,
                                                           bight_status status, const char *format,
                                                           ...) BIGHT_PRINTF(4, 5);

/**
 * Make an error that wraps its cause. It has the domain and the code of its cause, and its message
 * ends with the message of its cause.
 *
 * @param take_cause  consumed, also on failure; NULL for none
 * @param status      anything but BIGHT_OK; bight_error_get_status(take_cause) keeps the status of
 *                    the cause
 * @param format      this error's part of the message, without that of the cause: "connect to
 *                    tcp:127.0.0.1:1"
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
 * The domain of the code: BIGHT_DOMAIN_ERRNO or another name, to be compared with strcmp(). NULL
 * if there is no code.
 *
 * @owner lives as long as the error @thread any
 */
BIGHT_API const char *bight_error_get_domain(const bight_error *error);

/** The code, which the domain defines; 0 if there is none. @thread any */
BIGHT_API int bight_error_get_code(const bight_error *error);

/** Whether it has this code of this domain. @param error NULL gives false @thread any */
BIGHT_API bool bight_error_matches(const bight_error *error, const char *domain, int code);

/**
 * The whole message for a person, with the messages of all causes: "message: cause: cause". It is
 * built when the error is made, so this call costs nothing. For a chain of more than 33 errors it
 * contains the outermost and the innermost 32, with "..." between them.
 *
 * @owner lives as long as the error @thread any
 */
BIGHT_API const char *bight_error_get_message(const bight_error *error);

/** The cause, or NULL. @owner borrowed: lives as long as @p error @thread any */
BIGHT_API const bight_error *bight_error_get_cause(const bight_error *error);

BIGHT_END_DECLS

#endif

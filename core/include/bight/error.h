/** @file bight/error.h
 * Why something that takes time has failed: a status, a code, a message that names the peer and the
 * operation, and the error that caused it. Immutable and reference-counted.
 */
#ifndef BIGHT_ERROR_H
#define BIGHT_ERROR_H

#include <bight/api.h>
#include <bight/status.h>
#include <stddef.h>

BIGHT_BEGIN_DECLS

/** An error. Never NULL where one is promised: without memory a static one stands in. */
typedef struct bight_error bight_error;

/**
 * Make an error.
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
 * Make an error from a failed system call; the status and the text of the errno are added.
 *
 * @param errnum  the errno, positive
 * @param format  what was tried, and on whom: "accept on tcp:127.0.0.1:8080"
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new_errno(int errnum, const char *format, ...)
    BIGHT_PRINTF(2, 3);

/**
 * Make an error with the code of a library, a protocol or a database; its text is in the message.
 *
 * @param code    what bight_error_get_code() gives
 * @param status  anything but BIGHT_OK
 * @owner         the caller owns the reference
 * @thread        any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_error_new_code(int code, bight_status status,
                                                           const char *format, ...)
    BIGHT_PRINTF(3, 4);

/**
 * Make an error that says what another one led to.
 *
 * @param take_cause  consumed, also on failure; NULL for none
 * @param status      anything but BIGHT_OK
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

/** The errno or library code, 0 if there was none. @thread any */
BIGHT_API int bight_error_get_code(const bight_error *error);

/** The message, without those of the causes. @owner lives as long as the error @thread any */
BIGHT_API const char *bight_error_get_message(const bight_error *error);

/** The cause, or NULL. @owner borrowed: lives as long as @p error @thread any */
BIGHT_API const bight_error *bight_error_get_cause(const bight_error *error);

/**
 * Write the message and those of all causes as "message: cause: cause".
 *
 * @param size  of @p buffer; the text is cut to fit and always ends in NUL if size > 0
 * @return      the length of the whole text, as snprintf does
 * @thread      any
 */
BIGHT_API size_t bight_error_format(const bight_error *error, char *buffer, size_t size);

BIGHT_END_DECLS

#endif

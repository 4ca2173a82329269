/** @file bight/status.h
 * The result of a call that can fail immediately: 0, or one of the negative values below.
 */
#ifndef BIGHT_STATUS_H
#define BIGHT_STATUS_H

#include <bight/api.h>

BIGHT_BEGIN_DECLS

/** The kind of result, without the details of a bight_error. Values are never renumbered. */
typedef enum bight_status {
    BIGHT_OK = 0,                    /**< success */
    BIGHT_ERROR_NO_MEMORY = -1,      /**< an allocation failed; nothing was changed */
    BIGHT_ERROR_INVALID = -2,        /**< an argument from outside (a string, a number) is wrong */
    BIGHT_ERROR_CANCELLED = -3,      /**< the operation was cancelled */
    BIGHT_ERROR_TIMED_OUT = -4,      /**< a timeout expired */
    BIGHT_ERROR_CLOSED = -5,         /**< an orderly end: the peer or this side closed */
    BIGHT_ERROR_REFUSED = -6,        /**< nothing listens at this address (ECONNREFUSED) */
    BIGHT_ERROR_RESET = -7,          /**< the connection was reset (ECONNRESET, EPIPE) */
    BIGHT_ERROR_UNREACHABLE = -8,    /**< no route to the host or network */
    BIGHT_ERROR_ADDRESS_IN_USE = -9, /**< another socket uses this address */
    BIGHT_ERROR_PERMISSION = -10,    /**< the system does not allow it */
    BIGHT_ERROR_NOT_FOUND = -11,     /**< no such name, path or entry */
    BIGHT_ERROR_LIMIT = -12,         /**< a limit was reached: a length, a count, descriptors */
    BIGHT_ERROR_PROTOCOL = -13,      /**< the peer broke the rules of the protocol */
    BIGHT_ERROR_UNSUPPORTED = -14,   /**< not available here, on this host or in this build */
    BIGHT_ERROR_EXISTS = -15,        /**< it exists already */
    BIGHT_ERROR_STATE = -16,         /**< not possible in the object's present state */
    BIGHT_ERROR_SYSTEM = -17,        /**< any other failure of a system call; see the errno */
    BIGHT_ERROR_UNTRUSTED = -18,     /**< a certificate that is not trusted, or for another name */
    BIGHT_ERROR_TRUNCATED = -19,     /**< the connection ended without an end marker: bytes may be
                                          missing */
    BIGHT_ERROR_DENIED = -20 /**< the peer refuses the credentials: a name, a password, a key */
} bight_status;

/**
 * A short English text for a status, such as "connection refused".
 *
 * @errors  none; an unknown value gives "unknown status"
 * @owner   a constant string; never freed
 * @thread  any
 */
BIGHT_API const char *bight_status_text(bight_status status);

/**
 * The status for an errno value.
 *
 * @param errnum  an errno, positive
 * @errors        none; values without a status of their own give BIGHT_ERROR_SYSTEM
 * @thread        any
 */
BIGHT_API bight_status bight_status_from_errno(int errnum);

BIGHT_END_DECLS

#endif

/** @file bight/log.h
 * The log hook, for messages that have no caller to be returned to: an error that no step handled,
 * a callback that blocked the loop. There is one hook for the process, and it is the only global
 * setting.
 */
#ifndef BIGHT_LOG_H
#define BIGHT_LOG_H

#include <bight/api.h>

BIGHT_BEGIN_DECLS

/** The severity of a message. */
typedef enum bight_log_level {
    BIGHT_LOG_INFO,    /**< worth knowing */
    BIGHT_LOG_WARNING, /**< the library continues, but somebody should look */
    BIGHT_LOG_ERROR    /**< something was lost: an unhandled error */
} bight_log_level;

/**
 * Receives one message, UTF-8 and without a newline. It may run on any thread that uses the
 * library, and must not call the library.
 */
typedef void (*bight_log_fn)(bight_log_level level, const char *message, void *data);

/**
 * Send messages to a function of the program's own instead of standard error.
 *
 * @param fn    NULL restores standard error
 * @param data  passed to @p fn; must live until the next call of this
 * @thread      any, but call it before other threads use the library
 */
BIGHT_API void bight_log_set(bight_log_fn fn, void *data);

/**
 * A hook for tests: writes to standard error as if no hook were set, and aborts after a message of
 * level BIGHT_LOG_ERROR, so that no error is lost unnoticed: bight_log_set(bight_log_abort, NULL).
 */
BIGHT_API void bight_log_abort(bight_log_level level, const char *message, void *data);

/** Send a message of any length to the hook. @thread any */
BIGHT_API void bight_log(bight_log_level level, const char *format, ...) BIGHT_PRINTF(2, 3);

BIGHT_END_DECLS

#endif

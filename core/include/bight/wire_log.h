/** @file bight/wire_log.h
 * A log of the bytes that a connection sends and receives: a layer (bight/layer.h) that changes
 * nothing. It may stand anywhere among the layers of a connection: above TLS it shows what was
 * said, below what an observer sees.
 *
 *        0.000000 = tcp:192.0.2.1:6667
 *        0.000112 > NICK ada\r\n
 *        0.013377 < :irc.example.org 001 ada :Welcome\r\n
 *        2.000000 = end
 *
 * The times are seconds since the layer began. > is sent, < is received, and = is about the
 * connection.
 */
#ifndef BIGHT_WIRE_LOG_H
#define BIGHT_WIRE_LOG_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/layer.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

BIGHT_BEGIN_DECLS

/** How bytes are shown. */
typedef enum bight_wire_log_form {
    BIGHT_WIRE_LOG_TEXT, /**< a line for each line; what is not printable ASCII as \n, \r, \t, \\ or
                              \xNN, so that a terminal obeys none of it */
    BIGHT_WIRE_LOG_HEX   /**< 16 bytes a line, with their offset in what this direction has moved */
} bight_wire_log_form;

/**
 * One line of the log, with its newline. Called inside the calls that send and end, too, so that it
 * must not use the connection that it hears of.
 *
 * @param line  valid only during the call; followed by a NUL
 */
typedef void (*bight_wire_log_fn)(const char *line, size_t size, void *data);

/** Hide secrets in a copy of what passes, by writing over them.
 * @param sent  by this side, rather than received */
typedef void (*bight_wire_log_filter_fn)(bool sent, uint8_t *bytes, size_t size, void *data);

/** How a log is. Start from BIGHT_WIRE_LOG_OPTIONS_INIT. */
typedef struct bight_wire_log_options {
    size_t size;                /**< sizeof(bight_wire_log_options): lets the structure grow */
    bight_wire_log_form form;   /**< BIGHT_WIRE_LOG_TEXT */
    FILE *file;                 /**< where to write, unless there is a @p write; it must outlive the
                                     connections, is flushed after each entry, and is not closed. A file
                                     that blocks holds the loop. NULL for stderr */
    bight_wire_log_fn write;    /**< called for each line; NULL */
    const char *const *secrets; /**< words, ended by NULL, behind which the rest of a line is
                                     hidden, wherever the bytes were split: "PASS ",
                                     "Authorization:". Case does not count. At most 32 words of
                                     at most 64 bytes, which are copied; NULL for none */
    bight_wire_log_filter_fn filter; /**< looks for other secrets first; NULL */
    void *data;                      /**< passed to @p write and @p filter */
    bight_destroy_fn destroy; /**< frees @p data with the last connection and reference; NULL */
} bight_wire_log_options;

/** The defaults: text, to stderr, nothing hidden. */
#define BIGHT_WIRE_LOG_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(bight_wire_log_options), BIGHT_WIRE_LOG_TEXT, NULL, NULL, NULL, NULL, NULL, NULL    \
    }

/**
 * Make what puts a log on each connection. For one that is there already:
 * bight_layer_factory_start().
 *
 * @param options  NULL for the defaults
 * @errors         BIGHT_ERROR_INVALID: a size or a form that is not known, an empty secret, or too
 *                 many; BIGHT_ERROR_NO_MEMORY. `destroy` has been called then, unless the size is
 * not known
 * @owner          the caller owns the reference
 * @thread         any; `write` and `filter` are called on the threads of the reactors that use it
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_wire_log_new_layer(const bight_wire_log_options *options, bight_layer_factory **factory);

BIGHT_END_DECLS

#endif

/** @file bight/wire_log.h
 * A log of the bytes that a connection sends and receives: a layer (bight/layer.h) that changes
 * nothing. It may stand anywhere among the layers of a connection: above TLS it shows the plain
 * bytes, below TLS the bytes that an observer sees.
 *
 *        0.000000 = tcp:192.0.2.1:6667
 *        0.000112 > NICK ada\r\n
 *        0.013377 < :irc.example.org 001 ada :Welcome\r\n
 *        2.000000 = end
 *
 * The times are seconds since the layer began. > marks sent bytes, < received bytes, and = a
 * remark about the connection.
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
    BIGHT_WIRE_LOG_TEXT, /**< a line for each line; bytes that are not printable ASCII are escaped
                              as \n, \r, \t, \\ or \xNN, so that a terminal interprets none of
                              them */
    BIGHT_WIRE_LOG_HEX   /**< 16 bytes a line, with their offset in the bytes of this direction */
} bight_wire_log_form;

/**
 * One line of the log, with its newline. It is also called inside calls that send or end, so it
 * must not use the connection that it reports.
 *
 * @param line  valid only during the call; followed by a NUL
 */
typedef void (*bight_wire_log_fn)(const char *line, size_t size, void *data);

/** Hide secrets in a copy of the bytes, by overwriting them.
 * @param sent  true for sent bytes, false for received bytes */
typedef void (*bight_wire_log_filter_fn)(bool sent, uint8_t *bytes, size_t size, void *data);

/** Options of a log. Start from BIGHT_WIRE_LOG_OPTIONS_INIT. */
typedef struct bight_wire_log_options {
    size_t size;                /**< sizeof(bight_wire_log_options): lets the structure grow */
    bight_wire_log_form form;   /**< BIGHT_WIRE_LOG_TEXT */
    FILE *file;                 /**< where to write, unless @p write is set; it must outlive the
                                     connections, is flushed after each entry, and is not closed.
                                     If it blocks, it blocks the loop. NULL for stderr */
    bight_wire_log_fn write;    /**< called for each line; NULL */
    const char *const *secrets; /**< words, ended by NULL, after which the rest of a line is
                                     hidden, however the bytes were split: "PASS ",
                                     "Authorization:". Case is ignored. At most 32 words of at most
                                     64 bytes, which are copied; NULL for none */
    bight_wire_log_filter_fn filter; /**< hides other secrets first; NULL */
    void *data;                      /**< passed to @p write and @p filter */
    bight_destroy_fn destroy; /**< frees @p data after the last connection and reference; NULL */
} bight_wire_log_options;

/** The defaults: text, to stderr, nothing hidden. */
#define BIGHT_WIRE_LOG_OPTIONS_INIT                                                                \
    {                                                                                              \
        sizeof(bight_wire_log_options), BIGHT_WIRE_LOG_TEXT, NULL, NULL, NULL, NULL, NULL, NULL    \
    }

/**
 * Make a layer factory that puts a log on each connection. For an existing connection use
 * bight_layer_factory_start().
 *
 * @param options  NULL for the defaults
 * @errors         BIGHT_ERROR_INVALID: an unknown size or form, an empty secret, or too many;
 *                 BIGHT_ERROR_NO_MEMORY. On failure `destroy` has been called, unless the size is
 *                 unknown
 * @owner          the caller owns the reference
 * @thread         any; `write` and `filter` are called on the threads of the reactors that use it
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_wire_log_new_layer(const bight_wire_log_options *options, bight_layer_factory **factory);

BIGHT_END_DECLS

#endif

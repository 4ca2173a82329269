/** @file bight/line.h
 * Line protocols: bytes that are split at a delimiter, with blocks of raw bytes in between where a
 * protocol needs them (the body of a mail, an IMAP literal).
 *
 * There are two layers. The parser does no input or output: it takes bytes, in pieces of any size,
 * and calls events. The session is a parser on a transport. Both hold at most one unfinished line
 * and, only while paused, the bytes after it; between two lines they own no buffer. The work is
 * linear in the number of bytes, however the input is split.
 */
#ifndef BIGHT_LINE_H
#define BIGHT_LINE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/error.h>
#include <bight/status.h>
#include <bight/tls.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** Bytes in, lines out. */
typedef struct bight_line_parser bight_line_parser;

/** A line parser on a transport. */
typedef struct bight_line_session bight_line_session;

/** The longest delimiter. */
#define BIGHT_LINE_MAX_DELIMITER 128

/** For bight_line_parser_set_raw(): raw until bight_line_parser_set_lines(). */
#define BIGHT_LINE_UNTIL_TOLD UINT64_MAX

/** What to do with a line that is longer than allowed. */
typedef enum bight_line_overflow {
    BIGHT_LINE_FAIL, /**< feed returns BIGHT_ERROR_LIMIT from now on; a session aborts the
                          connection */
    BIGHT_LINE_SKIP  /**< drop the rest of the line and continue after the next delimiter */
} bight_line_overflow;

/** The format of lines. Start from BIGHT_LINE_OPTIONS_INIT. */
typedef struct bight_line_options {
    size_t size;          /**< sizeof(bight_line_options): lets the structure grow */
    bight_view delimiter; /**< 1 to BIGHT_LINE_MAX_DELIMITER bytes; copied. Empty: "\n" */
    bool trim_cr;         /**< remove one CR from the end of a line: with "\n" both line ends
                               work */
    size_t max_line;      /**< bytes of the longest line, without its delimiter */
    size_t max_waiting;   /**< bytes that may wait while paused, in addition to one line */
    bight_line_overflow overflow; /**< what happens to a longer line */
    bight_view ending;            /**< what a session sends after a line. Empty: the delimiter */
    const char *name;             /**< of a session, for reports; must outlive it. NULL: "line" */
    bool need_ending; /**< a session drops a last line that has no delimiter instead of reporting
                           it */
    bool read_ahead;  /**< a paused session continues to receive until max_waiting bytes wait, so
                           that it notices the peer's end, which it reports at once */
} bight_line_options;

/** Accepts "\n" and "\r\n", sends "\n"; 16 KiB a line, 256 KiB while paused; longer lines fail. */
#define BIGHT_LINE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(bight_line_options), {NULL, 0}, true, 16384, 262144, BIGHT_LINE_FAIL, {NULL, 0},    \
            NULL, false, false                                                                     \
    }

/**
 * The events of a parser; static const. Every slot but line may be NULL. Each event may pause the
 * parser, switch it to raw and back, or free it, but must not feed it.
 */
typedef struct bight_line_events {
    size_t size; /**< sizeof(bight_line_events): lets the structure grow; 0 is up to too_long */

    /**
     * A line, without its delimiter. It may be empty and may contain any byte, including NUL.
     *
     * @param bytes  valid during the call, and no longer than the parser lives; never NULL
     */
    void (*line)(bight_line_parser *parser, const uint8_t *bytes, size_t size, void *data);

    /**
     * Raw bytes, in pieces of any size. NULL drops them.
     *
     * @param left  bytes of this raw block that are still to come: 0 with the last piece;
     *              BIGHT_LINE_UNTIL_TOLD if that was requested
     */
    void (*raw)(bight_line_parser *parser, const uint8_t *bytes, size_t size, uint64_t left,
                void *data);

    /**
     * A line is longer than allowed: called once for each such line, with either policy.
     *
     * @param start  its first max_line bytes, for a report or for a protocol that cuts lines
     */
    void (*too_long)(bight_line_parser *parser, const uint8_t *start, size_t size, void *data);
} bight_line_events;

/**
 * Make a parser. It begins by parsing lines.
 *
 * @param events  must live as long as the parser
 * @param data    passed to the events
 * @errors        BIGHT_ERROR_INVALID: a delimiter that is too long, max_line 0, an unknown size;
 *                BIGHT_ERROR_NO_MEMORY
 * @owner         the caller; freed with bight_line_parser_free()
 * @thread        any, but only one at a time
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_new(const bight_line_options *options,
                                                            const bight_line_events *events,
                                                            void *data, bight_line_parser **parser);

/**
 * Feed bytes to the parser; the events are called before this returns. All bytes are consumed.
 *
 * @errors      BIGHT_ERROR_LIMIT: a line was too long and the policy is to fail (the parser then
 *              accepts no more bytes), or more than max_waiting bytes came while paused;
 *              BIGHT_ERROR_NO_MEMORY: bytes were lost, and the parser accepts no more;
 *              BIGHT_ERROR_CANCELLED: an event freed the parser
 * @thread      that of the parser
 * @reentrancy  calling it in an event of the same parser is misuse and aborts
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_feed(bight_line_parser *parser,
                                                             const uint8_t *bytes, size_t size);

/**
 * End the input: a last line without a delimiter is passed to the line event. To treat such a line
 * as an error, check bight_line_parser_get_waiting() instead.
 *
 * @errors  as bight_line_parser_feed()
 * @thread  that of the parser
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_finish(bight_line_parser *parser);

/**
 * Switch to raw bytes from the next byte on, and back to lines after them.
 *
 * @param size  how many bytes; 0 changes nothing and calls no event; BIGHT_LINE_UNTIL_TOLD has no
 *              end. In the middle of a raw block the new size replaces the remaining size
 * @thread      that of the parser
 * @reentrancy  legal in any event: the rest of the same input is already raw
 */
BIGHT_API void bight_line_parser_set_raw(bight_line_parser *parser, uint64_t size);

/**
 * Switch back to lines before the raw block has ended.
 *
 * @param give_back  in the raw event: the number of bytes at the end of its piece that were not
 *                   raw and are to be parsed as lines. More than the size of the piece is misuse
 *                   and aborts. Elsewhere 0
 * @thread           that of the parser
 */
BIGHT_API void bight_line_parser_set_lines(bight_line_parser *parser, size_t give_back);

/** Call no events from now on; bytes that are fed wait, up to max_waiting. Legal in any event. */
BIGHT_API void bight_line_parser_pause(bight_line_parser *parser);

/**
 * Resume, beginning with the bytes that wait. In an event it only revokes the pause.
 *
 * @errors      as bight_line_parser_feed()
 * @reentrancy  the events are called before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_resume(bight_line_parser *parser);

/** Whether it is paused. @thread that of the parser */
BIGHT_API bool bight_line_parser_is_paused(const bight_line_parser *parser);

/** Bytes that were fed but not reported yet: a line without its delimiter. @thread the parser's */
BIGHT_API size_t bight_line_parser_get_waiting(const bight_line_parser *parser);

/** Free. NULL is ignored. @thread the parser's @reentrancy legal in any of its events */
BIGHT_API void bight_line_parser_free(bight_line_parser *parser);

/** The callbacks of a session; static const. Every slot but line may be NULL. */
typedef struct bight_line_session_ops {
    size_t size; /**< sizeof(bight_line_session_ops): lets the structure grow; 0 is up to closed */

    /** The transport is open: bight_line_session_get_transport() returns it from now on. */
    void (*connected)(bight_line_session *session, void *data);

    /** A line; see bight_line_events. */
    void (*line)(bight_line_session *session, const uint8_t *bytes, size_t size, void *data);

    /** Raw bytes; see bight_line_events. */
    void (*raw)(bight_line_session *session, const uint8_t *bytes, size_t size, uint64_t left,
                void *data);

    /** A line is too long; with BIGHT_LINE_FAIL, closed follows with BIGHT_ERROR_LIMIT. */
    void (*too_long)(bight_line_session *session, const uint8_t *start, size_t size, void *data);

    /** The peer sends no more. A last line without a delimiter was reported before. If this is
     * NULL, the session closes. */
    void (*ended)(bight_line_session *session, void *data);

    /** After a send reported BIGHT_FLOW_WAIT: sending may continue. */
    void (*drained)(bight_line_session *session, void *data);

    /** The end; called once and last. The session may be freed. See bight/transport.h. */
    void (*closed)(bight_line_session *session, const bight_error *reason, void *data);

    /** The handshake of bight_line_session_start_tls() is done: from now on lines are sent and
     * received under TLS; discard everything learned in clear text. A table with this slot must
     * set `size`. */
    void (*secured)(bight_line_session *session, void *data);
} bight_line_session_ops;

/**
 * Make a session, for bight_connect() or a serve function.
 *
 * @param ops   must live as long as the session
 * @param data  passed to the functions of @p ops
 * @errors      as bight_line_parser_new(); BIGHT_ERROR_INVALID: an ending that is too long
 * @owner       the caller, for one connection; freed with bight_line_session_free(), but not
 *              during a bight_connect() with it that is not done
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_session_new(const bight_line_options *options,
                                                             const bight_line_session_ops *ops,
                                                             void *data,
                                                             bight_line_session **session);

/** The protocol for bight_connect() or a serve function. @owner lives as long as the session */
BIGHT_API bight_protocol *bight_line_session_get_protocol(bight_line_session *session);

/** The transport between connected and closed, otherwise NULL. @owner the library's */
BIGHT_API bight_transport *bight_line_session_get_transport(bight_line_session *session);

/** The data that the session was made with. @owner the caller's */
BIGHT_API void *bight_line_session_get_data(const bight_line_session *session);

/**
 * Send a line; its ending is added.
 *
 * @param flow  NULL, or set to whether to wait for drained before more is sent
 * @errors      BIGHT_ERROR_INVALID: the line contains the delimiter, and would be two lines;
 *              BIGHT_ERROR_STATE: not connected
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_session_send(bight_line_session *session,
                                                              const void *line, size_t size,
                                                              bight_flow *flow);

/**
 * Start TLS on the connection (STARTTLS, STLS): in the line event that asked for it or that agreed
 * to it, or at any other moment. Bytes that were sent before leave first, in clear text.
 *
 * Bytes that the peer has sent after that line came in clear text, and an attacker may have
 * inserted them. They are not reported as lines but passed to the handshake, which fails unless
 * they belong to it (RFC 3207, section 6). Until secured is called, no line is reported and none
 * can be sent. When the handshake fails, closed is called with the reason.
 *
 * @param tls   a client's or a server's context (bight/tls.h); a reference is taken
 * @param host  for a client: the name or address that the certificate must be for. NULL for a
 *              server, and for a context that accepts any certificate
 * @errors      BIGHT_ERROR_STATE: not connected, closing, ended by the peer, paused, or TLS was
 *              started before; BIGHT_ERROR_INVALID: no @p host; BIGHT_ERROR_NO_MEMORY. When called
 *              in an event, TLS starts after the event returns: errors at that time are reported
 *              through closed
 * @thread      the reactor's
 * @reentrancy  secured is never called before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_session_start_tls(bight_line_session *session,
                                                                   bight_tls *tls,
                                                                   const char *host);

/** See bight_line_parser_set_raw(). @thread the reactor's */
BIGHT_API void bight_line_session_set_raw(bight_line_session *session, uint64_t size);

/** See bight_line_parser_set_lines(). @thread the reactor's */
BIGHT_API void bight_line_session_set_lines(bight_line_session *session, size_t give_back);

/** Received bytes that were not reported yet: of an unfinished line or, while paused, all of them.
 * @thread the reactor's */
BIGHT_API size_t bight_line_session_get_waiting(const bight_line_session *session);

/** Report no lines from now on; the peer is slowed down. Legal in any callback. @thread the
 * reactor's */
BIGHT_API void bight_line_session_pause(bight_line_session *session);

/** Report lines again. @thread the reactor's @reentrancy the next line comes in a later turn */
BIGHT_API void bight_line_session_resume(bight_line_session *session);

/**
 * Free; an open transport is aborted, and closed is not called. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback of the session
 */
BIGHT_API void bight_line_session_free(bight_line_session *session);

BIGHT_END_DECLS

#endif

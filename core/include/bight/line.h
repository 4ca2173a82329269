/** @file bight/line.h
 * Lines: bytes that are cut at a delimiter, with stretches of raw bytes in between where a protocol
 * wants them (the body of a mail, an IMAP literal).
 *
 * Two layers. The parser does no input or output: bytes go in, in any split, events come out. The
 * session is a parser on a transport. Both hold at most one unfinished line and, only while paused,
 * what came after it; at rest between two lines they own no buffer. The work is linear in the
 * bytes, however the input is split.
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
    BIGHT_LINE_FAIL, /**< feed returns BIGHT_ERROR_LIMIT from now on; a session aborts */
    BIGHT_LINE_SKIP  /**< drop the rest of it and go on after the next delimiter */
} bight_line_overflow;

/** How lines look. Start from BIGHT_LINE_OPTIONS_INIT. */
typedef struct bight_line_options {
    size_t size;          /**< sizeof(bight_line_options): lets the structure grow */
    bight_view delimiter; /**< 1 to BIGHT_LINE_MAX_DELIMITER bytes; copied. Empty: "\n" */
    bool trim_cr;         /**< take one CR off the end of a line: with "\n" both kinds work */
    size_t max_line;      /**< bytes of the longest line, without its end */
    size_t max_waiting;   /**< bytes that may wait while paused, beyond one line */
    bight_line_overflow overflow; /**< what happens to a longer line */
    bight_view ending;            /**< what a session sends after a line. Empty: the delimiter */
    const char *name;             /**< of a session, for reports; must live as long. NULL: "line" */
    bool need_ending; /**< a session drops a last line without its delimiter, rather than tell it */
    bool read_ahead;  /**< a session that is paused goes on receiving until max_waiting bytes wait,
                           so that it hears the peer's end, which is told at once */
} bight_line_options;

/** "\n" or "\r\n" come in, "\n" goes out; 16 KiB a line, 256 KiB while paused, longer fails. */
#define BIGHT_LINE_OPTIONS_INIT                                                                    \
    {                                                                                              \
        sizeof(bight_line_options), {NULL, 0}, true, 16384, 262144, BIGHT_LINE_FAIL, {NULL, 0},    \
            NULL, false, false                                                                     \
    }

/**
 * What a parser tells; static const. Every slot but line may be NULL. In each the parser may be
 * paused, switched to raw and back, or freed; it must not be fed.
 */
typedef struct bight_line_events {
    size_t size; /**< sizeof(bight_line_events): lets the structure grow; 0 is up to too_long */

    /**
     * A line, without its delimiter. May be empty, may hold any byte, NUL as well.
     *
     * @param bytes  valid during the call, and no longer than the parser lives; never NULL
     */
    void (*line)(bight_line_parser *parser, const uint8_t *bytes, size_t size, void *data);

    /**
     * Raw bytes, in any split. NULL drops them.
     *
     * @param left  bytes of this raw stretch that are still to come: 0 with the last piece;
     *              BIGHT_LINE_UNTIL_TOLD if that was asked for
     */
    void (*raw)(bight_line_parser *parser, const uint8_t *bytes, size_t size, uint64_t left,
                void *data);

    /**
     * A line is longer than allowed: told once for it, with either policy.
     *
     * @param start  its first max_line bytes, for a report or for a protocol that cuts lines
     */
    void (*too_long)(bight_line_parser *parser, const uint8_t *start, size_t size, void *data);
} bight_line_events;

/**
 * Make a parser. It begins with lines.
 *
 * @param events  must live as long as the parser
 * @param data    passed to the events
 * @errors        BIGHT_ERROR_INVALID: a delimiter that is too long, max_line 0, a size that is not
 *                known; BIGHT_ERROR_NO_MEMORY
 * @owner         the caller; freed with bight_line_parser_free()
 * @thread        any one at a time
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_new(const bight_line_options *options,
                                                            const bight_line_events *events,
                                                            void *data, bight_line_parser **parser);

/**
 * Give it bytes; the events are called before this returns. All bytes are taken.
 *
 * @errors      BIGHT_ERROR_LIMIT: a line was too long and the policy is to fail (the parser takes
 *              nothing more), or more than max_waiting came while paused; BIGHT_ERROR_NO_MEMORY: a
 *              part is lost, the parser takes nothing more; BIGHT_ERROR_CANCELLED: an event freed
 *              the parser
 * @thread      that of the parser
 * @reentrancy  calling it in an event of the same parser is misuse and aborts
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_feed(bight_line_parser *parser,
                                                             const uint8_t *bytes, size_t size);

/**
 * The input has ended: give a last line that has no delimiter to the line event. Whoever wants to
 * treat it as broken looks at bight_line_parser_get_waiting() instead.
 *
 * @errors  as bight_line_parser_feed()
 * @thread  that of the parser
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_finish(bight_line_parser *parser);

/**
 * From the next byte on give raw bytes, then lines again.
 *
 * @param size  how many bytes; 0 changes nothing and gives no event; BIGHT_LINE_UNTIL_TOLD has no
 *              end. In the middle of a raw stretch the new size replaces what was left
 * @thread      that of the parser
 * @reentrancy  legal in any event: what follows in the same input is raw already
 */
BIGHT_API void bight_line_parser_set_raw(bight_line_parser *parser, uint64_t size);

/**
 * Back to lines before the raw stretch has ended.
 *
 * @param give_back  in the raw event: so many bytes at the end of its piece were not raw, parse
 * them as lines. More than the piece has is misuse and aborts. Elsewhere 0
 * @thread           that of the parser
 */
BIGHT_API void bight_line_parser_set_lines(bight_line_parser *parser, size_t give_back);

/** No events from now on; what is fed waits, up to max_waiting bytes. Legal in any event. */
BIGHT_API void bight_line_parser_pause(bight_line_parser *parser);

/**
 * Go on, with what waits. In an event it only takes the pause back.
 *
 * @errors      as bight_line_parser_feed()
 * @reentrancy  the events are called before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_parser_resume(bight_line_parser *parser);

/** Whether it is paused. @thread that of the parser */
BIGHT_API bool bight_line_parser_is_paused(const bight_line_parser *parser);

/** Bytes that were fed and have had no event yet: a line without its end. @thread the parser's */
BIGHT_API size_t bight_line_parser_get_waiting(const bight_line_parser *parser);

/** Free. NULL is ignored. @thread the parser's @reentrancy legal in any of its events */
BIGHT_API void bight_line_parser_free(bight_line_parser *parser);

/** What a session tells; static const. Every slot but line may be NULL. */
typedef struct bight_line_session_ops {
    size_t size; /**< sizeof(bight_line_session_ops): lets the structure grow; 0 is up to closed */

    /** The transport is open: bight_line_session_get_transport() has it from now on. */
    void (*connected)(bight_line_session *session, void *data);

    /** A line; see bight_line_events. */
    void (*line)(bight_line_session *session, const uint8_t *bytes, size_t size, void *data);

    /** Raw bytes; see bight_line_events. */
    void (*raw)(bight_line_session *session, const uint8_t *bytes, size_t size, uint64_t left,
                void *data);

    /** A line is too long; with BIGHT_LINE_FAIL closed follows, with BIGHT_ERROR_LIMIT. */
    void (*too_long)(bight_line_session *session, const uint8_t *start, size_t size, void *data);

    /** The peer sends no more. A last line without a delimiter came before. NULL closes then. */
    void (*ended)(bight_line_session *session, void *data);

    /** After a send said BIGHT_FLOW_WAIT: go on. */
    void (*drained)(bight_line_session *session, void *data);

    /** The end, once, nothing comes after it; the session may be freed. See bight/transport.h. */
    void (*closed)(bight_line_session *session, const bight_error *reason, void *data);

    /** The handshake of bight_line_session_start_tls() is done: lines come and go under TLS from
     * now on, and what was said in clear counts no more. A table that has it must set `size`. */
    void (*secured)(bight_line_session *session, void *data);
} bight_line_session_ops;

/**
 * Make a session, for bight_connect() or a serve function.
 *
 * @param ops   must live as long as the session
 * @param data  passed to the functions of @p ops
 * @errors      as bight_line_parser_new(); BIGHT_ERROR_INVALID: an ending that is too long
 * @owner       the caller, for one connection; freed with bight_line_session_free(), but not while
 *              a bight_connect() has it that is not done
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_session_new(const bight_line_options *options,
                                                             const bight_line_session_ops *ops,
                                                             void *data,
                                                             bight_line_session **session);

/** What to hand to bight_connect() or return from a serve function. @owner lives as the session */
BIGHT_API bight_protocol *bight_line_session_get_protocol(bight_line_session *session);

/** The transport between connected and closed, else NULL. @owner the library's */
BIGHT_API bight_transport *bight_line_session_get_transport(bight_line_session *session);

/** What the session was made with. @owner the caller's */
BIGHT_API void *bight_line_session_get_data(const bight_line_session *session);

/**
 * Send a line; its ending is added.
 *
 * @param flow  NULL, or told whether to wait for drained before more is sent
 * @errors      BIGHT_ERROR_INVALID: the line holds the delimiter, and would be two;
 *              BIGHT_ERROR_STATE: not connected
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_session_send(bight_line_session *session,
                                                              const void *line, size_t size,
                                                              bight_flow *flow);

/**
 * Start TLS on the connection (STARTTLS, STLS): in the line event that asked for it or that agreed
 * to it, or at any other moment. What was sent before leaves in clear and in front.
 *
 * What the peer has sent behind that line came in clear, perhaps from somebody between. It is told
 * as no line: it goes to the handshake, which fails if it is anything else than its own (RFC 3207,
 * section 6). Until secured is told, no line is told and none can be sent. When the handshake
 * fails, closed is told with the reason.
 *
 * @param tls   a client's or a server's context (bight/tls.h); a reference is taken
 * @param host  a client's: the name, or the address, that the certificate must be for. NULL for a
 *              server, and for a context that accepts any certificate
 * @errors      BIGHT_ERROR_STATE: not connected, closing, ended by the peer, paused, or TLS was
 *              started before; BIGHT_ERROR_INVALID: no @p host; BIGHT_ERROR_NO_MEMORY. In an event
 *              TLS starts when it returns: what goes wrong then comes through closed
 * @thread      the reactor's
 * @reentrancy  secured never comes before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_line_session_start_tls(bight_line_session *session,
                                                                   bight_tls *tls,
                                                                   const char *host);

/** See bight_line_parser_set_raw(). @thread the reactor's */
BIGHT_API void bight_line_session_set_raw(bight_line_session *session, uint64_t size);

/** See bight_line_parser_set_lines(). @thread the reactor's */
BIGHT_API void bight_line_session_set_lines(bight_line_session *session, size_t give_back);

/** Bytes that came and were not told yet: of an unfinished line, or, while it is paused, all of
 * them. @thread the reactor's */
BIGHT_API size_t bight_line_session_get_waiting(const bight_line_session *session);

/** No lines from now on; the peer is slowed. Legal in any callback. @thread the reactor's */
BIGHT_API void bight_line_session_pause(bight_line_session *session);

/** Go on. @thread the reactor's @reentrancy the next line comes in a later turn */
BIGHT_API void bight_line_session_resume(bight_line_session *session);

/**
 * Free; an open transport is broken off, and closed is not called. NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback of the session
 */
BIGHT_API void bight_line_session_free(bight_line_session *session);

BIGHT_END_DECLS

#endif

/* A line parser on a transport. Any callback of the program may free the session. This also frees
 * the parser, and its feed returns BIGHT_ERROR_CANCELLED: after that the session must not be
 * used. */
#include "../base/options.h"
#include "buffer.h"
#include <bight/line.h>
#include <bight/task.h>
#include <stdlib.h>
#include <string.h>

typedef enum tls_phase {
    TLS_NONE,
    TLS_ASKED,   /* requested in an event: it starts after the parser has returned */
    TLS_SHAKING, /* the handshake is in progress */
    TLS_DONE
} tls_phase;

struct bight_line_session {
    bight_protocol protocol; /* must be first: the transport's callbacks receive it */
    const bight_line_session_ops *ops;
    void *data;
    bight_line_parser *parser;
    bight_transport *transport; /* between connected and closed; the TLS transport once TLS has
                                   started */
    bight_tls *tls;             /* to start */
    char *host;                 /* the name that the certificate must be for, or NULL */
    bighti_line_buffer clear;   /* bytes after the line that asked for TLS */
    tls_phase phase;
    bool feeding;         /* the parser is on the stack */
    bool no_memory;       /* out of memory for `clear` */
    bight_task *resume;   /* resumes in a later turn; NULL when out of memory */
    bight_error *failure; /* why this side aborted */
    bool ended;           /* the peer's end came while paused */
    bool need_ending, read_ahead;
    size_t max_waiting;
    bight_protocol_ops table; /* protocol_ops, with the name of the options */
    uint8_t delimiter_size, ending_size;
    uint8_t delimiter[BIGHT_LINE_MAX_DELIMITER], ending[BIGHT_LINE_MAX_DELIMITER];
};

static bight_line_session *session_of(bight_protocol *protocol)
{
    return (bight_line_session *)(void *)protocol;
}

/* Whether bytes are received. The program may have closed in an event, or closed may have been
 * called, while the parser still has lines of earlier bytes: these are not reported. */
static bool is_open(const bight_line_session *session)
{
    return session->transport != NULL && bight_transport_is_open(session->transport);
}

static bool is_starting_tls(const bight_line_session *session)
{
    return session->phase == TLS_ASKED || session->phase == TLS_SHAKING;
}

static bool receives(const bight_line_session *session)
{
    return is_open(session) && !is_starting_tls(session);
}

static void on_line(bight_line_parser *parser, const uint8_t *bytes, size_t size, void *data)
{
    bight_line_session *session = data;

    (void)parser;
    if (receives(session))
        session->ops->line(session, bytes, size, session->data);
}

/* When out of memory the session aborts when TLS is to start. */
static void keep_clear(bight_line_session *session, const uint8_t *bytes, size_t size)
{
    if (!bighti_line_buffer_append(&session->clear, bytes, size))
        session->no_memory = true;
}

static void on_raw(bight_line_parser *parser, const uint8_t *bytes, size_t size, uint64_t left,
                   void *data)
{
    bight_line_session *session = data;

    (void)parser;
    if (is_starting_tls(session))
        keep_clear(session, bytes, size);
    else if (session->ops->raw != NULL && receives(session))
        session->ops->raw(session, bytes, size, left, session->data);
}

static void on_too_long(bight_line_parser *parser, const uint8_t *start, size_t size, void *data)
{
    bight_line_session *session = data;

    (void)parser;
    if (session->ops->too_long != NULL && receives(session))
        session->ops->too_long(session, start, size, session->data);
}

static const bight_line_events events = {
    .size = sizeof(events), .line = on_line, .raw = on_raw, .too_long = on_too_long};

/* Abort, once, with a reason of this side. */
static void line_session_fail(bight_line_session *session, bight_status status)
{
    if (session->transport == NULL || session->failure != NULL)
        return;
    if (status == BIGHT_ERROR_LIMIT)
        session->failure = bight_error_new(status, "%s sent too long a line",
                                           bight_transport_get_peer(session->transport));
    else
        session->failure =
            bight_error_new(status, "%s: %s", bight_transport_get_peer(session->transport),
                            bight_status_text(status));
    bight_transport_abort(session->transport);
}

/* -- TLS -- */

static void forget_tls(bight_line_session *session)
{
    bight_tls_unref(session->tls);
    free(session->host);
    bighti_line_buffer_clear(&session->clear);
    session->tls = NULL;
    session->host = NULL;
}

static bight_status start_tls_on(bight_line_session *session, bight_transport **above)
{
    if (session->no_memory)
        return BIGHT_ERROR_NO_MEMORY;
    if (session->clear.size > 0)
        bight_transport_unread(session->transport, bighti_line_buffer_bytes(&session->clear),
                               session->clear.size);
    if (bight_tls_is_server(session->tls))
        return bight_tls_start_server(session->transport, session->tls, &session->protocol, above);
    return bight_tls_start_client(session->transport, session->tls, session->host,
                                  &session->protocol, above);
}

/* If this succeeds, the transport below no longer belongs to the session. */
static bight_status start_tls(bight_line_session *session)
{
    bight_transport *above = NULL;
    bight_status status = start_tls_on(session, &above);

    forget_tls(session);
    session->phase = status == BIGHT_OK ? TLS_SHAKING : TLS_NONE;
    if (status == BIGHT_OK)
        session->transport = above;
    return status;
}

/* Bytes that the parser has kept, and all that it is fed from now on, go to the handshake. */
static bight_status parse_no_more(bight_line_session *session)
{
    bight_line_parser_set_raw(session->parser, BIGHT_LINE_UNTIL_TOLD);
    return session->feeding ? BIGHT_OK
                            : bight_line_parser_feed(session->parser, (const uint8_t *)"", 0);
}

static bool may_start_tls(const bight_line_session *session)
{
    return session->phase == TLS_NONE && receives(session) && !session->ended &&
           !bight_line_parser_is_paused(session->parser);
}

bight_status bight_line_session_start_tls(bight_line_session *session, bight_tls *tls,
                                          const char *host)
{
    bight_status status;

    if (!may_start_tls(session))
        return BIGHT_ERROR_STATE;
    session->host = host != NULL ? strdup(host) : NULL;
    if (host != NULL && session->host == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    session->tls = bight_tls_ref(tls);
    session->phase = TLS_ASKED;
    status = parse_no_more(session);
    if (status == BIGHT_OK && session->feeding)
        return BIGHT_OK;
    if (status == BIGHT_OK)
        return start_tls(session);
    forget_tls(session);
    session->phase = TLS_NONE;
    return status;
}

static void on_secured(bight_line_session *session)
{
    void (*secured)(bight_line_session *, void *) =
        BIGHTI_SLOT(session->ops, bight_line_session_ops, secured);

    session->phase = TLS_DONE;
    bight_line_parser_set_lines(session->parser, 0);
    if (secured != NULL)
        secured(session, session->data);
}

/* -- Calling the parser -- */

static bight_line_parser *enter(bight_line_session *session)
{
    session->feeding = true;
    return session->parser;
}

/* Handle the result of the parser. @return whether the session still exists and continues */
static bool leave(bight_line_session *session, bight_status status)
{
    if (status == BIGHT_ERROR_CANCELLED)
        return false;
    session->feeding = false;
    if (status == BIGHT_OK && session->phase == TLS_ASKED && is_open(session))
        status = start_tls(session);
    if (status != BIGHT_OK)
        line_session_fail(session, status);
    return status == BIGHT_OK;
}

/* -- Callbacks of the transport -- */

static void tell_end(bight_line_session *session)
{
    session->ended = false;
    if (session->ops->ended != NULL)
        session->ops->ended(session, session->data);
    else
        bight_transport_close(session->transport);
}

static void on_resume(bight_task *task, void *data)
{
    bight_line_session *session = data;

    (void)task;
    if (session->transport == NULL || !leave(session, bight_line_parser_resume(enter(session))) ||
        session->transport == NULL)
        return;
    if (session->read_ahead || !bight_line_parser_is_paused(session->parser))
        bight_transport_resume(session->transport);
    if (session->ended && !bight_line_parser_is_paused(session->parser))
        tell_end(session);
}

static void line_session_on_connected(bight_protocol *protocol, bight_transport *transport)
{
    bight_line_session *session = session_of(protocol);

    session->transport = transport;
    if (session->phase == TLS_SHAKING) {
        on_secured(session);
        return;
    }
    if (bight_task_new(bight_transport_get_reactor(transport), on_resume, session,
                       &session->resume) != BIGHT_OK)
        line_session_fail(session, BIGHT_ERROR_NO_MEMORY);
    if (bight_line_parser_is_paused(session->parser) && !session->read_ahead)
        bight_transport_pause(transport);
    if (session->ops->connected != NULL)
        session->ops->connected(session, session->data);
}

/* How many bytes the parser may be fed. An event may pause it in the middle of them, and the rest
 * waits.
 */
static size_t room_ahead(const bight_line_session *session)
{
    size_t waiting = bight_line_parser_get_waiting(session->parser);

    if (!bight_line_parser_is_paused(session->parser))
        return session->max_waiting > 0 ? session->max_waiting : 1;
    return waiting < session->max_waiting ? session->max_waiting - waiting : 0;
}

/* Feed as many bytes as may wait, and leave the rest to the transport, which slows the peer
 * down. */
static bight_status feed_ahead(bight_line_session *session, const uint8_t *bytes, size_t size)
{
    bight_status status = BIGHT_OK;
    size_t room;

    while (size > 0 && status == BIGHT_OK && (room = room_ahead(session)) > 0) {
        size_t slice = size < room ? size : room;

        status = bight_line_parser_feed(session->parser, bytes, slice);
        bytes += slice;
        size -= slice;
    }
    if (size > 0 && status == BIGHT_OK && is_open(session)) {
        bight_transport_unread(session->transport, bytes, size);
        bight_transport_pause(session->transport);
    }
    return status;
}

static void on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    bight_line_session *session = session_of(protocol);
    bight_line_parser *parser = enter(session);

    if (session->read_ahead)
        (void)leave(session, feed_ahead(session, bytes, size));
    else
        (void)leave(session, bight_line_parser_feed(parser, bytes, size));
}

static void line_session_on_ended(bight_protocol *protocol)
{
    bight_line_session *session = session_of(protocol);

    if (!session->need_ending && !leave(session, bight_line_parser_finish(enter(session))))
        return;
    if (bight_line_parser_is_paused(session->parser) && !session->read_ahead)
        session->ended = true;
    else
        tell_end(session);
}

static void on_drained(bight_protocol *protocol)
{
    bight_line_session *session = session_of(protocol);

    if (session->ops->drained != NULL)
        session->ops->drained(session, session->data);
}

static void on_closed(bight_protocol *protocol, const bight_error *reason)
{
    bight_line_session *session = session_of(protocol);
    bight_error *failure = session->failure;

    session->transport = NULL;
    session->failure = NULL;
    forget_tls(session);
    bight_task_free(session->resume);
    session->resume = NULL;
    if (session->ops->closed != NULL)
        session->ops->closed(session, failure != NULL ? failure : reason, session->data);
    bight_error_unref(failure);
}

static const bight_protocol_ops protocol_ops = {
    .name = "line",
    .connected = line_session_on_connected,
    .received = on_received,
    .ended = line_session_on_ended,
    .drained = on_drained,
    .closed = on_closed,
};

bight_status bight_line_session_new(const bight_line_options *given,
                                    const bight_line_session_ops *ops, void *data,
                                    bight_line_session **session)
{
    static const bight_line_options defaults = BIGHT_LINE_OPTIONS_INIT;
    bight_line_options options;
    bight_view delimiter, ending;
    bight_line_session *made;
    bight_status status;

    if (!bighti_options_read(given, &defaults, sizeof(options), &options) ||
        !BIGHTI_TABLE_IS_KNOWN(ops, bight_line_session_ops, closed))
        return BIGHT_ERROR_INVALID;
    delimiter = options.delimiter.size > 0 ? options.delimiter : bight_view_of("\n");
    ending = options.ending.size > 0 ? options.ending : delimiter;
    if (delimiter.size > BIGHT_LINE_MAX_DELIMITER || ending.size > BIGHT_LINE_MAX_DELIMITER)
        return BIGHT_ERROR_INVALID;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    status = bight_line_parser_new(&options, &events, made, &made->parser);
    if (status != BIGHT_OK) {
        free(made);
        return status;
    }
    made->table = protocol_ops;
    if (options.name != NULL)
        made->table.name = options.name;
    made->protocol.ops = &made->table;
    made->need_ending = options.need_ending;
    made->read_ahead = options.read_ahead;
    made->max_waiting = options.max_waiting;
    made->ops = ops;
    made->data = data;
    made->delimiter_size = (uint8_t)delimiter.size;
    made->ending_size = (uint8_t)ending.size;
    memcpy(made->delimiter, delimiter.data, delimiter.size);
    memcpy(made->ending, ending.data, ending.size);
    *session = made;
    return BIGHT_OK;
}

void bight_line_session_free(bight_line_session *session)
{
    if (session == NULL)
        return;
    bight_transport_free(session->transport);
    forget_tls(session);
    bight_task_free(session->resume);
    bight_line_parser_free(session->parser);
    bight_error_unref(session->failure);
    free(session);
}

bight_protocol *bight_line_session_get_protocol(bight_line_session *session)
{
    return &session->protocol;
}

bight_transport *bight_line_session_get_transport(bight_line_session *session)
{
    return session->transport;
}

void *bight_line_session_get_data(const bight_line_session *session)
{
    return session->data;
}

/* Whether the receiver would find the delimiter before the ending. A delimiter may also arise
 * across the boundary: with "abab" as both, the line "xab" becomes "xababab", which is split after
 * "x". */
static bool holds_delimiter(const bight_line_session *session, const uint8_t *line, size_t size)
{
    uint8_t seam[2 * BIGHT_LINE_MAX_DELIMITER];
    size_t length = session->delimiter_size;
    size_t tail = size < length - 1 ? size : length - 1;
    size_t head = session->ending_size < length - 1 ? session->ending_size : length - 1;

    if (memmem(line, size, session->delimiter, length) != NULL)
        return true;
    memcpy(seam, line + size - tail, tail);
    memcpy(seam + tail, session->ending, head);
    return memmem(seam, tail + head, session->delimiter, length) != NULL;
}

bight_status bight_line_session_send(bight_line_session *session, const void *line, size_t size,
                                     bight_flow *flow)
{
    bight_view views[2] = {{line, size}, {session->ending, session->ending_size}};
    bight_flow result;

    if (session->transport == NULL || is_starting_tls(session))
        return BIGHT_ERROR_STATE;
    if (size > 0 && holds_delimiter(session, line, size))
        return BIGHT_ERROR_INVALID;
    result = bight_transport_writev(session->transport, views, 2);
    if (flow != NULL)
        *flow = result;
    return BIGHT_OK;
}

void bight_line_session_set_raw(bight_line_session *session, uint64_t size)
{
    bight_line_parser_set_raw(session->parser, size);
}

void bight_line_session_set_lines(bight_line_session *session, size_t give_back)
{
    bight_line_parser_set_lines(session->parser, give_back);
}

size_t bight_line_session_get_waiting(const bight_line_session *session)
{
    return bight_line_parser_get_waiting(session->parser);
}

void bight_line_session_pause(bight_line_session *session)
{
    bight_line_parser_pause(session->parser);
    if (session->resume != NULL)
        bight_task_cancel(session->resume);
    if (session->transport != NULL && !session->read_ahead)
        bight_transport_pause(session->transport);
}

void bight_line_session_resume(bight_line_session *session)
{
    if (session->resume != NULL)
        bight_task_schedule(session->resume);
}

/* Splitting lines without examining a byte twice.
 *
 * A line that arrives whole is reported from the caller's own bytes. Only an unfinished line at
 * the end of the input is copied into `kept`. The next input is searched from its beginning; only
 * the bytes that a delimiter across the boundary can cover are examined again. So a line of n
 * bytes costs O(n), in one piece or in n pieces.
 *
 * `kept` holds one of two things, depending on `unseen`:
 *   - false: the beginning of a line, which contains no delimiter; never more than the longest
 *     line and its delimiter. While the rest of an overlong line is being dropped, only the few
 *     bytes that could begin the delimiter.
 *   - true: unexamined bytes, which came while the parser was paused.
 *
 * Events may free the parser. Every function that calls one checks `alive` afterwards, a flag on
 * the stack of the outermost call that bight_line_parser_free() clears. */
#include "../base/check.h"
#include "../base/options.h"
#include "buffer.h"
#include <bight/line.h>
#include <stdlib.h>
#include <string.h>

typedef enum line_mode {
    MODE_LINES,
    MODE_SKIP, /* dropping the rest of a line that is too long */
    MODE_RAW
} line_mode;

struct bight_line_parser {
    const bight_line_events *events;
    void *data;
    bighti_line_buffer kept;
    uint64_t raw_left; /* of the raw block */
    size_t piece;      /* bytes of the raw piece whose event is running; 0 outside */
    size_t given_back; /* of that piece */
    size_t max_line;   /* without delimiter and CR */
    size_t max_waiting;
    bool *alive; /* not NULL while events may be running */
    line_mode mode;
    bight_line_overflow overflow;
    bight_status failed; /* the result of every later feed */
    bool unseen, paused, trim_cr;
    bool finishing; /* the input has ended, but the parser was paused */
    uint8_t delimiter_size;
    uint8_t delimiter[];
};

static bool is_known(const bight_line_options *options)
{
    return options->max_line > 0 && options->max_line < SIZE_MAX / 4 &&
           options->max_waiting < SIZE_MAX / 4 &&
           options->delimiter.size <= BIGHT_LINE_MAX_DELIMITER;
}

bight_status bight_line_parser_new(const bight_line_options *given, const bight_line_events *events,
                                   void *data, bight_line_parser **parser)
{
    static const bight_line_options defaults = BIGHT_LINE_OPTIONS_INIT;
    bight_line_options options;
    bight_view delimiter;
    bight_line_parser *made;

    if (!bighti_options_read(given, &defaults, sizeof(options), &options) || !is_known(&options) ||
        !BIGHTI_TABLE_IS_KNOWN(events, bight_line_events, too_long))
        return BIGHT_ERROR_INVALID;
    delimiter = options.delimiter.size > 0 ? options.delimiter : bight_view_of("\n");
    made = calloc(1, sizeof(*made) + delimiter.size);
    if (made == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    made->events = events;
    made->data = data;
    made->max_line = options.max_line;
    made->max_waiting = options.max_waiting;
    made->overflow = options.overflow;
    made->trim_cr = options.trim_cr;
    made->delimiter_size = (uint8_t)delimiter.size;
    memcpy(made->delimiter, delimiter.data, delimiter.size);
    *parser = made;
    return BIGHT_OK;
}

void bight_line_parser_free(bight_line_parser *parser)
{
    if (parser == NULL)
        return;
    if (parser->alive != NULL)
        *parser->alive = false;
    bighti_line_buffer_clear(&parser->kept);
    free(parser);
}

/* Bytes before the delimiter that a legal line may have. */
static size_t max_content(const bight_line_parser *parser)
{
    return parser->max_line + parser->trim_cr;
}

/* The position of the delimiter in `bytes`, or SIZE_MAX. */
static size_t parser_find(const bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    const uint8_t *at;

    if (parser->delimiter_size == 1)
        at = memchr(bytes, parser->delimiter[0], size);
    else
        at = memmem(bytes, size, parser->delimiter, parser->delimiter_size);
    return at != NULL ? (size_t)(at - bytes) : SIZE_MAX;
}

/* The position of the delimiter in the kept bytes followed by `bytes`, or SIZE_MAX. */
static size_t find_across(const bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    uint8_t seam[2 * BIGHT_LINE_MAX_DELIMITER];
    size_t overlap = parser->delimiter_size - 1U;
    size_t kept = parser->kept.size;
    size_t before = kept < overlap ? kept : overlap;
    size_t after = size < overlap ? size : overlap;
    size_t at;

    if (before > 0 && after > 0) {
        memcpy(seam, bighti_line_buffer_bytes(&parser->kept) + kept - before, before);
        memcpy(seam + before, bytes, after);
        at = parser_find(parser, seam, before + after);
        if (at != SIZE_MAX)
            return kept - before + at;
    }
    at = parser_find(parser, bytes, size);
    return at != SIZE_MAX ? kept + at : SIZE_MAX;
}

/* The events. Each returns BIGHT_ERROR_CANCELLED when it freed the parser. */

static bight_status tell_line(bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    bool *alive = parser->alive;

    if (parser->trim_cr && size > 0 && bytes[size - 1] == '\r')
        size--;
    parser->events->line(parser, bytes, size, parser->data);
    return *alive ? BIGHT_OK : BIGHT_ERROR_CANCELLED;
}

/* The rest of the line is skipped; a mode that the event switches to begins after its `start`. */
static bight_status tell_too_long(bight_line_parser *parser, const uint8_t *start)
{
    bool *alive = parser->alive;

    parser->mode = MODE_SKIP;
    if (parser->overflow == BIGHT_LINE_FAIL)
        parser->failed = BIGHT_ERROR_LIMIT;
    if (parser->events->too_long != NULL)
        parser->events->too_long(parser, start, parser->max_line, parser->data);
    if (!*alive)
        return BIGHT_ERROR_CANCELLED;
    return parser->failed;
}

/* @param used  bytes of the piece that were really raw */
static bight_status tell_raw(bight_line_parser *parser, const uint8_t *bytes, size_t size,
                             size_t *used)
{
    bool *alive = parser->alive;

    if (parser->raw_left != BIGHT_LINE_UNTIL_TOLD)
        parser->raw_left -= size;
    if (parser->raw_left == 0)
        parser->mode = MODE_LINES;
    parser->piece = size;
    parser->given_back = 0;
    if (parser->events->raw != NULL)
        parser->events->raw(parser, bytes, size, parser->raw_left, parser->data);
    if (!*alive)
        return BIGHT_ERROR_CANCELLED;
    *used = size - parser->given_back;
    parser->piece = 0;
    return BIGHT_OK;
}

/* Whether `size` bytes before a delimiter are more than a line may have. */
static bool is_longer(const bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    bool cut = parser->trim_cr && size > 0 && bytes[size - 1] == '\r';

    return size - cut > parser->max_line;
}

/* Whether this many bytes without a delimiter cannot become a legal line any more. The last of
 * them may be the beginning of the delimiter. */
static bool is_hopeless(const bight_line_parser *parser, size_t size)
{
    return size > max_content(parser) + parser->delimiter_size - 1U;
}

/* Handle one event in contiguous bytes, when no bytes are kept before them.
 *
 * @param used  number of processed bytes; unchanged if they are an unfinished line */
static bight_status parser_step(bight_line_parser *parser, const uint8_t *bytes, size_t size,
                                size_t *used)
{
    size_t overlap = parser->delimiter_size - 1U;
    size_t at;

    if (parser->mode == MODE_RAW)
        return tell_raw(parser, bytes, size < parser->raw_left ? size : (size_t)parser->raw_left,
                        used);
    at = parser_find(parser, bytes, size);
    if (parser->mode == MODE_SKIP) {
        if (at != SIZE_MAX)
            parser->mode = MODE_LINES;
        if (at != SIZE_MAX || size > overlap)
            *used = at != SIZE_MAX ? at + parser->delimiter_size : size - overlap;
        return BIGHT_OK;
    }
    if (at != SIZE_MAX ? is_longer(parser, bytes, at) : is_hopeless(parser, size)) {
        *used = parser->max_line;
        return tell_too_long(parser, bytes);
    }
    if (at == SIZE_MAX)
        return BIGHT_OK;
    *used = at + parser->delimiter_size;
    return tell_line(parser, bytes, at);
}

/* Steps until only an unfinished line is left. @param used number of processed bytes */
static bight_status walk(bight_line_parser *parser, const uint8_t *bytes, size_t size, size_t *used)
{
    *used = 0;
    while (*used < size && !parser->paused) {
        size_t done = SIZE_MAX;
        bight_status status = parser_step(parser, bytes + *used, size - *used, &done);

        if (status != BIGHT_OK)
            return status;
        if (done == SIZE_MAX)
            break;
        *used += done;
    }
    return BIGHT_OK;
}

/* Process the unexamined kept bytes in place. */
static bight_status walk_kept(bight_line_parser *parser)
{
    size_t used;
    bight_status status =
        walk(parser, bighti_line_buffer_bytes(&parser->kept), parser->kept.size, &used);

    if (status != BIGHT_OK)
        return status;
    bighti_line_buffer_drop(&parser->kept, used);
    parser->unseen = parser->paused && parser->kept.size > 0;
    return BIGHT_OK;
}

static bight_status parser_keep(bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    size_t line = max_content(parser) + parser->delimiter_size;

    if (parser->paused) {
        if (size > parser->max_waiting || parser->kept.size > parser->max_waiting + line - size)
            return BIGHT_ERROR_LIMIT;
        parser->unseen = parser->unseen || size > 0;
    }
    if (!bighti_line_buffer_append(&parser->kept, bytes, size))
        return BIGHT_ERROR_NO_MEMORY;
    return BIGHT_OK;
}

/* The kept line has become too long with `bytes`: complete its start, and skip the rest. */
static bight_status overflow_kept(bight_line_parser *parser, const uint8_t *bytes, size_t *used)
{
    size_t kept = parser->kept.size;
    bight_status status;

    *used = kept < parser->max_line ? parser->max_line - kept : 0;
    if (!bighti_line_buffer_append(&parser->kept, bytes, *used))
        return BIGHT_ERROR_NO_MEMORY;
    status = tell_too_long(parser, bighti_line_buffer_bytes(&parser->kept));
    if (status != BIGHT_OK)
        return status;
    bighti_line_buffer_drop(&parser->kept, parser->max_line);
    parser->unseen = parser->kept.size > 0;
    return BIGHT_OK;
}

/* The kept line ends `at` bytes after its beginning. */
static bight_status end_kept(bight_line_parser *parser, const uint8_t *bytes, size_t at,
                             size_t *used)
{
    size_t kept = parser->kept.size;
    bight_status status;

    if (!bighti_line_buffer_append(&parser->kept, bytes, at > kept ? at - kept : 0))
        return BIGHT_ERROR_NO_MEMORY;
    if (is_longer(parser, bighti_line_buffer_bytes(&parser->kept), at)) {
        *used = parser->kept.size - kept;
        return overflow_kept(parser, bytes, &(size_t){0});
    }
    *used = at + parser->delimiter_size - kept;
    status = tell_line(parser, bighti_line_buffer_bytes(&parser->kept), at);
    if (status == BIGHT_OK)
        bighti_line_buffer_drop(&parser->kept, parser->kept.size);
    return status;
}

/* While skipping, only bytes that could begin the delimiter are kept. */
static bight_status skip_kept(bight_line_parser *parser, const uint8_t *bytes, size_t size,
                              size_t at, size_t *used)
{
    size_t overlap = parser->delimiter_size - 1U;
    size_t tail = size < overlap ? size : overlap;
    size_t kept = parser->kept.size;

    if (at != SIZE_MAX) {
        parser->mode = MODE_LINES;
        *used = at + parser->delimiter_size - kept;
        bighti_line_buffer_drop(&parser->kept, kept);
        return BIGHT_OK;
    }
    *used = size;
    bighti_line_buffer_drop(&parser->kept, kept + tail > overlap ? kept + tail - overlap : 0);
    if (!bighti_line_buffer_append(&parser->kept, bytes + size - tail, tail))
        return BIGHT_ERROR_NO_MEMORY;
    return BIGHT_OK;
}

/* Continue the kept unfinished line. @param used of `bytes` */
static bight_status continue_kept(bight_line_parser *parser, const uint8_t *bytes, size_t size,
                                  size_t *used)
{
    size_t at = find_across(parser, bytes, size);

    if (parser->mode == MODE_SKIP)
        return skip_kept(parser, bytes, size, at, used);
    if (at != SIZE_MAX && at <= max_content(parser))
        return end_kept(parser, bytes, at, used);
    if (at != SIZE_MAX || is_hopeless(parser, parser->kept.size + size))
        return overflow_kept(parser, bytes, used);
    *used = size;
    return parser_keep(parser, bytes, size);
}

/* The input has ended: report the kept bytes as a line. */
static bight_status finish_kept(bight_line_parser *parser)
{
    size_t size = parser->kept.size;
    const uint8_t *bytes;
    bight_status status = BIGHT_OK;

    parser->finishing = false;
    if (size == 0)
        return BIGHT_OK;
    bytes = bighti_line_buffer_bytes(&parser->kept);
    if (parser->mode == MODE_LINES)
        status = is_longer(parser, bytes, size) ? tell_too_long(parser, bytes)
                                                : tell_line(parser, bytes, size);
    if (status == BIGHT_OK)
        bighti_line_buffer_drop(&parser->kept, size);
    return status;
}

static bight_status advance(bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    bight_status status = BIGHT_OK;

    while (status == BIGHT_OK && !parser->paused && (size > 0 || parser->unseen)) {
        size_t used = 0;

        if (parser->unseen) {
            status = walk_kept(parser);
        } else if (parser->kept.size > 0) {
            status = continue_kept(parser, bytes, size, &used);
        } else {
            status = walk(parser, bytes, size, &used);
            if (status == BIGHT_OK && !parser->paused) {
                status = parser_keep(parser, bytes + used, size - used);
                used = size;
            }
        }
        bytes += used;
        size -= used;
    }
    if (status == BIGHT_OK && parser->paused)
        status = parser_keep(parser, bytes, size);
    if (status == BIGHT_OK && parser->finishing && !parser->paused)
        status = finish_kept(parser);
    return status;
}

/* The only entry point: events may run from here on, and may free the parser. */
static bight_status parser_run(bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    bool alive = true;
    bight_status status;

    BIGHTI_REQUIRE(parser->alive == NULL, "a line parser is fed in one of its own events");
    if (parser->failed != BIGHT_OK)
        return parser->failed;
    parser->alive = &alive;
    status = advance(parser, bytes, size);
    if (!alive)
        return BIGHT_ERROR_CANCELLED;
    parser->alive = NULL;
    if (status != BIGHT_OK)
        parser->failed = status;
    if (status != BIGHT_OK || parser->kept.size == 0)
        bighti_line_buffer_clear(&parser->kept);
    return status;
}

bight_status bight_line_parser_feed(bight_line_parser *parser, const uint8_t *bytes, size_t size)
{
    return parser_run(parser, bytes, size);
}

bight_status bight_line_parser_finish(bight_line_parser *parser)
{
    parser->finishing = true;
    return parser_run(parser, parser->delimiter, 0);
}

bight_status bight_line_parser_resume(bight_line_parser *parser)
{
    parser->paused = false;
    if (parser->alive != NULL)
        return BIGHT_OK;
    return parser_run(parser, parser->delimiter, 0);
}

void bight_line_parser_pause(bight_line_parser *parser)
{
    parser->paused = true;
}

bool bight_line_parser_is_paused(const bight_line_parser *parser)
{
    return parser->paused;
}

void bight_line_parser_set_raw(bight_line_parser *parser, uint64_t size)
{
    if (size == 0)
        return;
    parser->mode = MODE_RAW;
    parser->raw_left = size;
    /* Outside events the beginning of a line may be kept: it becomes raw. */
    if (parser->alive == NULL)
        parser->unseen = parser->kept.size > 0;
}

void bight_line_parser_set_lines(bight_line_parser *parser, size_t give_back)
{
    BIGHTI_REQUIRE(give_back <= parser->piece, "more is given back than the raw piece has");
    parser->given_back = give_back;
    parser->mode = MODE_LINES;
}

size_t bight_line_parser_get_waiting(const bight_line_parser *parser)
{
    return parser->kept.size;
}

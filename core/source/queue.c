/* A source that a writer fills, and the writer.
 *
 * Both sides are handles of one queue, which lives until both are freed. Small writes are joined:
 * the last piece stays open as long as nobody has read it and it has room.
 *
 * A waiting writer is notified in a turn of the loop, not inside the read that made the room.
 * Otherwise a writer and a reader that wait for nothing else would pass bytes back and forth
 * without an end, while windows freeze. */
#include "../base/bytes.h"
#include "../base/check.h"
#include "../base/options.h"
#include "../deferred/waiter.h"
#include "../reactor/resident.h"
#include "../reactor/shared.h"
#include "../reactor/task.h"
#include "source.h"
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

enum { JOINED_SIZE = 4096 };

typedef struct queue_piece {
    struct queue_piece *next;
    bight_bytes *bytes;
    uint8_t *room; /* the bytes of an open piece, of which `used` are written */
    size_t used;
} queue_piece;

struct bight_source_writer {
    bight_reactor *reactor;
    bight_source_queue_options options;
    queue_piece *first, *last;
    size_t pending;
    uint64_t length;        /* still to be read, or BIGHT_SOURCE_UNKNOWN */
    bight_promise *promise; /* of the waiting read */
    bight_error *error;
    bighti_link waiters; /* for room */
    size_t waiter_count;
    bighti_link gone_waiters; /* waiting for the reader to go */
    size_t gone_waiter_count;
    bight_task telling;
    bighti_resident resident;
    unsigned holds; /* the reader, the writer, and calls on the stack */
    bool ended;
    bool reader_gone;
};

static const bight_source_queue_options queue_defaults = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;

static bight_error *reader_has_gone(void)
{
    return bight_error_new(BIGHT_ERROR_CLOSED, "the reader has gone");
}

/* -- Pieces -- */

static bight_bytes *queue_take(bight_source_writer *queue)
{
    queue_piece *piece = queue->first;
    bight_bytes *bytes = piece->bytes;

    queue->first = piece->next;
    if (queue->first == NULL)
        queue->last = NULL;
    if (piece->room != NULL)
        bytes = bighti_bytes_cut(bytes, piece->used);
    free(piece);
    queue->pending -= bight_bytes_get_view(bytes).size;
    return bytes;
}

static void queue_empty(bight_source_writer *queue)
{
    while (queue->first != NULL)
        bight_bytes_unref(queue_take(queue));
}

static bool queue_append(bight_source_writer *queue, bight_bytes *take_bytes, uint8_t *room,
                         size_t used)
{
    queue_piece *piece = malloc(sizeof(*piece));

    if (piece == NULL) {
        bight_bytes_unref(take_bytes);
        return false;
    }
    *piece = (queue_piece){.bytes = take_bytes, .room = room, .used = used};
    if (queue->last != NULL)
        queue->last->next = piece;
    else
        queue->first = piece;
    queue->last = piece;
    queue->pending += used;
    return true;
}

/* Fill the open piece; returns how many bytes went there. */
static size_t queue_join(bight_source_writer *queue, const uint8_t *data, size_t size)
{
    queue_piece *last = queue->last;
    size_t room;

    if (last == NULL || last->room == NULL)
        return 0;
    room = JOINED_SIZE - last->used;
    if (size > room)
        size = room;
    memcpy(last->room + last->used, data, size);
    last->used += size;
    queue->pending += size;
    return size;
}

/* Append a copy: as a separate piece if it is large, or if a read waits for it. */
static bool queue_add(bight_source_writer *queue, const uint8_t *data, size_t size)
{
    size_t joined = queue_join(queue, data, size), left = size - joined;
    bool opens = left < JOINED_SIZE && queue->promise == NULL;
    bight_bytes *bytes;
    uint8_t *room;

    if (left == 0)
        return true;
    bytes = bighti_bytes_new_empty(opens ? JOINED_SIZE : left, &room);
    if (bytes == NULL)
        return false;
    memcpy(room, data + joined, left);
    return queue_append(queue, bytes, opens ? room : NULL, left);
}

/* -- Life -- */

static void queue_unhold(bight_source_writer *queue)
{
    if (--queue->holds > 0)
        return;
    queue_empty(queue);
    bighti_link_unlink(&queue->resident.link);
    bighti_task_deinit(&queue->telling);
    bight_error_unref(queue->error);
    bighti_reactor_unref(queue->reactor);
    free(queue);
}

static void fail_waiters(bighti_link *waiters, const size_t *count, bight_status status,
                         const char *text)
{
    /* The analyzer does not count references. */
    while (*count > 0) /* NOLINT(clang-analyzer-unix.Malloc) */
        bighti_waiter_fire(bighti_waiter_pop(waiters),
                           bight_result_error(bight_error_new(status, "%s", text)));
}

/* The reader is gone: waiting bytes are dropped. */
static void queue_lose_reader(bight_source_writer *queue, bight_status status, const char *text)
{
    queue->reader_gone = true;
    queue_empty(queue);
    fail_waiters(&queue->waiters, &queue->waiter_count, status, text);
    while (queue->gone_waiter_count > 0)
        bighti_waiter_fire(bighti_waiter_pop(&queue->gone_waiters), bight_result_value(NULL));
}

static void on_queue_evict(bighti_resident *resident)
{
    bight_source_writer *queue = BIGHTI_CONTAINER(resident, bight_source_writer, resident);

    bighti_link_unlink(&resident->link);
    queue->holds++;
    queue_lose_reader(queue, BIGHT_ERROR_CANCELLED, "the reactor was freed");
    queue_unhold(queue);
}

/* -- The reader -- */

static bight_result queue_next(bight_source_writer *queue)
{
    bight_bytes *bytes;

    if (queue->first == NULL && queue->error != NULL)
        return bight_result_error(bight_error_ref(queue->error));
    if (queue->first == NULL)
        return bight_result_take(NULL, bight_value_bytes);
    bytes = queue_take(queue);
    if (queue->length != BIGHT_SOURCE_UNKNOWN) {
        uint64_t size = bight_bytes_get_view(bytes).size;

        queue->length -= size < queue->length ? size : queue->length;
    }
    if (queue->waiter_count > 0 && queue->pending <= queue->options.low)
        bight_task_schedule(&queue->telling);
    return bight_result_bytes(bytes);
}

static bool queue_has_next(const bight_source_writer *queue)
{
    return queue->first != NULL || queue->error != NULL || queue->ended;
}

/* Complete a waiting read if possible. The caller holds the queue. */
static void queue_serve(bight_source_writer *queue)
{
    bight_promise *promise = queue->promise;

    if (promise == NULL || !queue_has_next(queue))
        return;
    queue->promise = NULL;
    bight_promise_complete(promise, queue_next(queue));
}

static bight_deferred *queue_read(void *data)
{
    bight_source_writer *queue = data;
    bight_deferred *deferred = bight_deferred_new(&queue->promise);

    if (deferred != NULL)
        queue_serve(queue);
    return deferred;
}

static void queue_reader_free(void *data)
{
    bight_source_writer *queue = data;
    bight_promise *promise = queue->promise;

    queue->promise = NULL;
    bight_promise_free(promise);
    queue_lose_reader(queue, BIGHT_ERROR_CLOSED, "the reader has gone");
    queue_unhold(queue);
}

static uint64_t queue_get_length(void *data)
{
    const bight_source_writer *queue = data;

    return queue->ended ? queue->pending : queue->length;
}

static const bight_source_ops queue_ops = {
    .size = sizeof(bight_source_ops),
    .name = "queue",
    .read = queue_read,
    .free = queue_reader_free,
    .get_length = queue_get_length,
};

/* -- The writer -- */

static void on_queue_telling(bight_task *task, void *data)
{
    bight_source_writer *queue = data;

    (void)task;
    queue->holds++;
    for (size_t count = queue->waiter_count;
         count > 0 && queue->waiter_count > 0 && queue->pending <= queue->options.low; count--)
        bighti_waiter_fire(bighti_waiter_pop(&queue->waiters), bight_result_value(NULL));
    queue_unhold(queue);
}

static bool takes_bytes(const bight_source_writer *queue)
{
    return !queue->reader_gone && !queue->ended && queue->error == NULL;
}

/* Nothing comes after an error or the end. */
static void queue_finish(bight_source_writer *queue, bight_error *take_error)
{
    if (!takes_bytes(queue)) {
        bight_error_unref(take_error);
        return;
    }
    queue->error = take_error;
    queue->ended = take_error == NULL;
    queue->holds++;
    queue_serve(queue);
    queue_unhold(queue);
}

static bight_flow queue_added(bight_source_writer *queue, bool added)
{
    size_t limit = queue->options.limit;
    bight_flow flow;

    if (!added || (limit != 0 && queue->pending > limit)) {
        queue_finish(queue, bight_error_new(added ? BIGHT_ERROR_LIMIT : BIGHT_ERROR_NO_MEMORY,
                                            "%zu bytes wait to be read", queue->pending));
        return BIGHT_FLOW_GO;
    }
    queue->holds++;
    queue_serve(queue);
    flow = takes_bytes(queue) && queue->pending > queue->options.high ? BIGHT_FLOW_WAIT
                                                                      : BIGHT_FLOW_GO;
    queue_unhold(queue);
    return flow;
}

bight_flow bight_source_writer_write(bight_source_writer *writer, const void *data, size_t size)
{
    bighti_check_thread(writer->reactor);
    if (size == 0 || !takes_bytes(writer))
        return BIGHT_FLOW_GO;
    return queue_added(writer, queue_add(writer, data, size));
}

bight_flow bight_source_writer_write_bytes(bight_source_writer *writer, bight_bytes *bytes)
{
    size_t size = bight_bytes_get_view(bytes).size;

    bighti_check_thread(writer->reactor);
    if (size == 0 || !takes_bytes(writer))
        return BIGHT_FLOW_GO;
    return queue_added(writer, queue_append(writer, bight_bytes_ref(bytes), NULL, size));
}

size_t bight_source_writer_get_pending(const bight_source_writer *writer)
{
    return writer->pending;
}

void bight_source_writer_end(bight_source_writer *writer)
{
    bighti_check_thread(writer->reactor);
    queue_finish(writer, NULL);
}

void bight_source_writer_fail(bight_source_writer *writer, bight_error *take_error)
{
    bighti_check_thread(writer->reactor);
    queue_finish(writer, take_error);
}

bight_deferred *bight_source_writer_wait_drained_at(bight_source_writer *writer, const char *where)
{
    bighti_check_thread(writer->reactor);
    if (writer->reader_gone)
        return bight_deferred_failed_at(reader_has_gone(), where);
    if (writer->pending <= writer->options.low)
        return bight_deferred_fired_at(NULL, NULL, where);
    return bighti_waiter_new(&writer->waiters, &writer->waiter_count, bight_result_value(NULL),
                             where);
}

bight_deferred *bight_source_writer_wait_gone_at(bight_source_writer *writer, const char *where)
{
    bighti_check_thread(writer->reactor);
    if (writer->reader_gone)
        return bight_deferred_fired_at(NULL, NULL, where);
    return bighti_waiter_new(&writer->gone_waiters, &writer->gone_waiter_count,
                             bight_result_value(NULL), where);
}

void bight_source_writer_free(bight_source_writer *writer)
{
    const char *freed = "the writer was freed";

    if (writer == NULL)
        return;
    bighti_check_thread(writer->reactor);
    queue_finish(writer, bight_error_new(BIGHT_ERROR_CLOSED, "the writer has gone before the end"));
    fail_waiters(&writer->waiters, &writer->waiter_count, BIGHT_ERROR_CANCELLED, freed);
    fail_waiters(&writer->gone_waiters, &writer->gone_waiter_count, BIGHT_ERROR_CANCELLED, freed);
    queue_unhold(writer); /* NOLINT(clang-analyzer-unix.Malloc) */
}

/* -- Both -- */

static void queue_init(bight_source_writer *queue, bight_reactor *reactor)
{
    queue->reactor = bighti_reactor_ref(reactor);
    queue->length = queue->options.length;
    queue->holds = 2;
    queue->reader_gone = bighti_is_dead(reactor);
    bighti_link_init(&queue->waiters);
    bighti_link_init(&queue->gone_waiters);
    bighti_task_init(&queue->telling, reactor, on_queue_telling, queue);
    queue->resident.evict = on_queue_evict;
    bighti_resident_join(&queue->resident, reactor);
}

static bool marks_are_right(const bight_source_queue_options *options)
{
    return options->low <= options->high &&
           (options->limit == 0 || options->high <= options->limit);
}

bight_status bight_source_new_queue(bight_reactor *reactor,
                                    const bight_source_queue_options *options,
                                    bight_source **source, bight_source_writer **writer)
{
    bight_source_queue_options known;
    bight_source_writer *queue;
    bight_source *made;

    bighti_check_thread(reactor);
    if (!bighti_options_read(options, &queue_defaults, sizeof(known), &known) ||
        !marks_are_right(&known))
        return BIGHT_ERROR_INVALID;
    queue = calloc(1, sizeof(*queue));
    if (queue == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    queue->options = known;
    queue_init(queue, reactor);
    made = bight_source_new(reactor, &queue_ops, queue);
    if (made == NULL) {
        queue->holds = 1;
        queue_unhold(queue);
        return BIGHT_ERROR_NO_MEMORY;
    }
    *source = made;
    *writer = queue;
    return BIGHT_OK;
}

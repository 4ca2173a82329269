/* A segment is a chunk of the pool (4 KiB with its header, which the next write fills up), a
 * separate block for larger data, or a reference to shared bytes. An empty queue owns nothing. */
#include "queue.h"
#include "../reactor/shared.h"
#include <stdlib.h>
#include <string.h>

struct bighti_segment {
    bighti_segment *next;
    const uint8_t *data;
    size_t size;
    size_t room;         /* bytes that can be appended after the data */
    bight_bytes *shared; /* or NULL */
    bool pooled;
    uint8_t storage[];
};

enum { CHUNK_ROOM = BIGHTI_CHUNK_SIZE - sizeof(bighti_segment) };

static void link_last(bighti_queue *queue, bighti_segment *segment)
{
    bighti_segment *tail = queue->tail;

    segment->next = tail != NULL ? tail->next : segment;
    if (tail != NULL)
        tail->next = segment;
    queue->tail = segment;
}

static bighti_segment *new_segment(bighti_pool *chunks, size_t size)
{
    bool pooled = size <= CHUNK_ROOM;
    size_t room = pooled ? CHUNK_ROOM : size;
    bighti_segment *segment;

    if (size > SIZE_MAX - sizeof(*segment))
        return NULL;
    segment = pooled ? bighti_pool_take(chunks) : malloc(sizeof(*segment) + size);
    if (segment != NULL)
        *segment = (bighti_segment){.data = segment->storage, .room = room, .pooled = pooled};
    return segment;
}

static size_t socket_queue_fill(bighti_segment *segment, const uint8_t *data, size_t size)
{
    size_t part = size < segment->room ? size : segment->room;

    if (part > 0)
        memcpy((uint8_t *)segment->data + segment->size, data, part);
    segment->size += part;
    segment->room -= part;
    return part;
}

bool bighti_queue_append(bighti_queue *queue, bighti_pool *chunks, const void *data, size_t size)
{
    size_t room = queue->tail != NULL ? queue->tail->room : 0;
    bighti_segment *segment = NULL;
    size_t filled = 0;

    if (size > room) {
        segment = new_segment(chunks, size - room);
        if (segment == NULL)
            return false;
    }
    if (room > 0)
        filled = socket_queue_fill(queue->tail, data, size);
    if (segment != NULL) {
        socket_queue_fill(segment, (const uint8_t *)data + filled, size - filled);
        link_last(queue, segment);
    }
    queue->size += size;
    return true;
}

bool bighti_queue_append_shared(bighti_queue *queue, bight_bytes *bytes, size_t offset)
{
    bight_view view = bight_bytes_get_view(bytes);
    bighti_segment *segment = malloc(sizeof(*segment));

    if (segment == NULL)
        return false;
    *segment = (bighti_segment){
        .data = view.data + offset, .size = view.size - offset, .shared = bight_bytes_ref(bytes)};
    link_last(queue, segment);
    queue->size += segment->size;
    return true;
}

int bighti_queue_gather(const bighti_queue *queue, struct iovec *parts, int most)
{
    const bighti_segment *segment = queue->tail;
    int count = 0;

    if (segment == NULL)
        return 0;
    do {
        segment = segment->next;
        parts[count++] = (struct iovec){(void *)segment->data, segment->size};
    } while (segment != queue->tail && count < most);
    return count;
}

static void free_segment(bighti_segment *segment, bighti_pool *chunks)
{
    bight_bytes_unref(segment->shared);
    if (segment->pooled)
        bighti_pool_give(chunks, segment);
    else
        free(segment);
}

void bighti_queue_consume(bighti_queue *queue, bighti_pool *chunks, size_t size)
{
    queue->size -= size;
    while (queue->tail != NULL && size >= queue->tail->next->size) {
        bighti_segment *done = queue->tail->next;

        size -= done->size;
        queue->tail->next = done->next;
        if (done == queue->tail)
            queue->tail = NULL;
        free_segment(done, chunks);
    }
    if (queue->tail == NULL)
        return;
    queue->tail->next->data += size;
    queue->tail->next->size -= size;
}

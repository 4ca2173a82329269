/* Bytes that wait to be sent: copies in chunks of the reactor's pool, and shared blocks. */
#ifndef BIGHTI_NET_QUEUE_H
#define BIGHTI_NET_QUEUE_H

#include "../base/pool.h"
#include <bight/bytes.h>
#include <stdbool.h>
#include <sys/uio.h>

typedef struct bighti_segment bighti_segment;

typedef struct bighti_queue {
    bighti_segment *tail; /* the last, whose next is the first; NULL when there is none */
    size_t size;          /* bytes in all segments */
} bighti_queue;

/* Append a copy. Returns false when out of memory, and then nothing was appended. */
bool bighti_queue_append(bighti_queue *queue, bighti_pool *chunks, const void *data, size_t size);

/* Append shared bytes from `offset` on; takes a reference. Returns false when out of memory. */
bool bighti_queue_append_shared(bighti_queue *queue, bight_bytes *bytes, size_t offset);

/* Describe the front of the queue in at most `most` parts; returns their number. */
int bighti_queue_gather(const bighti_queue *queue, struct iovec *parts, int most);

/* Remove bytes from the front. */
void bighti_queue_consume(bighti_queue *queue, bighti_pool *chunks, size_t size);

#endif

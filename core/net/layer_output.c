/* The output of a layer. Bytes that the protocol writes wait as on every transport (output.c) and
 * are encoded when they are sent. This happens at the end of the callback, so that writes of one
 * callback are encoded together. The encoded bytes wait in the output of the transport below.
 * While more than the high mark waits there, nothing is encoded; the bytes then wait in the
 * layer's own output, and above its high mark the program is told to wait. So a peer that reads
 * nothing costs twice the marks. */
#include "layer.h"
#include <errno.h>
#include <string.h>

enum {
    JOINED_SIZE = 16384, /* small parts are joined up to this, the most bytes of a record of TLS */
    PIECE_SIZE = 4 * JOINED_SIZE
};

void bighti_layer_kick(bight_layer *layer)
{
    bool kept = !layer->lost;

    if (!layer->wrote || layer->lower == NULL)
        return;
    layer->wrote = layer->lost = false;
    bighti_output_added(layer->lower, kept);
}

/* Answers that have left the transport below no longer count. */
static void count_answer(bight_layer *layer, size_t size)
{
    const bight_transport *lower = layer->lower;

    if (lower->bytes_out >= layer->answers_end)
        layer->answers = 0;
    layer->answers += size;
    layer->answers_end = lower->bytes_out + lower->out.size;
}

/* Never refuses, so that no layer is left with half a record: the encoding code checks the room
 * before. */
void bight_layer_send(bight_layer *layer, const void *data, size_t size)
{
    bighti_check_thread(layer->transport.reactor);
    if (layer->lower == NULL || size == 0)
        return;
    layer->wrote = true;
    if (!layer->lost && !bighti_output_add(layer->lower, data, size))
        layer->lost = true;
    if (layer->decoding)
        count_answer(layer, size);
    if (!layer->reading && !layer->encoding)
        bighti_layer_kick(layer);
}

/* Whether more may be encoded now. Output that waits below is sent first, if possible. */
static bool layer_has_room(bight_layer *layer)
{
    bight_transport *lower = layer->lower;

    if (lower->out.size <= lower->limits->high)
        return true;
    bighti_output_flush(&lower->member);
    if (lower->out.size <= lower->limits->high)
        return true;
    layer->wrote = true; /* so that the transport below reports when it has drained */
    return false;
}

static size_t encode_piece(bight_layer *layer, const void *data, size_t size)
{
    size_t taken = size;

    layer->encoding = true;
    if (layer->ops->encode != NULL)
        taken = layer->ops->encode(layer, data, size);
    else
        bight_layer_send(layer, data, size);
    layer->encoding = false;
    BIGHTI_REQUIRE(taken <= size, "a layer has encoded more than it was given");
    if (taken > 0 && layer->lower != NULL)
        layer->data_end = layer->lower->bytes_out + layer->lower->out.size;
    return taken;
}

/* The read position in the parts to send. */
typedef struct cursor {
    const struct iovec *parts;
    int count;
    size_t at; /* in the first */
} cursor;

static void cursor_advance(cursor *from, size_t size)
{
    from->at += size;
    while (from->count > 0 && from->at >= from->parts->iov_len) {
        from->at -= from->parts->iov_len;
        from->parts++;
        from->count--;
    }
}

static size_t join_parts(const cursor *from, uint8_t *joined)
{
    cursor at = *from;
    size_t total = 0;

    while (at.count > 0 && total < JOINED_SIZE) {
        size_t left = at.parts->iov_len - at.at;
        size_t part = left < JOINED_SIZE - total ? left : JOINED_SIZE - total;

        memcpy(joined + total, (const uint8_t *)at.parts->iov_base + at.at, part);
        total += part;
        cursor_advance(&at, part);
    }
    return total;
}

/* Small parts are joined by copying, because a small record costs the peer as much as a full one.
 * Returns how many bytes were taken, and sets how many were offered. */
static size_t encode_some(bight_layer *layer, const cursor *from, size_t *offered)
{
    size_t left = from->parts->iov_len - from->at;
    uint8_t joined[JOINED_SIZE];

    if (from->count == 1 || left >= JOINED_SIZE) {
        size_t size = left < PIECE_SIZE ? left : PIECE_SIZE;

        if (from->count > 1)
            size -= size % JOINED_SIZE;
        *offered = size;
        return encode_piece(layer, (const uint8_t *)from->parts->iov_base + from->at, size);
    }
    *offered = join_parts(from, joined);
    return encode_piece(layer, joined, *offered);
}

/* The bytes written in one callback are usually one part, which is no larger than a piece. */
static size_t encode_one(bight_layer *layer, const struct iovec *part)
{
    size_t taken = 0;

    if (layer_has_room(layer)) {
        taken = encode_piece(layer, part->iov_base, part->iov_len);
        layer->holds_down = taken < part->iov_len;
    }
    bighti_layer_kick(layer);
    return taken;
}

static size_t encode_all(bight_layer *layer, cursor from)
{
    size_t sent = 0;

    cursor_advance(&from, 0);
    while (from.count > 0 && layer_has_room(layer)) {
        size_t offered, taken = encode_some(layer, &from, &offered);

        sent += taken;
        layer->holds_down = taken < offered;
        if (taken < offered || layer->lower == NULL)
            break;
        cursor_advance(&from, taken);
    }
    bighti_layer_kick(layer);
    return sent;
}

static size_t size_of_parts(const struct iovec *parts, int count)
{
    size_t size = 0;

    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

/* Send directly to the transport below, unless output waits there: then after it has been sent. */
static size_t pass_down(bight_layer *layer, const struct iovec *parts, int count)
{
    bight_transport *lower = layer->lower;
    size_t sent = 0;

    if (lower->out.size > 0)
        bighti_output_flush(&lower->member);
    if (lower->out.size == 0)
        sent = bighti_output_pass(lower, parts, count);
    if (sent < size_of_parts(parts, count))
        lower->flags |= BIGHTI_WANTS_DRAINED;
    return sent;
}

/* The counters of the reactor count these bytes in the transport below. */
ssize_t bighti_layer_send(bight_transport *transport, const struct iovec *parts, int count)
{
    bight_layer *layer = bighti_layer_of(transport);
    size_t sent;

    if (layer->lower == NULL)
        return -EPIPE;
    if (layer->connecting || (layer->holds_down && !layer->leaving))
        return -EAGAIN;
    if (bighti_layer_passes(layer))
        sent = pass_down(layer, parts, count);
    else if (count == 1 && parts->iov_len <= PIECE_SIZE)
        sent = encode_one(layer, parts);
    else
        sent = encode_all(layer, (cursor){parts, count, 0});
    if ((transport->flags & BIGHTI_OVER) != 0) /* a layer has failed, and the waiting output is
                                                  dropped */
        return 0;
    bighti_stats(transport->reactor)->bytes_out -= sent;
    return sent > 0 ? (ssize_t)sent : -EAGAIN;
}

/* In a forked child the connection belongs to the parent, and nothing must be sent to its peer. */
void bighti_layer_say_end(bight_layer *layer)
{
    if (layer->lower == NULL || layer->connecting || layer->said_end || layer->leaving ||
        layer->ops->end == NULL || bighti_is_inherited(layer->transport.reactor))
        return;
    layer->said_end = true;
    layer->encoding = true;
    layer->ops->end(layer);
    layer->encoding = false;
}

/* The output of a transport.
 *
 * A write inside a callback waits for the end of that callback, so that several writes are sent
 * together; large writes do not wait, since they would have to be copied. Outside a callback, or
 * if the host does not announce its waits, every write is sent at once (bighti_joins_writes()). */
#include "output.h"
#include <errno.h>
#include <string.h>

enum {
    WRITE_AT_ONCE = 16 * 1024, /* from this size on a copy costs more than the saved system call */
    MOST_PARTS = 64
};

/* After a failed write, bytes that the peer has sent before must not be lost: reading continues
 * until there is nothing more, unless reading is not wanted. */
static void write_failed(bight_transport *transport, int errnum)
{
    bight_error *reason =
        bight_error_new_errno(errnum, "write to %s", bighti_transport_name(transport));

    if (!bighti_transport_receives(transport) || (transport->flags & BIGHTI_PEER_ENDED) != 0) {
        bighti_transport_finish(transport, reason, false);
        return;
    }
    bight_error_unref(transport->reason);
    transport->reason = reason;
    transport->flags |= BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE | BIGHTI_BROKEN;
    bighti_transport_drop_output(transport);
    transport->ops->resume(transport);
}

/* Handle the result of a kind's send() or send_file(). Returns the number of bytes sent. */
static inline size_t note_sent(bight_transport *transport, ssize_t result)
{
    if (result == -EAGAIN)
        transport->flags |= BIGHTI_BLOCKED;
    else if (result < 0)
        write_failed(transport, (int)-result);
    if (result <= 0)
        return 0;
    transport->bytes_out += (uint64_t)result;
    bighti_stats(transport->reactor)->bytes_out += (uint64_t)result;
    bighti_transport_touch(transport);
    return (size_t)result;
}

/* Sends the queue, then the parts; unsent bytes of the queue stay there. Returns how many bytes of
 * the parts were sent. */
static size_t send_now(bight_transport *transport, const struct iovec *parts, int count)
{
    struct iovec all[MOST_PARTS * 2];
    int queued = bighti_queue_gather(&transport->out, all, MOST_PARTS);
    size_t waiting = transport->out.size, sent;

    if (count > 0)
        memcpy(all + queued, parts, (size_t)count * sizeof(*parts));
    sent = note_sent(transport, transport->ops->send(transport, all, queued + count));
    if (sent == 0)
        return 0;
    bighti_queue_consume(&transport->out, bighti_chunks(transport->reactor),
                         sent < waiting ? sent : waiting);
    return sent > waiting ? sent - waiting : 0;
}

bool bighti_output_sends_files(const bight_transport *transport)
{
    const unsigned hinders = BIGHTI_CLOSED_FOR_WRITES | BIGHTI_BLOCKED;

    return transport->ops->send_file != NULL && transport->out.size == 0 &&
           (transport->flags & hinders) == 0;
}

static bool is_for_another_way(ssize_t result)
{
    return result == 0 || result == -EINVAL || result == -ENOSYS || result == -EOPNOTSUPP;
}

ssize_t bighti_output_send_file(bight_transport *transport, int fd, uint64_t offset, size_t size)
{
    ssize_t result = transport->ops->send_file(transport, fd, offset, size);

    return is_for_another_way(result) ? -1 : (ssize_t)note_sent(transport, result);
}

static void output_is_empty(bight_transport *transport)
{
    if ((transport->flags & BIGHTI_CLOSING) != 0) {
        transport->ops->close(transport);
    } else if ((transport->flags & (BIGHTI_SHUT_WANTED | BIGHTI_SHUT_DONE)) == BIGHTI_SHUT_WANTED) {
        transport->flags |= BIGHTI_SHUT_DONE;
        transport->ops->shutdown(transport);
        bighti_transport_end_if_both_ended(transport);
    }
}

/* Send waiting bytes until none are left or there is no room, then do what had to wait for
 * that. */
static void output_flush(bight_transport *transport)
{
    const unsigned stop = BIGHTI_BLOCKED | BIGHTI_OVER;

    while (transport->out.size > 0 && (transport->flags & stop) == 0)
        send_now(transport, NULL, 0);
    if ((transport->flags & BIGHTI_OVER) != 0)
        return;
    if (transport->out.size > 0 && (transport->flags & BIGHTI_CLOSING) != 0)
        bighti_transport_linger(transport);
    if ((transport->flags & (BIGHTI_WANTS_DRAINED | BIGHTI_WAITERS)) != 0 &&
        transport->out.size <= transport->limits->low) {
        transport->flags |= BIGHTI_OWES_DRAINED;
        bighti_transport_ask(transport);
    }
    if (transport->out.size == 0)
        output_is_empty(transport);
}

void bighti_output_flush(bighti_member *member)
{
    output_flush(BIGHTI_CONTAINER(member, bight_transport, member));
}

void bighti_transport_writable(bight_transport *transport)
{
    transport->flags &= ~(unsigned)BIGHTI_BLOCKED;
    output_flush(transport);
}

/* At the end of the callback, or now. */
void bighti_output_soon(bight_transport *transport)
{
    if ((transport->flags & (BIGHTI_BLOCKED | BIGHTI_OVER)) != 0)
        return;
    if (!bighti_joins_writes(transport->reactor))
        output_flush(transport);
    else
        bighti_member_flush_later(&transport->member, transport->reactor);
}

static bight_flow output_give_up(bight_transport *transport, bight_status status)
{
    bighti_transport_finish(transport,
                            bight_error_new(status, "%zu bytes wait for %s", transport->out.size,
                                            bighti_transport_name(transport)),
                            true);
    return BIGHT_FLOW_GO;
}

static bool may_write(const bight_transport *transport)
{
    return (transport->flags & BIGHTI_CLOSED_FOR_WRITES) == 0;
}

static bight_flow refuse_write(bight_transport *transport)
{
    bighti_check_usable(transport);
    return BIGHT_FLOW_GO;
}

static bight_flow after_write(bight_transport *transport, bool kept)
{
    if (!may_write(transport))
        return BIGHT_FLOW_GO;
    if (!kept)
        return output_give_up(transport, BIGHT_ERROR_NO_MEMORY);
    if (transport->limits->limit != 0 && transport->out.size > transport->limits->limit)
        return output_give_up(transport, BIGHT_ERROR_LIMIT);
    if (transport->out.size > 0)
        bighti_output_soon(transport);
    if (transport->out.size <= transport->limits->high || (transport->flags & BIGHTI_OVER) != 0)
        return BIGHT_FLOW_GO;
    transport->flags |= BIGHTI_WANTS_DRAINED;
    return BIGHT_FLOW_WAIT;
}

bool bighti_output_add(bight_transport *transport, const void *data, size_t size)
{
    return !may_write(transport) ||
           bighti_queue_append(&transport->out, bighti_chunks(transport->reactor), data, size);
}

bight_flow bighti_output_added(bight_transport *transport, bool kept)
{
    return after_write(transport, kept);
}

size_t bighti_output_pass(bight_transport *transport, const struct iovec *parts, int count)
{
    size_t size = 0;

    if (may_write(transport))
        return (transport->flags & BIGHTI_BLOCKED) != 0 ? 0 : send_now(transport, parts, count);
    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

static bool leaves_at_once(const bight_transport *transport, size_t size)
{
    if ((transport->flags & BIGHTI_BLOCKED) != 0)
        return false;
    return !bighti_joins_writes(transport->reactor) || transport->out.size + size >= WRITE_AT_ONCE;
}

bight_flow bight_transport_write(bight_transport *transport, const void *data, size_t size)
{
    struct iovec part = {(void *)data, size};
    size_t sent = 0;
    bool kept = true;

    bighti_check_thread(transport->reactor);
    if (!may_write(transport) || size == 0)
        return refuse_write(transport);
    if (leaves_at_once(transport, size))
        sent = send_now(transport, &part, 1);
    if (sent < size && may_write(transport))
        kept = bighti_queue_append(&transport->out, bighti_chunks(transport->reactor),
                                   (const uint8_t *)data + sent, size - sent);
    return after_write(transport, kept);
}

bight_flow bight_transport_write_bytes(bight_transport *transport, bight_bytes *bytes)
{
    bight_view view = bight_bytes_get_view(bytes);
    struct iovec part = {(void *)view.data, view.size};
    size_t sent = 0;
    bool kept = true;

    bighti_check_thread(transport->reactor);
    if (!may_write(transport) || view.size == 0)
        return refuse_write(transport);
    if (leaves_at_once(transport, view.size))
        sent = send_now(transport, &part, 1);
    if (sent < view.size && may_write(transport))
        kept = bighti_queue_append_shared(&transport->out, bytes, sent);
    return after_write(transport, kept);
}

static bool append_views(bight_transport *transport, const bight_view *views, size_t count,
                         size_t skip)
{
    bighti_pool *chunks = bighti_chunks(transport->reactor);

    for (size_t i = 0; i < count; i++) {
        size_t from = skip < views[i].size ? skip : views[i].size;

        skip -= from;
        if (from < views[i].size &&
            !bighti_queue_append(&transport->out, chunks, views[i].data + from,
                                 views[i].size - from))
            return false;
    }
    return true;
}

bight_flow bight_transport_writev(bight_transport *transport, const bight_view *views, size_t count)
{
    struct iovec parts[MOST_PARTS];
    size_t size = 0, sent = 0;
    bool kept = true;

    bighti_check_thread(transport->reactor);
    for (size_t i = 0; i < count; i++) {
        size += views[i].size;
        if (i < MOST_PARTS)
            parts[i] = (struct iovec){(void *)views[i].data, views[i].size};
    }
    if (!may_write(transport) || size == 0)
        return refuse_write(transport);
    if (count <= MOST_PARTS && leaves_at_once(transport, size))
        sent = send_now(transport, parts, (int)count);
    if (sent < size && may_write(transport))
        kept = append_views(transport, views, count, sent);
    return after_write(transport, kept);
}

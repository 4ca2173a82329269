/* Sends all bytes of a source to a transport, at the transport's pace.
 *
 * A source that is a file is sent without being read if the transport supports that. Otherwise
 * this waits for one of three things at a time: the next piece, room in the transport, or its end
 * if it accepts nothing any more. The end may also come during a wait for a piece that never
 * arrives, so it is watched from the beginning, and cancels the present wait. */
#include "../net/output.h"
#include "../net/transport.h"
#include "source.h"
#include <bight/later.h>
#include <bight/value.h>
#include <stdlib.h>

typedef struct sending {
    bight_source *source;
    bight_transport *transport; /* NULL once it is over */
    bight_deferred *work;       /* lives as long as this: its last step frees it */
    bight_deferred *closing;    /* waits for the transport's end */
    bight_error *reason;        /* of the transport's end */
    bight_bytes *piece;         /* the piece being sent, from `offset` on */
    size_t offset;
    uint64_t count;
    size_t burst;  /* bytes since the last known turn of the loop */
    bool reads;    /* a file is read, because the transport cannot send it directly */
    bool complete; /* everything was passed to the transport, which has to drain */
} sending;

/* The most bytes in one turn, if neither source nor transport has to wait. */
enum { MOST_IN_A_TURN = 4 * BIGHTI_SOURCE_PIECE };

static void sending_free(void *data)
{
    sending *self = data;

    self->transport = NULL;
    bight_deferred_cancel(self->closing);
    bight_bytes_unref(self->piece);
    bight_error_unref(self->reason);
    free(self);
}

/* Put the bytes that were not passed to the transport back into the source. */
static void sending_put_back(sending *self)
{
    bight_bytes *piece = self->piece, *rest;

    if (piece == NULL)
        return;
    rest = bight_bytes_new_part(piece, self->offset, SIZE_MAX);
    self->piece = NULL;
    bight_bytes_unref(piece);
    if (rest != NULL)
        bight_source_unread(self->source, rest);
}

/* If there are several reasons, that of the transport counts. */
static bight_result sending_fail(sending *self, bight_error *take_error)
{
    sending_put_back(self);
    if (self->reason == NULL)
        return bight_result_error(take_error);
    bight_error_unref(take_error);
    return bight_result_error(bight_error_ref(self->reason));
}

static bool takes_writes(const sending *self)
{
    return self->transport != NULL && (self->transport->flags & BIGHTI_CLOSED_FOR_WRITES) == 0;
}

/* A piece that is not too large is sent whole; a large one is sent in parts, so that the
 * transport's limit is not exceeded. */
static bight_flow sending_give_part(sending *self)
{
    size_t size = bight_bytes_get_view(self->piece).size - self->offset;
    bight_bytes *part = self->piece;
    bight_flow flow;

    if (size > BIGHTI_SOURCE_PIECE)
        size = BIGHTI_SOURCE_PIECE;
    if (size < bight_bytes_get_view(part).size)
        part = bight_bytes_new_part(part, self->offset, size);
    if (part == NULL)
        return bight_transport_write(self->transport,
                                     bight_bytes_get_view(self->piece).data + self->offset, size);
    flow = bight_transport_write_bytes(self->transport, part);
    if (part != self->piece)
        bight_bytes_unref(part);
    return flow;
}

/* Pass as much of the piece to the transport as it accepts; true if that was all, and the
 * transport accepts more. */
static bool sending_give(sending *self)
{
    bight_flow flow = BIGHT_FLOW_GO;
    bight_view view = bight_bytes_get_view(self->piece);

    while (flow == BIGHT_FLOW_GO && self->offset < view.size && takes_writes(self) &&
           self->burst < MOST_IN_A_TURN) {
        size_t left = view.size - self->offset;
        size_t size = left < BIGHTI_SOURCE_PIECE ? left : BIGHTI_SOURCE_PIECE;

        flow = sending_give_part(self);
        self->offset += size;
        self->count += size;
        self->burst += size;
    }
    if (self->offset < view.size)
        return false;
    bight_bytes_unref(self->piece);
    self->piece = NULL;
    return flow == BIGHT_FLOW_GO && self->burst < MOST_IN_A_TURN;
}

/* The transport accepts nothing any more, because it has ended or is about to, or because this
 * side has ended its output. */
static bight_result sending_refused(sending *self)
{
    const unsigned by_us = BIGHTI_SHUT_WANTED | BIGHTI_BROKEN | BIGHTI_CLOSING | BIGHTI_OVER;

    if (self->transport == NULL)
        return sending_fail(self,
                            bight_error_new(BIGHT_ERROR_CLOSED, "closed before all was sent"));
    if ((self->transport->flags & by_us) == BIGHTI_SHUT_WANTED)
        return sending_fail(self,
                            bight_error_new(BIGHT_ERROR_STATE, "this side of %s has ended already",
                                            bighti_transport_name(self->transport)));
    return bight_result_wait(bight_transport_wait_closed(self->transport));
}

/* Wait for room, or only for the next turn if there is some. */
static bight_result sending_wait(sending *self)
{
    bool has_room = self->burst >= MOST_IN_A_TURN;

    if (!takes_writes(self))
        return sending_refused(self);
    self->burst = 0;
    if (has_room)
        return bight_result_wait(bight_delay(bight_source_get_reactor(self->source), 0));
    return bight_result_wait(bight_transport_wait_drained(self->transport));
}

/* Send a part of the source's file; false if it has to be read. */
static bool sending_give_file(sending *self)
{
    bight_source_file file = {.size = sizeof(file)};
    size_t size = BIGHTI_SOURCE_PIECE;
    ssize_t sent;

    if (self->reads || self->transport->ops->send_file == NULL ||
        !bight_source_get_file(self->source, &file) || file.blocks || file.length == 0)
        return false;
    if ((self->transport->flags & BIGHTI_BLOCKED) == 0)
        bighti_output_flush(&self->transport->member); /* a header, which is sent first */
    if (!bighti_output_sends_files(self->transport))
        return false;
    if (file.length < size)
        size = (size_t)file.length;
    sent = bighti_output_send_file(self->transport, file.descriptor, file.offset, size);
    self->reads = sent < 0;
    if (sent > 0) {
        bight_source_skip(self->source, (uint64_t)sent);
        self->count += (uint64_t)sent;
    }
    return sent >= 0;
}

/* One piece a turn, as when the file is read, and no more than there is room for. */
static bight_result sending_wait_for_file(sending *self)
{
    if (!takes_writes(self))
        return sending_refused(self);
    if ((self->transport->flags & BIGHTI_BLOCKED) != 0)
        return bight_result_wait(bighti_transport_wait_writable(self->transport, BIGHT_HERE));
    return bight_result_wait(bight_delay(bight_source_get_reactor(self->source), 0));
}

static bight_result sending_go_on(sending *self)
{
    bight_deferred *next;

    if (!takes_writes(self))
        return sending_refused(self);
    if (self->piece != NULL && !sending_give(self))
        return sending_wait(self);
    if (!takes_writes(self))
        return sending_refused(self);
    if (sending_give_file(self))
        return sending_wait_for_file(self);
    next = bight_source_read(self->source);
    if (!bight_deferred_is_done(next))
        self->burst = 0;
    return bight_result_wait(next);
}

/* `in` is a piece or the end after a read, and empty after any other wait. */
static bight_result sending_step(bight_result in, void *data)
{
    sending *self = data;

    if (in.error != NULL)
        return sending_fail(self, in.error);
    if (self->complete)
        return bighti_source_count(self->count);
    if (in.value != NULL) {
        self->piece = in.value;
        self->offset = 0;
    } else if (in.destroy == bight_value_bytes && takes_writes(self)) {
        self->complete = true;
        return bight_result_wait(bight_transport_wait_drained(self->transport));
    }
    return sending_go_on(self);
}

/* The transport has ended: cancel the present wait; the step then reports the reason. */
static bight_result on_sending_over(bight_result in, void *data)
{
    sending *self = data;
    bight_transport *transport = self->transport;

    bight_deferred_free(self->closing);
    self->closing = NULL;
    self->transport = NULL;
    if (transport == NULL) { /* the sending is being freed */
        bight_result_free(in);
        return bight_result_value(NULL);
    }
    if (in.error != NULL)
        self->reason = bight_error_ref(in.error);
    else
        self->reason = bight_error_new(BIGHT_ERROR_CLOSED, "closed before all was sent");
    bight_result_free(in);
    bight_deferred_cancel(self->work);
    return bight_result_value(NULL);
}

/* If the transport has ended already, the sending ends here. */
static void sending_begin(sending *self, bight_promise *take_start)
{
    self->closing = bight_transport_wait_closed(self->transport);
    bight_deferred_listen(self->closing, on_sending_over, self);
    bight_promise_fire(take_start, NULL, NULL);
}

bight_deferred *bight_source_send_at(bight_source *source, bight_transport *transport,
                                     const char *where)
{
    bight_promise *start;
    bight_deferred *work;
    sending *self;

    if (source == NULL)
        return NULL;
    bighti_check_usable(transport);
    self = malloc(sizeof(*self));
    if (self == NULL)
        return NULL;
    work = bight_deferred_new_at(&start, where);
    if (work == NULL) {
        free(self);
        return NULL;
    }
    *self = (sending){.source = source, .transport = transport, .work = work};
    bight_deferred_loop_at(work, sending_step, self, where);
    bight_deferred_keep_at(work, self, sending_free, where);
    if (bight_deferred_is_done(work)) /* out of memory for the steps */
        bight_promise_free(start);
    else
        sending_begin(self, start);
    return work;
}

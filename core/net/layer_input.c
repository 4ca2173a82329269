/* The input of a layer: the handshake, and then bytes.
 *
 * The bytes of one callback from the transport below are decoded step by step into a buffer of the
 * reactor. The output of each step is delivered after decode has returned, so that no function of
 * the layer is on the stack while the program does anything in received. Bytes that cannot be
 * delivered, because the protocol above has paused or because the layer holds them back, are kept;
 * they are at most the bytes of one callback, because the transport below is paused meanwhile. */
#include "close.h"
#include "layer.h"
#include <stdlib.h>
#include <string.h>

/* The limit for a peer that keeps causing answers which it does not read. Honest peers cause a
 * handful of bytes. */
enum { MOST_ANSWERS = 65536, LEAST_ROOM = 256 };

static void layer_end(bight_layer *layer, bight_error *take_reason)
{
    bighti_transport_finish(&layer->transport, take_reason, false);
}

static bool is_over(const bight_layer *layer)
{
    return (layer->transport.flags & BIGHTI_OVER) != 0;
}

/* -- Input that was not taken yet -- */

/* A program that ends the transport in received may still use the bytes, so they stay until it has
 * returned. */
void bighti_layer_drop_input(bight_layer *layer)
{
    bighti_layer_input *input = &layer->input;

    input->bytes = NULL;
    input->size = 0;
    layer->fresh = layer->again = layer->holds = false;
    if (layer->reading)
        return;
    free(input->kept);
    free(input->late);
    input->kept = input->late = NULL;
    input->room = input->late_size = 0;
}

/* The block grows by doubling, because a peer may send byte by byte. */
static bool input_grow(bighti_layer_input *input, size_t size)
{
    size_t room = input->room > LEAST_ROOM / 2 ? 2 * input->room : LEAST_ROOM;
    uint8_t *block;

    if (room < size)
        room = size;
    block = malloc(room);
    if (block == NULL)
        return false;
    if (input->size > 0)
        memcpy(block, input->bytes, input->size);
    free(input->kept);
    input->kept = block;
    input->room = room;
    input->bytes = block;
    return true;
}

/* Appends to the existing bytes, if any, which are in our own block. */
static bool input_append(bighti_layer_input *input, const uint8_t *bytes, size_t size)
{
    size_t total = input->size + size, skipped;

    if (input->kept == NULL || total > input->room) {
        if (!input_grow(input, total))
            return false;
    }
    if (input->size == 0)
        input->bytes = input->kept;
    skipped = (size_t)(input->bytes - input->kept);
    if (skipped + total > input->room) {
        memmove(input->kept, input->bytes, input->size);
        input->bytes = input->kept;
    }
    memcpy((uint8_t *)input->bytes + input->size, bytes, size);
    input->size = total;
    return true;
}

/* Bytes borrowed from the transport below are invalid after its callback returns. */
static bool input_keep(bighti_layer_input *input)
{
    bighti_layer_input own = {.kept = NULL};

    if (input->size == 0) {
        free(input->kept);
        input->kept = NULL;
        input->bytes = NULL;
        input->room = 0;
        return true;
    }
    if (input->kept != NULL)
        return true;
    if (!input_append(&own, input->bytes, input->size))
        return false;
    *input = own;
    return true;
}

/* A nested loop has received more while bytes of the block were being delivered. */
static bool input_merge_late(bight_layer *layer)
{
    bighti_layer_input *input = &layer->input;
    uint8_t *late = input->late;
    bool merged;

    input->late = NULL;
    merged = input_keep(input) && input_append(input, late, input->late_size);
    free(late);
    input->late_size = 0;
    layer->fresh = true;
    return merged;
}

/* The transport below is paused, so this is called once; it may still deliver what it has. */
static bool input_append_late(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    bighti_layer_input *input = &layer->input;
    uint8_t *late = realloc(input->late, input->late_size + size);

    bight_transport_pause(layer->lower);
    if (late == NULL)
        return false;
    memcpy(late + input->late_size, bytes, size);
    input->late = late;
    input->late_size += size;
    return true;
}

static void layer_fail_without_memory(bight_layer *layer)
{
    layer_end(layer, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory for received bytes"));
}

static void look_at_late_bytes(bight_layer *layer)
{
    if (layer->input.late != NULL && !is_over(layer) && !input_merge_late(layer))
        layer_fail_without_memory(layer);
}

/* -- Bytes -- */

static void announce(bight_layer *layer)
{
    bight_transport *transport = &layer->transport;

    layer->announces = layer->connecting = false;
    bight_timer_free(layer->patience);
    layer->patience = NULL;
    bighti_transport_tell_connected(transport);
    if (!is_over(layer) && (transport->flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_writable(transport);
    look_at_late_bytes(layer);
}

/* The counters of the reactor already include these bytes, as counted below. */
static void layer_deliver(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    bighti_stats(layer->transport.reactor)->bytes_in -= size;
    bighti_transport_deliver(&layer->transport, bytes, size);
    look_at_late_bytes(layer);
}

/* Pass bytes up unchanged. */
static void pass_up(bight_layer *layer)
{
    bighti_layer_input *input = &layer->input;
    const uint8_t *bytes = input->bytes;
    size_t size = input->size;

    layer->fresh = layer->again = layer->holds = false;
    input->size = 0;
    if (size > 0)
        layer_deliver(layer, bytes, size);
}

static void note_too_much(bight_layer *layer)
{
    layer->failure =
        bight_error_new(BIGHT_ERROR_LIMIT, "%s: %zu bytes of %s make no whole", layer->ops->name,
                        layer->input.size, bighti_transport_name(&layer->transport));
}

static void note_next(bight_layer *layer, bight_layer_next next)
{
    layer->again = next == BIGHT_LAYER_AGAIN;
    layer->holds = next == BIGHT_LAYER_HOLD;
    if (next == BIGHT_LAYER_END) {
        layer->over = true;
        layer->input.size = 0;
    } else if (layer->leaving) {
        layer->again = layer->input.size > 0;
    } else if (next == BIGHT_LAYER_MORE && layer->input.size > layer->most) {
        note_too_much(layer);
    }
}

static void decode_step(bight_layer *layer, uint8_t *buffer, size_t room)
{
    bighti_layer_input *input = &layer->input;
    bight_layer_bytes bytes = {{input->bytes, input->size}, {NULL, 0}, buffer, room};
    bight_layer_next next;

    layer->fresh = false;
    layer->decoding = true;
    next = layer->ops->decode(layer, &bytes);
    layer->decoding = false;
    BIGHTI_REQUIRE(bytes.in.size <= input->size, "a layer has taken more than there was");
    BIGHTI_REQUIRE(!layer->announces || bytes.out.size == 0,
                   "a layer has made bytes in the call that connected it");
    input->bytes += input->size - bytes.in.size;
    input->size = bytes.in.size;
    note_next(layer, next);
    if (bytes.out.size > 0)
        layer_deliver(layer, bytes.out.data, bytes.out.size);
}

/* Whether there is input to decode, and a protocol that accepts the output. */
static bool may_decode(const bight_layer *layer)
{
    if (!(layer->fresh || layer->again) || layer->over || layer->failure != NULL)
        return false;
    return layer->connecting || bighti_transport_receives(&layer->transport);
}

static void decode_all(bight_layer *layer)
{
    bight_reactor *reactor = layer->transport.reactor;
    uint8_t *buffer = bighti_pool_take(bighti_read_buffers(reactor));

    if (buffer == NULL) {
        layer_end(layer, bight_error_new(BIGHT_ERROR_NO_MEMORY, "no buffer to read into"));
        return;
    }
    while (may_decode(layer) && !layer->announces && !bighti_layer_passes(layer) && !is_over(layer))
        decode_step(layer, buffer, bighti_read_buffers(reactor)->block_size);
    bighti_pool_give(bighti_read_buffers(reactor), buffer);
}

static void read_input(bight_layer *layer)
{
    while (!is_over(layer) && (layer->announces || may_decode(layer))) {
        if (layer->announces)
            announce(layer);
        else if (bighti_layer_passes(layer) || layer->ops->decode == NULL)
            pass_up(layer);
        else
            decode_all(layer);
    }
}

/* -- The end -- */

static bool has_work(const bight_layer *layer)
{
    return layer->fresh || layer->again || layer->holds;
}

static void note_truncated(bight_layer *layer)
{
    bight_transport *transport = &layer->transport;

    bight_layer_fail(layer, bight_error_new(BIGHT_ERROR_TRUNCATED, "%s%s%s: ended by the peer",
                                            layer->ops->name,
                                            layer->connecting ? " handshake with " : " with ",
                                            bighti_transport_name(transport)));
}

/* The transport below has ended, and no input is left. While the last bytes of this side are sent,
 * the peer's end is not waited for. */
static void look_at_end_below(bight_layer *layer)
{
    bool closing = (layer->transport.flags & BIGHTI_CLOSING) != 0;

    if (!layer->below_ended || layer->over || layer->failure != NULL || has_work(layer))
        return;
    layer->decoding = true;
    if (closing && !layer->connecting)
        layer->over = true;
    else if (layer->ops->ended != NULL && !bighti_layer_passes(layer))
        layer->ops->ended(layer);
    else if (layer->connecting || layer->input.size > 0)
        note_truncated(layer);
    layer->decoding = false;
    layer->over = layer->over || layer->failure == NULL;
}

static void layer_tell_end(bight_layer *layer)
{
    if (layer->over && (layer->transport.flags & BIGHTI_PEER_ENDED) == 0 &&
        bighti_transport_receives(&layer->transport))
        bighti_transport_deliver_end(&layer->transport);
}

/* Whether everything that precedes the end of the transport below was reported. */
static bool owes_nothing(const bight_layer *layer)
{
    return !has_work(layer) && (layer->transport.flags & BIGHTI_PEER_ENDED) != 0;
}

static bight_error *steal_error(bight_error **error)
{
    bight_error *stolen = *error;

    *error = NULL;
    return stolen;
}

static void look_at_ends(bight_layer *layer)
{
    look_at_end_below(layer);
    if (layer->failure != NULL)
        layer_end(layer, steal_error(&layer->failure));
    else
        layer_tell_end(layer);
    if (layer->gone && !is_over(layer) && owes_nothing(layer))
        layer_end(layer, steal_error(&layer->reason));
}

/* -- After processing -- */

static void look_at_answers(bight_layer *layer)
{
    if (layer->answers > MOST_ANSWERS && layer->lower->bytes_out < layer->answers_end)
        bighti_transport_finish(&layer->transport,
                                bight_error_new(BIGHT_ERROR_LIMIT,
                                                "%s asks for answers and does not read them",
                                                bighti_transport_name(&layer->transport)),
                                true);
}

/* The input is no longer wanted while the last bytes are sent. */
static void drop_what_nobody_wants(bight_layer *layer)
{
    if (!layer->connecting && (layer->over || (layer->transport.flags & BIGHTI_CLOSING) != 0))
        bighti_layer_drop_input(layer);
}

static bool has_to_wait(const bight_layer *layer)
{
    if ((layer->transport.flags & BIGHTI_CLOSING) != 0)
        return false;
    return has_work(layer) || (layer->over && (layer->transport.flags & BIGHTI_PEER_ENDED) == 0);
}

static bool layer_keeps_input(const bight_layer *layer)
{
    return layer->input.size > 0 || layer->input.kept != NULL;
}

/* The transport below is paused if and only if earlier input is left. */
static void settle_input(bight_layer *layer)
{
    drop_what_nobody_wants(layer);
    if (layer_keeps_input(layer) && !input_keep(&layer->input)) {
        layer_fail_without_memory(layer);
        return;
    }
    if (layer->lower == NULL)
        return;
    if (has_to_wait(layer))
        bight_transport_pause(layer->lower);
    else
        bight_transport_resume(layer->lower);
}

/* A nested loop in a callback may call this again through the task: the call on the stack
 * continues after the nested one has returned. */
void bighti_layer_go_on(bight_layer *layer)
{
    bight_transport *transport = &layer->transport;

    if (layer->reading)
        return;
    layer->reading = true;
    bighti_transport_hold(transport);
    if (!is_over(layer)) {
        read_input(layer);
        look_at_ends(layer);
    }
    layer->reading = false;
    if (bighti_layer_passes(layer))
        bighti_layer_stop(layer);
    if (!is_over(layer))
        bighti_layer_kick(layer);
    if (!is_over(layer) && layer->lower != NULL)
        look_at_answers(layer);
    if (!is_over(layer))
        settle_input(layer);
    else
        bighti_layer_drop_input(layer);
    if (bighti_layer_passes(layer) && !is_over(layer))
        bighti_layer_leave(layer);
    bighti_transport_unhold(transport);
}

/* -- Callbacks of the transport below -- */

static bight_layer *layer_above(bight_protocol *below)
{
    return BIGHTI_CONTAINER(below, bight_layer, below);
}

static void on_below_received(bight_protocol *below, const uint8_t *bytes, size_t size)
{
    bight_layer *layer = layer_above(below);
    bighti_layer_input *input = &layer->input;
    bool kept = true;

    if (layer->reading) {
        kept = input_append_late(layer, bytes, size);
    } else if (input->size > 0) {
        kept = input_append(input, bytes, size);
    } else {
        input->bytes = bytes;
        input->size = size;
    }
    layer->fresh = layer->fresh || !layer->reading;
    if (kept)
        bighti_layer_go_on(layer);
    else
        layer_fail_without_memory(layer);
}

static void on_below_ended(bight_protocol *below)
{
    bight_layer *layer = layer_above(below);

    layer->below_ended = true;
    bighti_layer_go_on(layer);
}

static void on_below_drained(bight_protocol *below)
{
    bight_layer *layer = layer_above(below);

    if (!layer->connecting && (layer->transport.flags & BIGHTI_BLOCKED) != 0)
        bighti_transport_writable(&layer->transport);
}

static bight_error *explain_end(bight_layer *layer, const bight_error *reason)
{
    if (reason == NULL)
        return NULL;
    if (!layer->connecting)
        return bight_error_ref(reason);
    return bight_error_new_caused(bight_error_ref(reason), bight_error_get_status(reason),
                                  "%s handshake", layer->ops->name);
}

/* Whether this is an orderly end that the protocol above has not received yet because it has
 * paused. */
static bool comes_too_early(const bight_layer *layer, const bight_error *reason)
{
    if (reason != NULL && bight_error_get_status(reason) != BIGHT_ERROR_CLOSED)
        return false;
    return !layer->connecting && (layer->transport.flags & BIGHTI_CLOSING) == 0 &&
           layer->below_ended && !owes_nothing(layer);
}

static void on_below_closed(bight_protocol *below, const bight_error *reason)
{
    bight_layer *layer = layer_above(below);

    bighti_transport_name(&layer->transport);
    layer->lower = NULL;
    if (comes_too_early(layer, reason)) {
        layer->gone = true;
        layer->reason = explain_end(layer, reason);
    } else {
        layer_end(layer, explain_end(layer, reason));
    }
}

const bight_protocol_ops bighti_layer_below_ops = {
    .size = sizeof(bight_protocol_ops),
    .name = "bight: layer",
    .received = on_below_received,
    .ended = on_below_ended,
    .drained = on_below_drained,
    .closed = on_below_closed,
};

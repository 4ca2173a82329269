/* What the files of layers share; the overview is in layer.c. */
#ifndef BIGHTI_NET_LAYER_H
#define BIGHTI_NET_LAYER_H

#include "../reactor/task.h"
#include "output.h"
#include <bight/layer.h>

/* Bytes that came from below and were not taken yet. They are borrowed during the callback from
 * below, otherwise they are in a block of the layer. */
typedef struct bighti_layer_input {
    const uint8_t *bytes;
    size_t size;
    uint8_t *kept; /* the block, or NULL */
    size_t room;   /* of the block */
    uint8_t *late; /* bytes that a nested loop has received while decoded bytes were being
                      delivered */
    size_t late_size;
} bighti_layer_input;

struct bight_layer {
    bight_transport transport; /* the upper side */
    bight_protocol below;      /* the protocol of the transport below */
    bight_transport *lower;    /* NULL once it has ended or was released */
    const bight_layer_ops *ops;
    bighti_layer_input input;
    size_t most; /* bytes that decode may leave at most */
    bight_task later;
    bight_timer *patience; /* timeout of the handshake */
    uint64_t patience_time;
    size_t answers;       /* bytes that were sent while decoding and still wait */
    uint64_t answers_end; /* position after the last of them in the bytes written below */
    uint64_t data_end;    /* position after the program's last byte in the bytes written below */
    bight_error *failure; /* reported after the bytes before it were delivered */
    bight_error *reason;  /* reason of the end of the transport below, if `gone` */
    bool connecting;      /* the handshake is not done */
    bool announces;       /* connected has to be called */
    bool fresh;           /* bytes came that decode has not seen */
    bool again;           /* decode can make more output from its input */
    bool holds;           /* decode waits for bight_layer_go_on() */
    bool holds_down;      /* encode waits for bight_layer_go_on() */
    bool released;        /* bight_layer_go_on() was called */
    bool over;            /* the peer's end follows the input */
    bool below_ended;     /* the transport below has reported its peer's end */
    bool gone;            /* it has ended in both directions while we had bytes to deliver */
    bool said_end;        /* the layer's end marker was sent */
    bool stopped;         /* no slot is called but release */
    bool leaving;         /* the layer has stepped out: bytes pass unchanged */
    bool reading;         /* bighti_layer_go_on() is on the stack */
    bool decoding;        /* decode is on the stack */
    bool encoding;        /* encode is on the stack, or begun */
    bool wrote;           /* there are new bytes for the transport below */
    bool lost;            /* there was no memory for them */
    _Alignas(max_align_t) unsigned char state[]; /* the private part */
};

extern const bighti_transport_ops bighti_layer_transport_ops;
extern const bight_protocol_ops bighti_layer_below_ops;

/* The functions of a protocol that ignores everything. */
extern const bight_protocol_ops bighti_nobody_ops;

static inline bight_layer *bighti_layer_of(bight_transport *transport)
{
    return BIGHTI_CONTAINER(transport, bight_layer, transport);
}

/* Whether bytes pass unchanged, so that they need not be copied. */
static inline bool bighti_layer_passes(const bight_layer *layer)
{
    return layer->leaving && !layer->connecting;
}

/* -- Up: layer_input.c -- */

/* Process the input: handshake, decode, deliver. Called in a callback of the reactor. It may end
 * the layer, so the caller must not use the layer afterwards. */
void bighti_layer_go_on(bight_layer *layer);
void bighti_layer_drop_input(bight_layer *layer);

/* -- Down: layer_output.c -- */

ssize_t bighti_layer_send(bight_transport *transport, const struct iovec *parts, int count);

/* Send the bytes that were passed to bight_layer_send(). */
void bighti_layer_kick(bight_layer *layer);

/* Send the layer's end marker, if it has one and it can be sent now. */
void bighti_layer_say_end(bight_layer *layer);

/* Whether bytes of the program still wait to be sent below. */
static inline bool bighti_layer_has_data_below(const bight_layer *layer)
{
    return layer->lower->bytes_out < layer->data_end;
}

/* Call the stopped slot, once. */
void bighti_layer_stop(bight_layer *layer);

/* -- Out: layer_out.c -- */

/* Remove a layer that has stepped out from between two others, if none of its bytes are in
 * transit. */
void bighti_layer_leave(bight_layer *layer);

/* The same for the uppermost layer, for a caller that alone knows its transport. `protocol` is set
 * on the transport below, which is returned. Returns the same transport if the layer cannot be
 * removed. */
bight_transport *bighti_layer_pare(bight_transport *transport, bight_protocol *protocol);

#endif

/* What the files of layers share: layer.c has the whole picture. */
#ifndef BIGHTI_NET_LAYER_H
#define BIGHTI_NET_LAYER_H

#include "../reactor/task.h"
#include "output.h"
#include <bight/layer.h>

/* Bytes that came from below and were not taken yet: borrowed during the callback of below, else
 * in a block of our own. */
typedef struct bighti_layer_input {
    const uint8_t *bytes;
    size_t size;
    uint8_t *kept; /* the block, or NULL */
    size_t room;   /* of the block */
    uint8_t *late; /* what a nested loop has brought while decode's bytes were being delivered */
    size_t late_size;
} bighti_layer_input;

struct bight_layer {
    bight_transport transport; /* the upper side */
    bight_protocol below;      /* what the transport below sees */
    bight_transport *lower;    /* NULL once it is gone or let go of */
    const bight_layer_ops *ops;
    bighti_layer_input input;
    size_t most; /* that decode may leave */
    bight_task later;
    bight_timer *patience; /* of the handshake */
    uint64_t patience_time;
    size_t answers;       /* bytes that were sent while decoding, and that wait */
    uint64_t answers_end; /* where, in what was written below, the last of them are */
    uint64_t data_end; /* where, in what was written below, the last of the program's bytes are */
    bight_error *failure; /* that is told when what came before it is delivered */
    bight_error *reason;  /* of the end of the transport below, when `gone` */
    bool connecting;      /* the handshake is not done */
    bool announces;       /* connected is to be told */
    bool fresh;           /* bytes came that decode has not seen */
    bool again;           /* decode has more to make of what it has */
    bool holds;           /* decode waits for bight_layer_go_on() */
    bool holds_down;      /* and so does encode */
    bool released;        /* which was called */
    bool over;            /* behind the input comes the peer's end */
    bool below_ended;     /* the transport below has told its end */
    bool gone;            /* it has ended in both directions while we had bytes to deliver */
    bool said_end;        /* what the layer says at its end is said */
    bool stopped;         /* no slot is called but release */
    bool leaving;         /* it steps out: bytes pass */
    bool reading;         /* bighti_layer_go_on() is on the stack */
    bool decoding;        /* decode is on the stack */
    bool encoding;        /* encode is on the stack, or begun */
    bool wrote;           /* there is something new for the transport below */
    bool lost;            /* and no memory for it */
    _Alignas(max_align_t) unsigned char state[]; /* the private part */
};

extern const bighti_transport_ops bighti_layer_transport_ops;
extern const bight_protocol_ops bighti_layer_below_ops;

/* The functions of a protocol that listens to nothing. */
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

/* Read what there is: shake hands, decode, deliver. In a callback of the reactor; may end the
 * layer, which the caller must not touch afterwards. */
void bighti_layer_go_on(bight_layer *layer);
void bighti_layer_drop_input(bight_layer *layer);

/* -- Down: layer_output.c -- */

ssize_t bighti_layer_send(bight_transport *transport, const struct iovec *parts, int count);

/* Have what was given to bight_layer_send() leave. */
void bighti_layer_kick(bight_layer *layer);

/* Say that no more comes, if the layer has a word for that and it can be said. */
void bighti_layer_say_end(bight_layer *layer);

/* Bytes of the program's are yet to leave below. */
static inline bool bighti_layer_has_data_below(const bight_layer *layer)
{
    return layer->lower->bytes_out < layer->data_end;
}

/* Call the slot that stops it, once. */
void bighti_layer_stop(bight_layer *layer);

/* -- Out: layer_out.c -- */

/* Take a layer that has stepped out from between two, if nothing of it is on its way. */
void bighti_layer_leave(bight_layer *layer);

/* The same for the uppermost, by who alone knows its transport: `protocol` gets the transport
 * below, which is returned. The same transport when it cannot be taken out. */
bight_transport *bighti_layer_pare(bight_transport *transport, bight_protocol *protocol);

#endif

/** @file bight/layer.h
 * Layers: transports that stand on another transport and change the bytes on their way, or only
 * look at them. TLS is one; a PROXY header, a wire log and a rate limit are others. A program
 * writes its own with a table of functions, of which only those that do something have to be there:
 *
 *     static const bight_layer_ops ops = {.size = sizeof(bight_layer_ops),
 *                                         .name = "rot13",
 *                                         .decode = rot13_decode,
 *                                         .encode = rot13_encode};
 *
 * The library does the rest, which is most of it: it keeps what the protocol above cannot take yet
 * and slows the peer down meanwhile, joins writes, passes half-closes and ends on in order, lets
 * what was written arrive before it closes, and frees everything at the right moment. All that
 * bight/transport.h says of a transport holds for one that is a layer.
 *
 * "Up" is the way of received bytes, from the transport below to the protocol above; "down" is the
 * way of written ones.
 *
 * A layer that has nothing left to do steps out (bight_layer_step_out()): a PROXY header is read
 * once. Bytes then pass in both directions without a call of its functions and without a copy. If
 * another layer stands on it, or if bight_listen_with() or bight_connect_with() are still putting
 * layers on the connection, it is taken out altogether, and what stands above has the transport
 * below as its own. If a program's protocol stands on it, that protocol's transport stays what it
 * was until closed, and does nothing but hand on.
 */
#ifndef BIGHT_LAYER_H
#define BIGHT_LAYER_H

#include <bight/address.h>
#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/error.h>
#include <bight/status.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** One layer of one connection. The library owns it. */
typedef struct bight_layer bight_layer;

/** What has to happen before a layer's decode function is called again. */
typedef enum bight_layer_next {
    BIGHT_LAYER_MORE,  /**< more bytes have to come; what was not taken is kept in front of them */
    BIGHT_LAYER_AGAIN, /**< nothing: there is more to make of what is there already */
    BIGHT_LAYER_HOLD,  /**< bight_layer_go_on(); the peer is slowed down until then */
    BIGHT_LAYER_END    /**< never: the peer has said that it sends no more. What is left is dropped,
                            and ended is told behind what was made */
} bight_layer_next;

/** What a decode function is given, and what it makes of it. The library may add members. */
typedef struct bight_layer_bytes {
    bight_view in;   /**< what has come and was not taken yet; the layer moves the beginning of the
                          view behind what it takes. May be empty after BIGHT_LAYER_AGAIN */
    bight_view out;  /**< empty; the layer sets it to what goes up now: a part of `in`, of `buffer`,
                        or  memory of its own that stays until its next call */
    uint8_t *buffer; /**< memory to make it in, which is another one in the next call */
    size_t room;     /**< of the buffer, in bytes; at least 16 KiB */
} bight_layer_bytes;

/**
 * What a layer does; static const. Every slot but name may be NULL.
 *
 * All slots are called on the reactor's thread, one at a time, and may call any function of this
 * header for their layer. None of the program's functions runs inside them.
 */
typedef struct bight_layer_ops {
    size_t size;      /**< sizeof(bight_layer_ops): lets the structure grow */
    const char *name; /**< for errors: "TLS", as in "TLS handshake with tcp:192.0.2.1:443" */

    /** It stands on the transport below from now on: the place to send first bytes. */
    void (*begun)(bight_layer *layer);

    /**
     * Bytes came from below. Called while the protocol above can take what comes out, and during a
     * handshake. A call that ends the handshake (bight_layer_connected()) gives nothing out yet,
     * and says BIGHT_LAYER_AGAIN if there may be something. NULL passes bytes up unchanged.
     */
    bight_layer_next (*decode)(bight_layer *layer, bight_layer_bytes *bytes);

    /**
     * Bytes are to be sent: take them, and give what they become to bight_layer_send(). Not called
     * during a handshake, nor while the transport below has more waiting than its high mark. NULL
     * passes bytes down unchanged.
     *
     * @return  how many were taken; if not all, none is offered again until bight_layer_go_on()
     */
    size_t (*encode)(bight_layer *layer, const uint8_t *bytes, size_t size);

    /**
     * Nothing more will be sent: a layer whose own format has an end sends it here. Called at most
     * once, not during a handshake, and not in a forked child. If this is NULL, the end of the
     * transport below stands for that of the layer.
     */
    void (*end)(bight_layer *layer);

    /**
     * The transport below has ended, and all that came before was offered to decode, which has not
     * said BIGHT_LAYER_END. For a layer to which that is a fault: it calls bight_layer_fail(). With
     * NULL the end is passed up; but a handshake, or bytes that decode has left for when more come,
     * make it BIGHT_ERROR_TRUNCATED. Not called when this side has closed.
     */
    void (*ended)(bight_layer *layer);

    /**
     * It is over, or the layer has stepped out: the place to stop timers. Called once, and followed
     * by no slot but describe and release. The transport below must not be used any more.
     */
    void (*stopped)(bight_layer *layer);

    /** Free what the private part points to. Called once for every layer that was made. */
    void (*release)(bight_layer *layer);

    /**
     * Name this side or the peer. NULL: they are named as below.
     *
     * @param below  the name there, "tcp:192.0.2.1:443"
     * @param text   where to write, at most @p size bytes with the NUL
     */
    void (*describe)(bight_layer *layer, bool peer, const char *below, char *text, size_t size);
} bight_layer_ops;

/* -- Making one -- */

/**
 * Make a layer for a transport, on which it does not stand yet: nothing has changed until
 * bight_layer_begin(). In between its private part is filled.
 *
 * @param below  connected, open in both directions, and with no layer on it
 * @param size   of the private part, in bytes; it is zero at first
 * @errors       BIGHT_ERROR_STATE: @p below has ended, or has a layer on it; BIGHT_ERROR_NO_MEMORY.
 *               A table of an unknown size is misuse and aborts
 * @owner        the caller, until bight_layer_begin() or bight_layer_discard()
 * @thread       the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_new(bight_transport *below,
                                                      const bight_layer_ops *ops, size_t size,
                                                      bight_layer **layer);

/** Free a layer that has not begun. @thread the reactor's */
BIGHT_API void bight_layer_discard(bight_layer *layer);

/** The private part, aligned for any type. @owner lives as the layer does @thread any */
BIGHT_API void *bight_layer_get_state(const bight_layer *layer);

/**
 * Say that there will be a handshake: connected is told when bight_layer_connected() was called,
 * and until then nothing is encoded. Without this call it is told in the next turn.
 *
 * @param time  nanoseconds that it may take before the transport ends with BIGHT_ERROR_TIMED_OUT
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @thread      the reactor's, before bight_layer_begin()
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_expect_handshake(bight_layer *layer,
                                                                   uint64_t time);

/**
 * How many bytes decode may leave for when more come; 64 KiB at first. A peer that sends more than
 * that ends the transport with BIGHT_ERROR_LIMIT. @thread the reactor's
 */
BIGHT_API void bight_layer_set_limit(bight_layer *layer, size_t most);

/**
 * Put the layer on its transport, which belongs to it from now on and must not be used any more;
 * its protocol hears nothing more from it. What was written to it before leaves unchanged and in
 * front; what was put back with bight_transport_unread() goes to the layer.
 *
 * @param protocol  sees connected in a later turn, or when the handshake is done. It sees closed in
 *                  any case, even if it has not seen connected
 * @return          the transport above, which the library owns
 * @thread          the reactor's
 * @reentrancy      legal in any callback; no callback runs before this returns
 */
BIGHT_API bight_transport *bight_layer_begin(bight_layer *layer, bight_protocol *protocol);

/* -- For the slots of a layer, and for its timers -- */

/** The handshake is done. @thread the reactor's */
BIGHT_API void bight_layer_connected(bight_layer *layer);

/**
 * Send bytes to the transport below, where they wait for the end of the callback. In decode these
 * are answers that nobody but the peer has asked for; a peer that does not read them is broken off
 * with BIGHT_ERROR_LIMIT when 64 KiB of them wait.
 *
 * @param data  copied
 * @errors      told through closed
 * @thread      the reactor's
 */
BIGHT_API void bight_layer_send(bight_layer *layer, const void *data, size_t size);

/** Have decode and encode called again that hold bytes back, in the next turn. @thread reactor's */
BIGHT_API void bight_layer_go_on(bight_layer *layer);

/**
 * End the transport, for bytes that make no sense for example. In decode: when what was made before
 * is delivered, so that nothing depends on how the bytes were split. Of several errors the first
 * counts.
 *
 * @param take_error  is consumed; NULL without memory
 * @thread            the reactor's
 */
BIGHT_API void bight_layer_fail(bight_layer *layer, bight_error *take_error);

/**
 * Name this side or the peer otherwise than the connection below does, for a program that asks who
 * the peer is. Legal until connected is told; what was told must stay.
 *
 * @param address  what bight_transport_get_peer_address() will say; copied
 * @param text     what bight_transport_get_peer() will say; copied. NULL for the address as an
 *                 endpoint
 * @errors         BIGHT_ERROR_STATE: connected was told; BIGHT_ERROR_NO_MEMORY
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_rename(bight_layer *layer, bool peer,
                                                         const bight_address *address,
                                                         const char *text);

/**
 * Step out: neither decode nor encode is called any more, and all bytes pass unchanged, those first
 * that decode has not taken. The names that bight_layer_rename() gave stay. The beginning of this
 * page says what it means for the transports above and below. A layer in its handshake is connected
 * first. @thread the reactor's
 */
BIGHT_API void bight_layer_step_out(bight_layer *layer);

/* -- Questions -- */

/** The transport that the layer is. @owner lives until closed @thread the reactor's */
BIGHT_API bight_transport *bight_layer_get_transport(bight_layer *layer);

/** The transport below, for questions and settings; NULL once it is gone. @thread the reactor's */
BIGHT_API bight_transport *bight_layer_get_below(const bight_layer *layer);

/** The uppermost layer with these functions among those of a connection, or NULL.
 * @param transport  where to begin: this one, then those below it @thread the reactor's */
BIGHT_API bight_layer *bight_layer_find(const bight_transport *transport,
                                        const bight_layer_ops *ops);

/* -- Layers for each connection: what a listener or a connect takes -- */

/** Which end of the connection this is. */
typedef enum bight_layer_side {
    BIGHT_LAYER_CLIENT, /**< the one that connects */
    BIGHT_LAYER_SERVER  /**< the one that accepts */
} bight_layer_side;

/** Puts a layer of one kind, with one setting, on each connection that it is given. Counts
 * references; never changes once it is made. */
typedef struct bight_layer_factory bight_layer_factory;

/**
 * Put a layer on a connection: bight_layer_new() to bight_layer_begin(). What these say of @p below
 * and @p protocol holds.
 *
 * @param data  that of bight_layer_factory_new()
 * @return      BIGHT_OK with @p above set, or why not; then @p below is as it was, and the caller
 *              breaks the connection off
 */
typedef bight_status (*bight_layer_start_fn)(bight_transport *below, bight_layer_side side,
                                             bight_protocol *protocol, void *data,
                                             bight_transport **above);

/**
 * Make a factory.
 *
 * @param data     passed to @p start
 * @param destroy  frees @p data when the last reference goes, also when this fails; NULL for
 * nothing
 * @errors         BIGHT_ERROR_NO_MEMORY
 * @owner          the caller owns the reference
 * @thread         any; @p start is called on the threads of the reactors that use it
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_factory_new(bight_layer_start_fn start,
                                                              void *data, bight_destroy_fn destroy,
                                                              bight_layer_factory **factory);

/** Take one more reference. @return @p factory @thread any */
BIGHT_API bight_layer_factory *bight_layer_factory_ref(bight_layer_factory *factory);

/** Give a reference back; the last one frees. NULL is ignored. @thread any */
BIGHT_API void bight_layer_factory_unref(bight_layer_factory *factory);

/** Put a layer on one connection, as the factory's function does. @thread the reactor's */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_factory_start(bight_layer_factory *factory,
                                                                bight_transport *below,
                                                                bight_layer_side side,
                                                                bight_protocol *protocol,
                                                                bight_transport **above);

BIGHT_END_DECLS

#endif

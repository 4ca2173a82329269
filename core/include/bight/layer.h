/** @file bight/layer.h
 * Layers: transports that stand on another transport and change or observe the bytes that pass.
 * TLS is one; a PROXY header, a wire log and a rate limit are others. A program writes its own
 * layer with a table of functions, and may leave out those that it does not need:
 *
 *     static const bight_layer_ops ops = {.size = sizeof(bight_layer_ops),
 *                                         .name = "rot13",
 *                                         .decode = rot13_decode,
 *                                         .encode = rot13_encode};
 *
 * The library does the rest: it keeps bytes that the protocol above cannot take yet and slows the
 * peer down meanwhile, joins writes, passes on half-closes and ends in order, delivers all output
 * before it closes, and frees everything at the right moment. All rules of bight/transport.h hold
 * for a transport that is a layer.
 *
 * "Up" is the direction of received bytes, from the transport below to the protocol above; "down"
 * is the direction of written bytes.
 *
 * A layer that has nothing left to do steps out (bight_layer_step_out()), for example after it has
 * read a PROXY header. Bytes then pass in both directions without a call of its functions and
 * without a copy. If another layer stands on it, or if bight_listen_with() or bight_connect_with()
 * are still putting layers on the connection, it is removed completely, and the transport below
 * takes its place. If a program's protocol stands on it, that protocol keeps its transport until
 * closed, and this transport only passes everything on.
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
    BIGHT_LAYER_MORE,  /**< more bytes have to arrive; bytes that were not taken are kept in front
                            of them */
    BIGHT_LAYER_AGAIN, /**< nothing: more output can be made from the bytes that are there */
    BIGHT_LAYER_HOLD,  /**< bight_layer_go_on(); the peer is slowed down until then */
    BIGHT_LAYER_END    /**< never: the peer has announced its end. Remaining input is dropped, and
                            ended follows the output made so far */
} bight_layer_next;

/** The input and output of a decode function. The library may add members. */
typedef struct bight_layer_bytes {
    bight_view in;   /**< received bytes that were not taken yet; the layer moves the beginning of
                          the view past the bytes that it takes. May be empty after
                          BIGHT_LAYER_AGAIN */
    bight_view out;  /**< empty; the layer sets it to the bytes to pass up: a part of `in` or of
                        `buffer`, or memory of its own that stays valid until its next call */
    uint8_t *buffer; /**< memory for the output; it may be different in the next call */
    size_t room;     /**< of the buffer, in bytes; at least 16 KiB */
} bight_layer_bytes;

/**
 * The functions of a layer; static const. Every slot but name may be NULL.
 *
 * All slots are called on the reactor's thread, one at a time, and may call any function of this
 * header for their layer. None of the program's functions runs inside them.
 */
typedef struct bight_layer_ops {
    size_t size;      /**< sizeof(bight_layer_ops): lets the structure grow */
    const char *name; /**< for errors: "TLS", as in "TLS handshake with tcp:192.0.2.1:443" */

    /** The layer now stands on the transport below: the place to send first bytes. */
    void (*begun)(bight_layer *layer);

    /**
     * Bytes arrived from below. Called while the protocol above accepts output, and during a
     * handshake. A call that ends the handshake (bight_layer_connected()) must leave `out` empty,
     * and returns BIGHT_LAYER_AGAIN if there may be output. NULL passes bytes up unchanged.
     */
    bight_layer_next (*decode)(bight_layer *layer, bight_layer_bytes *bytes);

    /**
     * Bytes are to be sent: take them, and pass the encoded bytes to bight_layer_send(). Not
     * called during a handshake, nor while more than the high mark waits in the transport below.
     * NULL passes bytes down unchanged.
     *
     * @return  how many were taken; if not all, no bytes are offered again until
     *          bight_layer_go_on()
     */
    size_t (*encode)(bight_layer *layer, const uint8_t *bytes, size_t size);

    /**
     * Nothing more will be sent: a layer whose format has an end marker sends it here. Called at
     * most once, not during a handshake, and not in a forked child. If this is NULL, the end of
     * the transport below signals the end of the layer.
     */
    void (*end)(bight_layer *layer);

    /**
     * The transport below has ended after decode was offered all bytes but has not returned
     * BIGHT_LAYER_END. A layer that considers this an error calls bight_layer_fail(). With NULL
     * the end is passed up; but during a handshake, or if decode has left bytes because it waits
     * for more, the transport fails with BIGHT_ERROR_TRUNCATED. Not called when this side has
     * closed.
     */
    void (*ended)(bight_layer *layer);

    /**
     * The connection is over, or the layer has stepped out: the place to stop timers. Called once;
     * after it only describe and release are called. The transport below must not be used any
     * more.
     */
    void (*stopped)(bight_layer *layer);

    /** Free what the private part points to. Called once for every layer. */
    void (*release)(bight_layer *layer);

    /**
     * Write a name for this side or the peer. NULL: the name of the transport below is used.
     *
     * @param below  the name in the transport below, "tcp:192.0.2.1:443"
     * @param text   where to write, at most @p size bytes with the NUL
     */
    void (*describe)(bight_layer *layer, bool peer, const char *below, char *text, size_t size);
} bight_layer_ops;

/* -- Making one -- */

/**
 * Make a layer for a transport. It does not stand on the transport yet: nothing changes until
 * bight_layer_begin(). Fill its private part before that.
 *
 * @param below  connected, open in both directions, and with no layer on it
 * @param size   of the private part, in bytes; it is zeroed
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

/** The private part, aligned for any type. @owner lives as long as the layer @thread any */
BIGHT_API void *bight_layer_get_state(const bight_layer *layer);

/**
 * Announce a handshake: connected is called after bight_layer_connected(), and until then nothing
 * is encoded. Without this call connected is called in the next turn.
 *
 * @param time  nanoseconds that it may take before the transport ends with BIGHT_ERROR_TIMED_OUT
 * @errors      BIGHT_ERROR_NO_MEMORY
 * @thread      the reactor's, before bight_layer_begin()
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_expect_handshake(bight_layer *layer,
                                                                   uint64_t time);

/**
 * Set how many bytes decode may leave while it waits for more; 64 KiB by default. If the peer
 * sends more than that, the transport fails with BIGHT_ERROR_LIMIT. @thread the reactor's
 */
BIGHT_API void bight_layer_set_limit(bight_layer *layer, size_t most);

/**
 * Put the layer on its transport. The transport belongs to the layer from now on and must not be
 * used any more; none of its protocol's functions is called again. Bytes that were written to it
 * before leave first and unchanged; bytes that were put back with bight_transport_unread() go to
 * the layer.
 *
 * @param protocol  receives connected in a later turn, or when the handshake is done. It receives
 *                  closed in any case, even if it has not received connected
 * @return          the transport above, which the library owns
 * @thread          the reactor's
 * @reentrancy      legal in any callback; no callback runs before this returns
 */
BIGHT_API bight_transport *bight_layer_begin(bight_layer *layer, bight_protocol *protocol);

/* -- For the slots of a layer, and for its timers -- */

/** The handshake is done. @thread the reactor's */
BIGHT_API void bight_layer_connected(bight_layer *layer);

/**
 * The handshake waits for something that takes any amount of time, such as the answer of a person.
 * Neither the time of the handshake nor the timeout of bight_connect_with() runs meanwhile. When
 * it goes on, the handshake gets its whole time again, and the connect what was left. Ignored when
 * there is no handshake. @thread the reactor's
 */
BIGHT_API void bight_layer_pause_handshake(bight_layer *layer, bool paused);

/**
 * Send bytes to the transport below, where they wait for the end of the callback. Bytes that
 * decode sends are answers that only the peer has caused; if the peer does not read them and 64
 * KiB of them wait, the connection is aborted with BIGHT_ERROR_LIMIT.
 *
 * @param data  copied
 * @errors reported through closed
 * @thread      the reactor's
 */
BIGHT_API void bight_layer_send(bight_layer *layer, const void *data, size_t size);

/** Call decode and encode again, in the next turn, if they held bytes back. @thread reactor's */
BIGHT_API void bight_layer_go_on(bight_layer *layer);

/**
 * Fail the transport, for example because of invalid bytes. If decode calls this, the transport
 * ends after the output made before was delivered, so that nothing depends on how the bytes were
 * split. If there are several errors, the first counts.
 *
 * @param take_error  consumed; NULL means out of memory
 * @thread            the reactor's
 */
BIGHT_API void bight_layer_fail(bight_layer *layer, bight_error *take_error);

/**
 * Give this side or the peer another name than the connection below, for programs that ask who the
 * peer is. Legal until connected is called; after that the names must not change.
 *
 * @param address  the new result of bight_transport_get_peer_address(); copied
 * @param text     the new result of bight_transport_get_peer(); copied. NULL for the address as an
 *                 endpoint
 * @errors         BIGHT_ERROR_STATE: connected was called; BIGHT_ERROR_NO_MEMORY
 * @thread         the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_layer_rename(bight_layer *layer, bool peer,
                                                         const bight_address *address,
                                                         const char *text);

/**
 * Step out: neither decode nor encode is called any more, and all bytes pass unchanged, beginning
 * with those that decode has not taken. Names set by bight_layer_rename() stay. The beginning of
 * this file describes what happens to the transports above and below. If the layer is in its
 * handshake, it is connected first. @thread the reactor's
 */
BIGHT_API void bight_layer_step_out(bight_layer *layer);

/* -- Questions -- */

/** The transport of this layer. @owner lives until closed @thread the reactor's */
BIGHT_API bight_transport *bight_layer_get_transport(bight_layer *layer);

/** The transport below, for queries and settings; NULL once it has ended. @thread the reactor's */
BIGHT_API bight_transport *bight_layer_get_below(const bight_layer *layer);

/** The uppermost layer with these functions on a connection, or NULL.
 * @param transport  where to begin: this transport, then those below it @thread the reactor's */
BIGHT_API bight_layer *bight_layer_find(const bight_transport *transport,
                                        const bight_layer_ops *ops);

/* -- Layers for each connection of a listener or a connect -- */

/** Which end of the connection this is. */
typedef enum bight_layer_side {
    BIGHT_LAYER_CLIENT, /**< the one that connects */
    BIGHT_LAYER_SERVER  /**< the one that accepts */
} bight_layer_side;

/** Puts a layer of one type, with fixed settings, on each connection that it is given.
 * Reference-counted and immutable. */
typedef struct bight_layer_factory bight_layer_factory;

/**
 * Puts a layer on a connection, from bight_layer_new() to bight_layer_begin(). Their rules for @p
 * below and @p protocol apply.
 *
 * @param data  that of bight_layer_factory_new()
 * @return      BIGHT_OK with @p above set, or an error; then @p below is unchanged, and the caller
 *              aborts the connection
 */
typedef bight_status (*bight_layer_start_fn)(bight_transport *below, bight_layer_side side,
                                             bight_protocol *protocol, void *data,
                                             bight_transport **above);

/**
 * Make a factory.
 *
 * @param data     passed to @p start
 * @param destroy  frees @p data when the last reference is given back, and also when this fails;
 *                 NULL for nothing
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

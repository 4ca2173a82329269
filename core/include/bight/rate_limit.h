/** @file bight/rate_limit.h
 * A limit on the bytes a second that connections move: a layer (bight/layer.h) for each connection,
 * with a limit of its own or with one that all of them share.
 *
 * What may not be sent yet waits in the transport, so that writes say BIGHT_FLOW_WAIT and
 * bight_transport_wait_drained() waits; what may not be received yet is left to the peer, which is
 * slowed down. Nothing is lost and nothing is buffered without bound. Connections that share a
 * limit take turns of a hundredth of a second's bytes. On a layer that stands below TLS the bytes
 * are those of TLS, on one above it those of the program.
 */
#ifndef BIGHT_RATE_LIMIT_H
#define BIGHT_RATE_LIMIT_H

#include <bight/api.h>
#include <bight/layer.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** How much may pass. Start from BIGHT_RATE_LIMIT_OPTIONS_INIT. */
typedef struct bight_rate_limit_options {
    size_t size;       /**< sizeof(bight_rate_limit_options): lets the structure grow */
    uint64_t received; /**< bytes a second; 0, as at first, for no limit. At most 16 GiB */
    uint64_t sent;     /**< the same in the other direction */
    uint64_t burst;    /**< bytes that may pass at once in each direction after a rest; 64 KiB. At
                            least 1, at most 8 GiB */
} bight_rate_limit_options;

/** The defaults: no limit. */
#define BIGHT_RATE_LIMIT_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(bight_rate_limit_options), 0, 0, 65536                                              \
    }

/**
 * Make what puts a limit on each connection, each with its own.
 *
 * @errors  BIGHT_ERROR_INVALID: a number out of its range, or a size that is not known;
 *          BIGHT_ERROR_NO_MEMORY
 * @owner   the caller owns the reference
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_rate_limit_new_layer(const bight_rate_limit_options *options, bight_layer_factory **factory);

/**
 * Make what puts connections of one reactor under one limit, which they share.
 *
 * @errors  those of bight_rate_limit_new_layer(). On a connection of another reactor the layer does
 *          not start: BIGHT_ERROR_INVALID
 * @owner   the caller owns the reference; connections hold the limit for themselves
 * @thread  the reactor's, also for the last bight_layer_factory_unref()
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_rate_limit_new_shared_layer(
    bight_reactor *reactor, const bight_rate_limit_options *options, bight_layer_factory **factory);

BIGHT_END_DECLS

#endif

/** @file bight/rate_limit.h
 * Limits the bytes per second of connections: a layer (bight/layer.h) on each connection, with its
 * own limit or with one that all of them share.
 *
 * Bytes that may not be sent yet wait in the transport, so that writes return BIGHT_FLOW_WAIT and
 * bight_transport_wait_drained() waits. Bytes that may not be received yet are not read, which
 * slows the peer down. Nothing is lost and nothing is buffered without a bound. Connections that
 * share a limit take turns, each with the bytes of a hundredth of a second. A layer below TLS
 * counts the bytes of TLS; a layer above it counts those of the program.
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

/** The limits. Start from BIGHT_RATE_LIMIT_OPTIONS_INIT. */
typedef struct bight_rate_limit_options {
    size_t size;       /**< sizeof(bight_rate_limit_options): lets the structure grow */
    uint64_t received; /**< bytes a second; 0, the default, for no limit. At most 16 GiB */
    uint64_t sent;     /**< the same in the other direction */
    uint64_t burst;    /**< bytes that may pass at once in each direction after an idle time; 64
                            KiB. At least 1, at most 8 GiB */
} bight_rate_limit_options;

/** The defaults: no limit. */
#define BIGHT_RATE_LIMIT_OPTIONS_INIT                                                              \
    {                                                                                              \
        sizeof(bight_rate_limit_options), 0, 0, 65536                                              \
    }

/**
 * Make a layer factory that puts a separate limit on each connection.
 *
 * @errors  BIGHT_ERROR_INVALID: a number out of its range, or an unknown size;
 *          BIGHT_ERROR_NO_MEMORY
 * @owner   the caller owns the reference
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_rate_limit_new_layer(const bight_rate_limit_options *options, bight_layer_factory **factory);

/**
 * Make a layer factory that puts one shared limit on connections of one reactor.
 *
 * @errors  as bight_rate_limit_new_layer(). On a connection of another reactor the layer does not
 *          start: BIGHT_ERROR_INVALID
 * @owner   the caller owns the reference; connections hold their own references
 * @thread  the reactor's, also for the last bight_layer_factory_unref()
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_rate_limit_new_shared_layer(
    bight_reactor *reactor, const bight_rate_limit_options *options, bight_layer_factory **factory);

BIGHT_END_DECLS

#endif

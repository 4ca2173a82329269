/** @file bight/pair.h
 * Two transports that are each other's peer, in memory: what one writes the other receives in a
 * later turn. All rules of bight/transport.h hold: back-pressure, half-close, reset, close.
 */
#ifndef BIGHT_PAIR_H
#define BIGHT_PAIR_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>

BIGHT_BEGIN_DECLS

/**
 * Connect two protocols through memory. Both see connected in the next turn.
 *
 * @errors  BIGHT_ERROR_NO_MEMORY; nothing was changed then
 * @owner   the library owns both ends until they are closed
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_pair_new(bight_reactor *reactor, bight_protocol *a,
                                                     bight_protocol *b);

/**
 * Deliver in small pieces, to try a parser on every split.
 *
 * @param transport  the receiving end
 * @param size       the most bytes that one received may get; 0 for no limit
 * @errors           on a transport that is not an end of a pair it is misuse and aborts
 * @thread           the reactor's
 */
BIGHT_API void bight_pair_set_chunk(bight_transport *transport, size_t size);

BIGHT_END_DECLS

#endif

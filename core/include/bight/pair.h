/** @file bight/pair.h
 * Two connected transports in memory: bytes that one writes are received by the other in a later
 * turn. All rules of bight/transport.h hold: back-pressure, half-close, reset, close.
 */
#ifndef BIGHT_PAIR_H
#define BIGHT_PAIR_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>

BIGHT_BEGIN_DECLS

/**
 * Connect two protocols through memory. Both receive connected in the next turn.
 *
 * @errors  BIGHT_ERROR_NO_MEMORY; nothing was changed then
 * @owner   the library owns both ends until they are closed
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_pair_new(bight_reactor *reactor, bight_protocol *a,
                                                     bight_protocol *b);

/**
 * Deliver bytes in small pieces, to test a parser with every split.
 *
 * @param transport  the receiving end
 * @param size       the most bytes in one call of received; 0 for no limit
 * @errors           on a transport that is not an end of a pair it is misuse and aborts
 * @thread           the reactor's
 */
BIGHT_API void bight_pair_set_chunk(bight_transport *transport, size_t size);

BIGHT_END_DECLS

#endif

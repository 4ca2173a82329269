/* How a transport begins and ends: close.c. */
#ifndef BIGHTI_NET_CLOSE_H
#define BIGHTI_NET_CLOSE_H

#include "output.h"
#include "transport.h"

/* The kind has allocated it. */
void bighti_transport_init(bight_transport *transport, const bighti_transport_ops *ops,
                           bight_reactor *reactor, bight_protocol *protocol);

/* The peer sends no more: call the protocol; the caller holds the transport. */
void bighti_transport_deliver_end(bight_transport *transport);

/* The transport ends silently: no function of the protocol is called any more, and the kind is not
 * asked to release anything. */
void bighti_transport_vanish(bight_transport *transport);

#endif

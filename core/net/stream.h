/* Transports over stream sockets. */
#ifndef BIGHTI_NET_STREAM_H
#define BIGHTI_NET_STREAM_H

#include "socket_address.h"
#include "transport.h"
#include <bight/status.h>

/* Called once with the outcome of a connect: 0, or an errno. The stream can then be opened. */
typedef void (*bighti_connecting_fn)(bight_transport *transport, int errnum, void *data);

/* Make a stream from a socket. It takes the descriptor only on success. It is not counted and
 * receives no events until bighti_transport_open() and, if `connecting` is not NULL, until the
 * connect has ended. */
bight_status bighti_stream_new(bight_reactor *reactor, int fd, bight_protocol *protocol,
                               bighti_connecting_fn connecting, void *data,
                               bight_transport **stream);

/* Set the peer's address, so that it can be named even after a reset. */
void bighti_stream_set_peer(bight_transport *stream, const bighti_socket_address *peer);

/* Close one that was never opened. */
void bighti_stream_discard(bight_transport *stream);

#endif

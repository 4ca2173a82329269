/* Transports over stream sockets. */
#ifndef BIGHTI_NET_STREAM_H
#define BIGHTI_NET_STREAM_H

#include "socket_address.h"
#include "transport.h"
#include <bight/status.h>

/* Told once how a connect has ended: 0, or an errno. The stream is then ready to be opened. */
typedef void (*bighti_connecting_fn)(bight_transport *transport, int errnum, void *data);

/* Make a stream of a socket. It takes the descriptor on success alone. Neither counted
 * nor told of events until bighti_transport_open() and, where `connecting` is not NULL, until the
 * connect has ended. */
bight_status bighti_stream_new(bight_reactor *reactor, int fd, bight_protocol *protocol,
                               bighti_connecting_fn connecting, void *data,
                               bight_transport **stream);

/* Who the peer is, to be named even when it has broken off. */
void bighti_stream_set_peer(bight_transport *stream, const bighti_socket_address *peer);

/* Close one that was never opened. */
void bighti_stream_discard(bight_transport *stream);

#endif

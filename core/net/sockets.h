/* The schemes of sockets: tcp, unix, and the sockets below tls. */
#ifndef BIGHTI_NET_SOCKETS_H
#define BIGHTI_NET_SOCKETS_H

#include <bight/scheme.h>

/* sockets_connect.c; its errors are complete: "connect to tcp:127.0.0.1:1: Connection refused" */
bight_deferred *bighti_sockets_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                       const bight_connect_options *options,
                                       bight_protocol *protocol, void *data);

/* sockets_listen.c; the same */
bight_error *bighti_sockets_listen(bight_listener *listener, const bight_endpoint *endpoint,
                                   const bight_listen_options *options, void *data, void **state);
void bighti_sockets_pause(void *state, bool paused);
void bighti_sockets_close(void *state);

#endif

/* The scheme stdio: standard input and output. */
#ifndef BIGHTI_NET_STANDARD_H
#define BIGHTI_NET_STANDARD_H

#include <bight/scheme.h>

bight_deferred *bighti_stdio_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                     const bight_connect_options *options, bight_protocol *protocol,
                                     void *data);
bight_error *bighti_stdio_listen(bight_listener *listener, const bight_endpoint *endpoint,
                                 const bight_listen_options *options, void *data, void **state);
void bighti_stdio_close(void *state);

#endif

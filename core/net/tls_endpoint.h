/* The TLS context of a tls: endpoint. */
#ifndef BIGHTI_NET_TLS_ENDPOINT_H
#define BIGHTI_NET_TLS_ENDPOINT_H

#include "endpoint.h"
#include <bight/tls.h>

/* Get a reference to the context that an endpoint asks for. If the program supplies one (`given`),
 * the endpoint's options must not ask for another. `host` of a client is set to the name that the
 * certificate must be for, or to "" if it is not checked. Returns NULL or an error. */
bight_error *bighti_tls_of_client(bight_reactor *reactor, const bight_endpoint *endpoint,
                                  bight_tls *given, char host[BIGHT_HOST_SIZE], bight_tls **tls);
bight_error *bighti_tls_of_server(const bight_endpoint *endpoint, bight_tls *given,
                                  bight_tls **tls);

#endif

/* What a tls: endpoint asks of TLS. */
#ifndef BIGHTI_NET_TLS_ENDPOINT_H
#define BIGHTI_NET_TLS_ENDPOINT_H

#include "endpoint.h"
#include <bight/tls.h>

/* A reference to the context that an endpoint asks for. With one of the program's own, which is
 * `given`, its options must not ask for another. A client's host becomes that which the certificate
 * must be for, or "" where nobody looks. NULL, or what is wrong. */
bight_error *bighti_tls_of_client(bight_reactor *reactor, const bight_endpoint *endpoint,
                                  bight_tls *given, char host[BIGHT_HOST_SIZE], bight_tls **tls);
bight_error *bighti_tls_of_server(const bight_endpoint *endpoint, bight_tls *given,
                                  bight_tls **tls);

#endif

/* Schemes that no library of Bight has, written with its public headers alone. */
#ifndef BIGHT_TESTS_SUPPORT_TOY_SCHEMES_H
#define BIGHT_TESTS_SUPPORT_TOY_SCHEMES_H

#include <bight/scheme.h>

BIGHT_BEGIN_DECLS

/**
 * Add
 *
 * - toy:NAME, connections over sockets that the library knows nothing of until they are adopted; to
 *   connect to and to listen on;
 * - hop:HOST:PORT, a proxy: it is sent HOST:PORT and a newline and answers "ok" and a newline. With
 *   ?greeting=TEXT it is sent that in front;
 * - alias:ENDPOINT, which is ENDPOINT, through whatever stands in front.
 */
BIGHT_API bight_status bight_toy_add_schemes(bight_reactor *reactor);

BIGHT_END_DECLS

#endif

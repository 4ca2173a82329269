// Kinds of transports that are written outside of the library.
#ifndef BIGHT_TESTS_ADAPTERS_KINDS_HPP
#define BIGHT_TESTS_ADAPTERS_KINDS_HPP

#include "adapters/connections.hpp"

#include <bight/kind.h>

namespace conformance
{

// A pair of sockets, each with a watch as a program would make it.
void openWatched(bight_reactor *reactor, Peer &client, Peer &server);

// Two queues in memory, of 10000 bytes each, that a task empties.
void openQueues(bight_reactor *reactor, Peer &client, Peer &server);

} // namespace conformance

#endif

// Two peers over descriptors that the test has made and a reactor has adopted.
#ifndef BIGHT_TESTS_ADAPTERS_DESCRIPTORS_HPP
#define BIGHT_TESTS_ADAPTERS_DESCRIPTORS_HPP

#include "adapters/connections.hpp"

#include <string>

namespace conformance
{

// A pipe for each direction.
void adoptPipes(bight_reactor *reactor, Peer &client, Peer &server);

// The same with names, in the directory.
void adoptFifos(bight_reactor *reactor, const std::string &directory, Peer &client, Peer &server);

// A pair of sockets that block.
void adoptSockets(bight_reactor *reactor, Peer &client, Peer &server);

} // namespace conformance

#endif

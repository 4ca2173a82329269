// The fixture of the chapters of streams: two peers over each kind of transport, on each host.
#ifndef BIGHT_TESTS_ADAPTERS_STREAMS_HPP
#define BIGHT_TESTS_ADAPTERS_STREAMS_HPP

#include "adapters/conformance.hpp"
#include "support/temp_dir.hpp"

#include <bight/layer.h>
#include <bight/tls.h>
#include <ostream>
#include <string>
#include <tuple>

namespace streams
{

using conformance::Host;
using conformance::Peer;

enum class Way { endpoints, memory, pipes, fifos, descriptors, layers, watched, queues };

struct Kind {
    const char *name;
    Way way;
    const char *endpoint;
    bool knowsReset; // else there is only the end
    const char *layer = nullptr;
};

std::ostream &operator<<(std::ostream &stream, const Kind &kind);

// Two peers, connected.
class Streams : public conformance::OnKinds<Kind>
{
  protected:
    // Rather than memory, pipes, or TLS on a socket.
    bool isSocket() const
    {
        return (kind().way == Way::endpoints || kind().way == Way::descriptors) &&
               !bight_transport_is_tls(client.transport);
    }
    void SetUp() override;

    Peer client, server;

  private:
    void linkSockets(std::string endpoint, Peer &from, Peer &to);
    void linkLayers();
    void startLayer(Peer &below, Peer &above, bight_layer_side side);
    void prepareTls(std::string &listen, std::string &connect);
    support::TempDir directory_;
    Peer lowerClient_, lowerServer_;
};

} // namespace streams

#endif

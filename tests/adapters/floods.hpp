// Peers that send without pause to a server on the same reactor.
#ifndef BIGHT_TESTS_FLOODS_HPP
#define BIGHT_TESTS_FLOODS_HPP

#include "adapters/conformance.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace conformance
{

class Floods
{
  public:
    Floods(bight_reactor *reactor, size_t count)
        : server_(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.keepsText = false; })
    {
        for (size_t i = 0; i < count; i++) {
            Peer &peer = *peers_.emplace_back(std::make_unique<Peer>());
            peer.onClosed = [this] {
                if (++closed_ == peers_.size() && onAllClosed)
                    onAllClosed();
            };
            peer.onConnected = peer.onDrained = [this, &peer] {
                while (peer.write(chunk_) == BIGHT_FLOW_GO) {
                }
            };
            connect(reactor, server_.endpoint(), peer);
        }
    }
    bool areRunning() const
    {
        return server_.peers.size() == peers_.size() &&
               std::all_of(server_.peers.begin(), server_.peers.end(),
                           [](const auto &peer) { return peer->bytes > 0; });
    }

    std::function<void()> onAllClosed;

  private:
    size_t closed_ = 0;
    const std::string chunk_ = std::string(65536, 'x');
    Server server_;
    std::vector<std::unique_ptr<Peer>> peers_;
};

inline void spin(uint64_t nanoseconds)
{
    uint64_t end = bight_monotonic_now() + nanoseconds;

    while (bight_monotonic_now() < end) {
    }
}

} // namespace conformance

#endif

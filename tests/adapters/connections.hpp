// A server of peers, and a connection attempt.
#ifndef BIGHT_TESTS_ADAPTERS_CONNECTIONS_HPP
#define BIGHT_TESTS_ADAPTERS_CONNECTIONS_HPP

#include "support/peer.hpp"

#include <bight/endpoint.h>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace conformance
{

using support::Peer;

// A listener and the peers that it made.
class Server
{
  public:
    // `prepare` sets up each peer before its connection begins.
    Server(bight_reactor *reactor, const std::string &endpoint,
           std::function<void(Peer &)> prepare = nullptr,
           const bight_listen_options *options = nullptr);
    ~Server();
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    std::string endpoint() const
    {
        return bight_listener_get_endpoint(listener_);
    }
    bight_listener *get()
    {
        return listener_;
    }
    void stopListening();

    // The port of a TCP server.
    unsigned short port() const;

    // The only or first peer; NULL before there is one.
    Peer *first()
    {
        return peers.empty() ? nullptr : peers.front().get();
    }

    std::vector<std::unique_ptr<Peer>> peers;
    bool refuses = false;

  private:
    std::function<void(Peer &)> prepare_;
    bight_listener *listener_ = nullptr;
};

// What becomes of a connection attempt. It goes on when nobody holds this any more.
struct Outcome {
    ~Outcome();

    bool done = false;
    bight_status status = BIGHT_OK;
    std::string message; // of the error
    std::string domain;  // of its code, or empty
    int code = 0;
    bight_transport *transport = nullptr;
    std::function<void()> then; // called when it is done
    bight_deferred *deferred = nullptr;
};

std::shared_ptr<Outcome> connect(bight_reactor *reactor, const std::string &endpoint, Peer &peer);
std::shared_ptr<Outcome> connectWith(bight_reactor *reactor, const std::string &endpoint,
                                     const bight_connect_options &options, Peer &peer);

} // namespace conformance

#endif

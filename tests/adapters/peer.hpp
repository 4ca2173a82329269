// A protocol out of lambdas, a server of them, and a connection attempt.
#ifndef BIGHT_TESTS_ADAPTERS_PEER_HPP
#define BIGHT_TESTS_ADAPTERS_PEER_HPP

#include <bight/endpoint.h>
#include <bight/transport.h>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace conformance
{

// One side of a connection. Every callback first keeps account and holds the transport to its
// contract (connected once and first, nothing after closed), then calls the lambda if there is one.
class Peer : public bight_protocol
{
  public:
    Peer();
    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;
    ~Peer();

    std::function<void()> onConnected;
    std::function<void(std::string_view)> onReceived;
    std::function<void()> onEnded; // without one the transport is closed
    std::function<void()> onDrained;
    std::function<void()> onClosed;

    bight_transport *transport = nullptr; // while it is open
    std::string text;                     // all that was received, unless keepsText is off
    bool keepsText = true;
    uint64_t bytes = 0;
    unsigned receivedCalls = 0;
    unsigned drainedCalls = 0;
    bool connected = false;
    bool ended = false;
    bool closed = false;
    bool closesUnconnected = false; // TLS that was started tells closed in any case
    bool freesTransport = true;     // a Peer that goes before its transport frees that
    bight_status reason = BIGHT_OK; // of closed
    std::string reasonText;

    bight_flow write(std::string_view content)
    {
        return bight_transport_write(transport, content.data(), content.size());
    }

    // Sends back what comes, at the pace of the one who takes it, and closes after the end.
    void echo();

  private:
    friend struct Callbacks;
};

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

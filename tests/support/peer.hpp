// The protocol of all tests: it keeps account of what its transport tells, and calls lambdas.
#ifndef BIGHT_TESTS_SUPPORT_PEER_HPP
#define BIGHT_TESTS_SUPPORT_PEER_HPP

#include <bight/transport.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace support
{

// What a peer without a lambda of its own does when the other side has ended.
enum class AtEnd { close, stay };

// One side of a connection. Every callback first keeps account and holds the transport to its
// contract (connected once and first, nothing behind closed), then calls the lambda if there is
// one. A lambda may destroy its peer.
class Peer : public bight_protocol
{
  public:
    explicit Peer(AtEnd atEnd = AtEnd::close);
    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;
    ~Peer();

    void (*onAny)() = nullptr; // in every callback, before the others
    std::function<void()> onConnected;
    std::function<void(std::string_view)> onReceived;
    std::function<void()> onEnded;
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
    std::string reasonDomain; // of the code
    int reasonCode = 0;

    bool closedWith(bight_status status) const
    {
        return closed && reason == status;
    }
    bool toldNothing() const
    {
        return !connected && !ended && !closed && receivedCalls == 0 && drainedCalls == 0;
    }

    bight_flow write(std::string_view content);

    // Sends back what comes, at the pace of the one who takes it.
    void echo();

    // Gives its transport the order, if it is open: to close, to abort, to free ...
    void order(void (*act)(bight_transport *));

    // Sets one lambda by its number, for tests that try them all: 0 is onConnected, 4 onClosed.
    static constexpr int lambdas = 5;
    void on(int which, const std::function<void()> &act);

    // Has no function `ended` from here on.
    void ignoreEnded();

    // Forgets what it was told, before its next connection.
    void forget();

  private:
    friend struct PeerCallbacks;
    AtEnd atEnd_;
};

} // namespace support

#endif

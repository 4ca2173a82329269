// An IRC server in memory, on a clock that stands still, and clients that are just lines.
#ifndef BIGHT_TESTS_PROTOCOLS_IRC_SERVER_SUPPORT_HPP
#define BIGHT_TESTS_PROTOCOLS_IRC_SERVER_SUPPORT_HPP

#include <bight/crank.h>
#include <bight/irc_server.h>
#include <bight/transport.h>

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace irc
{

// "2024-05-06T07:08:09.012Z", where the server's wall clock begins.
constexpr uint64_t wallStart = UINT64_C(1714979289012000000);

class Peer;

// Reactor and server. Everything is quiet between two calls: what a Peer sends has been answered.
class World
{
  public:
    explicit World(const std::function<void(bight_irc_server_options &)> &change = nullptr);
    ~World();
    World(const World &) = delete;
    World &operator=(const World &) = delete;

    // A client that has connected, and one that has registered and seen its welcome.
    std::unique_ptr<Peer> connect();
    std::unique_ptr<Peer> join(const std::string &nick, const std::string &caps = "");

    void settle();
    void advance(uint64_t duration);
    void freeServer();
    bight_irc_server_stats stats() const;

    bight_reactor *reactor = nullptr;
    bight_irc_server *server = nullptr;
};

// One connection's other end.
class Peer
{
  public:
    explicit Peer(World &world);
    ~Peer();
    Peer(const Peer &) = delete;
    Peer &operator=(const Peer &) = delete;

    // Send one line (CR LF is added) and let the world settle; or bytes as they are.
    void send(const std::string &line);
    void write(const std::string &bytes);

    // Send a line and give all that came back.
    std::vector<std::string> ask(const std::string &line);

    // The lines since the last take, without CR LF; each must have ended in both.
    std::vector<std::string> take();

    // What is left of a line cut short.
    const std::string &rest() const
    {
        return rest_;
    }

    // Send bytes without looking at what comes back, and stop or start reading.
    void pause();
    void resume();
    void close();

    bool closed = false;
    uint64_t received = 0; // bytes
    bight_transport *transport = nullptr;

  private:
    struct Protocol {
        bight_protocol base;
        Peer *peer;
    };

    static Peer *of(bight_protocol *protocol);
    static void onConnected(bight_protocol *protocol, bight_transport *transport);
    static void onReceived(bight_protocol *protocol, const uint8_t *bytes, size_t size);
    static void onClosed(bight_protocol *protocol, const bight_error *reason);
    static const bight_protocol_ops ops;

    Protocol protocol_;
    World &world_;
    std::string rest_;
    std::vector<std::string> lines_;
};

using Lines = std::vector<std::string>;

// Those of the lines that hold `part`.
Lines with(const Lines &lines, const std::string &part);

// Whether one of them is, or holds, this.
bool has(const Lines &lines, const std::string &part);

} // namespace irc

#endif

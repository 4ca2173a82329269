// An IRC server in memory, on a clock that stands still, and clients that are just lines.
#ifndef BIGHT_TESTS_PROTOCOLS_IRC_SERVER_SUPPORT_HPP
#define BIGHT_TESTS_PROTOCOLS_IRC_SERVER_SUPPORT_HPP

#include "support/peer.hpp"

#include <bight/crank.h>
#include <bight/irc_server.h>

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
class Peer : public support::Peer
{
  public:
    explicit Peer(World &world);

    // Send one line (CR LF is added) and let the world settle; or bytes as they are.
    void send(const std::string &line);
    void write(const std::string &content);

    // Send a line and give all that came back.
    std::vector<std::string> ask(const std::string &line);

    // The lines since the last take, without CR LF; each must have ended in both.
    std::vector<std::string> take();

    // What is left of a line cut short.
    const std::string &rest() const
    {
        return text;
    }

    // Send bytes without looking at what comes back, and stop or start reading.
    void pause();
    void resume();
    void close();

  private:
    void splitLines();

    World &world_;
    std::vector<std::string> lines_;
};

using Lines = std::vector<std::string>;

// Those of the lines that hold `part`.
Lines with(const Lines &lines, const std::string &part);

// Whether one of them is, or holds, this.
bool has(const Lines &lines, const std::string &part);

} // namespace irc

#endif

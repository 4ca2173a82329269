// A client session against a peer that a test plays by hand, in memory and on a virtual clock.
#ifndef BIGHT_TESTS_PROTOCOLS_IRC_CLIENT_FIXTURE_HPP
#define BIGHT_TESTS_PROTOCOLS_IRC_CLIENT_FIXTURE_HPP

#include "irc_client_recorder.hpp"
#include "support/peer.hpp"

#include <bight/crank.h>
#include <bight/irc_client.h>
#include <bight/pair.h>

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

namespace irc
{

// The other end: keeps what the client sends, and sends what the test says.
class Peer : public support::Peer
{
  public:
    // The lines that came since the last call, without CR LF.
    Lines take();
    void send(const std::string &words);
    void close();
    void abort();
};

// A test has one client, and as many peers one after the other as it connects to.
class ClientTest : public ::testing::Test, protected Recorder
{
  protected:
    ClientTest();
    ~ClientTest() override;

    // Make the client, with `options` as they are then.
    void make();
    // Connect it to a new peer, through memory.
    void attach();
    // make(), attach(), and registration up to the end of the MOTD, with these features and
    // capabilities; what was told and sent on the way is forgotten.
    void ready(const std::string &features = "", const std::string &capabilities = "");
    void welcome(const std::string &features = "");
    // Be in a channel, with these names in it.
    bight_irc_channel *join(const std::string &channel, const std::string &names = "me");

    // The peer sends lines; the client takes them.
    void hear(const std::string &line);
    void hearAll(const Lines &lines);
    void settle();
    void advance(uint64_t duration);

    // What the client sent since the last call; told() is what it told.
    Lines sent();
    void forget();

    std::vector<std::string> members(bight_irc_channel *channel);
    std::vector<std::string> members(const std::string &channel);

    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_client_options options = BIGHT_IRC_CLIENT_OPTIONS_INIT;
    bight_irc_client *client = nullptr;
    Peer *peer = nullptr;
    int64_t wall = 1700000000000;
    size_t chunk = 0; // deliver in pieces of this size

  private:
    std::vector<std::unique_ptr<Peer>> peers_;
};

} // namespace irc

#endif

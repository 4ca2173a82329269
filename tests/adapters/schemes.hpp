// The schemes of tests/support/toy_schemes.h on each host.
#ifndef BIGHT_TESTS_ADAPTERS_SCHEMES_HPP
#define BIGHT_TESTS_ADAPTERS_SCHEMES_HPP

#include "adapters/conformance.hpp"
#include "support/toy_schemes.h"

#include <map>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace schemes
{

using conformance::connect;
using conformance::connectWith;
using conformance::Outcome;
using conformance::Peer;
using conformance::Server;

class Schemes : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        Conformance::SetUp();
        ASSERT_EQ(bight_toy_add_schemes(reactor), BIGHT_OK);
        ASSERT_EQ(bight_toy_add_schemes(reactor), BIGHT_OK) << "twice is no fault";
    }
    static std::string toy(const std::string &name)
    {
        return "toy:" + name + "-" + std::to_string(getpid());
    }
    std::shared_ptr<Outcome> attempt(const std::string &endpoint, Peer &peer,
                                     const bight_connect_options &options)
    {
        auto outcome = connectWith(reactor, endpoint, options, peer);
        EXPECT_FALSE(outcome->done) << "completed inside the call";
        EXPECT_TRUE(runUntil([&] { return outcome->done; }));
        return outcome;
    }
    std::shared_ptr<Outcome> attempt(const std::string &endpoint, Peer &peer)
    {
        return attempt(endpoint, peer, BIGHT_CONNECT_OPTIONS_INIT);
    }
    void expectEcho(Peer &client)
    {
        client.write("hello");
        EXPECT_TRUE(runUntil([&] { return client.text == "hello"; }));
    }
};

// A proxy for hop:, on a reactor. What comes behind the line of a client goes on, both ways.
class Proxy
{
  public:
    explicit Proxy(bight_reactor *reactor, std::string answer = "ok\n")
        : reactor_(reactor), answer_(std::move(answer)),
          server_(reactor, "tcp:127.0.0.1:0", [this](Peer &peer) { prepare(peer); })
    {
    }
    std::string hop() const
    {
        return "hop:127.0.0.1:" + std::to_string(server_.port());
    }
    Server &server()
    {
        return server_;
    }

    std::vector<std::string> asked;

  private:
    struct Across {
        Peer far;
        std::shared_ptr<Outcome> outcome;
        std::string line;
    };
    void prepare(Peer &near)
    {
        Across &across = across_[&near];

        near.onReceived = [this, &near, &across](std::string_view bytes) {
            if (across.far.transport != nullptr) {
                across.far.write(bytes);
                return;
            }
            across.line += bytes;
            if (across.line.back() == '\n')
                go(near, across);
        };
        near.onClosed = [&across] { bight_transport_free(across.far.transport); };
    }
    void go(Peer &near, Across &across)
    {
        std::string target = across.line.substr(0, across.line.size() - 1);

        asked.push_back(target);
        if (answer_.compare(0, 2, "ok") != 0) {
            near.write(answer_);
            return;
        }
        target = target.substr(target.find(' ') + 1);
        across.far.onConnected = [this, &near] { near.write(answer_); };
        across.far.onReceived = [&near](std::string_view bytes) { near.write(bytes); };
        across.far.onClosed = [&near, &across] {
            across.far.transport = nullptr;
            if (near.transport != nullptr)
                bight_transport_close(near.transport);
        };
        across.outcome = connect(reactor_, "tcp:" + target, across.far);
    }

    bight_reactor *reactor_;
    std::string answer_;
    std::map<Peer *, Across> across_;
    Server server_;
};

inline std::string portOf(const Server &server)
{
    return std::to_string(server.port());
}

} // namespace schemes

#endif

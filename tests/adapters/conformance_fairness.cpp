// Chapter: one connection that floods must not starve the others, nor timers, nor posts.
#include "adapters/conformance.hpp"

#include <algorithm>
#include <unistd.h>

using conformance::connect;
using conformance::Peer;
using conformance::post;
using conformance::Server;
using conformance::Timer;

namespace
{

// A connection that sends without pause to a server that takes everything.
class Flood
{
  public:
    explicit Flood(bight_reactor *reactor)
        : server_(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.keepsText = false; })
    {
        client_.onConnected = client_.onDrained = [this] {
            while (client_.write(chunk_) == BIGHT_FLOW_GO) {
            }
        };
        connect(reactor, server_.endpoint(), client_);
        EXPECT_TRUE(conformance::runUntil(reactor, [this] { return bytes() > 1 << 20; }));
    }
    uint64_t bytes()
    {
        return server_.first() != nullptr ? server_.first()->bytes : 0;
    }

  private:
    const std::string chunk_ = std::string(65536, 'x');
    Server server_;
    Peer client_;
};

BIGHT_CHAPTER(Fairness);

// The bounds are generous, for the machine has other work; starving is a matter of seconds.
constexpr uint64_t bearable = BIGHT_MSEC(250);

TEST_P(Fairness, timersAreNotLateWhileAConnectionFloods)
{
    if (host().virtualTime)
        GTEST_SKIP() << "the clock stands still while something is ready";
    Flood flood(reactor);
    uint64_t worst = 0, due = 0;
    int beats = 0;
    Timer timer(reactor, [&] {
        worst = std::max(worst, bight_monotonic_now() - due);
        due = bight_timer_get_deadline(timer.get());
        if (++beats == 40)
            stop();
    });

    uint64_t before = flood.bytes();
    timer.repeat(BIGHT_MSEC(3));
    due = bight_timer_get_deadline(timer.get());
    run();
    EXPECT_LT(worst, bearable);
    EXPECT_GT(flood.bytes(), before) << "and the flood goes on";
}

TEST_P(Fairness, postsAreNotLateWhileAConnectionFloods)
{
    if (host().virtualTime)
        GTEST_SKIP() << "the clock stands still while something is ready";
    Flood flood(reactor);
    uint64_t worst = 0, sent = 0;
    int rounds = 0;
    std::function<void()> again = [&] {
        worst = std::max(worst, bight_monotonic_now() - sent);
        if (++rounds == 100) {
            stop();
            return;
        }
        sent = bight_monotonic_now();
        post(reactor, again);
    };

    sent = bight_monotonic_now();
    post(reactor, again);
    run();
    EXPECT_LT(worst, bearable);
}

TEST_P(Fairness, theOthersGetTheirEchoWhileOneConnectionFloods)
{
    constexpr size_t count = 100;
    if (host().virtualTime)
        GTEST_SKIP() << "the clock stands still while something is ready";
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    std::vector<std::unique_ptr<Peer>> clients;
    for (size_t i = 0; i < count; i++) {
        clients.push_back(std::make_unique<Peer>());
        connect(reactor, server.endpoint(), *clients.back());
    }
    ASSERT_TRUE(runUntil([&] {
        return std::all_of(clients.begin(), clients.end(), [](auto &c) { return c->connected; });
    }));
    Flood flood(reactor);
    size_t answered = 0;
    uint64_t begin = bight_monotonic_now();

    for (auto &client : clients) {
        client->onReceived = [&](std::string_view) { answered++; };
        client->write("?");
    }
    EXPECT_TRUE(runUntil([&] { return answered == count; }));
    EXPECT_LT(bight_monotonic_now() - begin, 4 * bearable);
}

} // namespace

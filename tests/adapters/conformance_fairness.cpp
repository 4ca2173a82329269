// Chapter: one connection that floods must not starve the others, nor timers, nor posts.
//
// Lateness is counted in turns of the reactor and in bytes of the flood, not in milliseconds, which
// would measure the machine.
#include "adapters/conformance.hpp"
#include "adapters/limits.hpp"

#include <algorithm>
#include <memory>

using conformance::connect;
using conformance::Peer;
using conformance::post;
using conformance::Server;
using conformance::Task;
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
        Task look(reactor,
                  [&] { bytes() > 1 << 20 ? bight_reactor_stop(reactor) : look.schedule(); });
        look.schedule();
        EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
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

// Where the reactor is in its work.
class Moment
{
  public:
    explicit Moment(bight_reactor *reactor) : reactor_(reactor), then_(conformance::stats(reactor))
    {
    }
    uint64_t turns() const
    {
        return conformance::stats(reactor_).turns - then_.turns;
    }
    // Two turns; or two rounds over the kinds of callbacks, for a loop that lets a turn run one.
    bool isNear() const
    {
        return turns() <= 2 || conformance::stats(reactor_).callbacks - then_.callbacks <= 8;
    }

  private:
    bight_reactor *reactor_;
    bight_reactor_stats then_;
};

BIGHT_CHAPTER(Fairness);

// A task looks in every turn whether the timer is due; from then on the turns are counted.
TEST_P(Fairness, timersRunTwoTurnsAfterTheyAreDueWhileAConnectionFloods)
{
    if (host().virtualTime)
        GTEST_SKIP() << "the clock stands still while something is ready";
    Flood flood(reactor);
    std::unique_ptr<Moment> due;
    int beats = 0, late = 0;
    Timer timer(reactor, [&] {
        late += due != nullptr && !due->isNear();
        due.reset();
        if (++beats == 40)
            stop();
    });
    Task look(reactor, [&] {
        if (due == nullptr && bight_monotonic_now() >= bight_timer_get_deadline(timer.get()))
            due = std::make_unique<Moment>(reactor);
        look.schedule();
    });

    uint64_t before = flood.bytes();
    timer.repeat(BIGHT_MSEC(3));
    look.schedule();
    run();
    EXPECT_EQ(late, 0) << "of " << beats;
    EXPECT_GT(flood.bytes(), before) << "and the flood goes on";
}

TEST_P(Fairness, postsRunWithinTwoTurnsWhileAConnectionFloods)
{
    Flood flood(reactor);
    int rounds = 0, late = 0;
    std::unique_ptr<Moment> sent;
    std::function<void()> again = [&] {
        late += sent != nullptr && !sent->isNear();
        if (++rounds == 1000) {
            stop();
            return;
        }
        sent = std::make_unique<Moment>(reactor);
        post(reactor, again);
    };

    uint64_t before = flood.bytes();
    post(reactor, again);
    run();
    EXPECT_EQ(late, 0) << "of " << rounds;
    EXPECT_GT(flood.bytes(), before) << "and the flood goes on";
}

// Asked all at once, the 999 have their answers before the flood had more than a few turns: it may
// read 256 KiB in each, and an answer takes two places in the line.
TEST_P(Fairness, theOthersGetTheirEchoWhileOneConnectionOfAThousandFloods)
{
    constexpr size_t count = 999;
    constexpr uint64_t bearable = 24 * (256 << 10);
    conformance::DescriptorLimit limit(2 * count + 200);
    if (!limit.granted)
        GTEST_SKIP() << "the machine does not allow 2,200 descriptors";
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    std::vector<std::unique_ptr<Peer>> clients;
    size_t connected = 0, answered = 0;
    uint64_t worst = 0;

    for (size_t i = 0; i < count; i++) {
        Peer &client = *clients.emplace_back(std::make_unique<Peer>());
        client.onConnected = [&] { connected++; };
        connect(reactor, server.endpoint(), client);
    }
    ASSERT_TRUE(runUntil([&] { return connected == count && server.peers.size() == count; }));
    Flood flood(reactor);
    for (int round = 0; round < 5; round++) {
        uint64_t before = flood.bytes();
        answered = 0;
        for (auto &client : clients) {
            client->onReceived = [&](std::string_view) {
                if (++answered == count)
                    stop();
            };
            client->write("?");
        }
        run();
        worst = std::max(worst, flood.bytes() - before);
    }
    EXPECT_LE(worst, bearable);
}

} // namespace

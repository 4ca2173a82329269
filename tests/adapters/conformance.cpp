#include "adapters/conformance.hpp"

#include <utility>

namespace conformance
{

std::ostream &operator<<(std::ostream &stream, const Host &host)
{
    return stream << host.name;
}

std::string nameOf(const testing::TestParamInfo<Host> &info)
{
    return info.param.name;
}

bight_reactor_stats stats(bight_reactor *reactor)
{
    bight_reactor_stats now{};
    now.size = sizeof(now);
    bight_reactor_get_stats(reactor, &now);
    return now;
}

namespace
{

// Loops of this thread that stand above one another; a stop must hit the one that it is meant for.
thread_local int runs = 0;

} // namespace

// The condition is looked at every millisecond. The limit is on the wall's clock also where the
// reactor's is virtual, for it is other threads and the kernel that a test waits for.
bool runUntil(bight_reactor *reactor, const std::function<bool()> &condition,
              std::chrono::milliseconds timeout)
{
    uint64_t limit = bight_monotonic_now() + BIGHT_MSEC(timeout.count());
    bool held = condition();
    int level = runs + 1;
    Timer look(reactor, [&] {
        if (runs != level)
            return;
        held = condition();
        if (held || bight_monotonic_now() >= limit)
            bight_reactor_stop(reactor);
    });

    if (held)
        return true;
    runs = level;
    look.repeat(BIGHT_MSEC(1));
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    runs = level - 1;
    return held;
}

void runFor(bight_reactor *reactor, uint64_t duration)
{
    int level = runs + 1;
    Timer end(reactor, [&] {
        if (runs == level)
            bight_reactor_stop(reactor);
        else
            end.start(BIGHT_MSEC(1)); // a loop above this one has to end first
    });

    runs = level;
    end.start(duration);
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    runs = level - 1;
}

void Fixture::SetUp()
{
    static bool warm = false;

    // What a loop makes once for the process (GLib's default context, libdispatch's main queue) is
    // no leak.
    if (!std::exchange(warm, true)) {
        reactor = host().open();
        turn();
        freeReactor();
    }
    fds_ = std::make_unique<support::FdGuard>();
    threads_ = std::make_unique<support::ThreadGuard>();
    reactor = host().open();
    ASSERT_NE(reactor, nullptr);
}

void Fixture::TearDown()
{
    freeReactor();
    fds_.reset();
    threads_.reset();
}

void Fixture::freeReactor()
{
    bight_reactor_free(std::exchange(reactor, nullptr));
}

void Fixture::turn()
{
    int turns = 0;
    Task task(reactor, [&] {
        if (++turns == 2)
            stop();
        else
            task.schedule();
    });

    task.schedule();
    run();
}

void expectAnAnswerWhileSpinning(bight_reactor *reactor, const std::function<void()> &pass)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;
    bool answered = false;

    connect(reactor, server.endpoint(), client);
    ASSERT_TRUE(runUntil(reactor, [&] { return client.connected; }));
    post(reactor, [&] {
        client.write("spin");
        answered = support::waitUntil([&] { return client.bytes == 4; }, support::patience, pass);
        bight_reactor_stop(reactor);
    });
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_TRUE(answered);
}

} // namespace conformance

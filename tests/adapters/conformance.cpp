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

// The condition is looked at every millisecond. The limit is on the wall's clock also where the
// reactor's is virtual, for it is other threads and the kernel that a test waits for.
bool runUntil(bight_reactor *reactor, const std::function<bool()> &condition,
              std::chrono::milliseconds timeout)
{
    uint64_t limit = bight_monotonic_now() + BIGHT_MSEC(timeout.count());
    bool held = condition();
    Timer look(reactor, [&] {
        held = condition();
        if (held || bight_monotonic_now() >= limit)
            bight_reactor_stop(reactor);
    });

    if (held)
        return true;
    look.repeat(BIGHT_MSEC(1));
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    return held;
}

void runFor(bight_reactor *reactor, uint64_t duration)
{
    Timer end(reactor, [reactor] { bight_reactor_stop(reactor); });

    end.start(duration);
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
}

void Fixture::SetUp()
{
    static bool warm = false;

    // What a loop makes once for the process (GLib's default context, Qt's application) is no leak.
    if (!std::exchange(warm, true))
        bight_reactor_free(host().open());
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

} // namespace conformance

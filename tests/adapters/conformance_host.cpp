// Chapter: the host as a whole: starting, stopping, starting again, several at once, idleness.
#include "adapters/conformance.hpp"

#include <atomic>
#include <bight/host.h>
#include <cstring>
#include <poll.h>
#include <thread>
#include <unistd.h>

using conformance::post;
using conformance::SocketPair;
using conformance::Task;
using conformance::Timer;
using conformance::Watch;

namespace
{

BIGHT_CHAPTER(Hosts);

TEST_P(Hosts, sayTheirName)
{
    EXPECT_GT(std::strlen(bight_reactor_get_host_name(reactor)), 1u);
}

TEST_P(Hosts, endTheRunAfterTheCallbackThatStops)
{
    int ran = 0;

    post(reactor, [&] {
        ran++;
        stop();
    });
    post(reactor, [&] { ran++; });
    run();
    EXPECT_EQ(ran, 1) << "callbacks ran after the one that stopped";
    EXPECT_TRUE(runUntil([&] { return ran == 2; }));
}

TEST_P(Hosts, takeAStopWithoutARunForNothing)
{
    Timer timer(reactor, [&] { stop(); });

    stop();
    timer.start(BIGHT_MSEC(2));
    run();
    EXPECT_FALSE(bight_timer_is_running(timer.get())) << "ended before the timer";
}

TEST_P(Hosts, runAgainAfterAStop)
{
    for (int i = 0; i < 20; i++) {
        SocketPair pair;
        Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
            conformance::drain(pair.near());
            stop();
        });
        ASSERT_EQ(::write(pair.far(), "x", 1), 1);
        run();
    }
}

TEST_P(Hosts, startAfreshAHundredTimes)
{
    for (int i = 0; i < 100; i++) {
        freeReactor();
        reactor = host().open();
        ASSERT_NE(reactor, nullptr);
        bool posted = false;
        Timer timer(reactor, [&] { stop(); });
        post(reactor, [&] { posted = true; });
        timer.start(BIGHT_USEC(10));
        run();
        EXPECT_TRUE(runUntil([&] { return posted; }));
    }
}

TEST_P(Hosts, areFreedWithEverythingArmed)
{
    SocketPair pair;
    Timer timer(reactor, [] {});
    Task task(reactor, [] {});
    Watch watch(reactor, pair.near(), BIGHT_WATCH_WRITE, [](unsigned) {});

    timer.start(0);
    task.schedule();
    post(reactor, [] {});
    freeReactor();
    timer.start(BIGHT_MSEC(1)); // does nothing any more
    task.schedule();
    EXPECT_FALSE(bight_timer_is_running(timer.get()));
}

TEST_P(Hosts, letADispatchBeCalledAtAnyMoment)
{
    int ran = 0;

    for (int i = 0; i < 5; i++)
        EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI), BIGHT_TURN_IDLE);
    post(reactor, [&] { ran++; });
    bight_reactor_before_wait(reactor);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_EQ(ran, 1);
    bight_reactor_before_wait(reactor);
    EXPECT_TRUE(runUntil([&] { return true; }));
}

TEST_P(Hosts, areToldByTheDescriptorWhenTheBudgetWasSpent)
{
    int ran = 0;
    std::vector<std::unique_ptr<Timer>> timers;

    for (int i = 0; i < 10; i++) {
        timers.push_back(std::make_unique<Timer>(reactor, [&] { ran++; }));
        timers.back()->start(0);
    }
    pollfd entry = {bight_reactor_fd(reactor), POLLIN, 0};
    for (int i = 1; i <= 9; i++) {
        EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET(0, 1)), BIGHT_TURN_MORE);
        EXPECT_EQ(ran, i);
        EXPECT_EQ(poll(&entry, 1, 0), 1);
    }
    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET(0, 1)), BIGHT_TURN_IDLE);
    EXPECT_EQ(ran, 10);
}

TEST_P(Hosts, carryOneReactorOnceOnly)
{
    static const bight_host_ops ops = {sizeof(ops), "second", nullptr, nullptr,
                                       nullptr,     false,    nullptr};

    if (!host().carries)
        GTEST_SKIP() << "this reactor has no host";
    EXPECT_EQ(bight_host_attach(reactor, &ops, nullptr), BIGHT_ERROR_STATE);
    EXPECT_NE(bight_reactor_get_host_name(reactor), ops.name);
}

TEST_P(Hosts, sleepWhileThereIsNothingToDo)
{
    SocketPair pair;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [](unsigned) {});
    Timer far(reactor, [] {});

    far.start(BIGHT_SEC(3600));
    turn();
    uint64_t turns = conformance::stats(reactor).turns;
    runFor(BIGHT_MSEC(300));
    EXPECT_LE(conformance::stats(reactor).turns - turns, 4u);
}

TEST_P(Hosts, wakeOnceForOneEvent)
{
    constexpr int count = 10;
    SocketPair pair;
    int reads = 0, beats = 0;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        conformance::drain(pair.near());
        if (++reads == count)
            stop();
    });
    Timer sender(reactor, [&] {
        beats++;
        ASSERT_EQ(::write(pair.far(), "x", 1), 1);
    });

    turn();
    uint64_t turns = conformance::stats(reactor).turns;
    sender.repeat(BIGHT_MSEC(10));
    run();
    EXPECT_LE(conformance::stats(reactor).turns - turns, 2u * beats + 5)
        << "more turns than events: " << beats << " beats";
}

TEST_P(Hosts, carryTwoReactorsOnOneLoop)
{
    if (!host().shared)
        GTEST_SKIP() << "two reactors are two loops here";
    bight_reactor *second = host().open();
    ASSERT_NE(second, nullptr);
    int beats = 0, posts = 0;
    {
        Timer timer(second, [&] {
            beats++;
            post(second, [&] { posts++; });
        });
        timer.repeat(BIGHT_MSEC(1));
        EXPECT_TRUE(runUntil([&] { return beats >= 5 && posts >= 5; }));
        // Nested in one another's callbacks.
        Task nest(second, [&] { EXPECT_TRUE(runUntil([&] { return beats >= 10; })); });
        nest.schedule();
        EXPECT_TRUE(conformance::runUntil(second, [&] { return beats >= 15; }));
    }
    bight_reactor_free(second);
    EXPECT_TRUE(runUntil([&] { return true; }));
}

TEST_P(Hosts, freeOneReactorInACallbackOfAnother)
{
    bight_reactor *second = host().open();
    ASSERT_NE(second, nullptr);
    {
        Timer timer(second, [&] { ADD_FAILURE() << "its reactor is gone"; });
        Task task(reactor, [&] {
            bight_reactor_free(second);
            stop();
        });
        timer.start(0);
        task.schedule();
        if (host().shared)
            timer.start(BIGHT_MSEC(5));
        run();
        runFor(BIGHT_MSEC(10));
    }
}

// A ring of threads, each with its own loop and reactor, that passes a counter on by posts.
struct Ring {
    static constexpr int threads = 4, rounds = 200;
    std::atomic<bight_reactor *> reactors[threads] = {};
    std::atomic<int> ready{0}, over{0};
    int counter = 0;

    void pass(int from)
    {
        int to = (from + 1) % threads;
        post(reactors[to], [this, to] {
            if (++counter < threads * rounds) {
                pass(to);
                return;
            }
            for (auto &each : reactors) {
                bight_reactor *reactor = each;
                post(reactor, [reactor] { bight_reactor_stop(reactor); });
            }
        });
    }

    void run(const conformance::Host &host, int index)
    {
        bight_reactor *reactor = host.open();
        reactors[index] = reactor;
        ready++;
        support::waitUntil([this] { return ready == threads; });
        if (index == 0)
            pass(0);
        EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
        over++;
        support::waitUntil([this] { return over == threads; });
        bight_reactor_free(reactor);
    }
};

TEST_P(Hosts, carryOneReactorOnEachThread)
{
    Ring ring;
    std::vector<std::thread> threads;

    for (int i = 0; i < Ring::threads; i++)
        threads.emplace_back([&, i] {
            auto body = [&, i] { ring.run(host(), i); };
            if (host().onThread != nullptr)
                host().onThread(body);
            else
                body();
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(ring.counter, Ring::threads * Ring::rounds);
}

TEST_P(Hosts, startNoThread)
{
    size_t before = support::countThreads();
    SocketPair pair;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ,
                [&](unsigned) { conformance::drain(pair.near()); });
    Timer timer(reactor, [] {});

    timer.repeat(BIGHT_MSEC(1));
    runFor(BIGHT_MSEC(10));
    EXPECT_EQ(support::countThreads(), before);
}

} // namespace

// Chapter: posts and wakes from other threads and from signals, and tasks for the next turn.
#include "adapters/conformance.hpp"

#include <atomic>
#include <csignal>
#include <thread>
#include <unistd.h>

using conformance::post;
using conformance::Task;
using conformance::Timer;

namespace
{

BIGHT_CHAPTER(Posts);

TEST_P(Posts, runInOrderAndNotInTheCall)
{
    std::vector<int> order;

    for (int i = 0; i < 100; i++)
        post(reactor, [&order, i] { order.push_back(i); });
    EXPECT_TRUE(order.empty());
    EXPECT_TRUE(runUntil([&] { return order.size() == 100; }));
    for (int i = 0; i < 100; i++)
        EXPECT_EQ(order[i], i);
}

TEST_P(Posts, fromFourThreadsArriveAllOnceAndInTheirOrder)
{
    constexpr int threads = 4, each = 5000;
    int next[threads] = {};
    int arrived = 0;
    std::vector<std::thread> posters;
    std::thread::id owner = std::this_thread::get_id();

    for (int t = 0; t < threads; t++)
        posters.emplace_back([&, t] {
            for (int i = 0; i < each; i++)
                post(reactor, [&, t, i] {
                    EXPECT_EQ(std::this_thread::get_id(), owner);
                    EXPECT_EQ(next[t], i);
                    next[t] = i + 1;
                    arrived++;
                });
        });
    EXPECT_TRUE(runUntil([&] { return arrived == threads * each; }));
    for (std::thread &poster : posters)
        poster.join();
    turn();
    EXPECT_EQ(arrived, threads * each);
}

TEST_P(Posts, wakeALoopThatWaits)
{
    std::atomic<bool> waiting{false};
    Timer far(reactor, [&] { ADD_FAILURE() << "the post did not wake the loop"; });
    Task started(reactor, [&] { waiting = true; });
    std::thread poster([&] {
        support::waitUntil([&] { return waiting.load(); });
        post(reactor, [&] { stop(); });
    });

    if (!host().virtualTime)
        far.start(BIGHT_SEC(15));
    started.schedule();
    run();
    poster.join();
}

TEST_P(Posts, madeInAPostRunInALaterTurn)
{
    int depth = 0, ran = 0;
    std::function<void()> again = [&] {
        EXPECT_EQ(depth++, 0);
        if (++ran == 50)
            stop();
        else
            post(reactor, again);
        depth--;
    };

    post(reactor, again);
    run();
    EXPECT_EQ(ran, 50);
}

TEST_P(Posts, thatPostForeverDoNotStarveTimers)
{
    bool over = false;
    std::function<void()> again = [&] {
        if (!over)
            post(reactor, again);
    };
    Timer timer(reactor, [&] {
        over = true;
        stop();
    });

    if (host().virtualTime)
        GTEST_SKIP() << "the clock stands still while something is ready";
    timer.start(BIGHT_MSEC(5));
    post(reactor, again);
    run();
    EXPECT_TRUE(over);
    turn();
}

TEST_P(Posts, areDroppedOnceWhenTheReactorGoesFirst)
{
    int ran = 0, dropped = 0;

    for (int i = 0; i < 10; i++)
        post(
            reactor, [&] { ran++; }, [&] { dropped++; });
    freeReactor();
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(dropped, 10);
}

TEST_P(Posts, afterAStopRunInTheNextRun)
{
    bool ran = false;

    post(reactor, [&] {
        stop();
        post(reactor, [&] { ran = true; });
    });
    run();
    EXPECT_TRUE(runUntil([&] { return ran; }));
}

bight_reactor *woken;

void wakeInHandler(int)
{
    bight_reactor_wake(woken);
}

TEST_P(Posts, aWakeFromASignalHandlerTurnsTheLoop)
{
    struct sigaction action = {}, before = {};
    uint64_t turns = 0;
    Task raiser(reactor, [&] {
        turns = conformance::stats(reactor).turns;
        raise(SIGUSR1);
    });

    woken = reactor;
    action.sa_handler = wakeInHandler;
    sigaction(SIGUSR1, &action, &before);
    raiser.schedule();
    EXPECT_TRUE(
        runUntil([&] { return turns > 0 && conformance::stats(reactor).turns > turns + 1; }));
    sigaction(SIGUSR1, &before, nullptr);
}

TEST_P(Posts, wakesFromOtherThreadsDoNoHarm)
{
    std::atomic<bool> over{false};
    std::thread waker([&] {
        while (!over)
            bight_reactor_wake(reactor);
    });
    int beats = 0;
    Timer timer(reactor, [&] {
        if (++beats == 5)
            stop();
    });

    timer.repeat(BIGHT_MSEC(1));
    run();
    over = true;
    waker.join();
    EXPECT_EQ(beats, 5);
}

BIGHT_CHAPTER(Tasks);

TEST_P(Tasks, runOnceInTheNextTurn)
{
    int ran = 0;
    Task task(reactor, [&] { ran++; });

    task.schedule();
    task.schedule();
    EXPECT_EQ(ran, 0);
    turn();
    turn();
    EXPECT_EQ(ran, 1);
}

TEST_P(Tasks, thatAreCancelledDoNotRun)
{
    int ran = 0;
    Task task(reactor, [&] { ran++; });

    task.schedule();
    task.cancel();
    turn();
    EXPECT_EQ(ran, 0);
}

TEST_P(Tasks, cancelAndFreeOthersOfTheSameTurn)
{
    int ran = 0;
    std::unique_ptr<Task> a, b;
    Task first(reactor, [&] {
        a->cancel();
        b.reset();
    });
    a = std::make_unique<Task>(reactor, [&] { ran++; });
    b = std::make_unique<Task>(reactor, [&] { ran++; });

    first.schedule();
    a->schedule();
    b->schedule();
    turn();
    EXPECT_EQ(ran, 0);
}

TEST_P(Tasks, thatFreeThemselvesAreGone)
{
    int ran = 0;
    std::unique_ptr<Task> task;
    task = std::make_unique<Task>(reactor, [&] {
        ran++;
        task->schedule();
        task.reset();
    });

    task->schedule();
    turn();
    turn();
    EXPECT_EQ(ran, 1);
}

TEST_P(Tasks, thatScheduleThemselvesForeverLetTheLoopLive)
{
    conformance::SocketPair pair;
    bool read = false;
    Task task(reactor, [&] { task.schedule(); });
    conformance::Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        read = true;
        stop();
    });

    task.schedule();
    ASSERT_EQ(::write(pair.far(), "x", 1), 1);
    run();
    EXPECT_TRUE(read);
}

} // namespace

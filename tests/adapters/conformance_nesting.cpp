// Chapter: the program's loop may nest. A modal dialog, a nested GMainLoop, a wait for an answer:
// each runs the loop inside a callback, and the network must go on in it.
#include "adapters/conformance.hpp"

#include <algorithm>
#include <ctime>
#include <unistd.h>

using conformance::post;
using conformance::SocketPair;
using conformance::Task;
using conformance::Timer;
using conformance::Watch;

namespace
{

BIGHT_CHAPTER(Nesting);

void poke(const SocketPair &pair)
{
    ASSERT_EQ(::write(pair.far(), "x", 1), 1);
}

uint64_t cpuTime()
{
    timespec used = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return BIGHT_SEC(used.tv_sec) + static_cast<uint64_t>(used.tv_nsec);
}

// Something of every kind that shall go on in nested loops.
class Traffic
{
  public:
    explicit Traffic(bight_reactor *reactor)
        : reactor_(reactor), timer_(reactor, [this] { beats++; }),
          watch_(reactor, pair_.near(), BIGHT_WATCH_READ, [this](unsigned) {
              conformance::drain(pair_.near());
              reads++;
          })
    {
        timer_.repeat(BIGHT_MSEC(1));
    }

    // Whether each kind goes on, seen from inside the loop that calls.
    void expectToGoOn()
    {
        int beat = beats, read = reads;
        bool posted = false;
        post(reactor_, [&] { posted = true; });
        poke(pair_);
        EXPECT_TRUE(conformance::runUntil(reactor_,
                                          [&] { return beats > beat && reads > read && posted; }));
    }

    int beats = 0, reads = 0;

  private:
    bight_reactor *reactor_;
    SocketPair pair_;
    Timer timer_;
    Watch watch_;
};

TEST_P(Nesting, everythingGoesOnThreeLevelsDeep)
{
    Traffic traffic(reactor);
    SocketPair pair;
    bool done = false;
    Timer third(reactor, [&] {
        traffic.expectToGoOn();
        done = true;
    });
    auto second = [&] {
        traffic.expectToGoOn();
        third.start(0);
        EXPECT_TRUE(runUntil([&] { return done; }));
        traffic.expectToGoOn();
    };
    Watch first(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        conformance::drain(pair.near());
        traffic.expectToGoOn();
        post(reactor, second);
        EXPECT_TRUE(runUntil([&] { return done; }));
        traffic.expectToGoOn();
        stop();
    });

    poke(pair);
    run();
    EXPECT_TRUE(done);
    EXPECT_GE(conformance::stats(reactor).deepest, 4u);
    traffic.expectToGoOn();
}

TEST_P(Nesting, whatWasReadyWithTheNestingCallbackRunsInTheNestedLoop)
{
    constexpr int count = 8;
    SocketPair pairs[count];
    std::unique_ptr<Watch> watches[count];
    int ran = 0, deepest = 0, depth = 0;

    for (int i = 0; i < count; i++) {
        watches[i] =
            std::make_unique<Watch>(reactor, pairs[i].near(), BIGHT_WATCH_READ, [&, i](unsigned) {
                conformance::drain(pairs[i].near());
                ran++;
                deepest = std::max(deepest, ++depth);
                if (ran == 1) {
                    EXPECT_TRUE(runUntil([&] { return ran == count; }));
                }
                depth--;
            });
        poke(pairs[i]);
    }
    EXPECT_TRUE(runUntil([&] { return ran == count && depth == 0; }));
    EXPECT_EQ(deepest, 2);
}

TEST_P(Nesting, postsBehindTheOneThatNestsAreNotHeldBack)
{
    int ran = 0;
    post(reactor, [&] { EXPECT_TRUE(runUntil([&] { return ran == 3; })); });
    for (int i = 0; i < 3; i++)
        post(reactor, [&] { ran++; });
    EXPECT_TRUE(runUntil([&] { return ran == 3; }));
    turn();
}

TEST_P(Nesting, timersThatWereDueWithTheOneThatNestsAreNotHeldBack)
{
    int ran = 0;
    bool unwound = false;
    Timer first(reactor, [&] {
        EXPECT_TRUE(runUntil([&] { return ran == 2; }));
        unwound = true;
    });
    Timer second(reactor, [&] { ran++; }), third(reactor, [&] { ran++; });

    first.start(BIGHT_MSEC(1));
    second.start(BIGHT_MSEC(1));
    third.start(BIGHT_MSEC(1));
    EXPECT_TRUE(runUntil([&] { return unwound; }));
}

TEST_P(Nesting, aTaskScheduledBeforeTheNestedLoopRunsInIt)
{
    bool ran = false, unwound = false;
    Task inner(reactor, [&] { ran = true; });
    Task outer(reactor, [&] {
        inner.schedule();
        EXPECT_TRUE(runUntil([&] { return ran; }));
        unwound = true;
    });

    outer.schedule();
    EXPECT_TRUE(runUntil([&] { return unwound; }));
}

TEST_P(Nesting, aWatchOnTheStackIsNotReenteredButToldAfterwards)
{
    SocketPair pair;
    int depth = 0, calls = 0;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        EXPECT_EQ(depth++, 0) << "re-entered";
        conformance::drain(pair.near());
        if (++calls == 1) {
            poke(pair);
            runFor(BIGHT_MSEC(5));
            EXPECT_EQ(calls, 1);
        }
        depth--;
    });

    poke(pair);
    EXPECT_TRUE(runUntil([&] { return calls == 2; }));
}

TEST_P(Nesting, timersAndTasksOnTheStackAreNotReentered)
{
    int timerDepth = 0, taskDepth = 0, beats = 0, tasks = 0;
    Timer timer(reactor, [&] {
        EXPECT_EQ(timerDepth++, 0);
        if (++beats == 1)
            runFor(BIGHT_MSEC(5));
        timerDepth--;
    });
    Task task(reactor, [&] {
        EXPECT_EQ(taskDepth++, 0);
        if (++tasks == 1) {
            task.schedule();
            runFor(BIGHT_MSEC(5));
        }
        taskDepth--;
    });

    timer.repeat(BIGHT_MSEC(1));
    task.schedule();
    EXPECT_TRUE(runUntil([&] { return beats >= 3 && tasks == 2; }));
}

// Turns and processor time of a nested loop that has nothing to do.
void expectIdle(bight_reactor *reactor)
{
    uint64_t turns = conformance::stats(reactor).turns, used = cpuTime();

    conformance::runFor(reactor, BIGHT_MSEC(200));
    EXPECT_LE(conformance::stats(reactor).turns - turns, 6u) << "the loop spins";
    EXPECT_LT(cpuTime() - used, BIGHT_MSEC(100)) << "the loop spins";
}

TEST_P(Nesting, nothingSpinsInAnIdleNestedLoop)
{
    Timer timer(reactor, [&] {
        expectIdle(reactor);
        stop();
    });

    timer.start(0);
    run();
}

TEST_P(Nesting, nothingSpinsWhileTheWatchOnTheStackIsReady)
{
    SocketPair pair;
    std::unique_ptr<Watch> watch;
    watch = std::make_unique<Watch>(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        expectIdle(reactor); // the byte has not been read
        watch.reset();
        stop();
    });

    poke(pair);
    run();
}

TEST_P(Nesting, nothingSpinsWhileTheWatchOnTheStackIsHungUp)
{
    SocketPair pair;
    std::unique_ptr<Watch> watch;
    watch = std::make_unique<Watch>(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        pair.closeFar();
        expectIdle(reactor);
        watch.reset();
        stop();
    });

    poke(pair);
    run();
}

TEST_P(Nesting, nothingSpinsWhileTimersOnTheStackAreOverdue)
{
    Timer timer(reactor, [&] {
        expectIdle(reactor);
        timer.stop();
        stop();
    });

    if (host().virtualTime)
        GTEST_SKIP() << "the clock goes from beat to beat";
    timer.repeat(BIGHT_MSEC(1));
    run();
}

TEST_P(Nesting, stopEndsTheInnermostRunAlone)
{
    std::vector<std::string> order;
    Task inner(reactor, [&] {
        order.push_back("stop inner");
        stop();
    });
    Task outer(reactor, [&] {
        inner.schedule();
        run();
        order.push_back("inner ended");
        stop();
        order.push_back("stop outer");
    });

    outer.schedule();
    run();
    order.push_back("outer ended");
    EXPECT_EQ(order,
              (std::vector<std::string>{"stop inner", "inner ended", "stop outer", "outer ended"}));
}

TEST_P(Nesting, manyLevelsUnwindInOrder)
{
    constexpr int deepest = 20;
    int depth = 0;
    std::vector<int> unwound;
    std::function<void()> nest = [&] {
        int mine = ++depth;
        if (mine < deepest) {
            post(reactor, nest);
            run();
        }
        unwound.push_back(mine);
        stop();
    };

    post(reactor, nest);
    run();
    ASSERT_EQ(unwound.size(), static_cast<size_t>(deepest));
    for (int i = 0; i < deepest; i++)
        EXPECT_EQ(unwound[i], deepest - i);
}

TEST_P(Nesting, whatIsOnTheStackMayBeFreedFurtherUp)
{
    SocketPair pair;
    std::unique_ptr<Watch> watch;
    std::unique_ptr<Timer> timer;
    std::unique_ptr<Task> task;
    bool freed = false;
    auto freeAll = [&] {
        watch.reset();
        timer.reset();
        task.reset();
        freed = true;
    };
    task = std::make_unique<Task>(reactor, [&] {
        post(reactor, freeAll);
        EXPECT_TRUE(runUntil([&] { return freed; }));
    });
    timer = std::make_unique<Timer>(reactor, [&] {
        task->schedule();
        EXPECT_TRUE(runUntil([&] { return freed; }));
    });
    watch = std::make_unique<Watch>(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) {
        timer->start(0);
        EXPECT_TRUE(runUntil([&] { return freed; }));
    });

    poke(pair);
    EXPECT_TRUE(runUntil([&] { return freed; }));
    runFor(BIGHT_MSEC(3));
}

TEST_P(Nesting, freeingTheReactorEndsTheRunsOfAllLevels)
{
    int returned = 0;
    bight_reactor *mine = reactor;
    std::function<void()> nest = [&, mine] {
        if (conformance::stats(mine).deepest < 3) {
            post(mine, nest);
            EXPECT_EQ(bight_reactor_run(mine), BIGHT_OK);
            returned++;
        } else {
            freeReactor();
        }
    };
    post(reactor, nest);
    EXPECT_EQ(bight_reactor_run(mine), BIGHT_OK);
    EXPECT_EQ(returned, 2);
    EXPECT_EQ(reactor, nullptr);
}

TEST_P(Nesting, aWatchMayChangeItsEventsFurtherUp)
{
    SocketPair pair;
    int reads = 0, writes = 0;
    Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned events) {
        if (events & BIGHT_WATCH_WRITE) {
            writes++;
            watch.set(0);
            return;
        }
        reads++;
        Task change(reactor, [&] { watch.set(BIGHT_WATCH_WRITE); });
        change.schedule();
        runFor(BIGHT_MSEC(3));
        EXPECT_EQ(writes, 0) << "re-entered";
    });

    poke(pair);
    EXPECT_TRUE(runUntil([&] { return writes == 1; }));
    EXPECT_EQ(reads, 1);
}

} // namespace

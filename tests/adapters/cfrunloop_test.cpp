// What is CFRunLoop's own: a thread that ends with its run loop, runs that the program nests
// itself, passes that never wait.
#include <CoreFoundation/CFRunLoop.h>

#include "adapters/floods.hpp"
#include "internal.h"

#include <algorithm>
#include <bight/cfrunloop.h>
#include <memory>
#include <pthread.h>
#include <sys/eventfd.h>
#include <thread>
#include <tuple>
#include <unistd.h>

using conformance::Peer;
using conformance::post;
using conformance::runUntil;
using conformance::Server;
using conformance::Timer;

namespace
{

class CfRunLoop : public testing::TestWithParam<bighti_way>
{
  protected:
    void SetUp() override
    {
        reactor = bight_reactor_new();
        ASSERT_EQ(bighti_cfrunloop_attach(reactor, BIGHT_BUDGET_GUI, GetParam()), BIGHT_OK);
    }
    void TearDown() override
    {
        bight_reactor_free(reactor);
    }
    bight_reactor *reactor = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Ways, CfRunLoop, testing::Values(BIGHTI_WAY_TESTED, BIGHTI_WAY_RELAY),
                         [](const auto &way) {
                             return way.param == BIGHTI_WAY_RELAY ? "relayed" : "direct";
                         });

TEST_P(CfRunLoop, aRunThatTheProgramNestsItselfGoesOnServing)
{
    int beats = 0;
    Timer beat(reactor, [&] {
        if (++beats == 5)
            CFRunLoopStop(CFRunLoopGetCurrent());
    });
    post(reactor, [&] {
        beat.repeat(BIGHT_MSEC(1));
        CFRunLoopRun();
        beat.stop();
        bight_reactor_stop(reactor);
    });

    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_GE(beats, 5);
}

TEST_P(CfRunLoop, aStopLeavesARunOfTheProgramAboveItAlone)
{
    bool innerEndedByItself = false;
    Timer quit(reactor, [&] {
        innerEndedByItself = true;
        CFRunLoopStop(CFRunLoopGetCurrent());
    });
    post(reactor, [&] {
        post(reactor, [&] { bight_reactor_stop(reactor); });
        quit.start(BIGHT_MSEC(5));
        CFRunLoopRun();
        EXPECT_TRUE(innerEndedByItself);
    });

    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_TRUE(innerEndedByItself);
}

TEST_P(CfRunLoop, freeingTheReactorAboveARunOfTheProgramEndsOursWhenThatEnds)
{
    bight_reactor *mine = reactor;
    bool innerEnded = false;
    post(mine, [&] {
        post(mine, [&] {
            bight_reactor_free(std::exchange(reactor, nullptr));
            CFRunLoopStop(CFRunLoopGetCurrent());
        });
        CFRunLoopRun();
        innerEnded = true;
    });

    EXPECT_EQ(bight_reactor_run(mine), BIGHT_OK);
    EXPECT_TRUE(innerEnded);
}

TEST_P(CfRunLoop, theProgramsOwnRunServesTheReactor)
{
    int beats = 0;
    Timer beat(reactor, [&] {
        if (++beats == 5)
            CFRunLoopStop(CFRunLoopGetCurrent());
    });

    beat.repeat(BIGHT_MSEC(1));
    CFRunLoopRun();
    EXPECT_EQ(beats, 5);
}

TEST_P(CfRunLoop, runsThatTheProgramNestsThreeDeepGoOnServing)
{
    int depth = 0, deepest = 0, beats = 0;
    Timer beat(reactor, [&] { beats++; });
    std::function<void()> nest = [&] {
        int before = beats;
        deepest = std::max(deepest, ++depth);
        if (depth < 3)
            post(reactor, nest);
        EXPECT_TRUE(support::waitUntil([&] { return deepest == 3 && beats >= before + 2; },
                                       support::patience,
                                       [] { CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true); }));
        if (--depth == 0)
            bight_reactor_stop(reactor);
    };

    beat.repeat(BIGHT_MSEC(1));
    post(reactor, nest);
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_EQ(deepest, 3);
    EXPECT_EQ(depth, 0);
}

TEST_P(CfRunLoop, startsNoThread)
{
    support::ThreadGuard guard;
    Timer quit(reactor, [&] {
        EXPECT_FALSE(guard.more());
        CFRunLoopStop(CFRunLoopGetCurrent());
    });

    quit.start(BIGHT_MSEC(5));
    CFRunLoopRun();
}

TEST_P(CfRunLoop, isCarriedOnceOnly)
{
    bool ran = false;

    EXPECT_EQ(bighti_cfrunloop_attach(reactor, BIGHT_BUDGET_GUI, GetParam()), BIGHT_ERROR_STATE);
    post(reactor, [&] { ran = true; });
    EXPECT_TRUE(runUntil(reactor, [&] { return ran; }));
}

// The run loop reads eight bytes from what it watches.
TEST_P(CfRunLoop, leavesTheDescriptorAloneThatTakesItsNumber)
{
    conformance::runFor(reactor, BIGHT_MSEC(1));
    std::map<int, std::string> before = support::openFds();
    bight_reactor_free(std::exchange(reactor, nullptr));
    std::map<int, std::string> after = support::openFds();
    std::vector<int> taken;
    for (const auto &each : before) {
        int fd = after.count(each.first) == 0 ? eventfd(1, EFD_NONBLOCK) : -1;
        if (fd >= 0)
            taken.push_back(fd);
    }

    EXPECT_GE(taken.size(), 3u);
    for (int i = 0; i < 5; i++)
        CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true);
    for (int fd : taken) {
        eventfd_t value = 0;
        EXPECT_EQ(eventfd_read(fd, &value), 0) << "somebody has read it";
        close(fd);
    }
}

// Such a pass never announces a wait, and sees edges alone.
TEST_P(CfRunLoop, whatACallbackWroteLeavesWhileItSpinsInPassesOfZeroSeconds)
{
    conformance::expectAnAnswerWhileSpinning(
        reactor, [] { CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true); });
}

// Level-triggered watches on an edge-triggered loop.
TEST_P(CfRunLoop, aWatchThatIsStillReadyIsToldAgainInPassesOfZeroSeconds)
{
    conformance::SocketPair pair;
    int calls = 0;
    conformance::Watch watch(reactor, pair.near(), BIGHT_WATCH_READ, [&](unsigned) { calls++; });

    ASSERT_EQ(::write(pair.far(), "x", 1), 1);
    EXPECT_TRUE(support::waitUntil([&] { return calls == 10; }, support::patience,
                                   [] { CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true); }));
}

TEST_P(CfRunLoop, timersOfCoreFoundationRunBesideASaturatedNetwork)
{
    int ticks = 0;
    bool over = false;
    std::function<void()> saturate = [&] {
        if (!over)
            post(reactor, saturate);
    };
    CFRunLoopTimerContext context = {0, &ticks, nullptr, nullptr, nullptr};
    auto tick = [](CFRunLoopTimerRef, void *data) {
        if (++*static_cast<int *>(data) == 10)
            CFRunLoopStop(CFRunLoopGetCurrent());
    };
    CFRunLoopTimerRef timer =
        CFRunLoopTimerCreate(nullptr, CFAbsoluteTimeGetCurrent(), 0.001, 0, 0, tick, &context);

    CFRunLoopAddTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopCommonModes);
    post(reactor, saturate);
    CFRunLoopRun();
    over = true;
    EXPECT_EQ(ticks, 10);
    CFRunLoopTimerInvalidate(timer);
    CFRelease(timer);
    conformance::runFor(reactor, BIGHT_MSEC(1));
}

TEST(CfRunLoopMisuse, aNullReactorIsNamed)
{
    EXPECT_DEATH(
        {
            bight_status status = bight_cfrunloop_attach(nullptr, BIGHT_BUDGET_GUI);
            FAIL() << status;
        },
        "the reactor is NULL");
}

constexpr CFIndex lastOfAll = 1000000;

// Nobody starves: timers, observers of each pass, and version 0 sources, which are less important
// than the reactor's, all run while peers flood it.
class CfStarvation : public testing::TestWithParam<std::tuple<bighti_way, size_t>>
{
  protected:
    void SetUp() override
    {
        reactor = bight_reactor_new();
        ASSERT_EQ(bighti_cfrunloop_attach(reactor, BIGHT_BUDGET_GUI, std::get<0>(GetParam())),
                  BIGHT_OK);
        floods = std::make_unique<conformance::Floods>(reactor, std::get<1>(GetParam()));
        ASSERT_TRUE(runUntil(reactor, [&] { return floods->areRunning(); }));
    }
    void TearDown() override
    {
        floods.reset();
        bight_reactor_free(reactor);
    }
    // A count that a callback of CoreFoundation raises; the last one that comes to 20 ends the run.
    struct Count {
        int runs = 0;
        CFRunLoopSourceRef again = nullptr;
    };
    void expectCount(Count &count)
    {
        EXPECT_TRUE(
            support::waitUntil([&] { return count.runs >= 20; }, support::patience,
                               [] { CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.01, true); }));
    }
    bight_reactor *reactor = nullptr;
    std::unique_ptr<conformance::Floods> floods;
};

INSTANTIATE_TEST_SUITE_P(Ways, CfStarvation,
                         testing::Combine(testing::Values(BIGHTI_WAY_TESTED, BIGHTI_WAY_RELAY),
                                          testing::Values(1U, 64U)));

TEST_P(CfStarvation, timersRun)
{
    Count count;
    CFRunLoopTimerContext context = {0, &count, nullptr, nullptr, nullptr};
    CFRunLoopTimerRef timer = CFRunLoopTimerCreate(
        nullptr, CFAbsoluteTimeGetCurrent(), 0.001, 0, 0,
        [](CFRunLoopTimerRef, void *data) { static_cast<Count *>(data)->runs++; }, &context);

    CFRunLoopAddTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopCommonModes);
    expectCount(count);
    CFRunLoopTimerInvalidate(timer);
    CFRelease(timer);
}

// Not that the loop is about to wait, which it is not, but that a pass begins.
TEST_P(CfStarvation, observersRun)
{
    Count count;
    CFRunLoopObserverContext context = {0, &count, nullptr, nullptr, nullptr};
    CFRunLoopObserverRef observer = CFRunLoopObserverCreate(
        nullptr, kCFRunLoopBeforeTimers, true, lastOfAll,
        [](CFRunLoopObserverRef, CFRunLoopActivity, void *data) {
            static_cast<Count *>(data)->runs++;
        },
        &context);

    CFRunLoopAddObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopCommonModes);
    expectCount(count);
    CFRunLoopObserverInvalidate(observer);
    CFRelease(observer);
}

TEST_P(CfStarvation, sourcesThatTheProgramSignalsRun)
{
    Count count;
    CFRunLoopSourceContext context = {};
    context.info = &count;
    context.perform = [](void *data) {
        auto *self = static_cast<Count *>(data);
        self->runs++;
        CFRunLoopSourceSignal(self->again);
    };
    count.again = CFRunLoopSourceCreate(nullptr, lastOfAll, &context);
    CFRunLoopAddSource(CFRunLoopGetCurrent(), count.again, kCFRunLoopCommonModes);
    CFRunLoopSourceSignal(count.again);
    expectCount(count);
    CFRunLoopSourceInvalidate(count.again);
    CFRelease(count.again);
}

// A thread's run loop is freed by a destructor of thread data, so the test looks from another one:
// a key made later is destroyed later, and the last of glibc's rounds is the one that counts.
struct Orphan {
    bight_reactor *reactor;
    int rounds = 0;
    std::string nameBefore, nameAfter;
};

pthread_key_t orphanKey;

void lookAtOrphan(void *data)
{
    auto *orphan = static_cast<Orphan *>(data);

    if (++orphan->rounds < sysconf(_SC_THREAD_DESTRUCTOR_ITERATIONS)) {
        pthread_setspecific(orphanKey, orphan);
        return;
    }
    orphan->nameAfter = bight_reactor_get_host_name(orphan->reactor);
    bight_reactor_free(orphan->reactor);
}

TEST(CfRunLoopThread, mayEndBeforeItsReactorIsFreed)
{
    Orphan orphan;
    ASSERT_EQ(pthread_key_create(&orphanKey, lookAtOrphan), 0);
    std::thread thread([&] {
        orphan.reactor = bight_cfrunloop_reactor_new();
        bool ran = false;
        post(orphan.reactor, [&] { ran = true; });
        EXPECT_TRUE(runUntil(orphan.reactor, [&] { return ran; }));
        orphan.nameBefore = bight_reactor_get_host_name(orphan.reactor);
        pthread_setspecific(orphanKey, &orphan);
    });

    thread.join();
    EXPECT_EQ(orphan.nameBefore, "cfrunloop");
    EXPECT_EQ(orphan.nameAfter, "native");
    pthread_key_delete(orphanKey);
}

// The relay would own one more descriptor.
TEST(CfRunLoopSelfTest, passesOnThisToolchain)
{
    bight_reactor_free(bight_cfrunloop_reactor_open()); // makes the mode of the self-test
    bight_reactor *plain = bight_reactor_new();
    (void)bight_reactor_fd(plain);
    size_t before = support::countFds();
    ASSERT_EQ(bight_cfrunloop_attach(plain, BIGHT_BUDGET_GUI), BIGHT_OK);
    EXPECT_EQ(support::countFds(), before);
    bight_reactor_free(plain);
}

} // namespace

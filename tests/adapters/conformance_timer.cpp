// Chapter: timers. They live in the core, but it is the host that must wake in time for them.
#include "adapters/conformance.hpp"

#include <algorithm>

using conformance::Task;
using conformance::Timer;

namespace
{

BIGHT_CHAPTER(Timers);

// Holds the loop for real, as a slow callback does.
void hold(uint64_t duration)
{
    uint64_t end = bight_monotonic_now() + duration;
    while (bight_monotonic_now() < end) {
    }
}

TEST_P(Timers, fireOnceAndNeverEarly)
{
    uint64_t due = bight_reactor_now(reactor) + BIGHT_MSEC(5);
    int fired = 0;
    Timer timer(reactor, [&] {
        fired++;
        EXPECT_GE(bight_reactor_now(reactor), due);
    });

    timer.start(BIGHT_MSEC(5));
    EXPECT_TRUE(bight_timer_is_running(timer.get()));
    EXPECT_TRUE(runUntil([&] { return fired > 0; }));
    runFor(BIGHT_MSEC(12));
    EXPECT_EQ(fired, 1);
    EXPECT_FALSE(bight_timer_is_running(timer.get()));
    EXPECT_EQ(bight_timer_get_deadline(timer.get()), BIGHT_NEVER);
}

TEST_P(Timers, withoutDelayFireInALaterTurn)
{
    bool inside = false, fired = false;
    Timer inner(reactor, [&] {
        EXPECT_FALSE(inside);
        fired = true;
        stop();
    });
    Timer outer(reactor, [&] {
        inside = true;
        inner.start(0);
        inside = false;
    });

    outer.start(0);
    EXPECT_FALSE(fired);
    run();
    EXPECT_TRUE(fired);
}

TEST_P(Timers, fireInTheOrderOfTheirDeadlines)
{
    constexpr int count = 1000;
    std::vector<std::unique_ptr<Timer>> timers;
    std::vector<uint64_t> due;
    std::vector<int> order;

    for (int i = 0; i < count; i++)
        timers.push_back(std::make_unique<Timer>(reactor, [&order, i] { order.push_back(i); }));
    for (int i = count - 1; i >= 0; i--)
        timers[i]->start(BIGHT_MSEC(1) + BIGHT_USEC(50) * (i * 7919 % count));
    for (int i = 0; i < count; i++)
        due.push_back(bight_timer_get_deadline(timers[i]->get()));
    EXPECT_TRUE(runUntil([&] { return order.size() == count; }));
    EXPECT_TRUE(
        std::is_sorted(order.begin(), order.end(), [&](int a, int b) { return due[a] < due[b]; }));
}

TEST_P(Timers, thatAreArmedEarlierThanTheRestWakeTheLoopInTime)
{
    uint64_t begun = 0;
    Timer late(reactor, [&] {
        ADD_FAILURE() << "waited for the later timer";
        stop();
    });
    Timer soon(reactor, [&] { stop(); });
    Task task(reactor, [&] {
        begun = bight_reactor_now(reactor);
        soon.start(BIGHT_MSEC(3));
    });

    late.start(BIGHT_SEC(15));
    task.schedule();
    run();
    EXPECT_LT(bight_reactor_now(reactor) - begun, BIGHT_SEC(10));
}

TEST_P(Timers, thatAreStartedAgainAreMoved)
{
    int fired = 0;
    Timer timer(reactor, [&] { fired++; });

    timer.start(BIGHT_MSEC(2));
    timer.start(BIGHT_MSEC(20));
    runFor(BIGHT_MSEC(10));
    EXPECT_EQ(fired, 0);
    EXPECT_TRUE(runUntil([&] { return fired == 1; }));
}

TEST_P(Timers, thatAreStoppedStaySilent)
{
    int fired = 0;
    Timer timer(reactor, [&] { fired++; });

    timer.start(BIGHT_MSEC(2));
    timer.stop();
    EXPECT_FALSE(bight_timer_is_running(timer.get()));
    runFor(BIGHT_MSEC(8));
    EXPECT_EQ(fired, 0);
}

TEST_P(Timers, repeatWithoutDrift)
{
    constexpr uint64_t interval = BIGHT_MSEC(4);
    uint64_t start = bight_reactor_now(reactor);
    int beats = 0;
    Timer timer(reactor, [&] {
        uint64_t next = bight_timer_get_deadline(timer.get());
        EXPECT_EQ((next - start) % interval, 0u) << "the next beat is off the grid";
        if (++beats == 8)
            stop();
    });

    timer.repeat(interval);
    start = bight_timer_get_deadline(timer.get()) - interval;
    run();
    uint64_t skipped = bight_timer_get_skipped(timer.get());
    EXPECT_EQ(bight_timer_get_deadline(timer.get()), start + (9 + skipped) * interval);
}

TEST_P(Timers, skipAndCountTheBeatsThatPassedWhileTheLoopWasHeld)
{
    int beats = 0;
    Timer timer(reactor, [&] {
        if (++beats == 1)
            hold(BIGHT_MSEC(11));
        else
            stop();
    });

    if (host().virtualTime)
        GTEST_SKIP() << "no callback takes time on a clock that stands still";
    timer.repeat(BIGHT_MSEC(2));
    run();
    EXPECT_EQ(beats, 2);
    EXPECT_GE(bight_timer_get_skipped(timer.get()), 4u);
}

TEST_P(Timers, stopAndRestartInTheirOwnCallback)
{
    int beats = 0;
    Timer timer(reactor, [&] {
        beats++;
        if (beats == 3) {
            timer.stop();
            timer.start(BIGHT_MSEC(1));
        } else if (beats == 4) {
            stop();
        }
    });

    timer.repeat(BIGHT_MSEC(1));
    run();
    runFor(BIGHT_MSEC(5));
    EXPECT_EQ(beats, 4);
}

TEST_P(Timers, freeThemselvesInTheirCallback)
{
    bool fired = false;
    std::unique_ptr<Timer> timer;
    timer = std::make_unique<Timer>(reactor, [&] {
        timer.reset();
        fired = true;
        stop();
    });

    timer->repeat(BIGHT_MSEC(1));
    run();
    EXPECT_TRUE(fired);
    runFor(BIGHT_MSEC(4));
}

TEST_P(Timers, freeOthersThatAreDueInTheSameTurn)
{
    std::unique_ptr<Timer> a, b;
    int fired = 0;
    a = std::make_unique<Timer>(reactor, [&] {
        fired++;
        b.reset();
    });
    b = std::make_unique<Timer>(reactor, [&] {
        fired++;
        a.reset();
    });

    a->start(BIGHT_MSEC(1));
    b->start(BIGHT_MSEC(1));
    runFor(BIGHT_MSEC(6));
    EXPECT_EQ(fired, 1);
}

TEST_P(Timers, areReportedAsTheDeadlineForLoopsThatKeepTime)
{
    Timer a(reactor, [] {}), b(reactor, [] {});
    uint64_t now = bight_reactor_now(reactor);

    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
    a.start(BIGHT_SEC(20));
    b.start(BIGHT_SEC(10));
    EXPECT_GE(bight_reactor_get_deadline(reactor), now + BIGHT_SEC(10));
    EXPECT_LT(bight_reactor_get_deadline(reactor), now + BIGHT_SEC(20));
    EXPECT_EQ(bight_reactor_get_deadline(reactor), bight_timer_get_deadline(b.get()));
    b.stop();
    EXPECT_LE(bight_reactor_get_deadline(reactor), bight_timer_get_deadline(a.get()));
    a.stop();
    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
}

} // namespace

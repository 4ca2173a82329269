// The end of a pool, in every order that a program can come up with.
#include "threads_support.hpp"

#include <atomic>
#include <bight/task.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using threads_support::call;
using threads_support::Deferred;
using threads_support::Gate;
using threads_support::number;
using threads_support::outcome;

namespace
{

bight_result untilCancelled(bight_work *work)
{
    while (!bight_work_is_cancelled(work))
        std::this_thread::yield();
    return number(1);
}

class ThreadsEnd : public threads_support::Pool
{
  protected:
    // Two at work, of which one has to be asked, and some that wait.
    void fill()
    {
        with(2);
        for (int i = 0; i < 5; i++) {
            works.push_back(run([this](bight_work *work) {
                begun++;
                return untilCancelled(work);
            }));
            threads_support::then(works.back(), [this](bight_result in) {
                fired++;
                return in;
            });
        }
        ASSERT_TRUE(support::waitUntil([&] { return begun == 2; }));
    }
    void expectAllCancelled()
    {
        EXPECT_EQ(fired, 5);
        EXPECT_EQ(begun, 2);
        for (Deferred &work : works)
            EXPECT_EQ(outcome(work.get()), "[cancelled]");
        EXPECT_TRUE(support::waitUntil([&] { return support::countThreads() == guard.before(); }));
    }
    std::vector<Deferred> works;
    std::atomic<int> begun{0};
    int fired = 0;
};

TEST_F(ThreadsEnd, freeWithWorkRunningAndWaitingCompletesEveryDeferredOnce)
{
    fill();
    freePool();
    expectAllCancelled();
}

TEST_F(ThreadsEnd, theReactorFreedFirstCompletesEveryDeferredOnce)
{
    fill();
    freeReactor();
    expectAllCancelled();
    Deferred late = run([](bight_work *) { return number(1); });
    EXPECT_EQ(outcome(late.get()), "[closed]");
}

TEST_F(ThreadsEnd, stopCompletesEveryDeferredAtOnceAndFiresWhenTheLastThreadHasEnded)
{
    Gate gate;

    with(2);
    works.push_back(run([&](bight_work *) {
        gate.pass();
        return number(1);
    }));
    ASSERT_TRUE(gate.await());
    Deferred stopped = {bight_threads_stop(threads), bight_deferred_free};
    Deferred again = {bight_threads_stop(threads), bight_deferred_free};
    EXPECT_EQ(outcome(works[0].get()), "[cancelled]");
    EXPECT_FALSE(bight_deferred_is_done(stopped.get()));
    EXPECT_EQ(outcome(run([](bight_work *) { return number(1); }).get()), "[closed]");
    gate.open();
    EXPECT_EQ(outcomeOf(stopped), "0");
    EXPECT_EQ(outcomeOf(again), "0");
    EXPECT_TRUE(support::waitUntil([&] { return support::countThreads() == guard.before(); }));
}

// Several works are read in one turn, and what workers do meanwhile rings no bell of its own.
TEST_F(ThreadsEnd, stopIsNotMissedWhileTheEndsOfSeveralWorksAreRead)
{
    Deferred stopped = {nullptr, bight_deferred_free};

    with(3);
    for (int i = 0; i < 3; i++)
        works.push_back(run([](bight_work *) { return number(1); }));
    threads_support::then(works[0], [&](bight_result in) {
        stopped.reset(bight_threads_stop(threads));
        EXPECT_TRUE(support::waitUntil([&] { return support::countThreads() == guard.before(); }));
        return in;
    });
    ASSERT_TRUE(support::waitUntil([&] { return stats().running == 0 && stats().queued == 0; }));
    EXPECT_TRUE(until([&] { return stopped != nullptr; }));
    EXPECT_EQ(outcomeOf(stopped), "0");
}

TEST_F(ThreadsEnd, stopWithoutAThreadIsDoneAtOnce)
{
    Deferred stopped = {bight_threads_stop(threads), bight_deferred_free};

    EXPECT_EQ(outcome(stopped.get()), "0");
}

TEST_F(ThreadsEnd, stopOfIdleThreadsEndsThem)
{
    EXPECT_EQ(outcomeOf(run([](bight_work *) { return number(1); })), "1");
    EXPECT_TRUE(until([&] { return stats().idle == 1; }));
    Deferred stopped = {bight_threads_stop(threads), bight_deferred_free};
    EXPECT_EQ(outcomeOf(stopped), "0");
    EXPECT_EQ(stats().threads, 0u);
}

TEST_F(ThreadsEnd, freeAfterStopFiresTheStop)
{
    Gate gate;
    Deferred work = run([&](bight_work *) {
        gate.pass();
        return number(1);
    });

    ASSERT_TRUE(gate.await());
    Deferred stopped = {bight_threads_stop(threads), bight_deferred_free};
    gate.open();
    freePool();
    EXPECT_EQ(outcome(stopped.get()), "0");
}

TEST_F(ThreadsEnd, whoWaitsForRoomIsToldOfTheEnd)
{
    Gate gate;

    with(1, 1);
    Deferred first = run([&](bight_work *work) {
        gate.pass();
        return untilCancelled(work);
    });
    ASSERT_TRUE(gate.await());
    Deferred second = run([](bight_work *) { return number(1); });
    Deferred room = {bight_threads_wait_room(threads), bight_deferred_free};
    gate.open();
    freePool();
    EXPECT_EQ(outcome(room.get()), "[closed]");
}

TEST_F(ThreadsEnd, freeInAStepOfAWorkCompletesTheOthers)
{
    fill();
    works.push_back(run([](bight_work *) { return number(1); }));
    Deferred trigger = std::move(works.back());
    works.pop_back();
    threads_support::then(trigger, [&](bight_result in) {
        freePool();
        return in;
    });
    /* The step runs as the work is cancelled, in the middle of the rest. */
    bight_deferred_cancel(trigger.get());
    expectAllCancelled();
}

TEST_F(ThreadsEnd, freeInAStepThatFreeItselfRuns)
{
    fill();
    int frees = 0;
    for (Deferred &work : works)
        threads_support::then(work, [&](bight_result in) {
            bight_threads *mine = std::exchange(threads, nullptr);

            frees += mine != nullptr;
            bight_threads_free(mine);
            return in;
        });
    bight_deferred_free(bight_threads_stop(threads));
    EXPECT_EQ(frees, 1);
    expectAllCancelled();
}

TEST_F(ThreadsEnd, theReactorFreedInAStepThatFreeRuns)
{
    fill();
    for (Deferred &work : works)
        threads_support::then(work, [&](bight_result in) {
            freeReactor();
            return in;
        });
    freePool();
    EXPECT_EQ(reactor, nullptr);
    expectAllCancelled();
}

TEST_F(ThreadsEnd, stepsThatGiveMoreWorkMeanwhileAreRefused)
{
    std::string refused;

    fill();
    threads_support::then(works[0], [&, mine = threads](bight_result in) {
        refused = outcome(threads_support::run(mine, [](bight_work *) { return number(1); }).get());
        return in;
    });
    freePool();
    EXPECT_EQ(refused, "[closed]");
    expectAllCancelled();
}

TEST_F(ThreadsEnd, freeInTheLoopWhenAResultIsDelivered)
{
    std::vector<Deferred> many;
    int frees = 0;

    for (int i = 0; i < 20; i++) {
        many.push_back(run([](bight_work *) { return number(1); }));
        threads_support::then(many.back(), [&](bight_result in) {
            frees += threads != nullptr;
            freePool();
            return in;
        });
    }
    EXPECT_TRUE(until([&] { return threads == nullptr; }));
    for (Deferred &each : many)
        EXPECT_TRUE(bight_deferred_is_done(each.get()));
    EXPECT_EQ(frees, 1);
}

TEST_F(ThreadsEnd, reactorFreedInTheLoopWhenAResultIsDelivered)
{
    Deferred deferred = run([](bight_work *) { return number(1); });
    Deferred other = run([](bight_work *work) { return untilCancelled(work); });

    threads_support::then(deferred, [&](bight_result in) {
        freeReactor();
        return in;
    });
    while (reactor != nullptr)
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    EXPECT_EQ(outcome(deferred.get()), "1");
    EXPECT_EQ(outcome(other.get()), "[cancelled]");
}

// The ends meet a worker that is blocked in a call.

class ThreadsEndInCall : public ThreadsEnd, public testing::WithParamInterface<const char *>
{
  public:
    void end()
    {
        if (GetParam() == std::string("free"))
            freePool();
        else if (GetParam() == std::string("stop"))
            bight_deferred_free(bight_threads_stop(threads));
        else
            freeReactor();
    }

  protected:
    // Asks twice: the second call must fail.
    Deferred ask(threads_support::CallBody body)
    {
        return run([this, body](bight_work *work) {
            asking = true;
            bight_result result = call(work, body);
            answered = result.error != nullptr
                           ? bight_status_text(bight_error_get_status(result.error))
                           : "value";
            bight_result_free(result);
            result = call(work, body);
            EXPECT_NE(result.error, nullptr);
            bight_result_free(result);
            return number(1);
        });
    }
    void expectEnded()
    {
        freePool();
        EXPECT_TRUE(support::waitUntil([&] { return support::countThreads() == guard.before(); }));
    }
    std::atomic<bool> asking{false};
    std::string answered;
};

TEST_P(ThreadsEndInCall, theWorkerIsBlockedInACallThatHasNotBegun)
{
    Deferred deferred = ask([] { return number(1); });

    ASSERT_TRUE(support::waitUntil([&] { return asking.load(); }));
    end();
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    expectEnded();
    EXPECT_EQ(answered, "cancelled");
}

TEST_P(ThreadsEndInCall, theWorkerWaitsForADeferred)
{
    bight_promise *promise = nullptr;
    Deferred deferred = ask([&] { return bight_result_wait(bight_deferred_new(&promise)); });

    EXPECT_TRUE(until([&] { return promise != nullptr; }));
    end();
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    expectEnded();
    EXPECT_EQ(answered, "cancelled");
    bight_promise_free(promise);
}

TEST_P(ThreadsEndInCall, theCallItselfEndsThePool)
{
    bool called = false;
    Deferred deferred = ask([&] {
        called = true;
        end();
        return number(1);
    });

    while (!called)
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    expectEnded();
    EXPECT_EQ(answered, "value");
}

TEST_P(ThreadsEndInCall, theCallEndsThePoolAndWantsToWait)
{
    bight_promise *promise = nullptr;
    Deferred deferred = ask([&] {
        end();
        return bight_result_wait(bight_deferred_new(&promise));
    });

    while (promise == nullptr)
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    expectEnded();
    EXPECT_EQ(answered, "cancelled");
    bight_promise_free(promise);
}

TEST_P(ThreadsEndInCall, anInterruptEndsThePool)
{
    Gate gate;
    struct Interrupt {
        ThreadsEndInCall *test;
        Gate *gate;
        static void fn(void *data)
        {
            auto *self = static_cast<Interrupt *>(data);

            self->test->end();
            self->gate->open();
        }
    } interrupt = {this, &gate};
    Deferred deferred = run([&](bight_work *work) {
        bight_work_on_cancel(work, Interrupt::fn, &interrupt);
        gate.pass();
        return number(1);
    });

    ASSERT_TRUE(gate.await());
    bight_deferred_cancel(deferred.get());
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    expectEnded();
}

TEST_P(ThreadsEndInCall, aReportEndsThePool)
{
    bight_work_options work_options = BIGHT_WORK_OPTIONS_INIT;
    struct Report {
        ThreadsEndInCall *test;
        bool told;
        static void fn(void *, void *data)
        {
            auto *self = static_cast<Report *>(data);

            self->told = true;
            self->test->end();
        }
    } told = {this, false};

    work_options.report = Report::fn;
    work_options.report_data = &told;
    Deferred deferred = run(
        [](bight_work *work) {
            bight_work_report(work, nullptr, nullptr);
            return untilCancelled(work);
        },
        &work_options);
    while (!told.told)
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    expectEnded();
}

INSTANTIATE_TEST_SUITE_P(By, ThreadsEndInCall, testing::Values("free", "stop", "reactor"),
                         [](const auto &row) { return std::string(row.param); });

// What a forked child has to do, and whether it did: 0 if so, the alarm's signal if it hangs.
int inChild(const std::function<bool()> &body)
{
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        alarm(10);
        _exit(body() ? 0 : 1);
    }
    waitpid(child, &status, 0);
    return status;
}

TEST_F(ThreadsEnd, aForkedChildWaitsForNoThreadThatItDoesNotHave)
{
    auto allFired = [this] {
        for (Deferred &work : works)
            if (outcome(work.get()) != "[cancelled]")
                return false;
        return fired == 5;
    };

    fill();
    EXPECT_EQ(inChild([&] {
                  freePool();
                  return allFired();
              }),
              0);
    EXPECT_EQ(inChild([&] {
                  freeReactor();
                  freePool();
                  return allFired();
              }),
              0);
    EXPECT_EQ(inChild([&] {
                  bight_deferred_cancel(works[4].get());
                  return allFired();
              }),
              0);
    EXPECT_EQ(inChild([&] {
                  bight_deferred *late = bight_threads_run(threads, nullptr, nullptr, nullptr);
                  return outcome(late) == "[closed]" && allFired();
              }),
              0);
    EXPECT_EQ(fired, 0);
    freePool();
    expectAllCancelled();
}

TEST_F(ThreadsEnd, aLaneMayGoLast)
{
    bight_work_options in_lane = BIGHT_WORK_OPTIONS_INIT;

    in_lane.lane = bight_lane_new(threads);
    std::vector<Deferred> deferreds;
    for (int i = 0; i < 3; i++)
        deferreds.push_back(run([](bight_work *work) { return untilCancelled(work); }, &in_lane));
    freePool();
    for (Deferred &each : deferreds)
        EXPECT_EQ(outcome(each.get()), "[cancelled]");
    freeReactor();
    bight_lane_free(in_lane.lane);
}

// Pools that are ended at any moment of what they do, and in any way: nothing hangs, everything is
// completed once.
TEST_F(ThreadsEnd, atAnyMomentThereIsNoDeadlock)
{
    uint32_t seed = 7;
    auto random = [&seed](uint32_t below) {
        seed = seed * 1664525 + 1013904223;
        return (seed >> 16) % below;
    };

    freePool();
    freeReactor();
    for (int round = 0; round < 150; round++) {
        int given = 0, completed = 0;
        bight_work_options work_options = BIGHT_WORK_OPTIONS_INIT;

        reactor = bight_reactor_new();
        options.threads = 1 + random(4);
        options.idle = random(2) == 0 ? 0 : BIGHT_SEC(1);
        ASSERT_EQ(bight_threads_new(reactor, &options, &threads), BIGHT_OK);
        bight_lane *lane = bight_lane_new(threads);
        works.clear();
        for (uint32_t i = random(12); i > 0; i--) {
            uint32_t kind = random(4);

            work_options.lane = random(3) == 0 ? lane : nullptr;
            works.push_back(run(
                [kind](bight_work *work) {
                    for (int turn = 0; turn < 5 && !bight_work_is_cancelled(work); turn++) {
                        if (kind == 1)
                            std::this_thread::yield();
                        if (kind == 2)
                            bight_result_free(call(work, [] { return number(1); }));
                        if (kind == 3)
                            bight_work_report(work, nullptr, nullptr);
                    }
                    return number(1);
                },
                &work_options));
            given++;
            threads_support::then(works.back(), [&](bight_result in) {
                completed++;
                return in;
            });
            if (random(3) == 0)
                bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
            if (random(6) == 0)
                bight_deferred_cancel(works[random(static_cast<uint32_t>(works.size()))].get());
        }
        bight_lane_free(lane);
        if (random(3) == 0)
            bight_deferred_free(bight_threads_stop(threads));
        if (random(2) == 0)
            freeReactor();
        freePool();
        EXPECT_EQ(completed, given);
        if (reactor != nullptr)
            freeReactor();
    }
}

} // namespace

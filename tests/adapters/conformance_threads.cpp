// Chapter: threads. A pool speaks to its reactor from other threads; whatever loop carries it must
// be woken for that, deliver on its own thread, and let go of the pool in any order.
#include "adapters/conformance.hpp"

#include <atomic>
#include <bight/threads.h>
#include <thread>

namespace
{

bight_result number(intptr_t value)
{
    return bight_result_value(reinterpret_cast<void *>(value));
}

class Threads : public conformance::Conformance
{
  protected:
    using Body = std::function<bight_result(bight_work *)>;

    void SetUp() override
    {
        conformance::Conformance::SetUp();
        ASSERT_EQ(bight_threads_new(reactor, nullptr, &threads), BIGHT_OK);
    }
    void TearDown() override
    {
        freePool();
        conformance::Conformance::TearDown();
    }
    void freePool()
    {
        bight_threads_free(std::exchange(threads, nullptr));
    }
    bight_deferred *work(Body body, const bight_work_options *options = nullptr)
    {
        return bight_threads_run_with(
            threads, options,
            [](bight_work *self, void *data) { return (*static_cast<Body *>(data))(self); },
            new Body(std::move(body)), [](void *data) { delete static_cast<Body *>(data); });
    }
    // The value or negative status of a deferred that is waited for and freed.
    intptr_t take(bight_deferred *deferred)
    {
        runUntil([&] { return bight_deferred_is_done(deferred); });
        return takeDone(deferred);
    }
    // The same of one that is done.
    intptr_t takeDone(bight_deferred *deferred)
    {
        bight_result result;
        intptr_t number = BIGHT_ERROR_STATE;

        if (bight_deferred_take(deferred, &result)) {
            number = reinterpret_cast<intptr_t>(result.value);
            if (result.error != nullptr)
                number = bight_error_get_status(result.error);
            bight_result_free(result);
        }
        bight_deferred_free(deferred);
        return number;
    }
    bight_threads *threads = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Hosts, Threads, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

struct Stepped {
    bight_reactor *reactor;
    std::thread::id thread;
    bool done = false;
    static bight_result step(bight_result in, void *data)
    {
        auto *self = static_cast<Stepped *>(data);

        self->thread = std::this_thread::get_id();
        self->done = true;
        bight_reactor_stop(self->reactor);
        return in;
    }
};

// Nothing else turns the loop here: the result alone has to wake it.
TEST_P(Threads, aResultWakesTheLoopAndArrivesOnItsThread)
{
    std::atomic<bool> waiting{false};
    Stepped stepped = {reactor, {}};
    conformance::Task started(reactor, [&] { waiting = true; });
    bight_deferred *deferred = work([&](bight_work *) {
        support::waitUntil([&] { return waiting.load(); });
        return number(1);
    });

    bight_deferred_both(deferred, Stepped::step, &stepped);
    started.schedule();
    run();
    EXPECT_TRUE(stepped.done);
    EXPECT_EQ(stepped.thread, std::this_thread::get_id());
    EXPECT_EQ(take(deferred), 1);
}

TEST_P(Threads, manyResultsArriveAll)
{
    int arrived = 0;

    for (int i = 0; i < 300; i++) {
        bight_deferred *deferred = work([](bight_work *) { return number(1); });

        bight_deferred_always(
            deferred, [](void *count) { ++*static_cast<int *>(count); }, &arrived);
        bight_deferred_free(deferred);
    }
    EXPECT_TRUE(runUntil([&] { return arrived == 300; }));
    turn();
    EXPECT_EQ(arrived, 300);
}

TEST_P(Threads, areNotThereBeforeThereIsWork)
{
    bight_threads_stats stats = {};

    stats.size = sizeof(stats);
    turn();
    bight_threads_get_stats(threads, &stats);
    EXPECT_EQ(stats.threads, 0u);
}

TEST_P(Threads, reportsArriveWhileTheWorkRuns)
{
    std::atomic<bool> seen{false};
    bight_work_options options = BIGHT_WORK_OPTIONS_INIT;

    options.report = [](void *, void *data) { *static_cast<std::atomic<bool> *>(data) = true; };
    options.report_data = &seen;
    EXPECT_EQ(take(work(
                  [&](bight_work *self) {
                      bight_work_report(self, nullptr, nullptr);
                      return number(support::waitUntil([&] { return seen.load(); }));
                  },
                  &options)),
              1);
}

struct Call {
    bight_reactor *reactor;
    std::function<bight_result()> body;
    static bight_result fn(void *data)
    {
        return static_cast<Call *>(data)->body();
    }
};

TEST_P(Threads, aWorkCallsIntoTheLoopAndWaits)
{
    std::thread::id called;
    Call call = {reactor, [&] {
                     called = std::this_thread::get_id();
                     return number(41);
                 }};
    bight_deferred *deferred = work([&](bight_work *self) {
        bight_result result = bight_work_call_and_wait(self, Call::fn, &call);

        return number(reinterpret_cast<intptr_t>(result.value) + 1);
    });

    EXPECT_EQ(take(deferred), 42);
    EXPECT_EQ(called, std::this_thread::get_id());
}

// A dialog that a work has asked for: its loop has to be woken by other works.
TEST_P(Threads, resultsArriveInALoopThatACallNests)
{
    intptr_t inner = 0;
    Call call = {reactor, [&] {
                     inner = take(work([](bight_work *) { return number(7); }));
                     return number(0);
                 }};

    EXPECT_EQ(take(work([&](bight_work *self) {
                  return bight_work_call_and_wait(self, Call::fn, &call);
              })),
              0);
    EXPECT_EQ(inner, 7);
}

// Two results are in one turn; the step of the first nests a loop until that of the second has run.
// No timer beats meanwhile, so the nested loop has to be woken for the second.
TEST_P(Threads, aResultBehindOneThatNestsIsNotHeldBack)
{
    struct Pair {
        bight_reactor *reactor;
        int done = 0;
        bool late = false;
        static bight_result step(bight_result in, void *data)
        {
            auto *self = static_cast<Pair *>(data);

            if (++self->done == 1) {
                EXPECT_EQ(bight_reactor_run(self->reactor), BIGHT_OK);
            }
            bight_reactor_stop(self->reactor);
            return in;
        }
    } pair = {reactor};
    conformance::Timer far(reactor, [&] {
        pair.late = true;
        stop();
    });
    std::atomic<int> ready{0};

    for (int i = 0; i < 2; i++) {
        bight_deferred *deferred = work([&](bight_work *) {
            ready++;
            support::waitUntil([&] { return ready == 2; });
            return number(0);
        });

        bight_deferred_both(deferred, Pair::step, &pair);
        bight_deferred_free(deferred);
    }
    bight_threads_stats stats = {};
    stats.size = sizeof(stats);
    ASSERT_TRUE(support::waitUntil([&] {
        bight_threads_get_stats(threads, &stats);
        return stats.idle == 2;
    }));
    if (!host().virtualTime)
        far.start(BIGHT_SEC(15));
    run();
    EXPECT_EQ(pair.done, 2);
    EXPECT_FALSE(pair.late);
}

TEST_P(Threads, stopCompletesWhatRunsAndFiresInTheLoop)
{
    bight_deferred *deferred = work([](bight_work *self) {
        while (!bight_work_is_cancelled(self))
            std::this_thread::yield();
        return number(1);
    });
    bight_deferred *stopped = bight_threads_stop(threads);

    EXPECT_EQ(takeDone(deferred), BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(take(stopped), 0);
}

TEST_P(Threads, whatRunsIsCancelledWithTheReactor)
{
    std::atomic<bool> running{false};
    bight_deferred *deferred = work([&](bight_work *self) {
        running = true;
        while (!bight_work_is_cancelled(self))
            std::this_thread::yield();
        return number(1);
    });

    ASSERT_TRUE(support::waitUntil([&] { return running.load(); }));
    freeReactor();
    EXPECT_EQ(takeDone(deferred), BIGHT_ERROR_CANCELLED);
    freePool();
}

TEST_P(Threads, aCallThatFreesTheReactorGetsItsAnswer)
{
    std::atomic<int> answered{0};
    Call call = {reactor, [&] {
                     freeReactor();
                     return number(5);
                 }};
    bight_deferred *deferred = work([&](bight_work *self) {
        bight_result result = bight_work_call_and_wait(self, Call::fn, &call);

        answered = static_cast<int>(reinterpret_cast<intptr_t>(result.value));
        return number(0);
    });

    run();
    EXPECT_EQ(takeDone(deferred), BIGHT_ERROR_CANCELLED);
    freePool();
    EXPECT_EQ(answered, 5);
}

} // namespace

// What a work and the reactor's thread say to each other meanwhile: cancel, reports, calls.
#include "threads_support.hpp"

#include <atomic>
#include <bight/later.h>
#include <thread>
#include <vector>

using threads_support::call;
using threads_support::Deferred;
using threads_support::Gate;
using threads_support::number;
using threads_support::outcome;

namespace
{

class ThreadsCancel : public threads_support::Pool
{
};

TEST_F(ThreadsCancel, workThatHasNotBegunIsTakenOutOfTheQueue)
{
    std::thread::id freed;
    bool ran = false;
    Gate gate;

    with(1);
    Deferred first = run([&](bight_work *) {
        gate.pass();
        return number(1);
    });
    ASSERT_TRUE(gate.await());
    std::shared_ptr<void> tracer(nullptr, [&](void *) { freed = std::this_thread::get_id(); });
    Deferred second = run([&ran, tracer](bight_work *) {
        ran = true;
        return number(2);
    });
    tracer.reset();
    EXPECT_EQ(stats().queued, 1u);
    bight_deferred_cancel(second.get());
    EXPECT_EQ(outcome(second.get()), "[cancelled]");
    EXPECT_EQ(stats().queued, 0u);
    EXPECT_EQ(freed, std::this_thread::get_id());
    gate.open();
    EXPECT_EQ(outcomeOf(first), "1");
    EXPECT_FALSE(ran);
}

TEST_F(ThreadsCancel, runningWorkSeesAFlagAndItsResultIsFreed)
{
    std::atomic<int> values{0};
    Gate gate;
    Deferred deferred = run([&](bight_work *work) {
        EXPECT_FALSE(bight_work_is_cancelled(work));
        gate.pass();
        EXPECT_TRUE(bight_work_is_cancelled(work));
        values++;
        return bight_result_take(&values,
                                 [](void *count) { --*static_cast<std::atomic<int> *>(count); });
    });

    ASSERT_TRUE(gate.await());
    bight_deferred_cancel(deferred.get());
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    gate.open();
    freePool();
    EXPECT_EQ(values, 0);
}

TEST_F(ThreadsCancel, aTimeoutCancelsTheWork)
{
    Deferred deferred = run([](bight_work *work) {
        while (!bight_work_is_cancelled(work))
            std::this_thread::yield();
        return number(1);
    });

    bight_timeout(deferred.get(), reactor, BIGHT_MSEC(2));
    EXPECT_EQ(outcomeOf(deferred), "[timed out]");
}

TEST_F(ThreadsCancel, workThatSitsInACallIsInterrupted)
{
    Gate entered, stuck;
    std::thread::id interrupter;
    struct Interrupt {
        Gate *stuck;
        std::thread::id *by;
        static void fn(void *data)
        {
            auto *self = static_cast<Interrupt *>(data);

            *self->by = std::this_thread::get_id();
            self->stuck->open();
        }
    } interrupt = {&stuck, &interrupter};
    Deferred deferred = run([&](bight_work *work) {
        bight_work_on_cancel(work, Interrupt::fn, &interrupt);
        stuck.pass();
        bight_work_on_cancel(work, nullptr, nullptr);
        return number(1);
    });

    ASSERT_TRUE(stuck.await());
    bight_deferred_cancel(deferred.get());
    EXPECT_EQ(interrupter, std::this_thread::get_id());
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    freePool();
}

TEST_F(ThreadsCancel, anInterruptThatIsSetTooLateIsCalledAtOnce)
{
    Gate gate;
    std::atomic<int> calls{0};
    bight_interrupt_fn count = [](void *data) { ++*static_cast<std::atomic<int> *>(data); };
    Deferred deferred = run([&](bight_work *work) {
        gate.pass();
        bight_work_on_cancel(work, count, &calls);
        EXPECT_EQ(calls, 1);
        bight_work_on_cancel(work, nullptr, nullptr);
        return number(1);
    });

    ASSERT_TRUE(gate.await());
    bight_deferred_cancel(deferred.get());
    gate.open();
    freePool();
    EXPECT_EQ(calls, 1);
}

TEST_F(ThreadsCancel, anInterruptThatWasTakenAwayIsNotCalled)
{
    Gate gate;
    std::atomic<int> calls{0};
    bight_interrupt_fn count = [](void *data) { ++*static_cast<std::atomic<int> *>(data); };
    Deferred deferred = run([&](bight_work *work) {
        bight_work_on_cancel(work, count, &calls);
        bight_work_on_cancel(work, nullptr, nullptr);
        gate.pass();
        return number(1);
    });

    ASSERT_TRUE(gate.await());
    bight_deferred_cancel(deferred.get());
    gate.open();
    freePool();
    EXPECT_EQ(calls, 0);
}

// Whichever comes first, the interrupt or the end of the work, the data of the interrupt is not
// touched when the work has returned.
TEST_F(ThreadsCancel, anInterruptNeverMeetsAWorkThatHasReturned)
{
    with(4);
    for (int i = 0; i < 300; i++) {
        Gate gate;
        gate.open();
        Deferred deferred = run([&](bight_work *work) {
            auto alive = std::make_unique<std::atomic<int>>(0);

            bight_work_on_cancel(
                work, [](void *data) { ++*static_cast<std::atomic<int> *>(data); }, alive.get());
            gate.pass();
            if (i % 2 == 0)
                bight_work_on_cancel(work, nullptr, nullptr);
            else
                while (!bight_work_is_cancelled(work) || *alive == 0)
                    std::this_thread::yield();
            return number(1);
        });
        ASSERT_TRUE(gate.await());
        bight_deferred_cancel(deferred.get());
        EXPECT_TRUE(until([&] { return stats().running == 0; }));
    }
}

TEST_F(ThreadsCancel, afterTheResultIsThereChangesNothing)
{
    Deferred deferred = run([](bight_work *) { return number(7); });

    EXPECT_TRUE(until([&] { return bight_deferred_is_done(deferred.get()); }));
    bight_deferred_cancel(deferred.get());
    EXPECT_EQ(outcome(deferred.get()), "7");
}

TEST_F(ThreadsCancel, aResultOnItsWayIsFreed)
{
    std::atomic<int> values{0};
    Deferred deferred = run([&](bight_work *) {
        values++;
        return bight_result_take(&values,
                                 [](void *count) { --*static_cast<std::atomic<int> *>(count); });
    });

    ASSERT_TRUE(support::waitUntil([&] { return values == 1 && stats().running == 0; }));
    bight_deferred_cancel(deferred.get());
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    EXPECT_TRUE(until([&] { return values == 0; }));
}

struct Reports {
    std::vector<int> seen;
    std::thread::id thread;
    static void add(void *value, void *data)
    {
        auto *self = static_cast<Reports *>(data);

        self->seen.push_back(*static_cast<int *>(value));
        self->thread = std::this_thread::get_id();
    }
};

std::atomic<int> reports_alive{0};

void report(bight_work *work, int value)
{
    reports_alive++;
    bight_work_report(work, new int(value), [](void *freed) {
        delete static_cast<int *>(freed);
        reports_alive--;
    });
}

class ThreadsReport : public threads_support::Pool
{
  protected:
    ThreadsReport()
    {
        work_options.report = Reports::add;
        work_options.report_data = &reports;
    }
    ~ThreadsReport() override
    {
        freePool();
        EXPECT_EQ(reports_alive, 0);
    }
    Reports reports;
    bight_work_options work_options = BIGHT_WORK_OPTIONS_INIT;
};

TEST_F(ThreadsReport, progressArrivesOnTheReactorsThreadBeforeTheResult)
{
    size_t seen = 0;
    Deferred deferred = run(
        [](bight_work *work) {
            report(work, 1);
            return number(0);
        },
        &work_options);

    threads_support::then(deferred, [&](bight_result in) {
        seen = reports.seen.size();
        return in;
    });
    EXPECT_EQ(outcomeOf(deferred), "0");
    EXPECT_EQ(seen, 1u);
    EXPECT_EQ(reports.thread, std::this_thread::get_id());
}

TEST_F(ThreadsReport, progressThatComesFasterThanItIsSeenIsReplacedSoThatThereIsOneAtMost)
{
    Deferred deferred = run(
        [](bight_work *work) {
            for (int i = 1; i <= 10000; i++) {
                report(work, i);
                EXPECT_LE(reports_alive, 2);
            }
            return number(0);
        },
        &work_options);

    ASSERT_TRUE(support::waitUntil([&] { return stats().running + stats().queued == 0; }));
    EXPECT_EQ(outcomeOf(deferred), "0");
    EXPECT_EQ(reports.seen, std::vector<int>({10000}));
}

TEST_F(ThreadsReport, progressIsSeenWhileTheWorkGoesOn)
{
    Gate gate;
    Deferred deferred = run(
        [&](bight_work *work) {
            report(work, 1);
            gate.pass();
            report(work, 2);
            return number(0);
        },
        &work_options);

    EXPECT_TRUE(until([&] { return reports.seen.size() == 1; }));
    gate.open();
    EXPECT_EQ(outcomeOf(deferred), "0");
    EXPECT_EQ(reports.seen, std::vector<int>({1, 2}));
}

TEST_F(ThreadsReport, progressOfAWorkThatWasCancelledIsNotTold)
{
    Gate gate;
    Deferred deferred = run(
        [&](bight_work *work) {
            report(work, 1);
            gate.pass();
            report(work, 2);
            return number(0);
        },
        &work_options);

    ASSERT_TRUE(gate.await());
    bight_deferred_cancel(deferred.get());
    gate.open();
    EXPECT_TRUE(until([&] { return stats().running == 0; }));
    EXPECT_TRUE(reports.seen.empty());
}

TEST_F(ThreadsReport, progressNobodyAskedForIsFreed)
{
    Deferred deferred = run([](bight_work *work) {
        report(work, 1);
        return number(reports_alive);
    });

    EXPECT_EQ(outcomeOf(deferred), "0");
}

class ThreadsCall : public threads_support::Pool
{
};

TEST_F(ThreadsCall, runsOnTheReactorsThreadAndTheWorkGetsItsResult)
{
    std::thread::id called;
    Deferred deferred = run([&](bight_work *work) {
        bight_result result = call(work, [&] {
            called = std::this_thread::get_id();
            return number(20);
        });

        return number(reinterpret_cast<intptr_t>(result.value) + 1);
    });

    EXPECT_EQ(outcomeOf(deferred), "21");
    EXPECT_EQ(called, std::this_thread::get_id());
}

TEST_F(ThreadsCall, manyFollowOneAnotherWithoutARace)
{
    std::vector<int> rows;
    Deferred deferred = run([&](bight_work *work) {
        for (int i = 0; i < 1000; i++) {
            call(work, [&] {
                rows.push_back(i);
                return number(0);
            });
        }
        return number(0);
    });

    EXPECT_EQ(outcomeOf(deferred), "0");
    EXPECT_EQ(rows.size(), 1000u);
}

TEST_F(ThreadsCall, waitsForADeferredThatTheFunctionReturns)
{
    bight_promise *promise = nullptr;
    Deferred deferred = run([&](bight_work *work) {
        return call(work, [&] { return bight_result_wait(bight_deferred_new(&promise)); });
    });

    EXPECT_TRUE(until([&] { return promise != nullptr; }));
    EXPECT_FALSE(bight_deferred_is_done(deferred.get()));
    bight_promise_fire(promise, reinterpret_cast<void *>(5), nullptr);
    EXPECT_EQ(outcomeOf(deferred), "5");
}

TEST_F(ThreadsCall, ofADeferredThatIsDoneAlreadyGoesOn)
{
    Deferred deferred = run([&](bight_work *work) {
        return call(work, [] {
            return bight_result_wait(
                bight_deferred_failed(bight_error_new(BIGHT_ERROR_EXISTS, "there")));
        });
    });

    EXPECT_EQ(outcomeOf(deferred), "[exists already]");
}

TEST_F(ThreadsCall, byAWorkThatWasCancelledFails)
{
    Gate gate;
    std::atomic<bool> called{false};
    std::string answer;
    Deferred deferred = run([&](bight_work *work) {
        gate.pass();
        bight_result result = call(work, [&] {
            called = true;
            return number(0);
        });
        answer = bight_status_text(bight_error_get_status(result.error));
        bight_result_free(result);
        return number(0);
    });

    ASSERT_TRUE(gate.await());
    bight_deferred_cancel(deferred.get());
    gate.open();
    freePool();
    EXPECT_FALSE(called);
    EXPECT_EQ(answer, "cancelled");
}

TEST_F(ThreadsCall, thatHasNotBegunIsGivenUpByACancel)
{
    std::atomic<bool> asking{false}, called{false};
    std::string answer;
    Deferred deferred = run([&](bight_work *work) {
        asking = true;
        bight_result result = call(work, [&] {
            called = true;
            return number(0);
        });
        answer = bight_status_text(bight_error_get_status(result.error));
        bight_result_free(result);
        return number(0);
    });

    ASSERT_TRUE(support::waitUntil([&] { return asking.load(); }));
    bight_deferred_cancel(deferred.get());
    ASSERT_TRUE(support::waitUntil([&] { return stats().running == 0; }));
    freePool();
    EXPECT_FALSE(called);
    EXPECT_EQ(answer, "cancelled");
}

TEST_F(ThreadsCall, thatWaitsIsGivenUpByACancelWhichReachesWhatItWaitsFor)
{
    bight_promise *promise = nullptr;
    int cancels = 0;
    std::string answer;
    Deferred deferred = run([&](bight_work *work) {
        bight_result result = call(work, [&] {
            bight_deferred *wait = bight_deferred_new(&promise);

            bight_promise_on_cancel(
                promise,
                [](bight_promise *self, void *count) {
                    ++*static_cast<int *>(count);
                    bight_promise_free(self);
                },
                &cancels);
            return bight_result_wait(wait);
        });
        answer = bight_status_text(bight_error_get_status(result.error));
        bight_result_free(result);
        return number(0);
    });

    EXPECT_TRUE(until([&] { return promise != nullptr; }));
    bight_deferred_cancel(deferred.get());
    EXPECT_EQ(outcome(deferred.get()), "[cancelled]");
    EXPECT_EQ(cancels, 1);
    freePool();
    EXPECT_EQ(answer, "cancelled");
}

// A chain may recover from the cancel and wait for something else: the worker does not.
TEST_F(ThreadsCall, isGivenUpAlsoWhenWhatItWaitsForGoesOn)
{
    bight_promise *promise = nullptr, *other = nullptr;
    Deferred deferred = run([&](bight_work *work) {
        bight_result result = call(work, [&] {
            bight_deferred *stubborn = bight_deferred_new(&promise);

            bight_deferred_then(
                stubborn, nullptr,
                [](bight_result in, void *data) {
                    bight_result_free(in);
                    return bight_result_wait(
                        bight_deferred_new(static_cast<bight_promise **>(data)));
                },
                &other);
            return bight_result_wait(stubborn);
        });

        EXPECT_NE(result.error, nullptr);
        bight_result_free(result);
        return number(0);
    });

    EXPECT_TRUE(until([&] { return promise != nullptr; }));
    bight_deferred_cancel(deferred.get());
    freePool();
    ASSERT_NE(other, nullptr);
    bight_promise_fire(other, nullptr, nullptr);
    bight_promise_free(promise);
}

TEST_F(ThreadsCall, thatCancelsItsOwnWorkReturns)
{
    Deferred *self = nullptr;
    std::string answer;
    Deferred deferred = run([&](bight_work *work) {
        bight_promise *promise = nullptr;
        bight_result result = call(work, [&] {
            bight_deferred_cancel(self->get());
            bight_result wait = bight_result_wait(bight_deferred_new(&promise));

            bight_promise_free(promise);
            return wait;
        });

        answer = bight_status_text(bight_error_get_status(result.error));
        bight_result_free(result);
        return number(0);
    });

    self = &deferred;
    EXPECT_EQ(outcomeOf(deferred), "[cancelled]");
    EXPECT_TRUE(until([&] { return stats().running == 0; }));
    freePool();
    EXPECT_EQ(answer, "cancelled");
}

TEST_F(ThreadsCall, goesOnInANestedLoop)
{
    Deferred inner = {nullptr, bight_deferred_free};
    Deferred outer = run([&](bight_work *work) {
        return call(work, [&] {
            inner = run([&](bight_work *nested) { return call(nested, [] { return number(3); }); });
            return number(std::stoi(outcomeOf(inner)) + 1);
        });
    });

    EXPECT_EQ(outcomeOf(outer), "4");
}

} // namespace

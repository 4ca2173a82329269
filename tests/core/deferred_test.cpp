// What every other deferred test stands on: who gets what, in which order, and who frees it.
#include "deferred_support.hpp"
#include <gtest/gtest.h>

namespace
{

using deferred_support::Counted;
using deferred_support::Journal;

TEST(Deferred, stepsRunInOrderEachWithTheResultOfTheOneBefore)
{
    Journal journal;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("a", 1));
    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("b", 2));
    EXPECT_FALSE(bight_deferred_is_done(deferred));
    bight_promise_fire(promise, reinterpret_cast<void *>(10), nullptr);
    EXPECT_TRUE(bight_deferred_is_done(deferred));
    EXPECT_EQ(journal.text(), "a(10) b(11) ");
    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("c", 0));
    EXPECT_EQ(journal.text(), "a(10) b(11) c(13) ");
    bight_deferred_free(deferred);
}

TEST(Deferred, anErrorSkipsToTheNextErrorStepWhichMayRecover)
{
    Journal journal;
    bight_deferred *deferred = bight_deferred_failed(bight_error_new(BIGHT_ERROR_REFUSED, "no"));

    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("value", 0));
    bight_deferred_then(deferred, Journal::run, Journal::run, journal.note("error", 7));
    bight_deferred_then(deferred, nullptr, Journal::run, journal.note("skipped", 0));
    bight_deferred_both(deferred, Journal::run, journal.note("both", 0));
    EXPECT_EQ(journal.text(), "error[connection refused] both(7) ");
    bight_deferred_free(deferred);
}

TEST(Deferred, aReturnedDeferredIsWaitedFor)
{
    Journal journal;
    bight_promise *outer_promise, *inner_promise;
    bight_deferred *outer = bight_deferred_new(&outer_promise);
    bight_deferred *inner = bight_deferred_new(&inner_promise);

    bight_deferred_both(outer, deferred_support::returnWait, inner);
    bight_deferred_then(outer, Journal::run, nullptr, journal.note("after", 0));
    bight_promise_fire(outer_promise, nullptr, nullptr);
    EXPECT_EQ(journal.text(), "");
    EXPECT_FALSE(bight_deferred_is_done(outer));
    bight_promise_fire(inner_promise, reinterpret_cast<void *>(5), nullptr);
    EXPECT_EQ(journal.text(), "after(5) ");
    bight_deferred_free(outer);
}

TEST(Deferred, lettingGoOfTheWaitingSideStillRunsTheSteps)
{
    Journal journal;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("late", 0));
    bight_deferred_free(deferred);
    bight_promise_fire(promise, reinterpret_cast<void *>(1), nullptr);
    EXPECT_EQ(journal.text(), "late(1) ");
}

TEST(Deferred, cancelTellsTheProducerAndTheLaterValueIsFreed)
{
    Journal journal;
    int live = 0, told = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_promise_on_cancel(
        promise, [](bight_promise *, void *data) { ++*static_cast<int *>(data); }, &told);
    bight_deferred_both(deferred, Journal::run, journal.note("end", 0));
    bight_deferred_cancel(deferred);
    bight_deferred_cancel(deferred);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(journal.text(), "end[cancelled] ");
    bight_deferred_free(deferred);
    EXPECT_FALSE(bight_promise_is_wanted(promise));
    bight_promise_fire(promise, new Counted(live), Counted::destroy);
    EXPECT_EQ(live, 0);
}

TEST(Deferred, cancelReachesWhatTheChainWaitsFor)
{
    Journal journal;
    int told = 0;
    bight_promise *inner_promise;
    bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);
    bight_deferred *inner = bight_deferred_new(&inner_promise);

    bight_promise_on_cancel(
        inner_promise,
        [](bight_promise *promise, void *data) {
            ++*static_cast<int *>(data);
            bight_promise_free(promise);
        },
        &told);
    bight_deferred_both(outer, deferred_support::returnWait, inner);
    bight_deferred_both(outer, Journal::run, journal.note("end", 0));
    bight_deferred_cancel(outer);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(journal.text(), "end[cancelled] ");
    bight_deferred_free(outer);
}

TEST(Deferred, aPromiseThatIsFreedFailsTheChain)
{
    Journal journal;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_both(deferred, Journal::run, journal.note("end", 0));
    bight_promise_free(bight_promise_ref(promise));
    EXPECT_EQ(journal.text(), "");
    bight_promise_free(promise);
    EXPECT_EQ(journal.text(), "end[cancelled] ");
    bight_deferred_free(deferred);
    bight_promise_free(nullptr);
}

TEST(Deferred, nullIsADeferredThatFailedWithoutMemory)
{
    Journal journal;

    EXPECT_EQ(bight_deferred_then(nullptr, Journal::run, nullptr, nullptr), nullptr);
    EXPECT_EQ(bight_deferred_both(nullptr, Journal::run, journal.note("end", 0)), nullptr);
    EXPECT_EQ(journal.text(), "end[out of memory] ");
    EXPECT_TRUE(bight_deferred_is_done(nullptr));
    bight_deferred_cancel(nullptr);
    bight_deferred_free(nullptr);
}

TEST(Deferred, aStepMayFreeItsOwnChain)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_then(
        deferred,
        [](bight_result in, void *data) {
            bight_deferred_free(static_cast<bight_deferred *>(data));
            return in;
        },
        nullptr, deferred);
    bight_promise_fire(promise, nullptr, nullptr);
}

TEST(Deferred, aMillionDeferredsThatWaitForEachOtherDoNotGrowTheStack)
{
    constexpr int count = 1000000;
    Journal journal;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    for (int i = 0; i < count; i++) {
        bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);

        bight_deferred_both(outer, deferred_support::returnWait, deferred);
        deferred = outer;
    }
    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("end", 0));
    bight_promise_fire(promise, reinterpret_cast<void *>(3), nullptr);
    EXPECT_EQ(journal.text(), "end(3) ");
    bight_deferred_free(deferred);
}

TEST(Deferred, aMillionStepsRunInOneGo)
{
    constexpr intptr_t count = 1000000;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    intptr_t seen = 0;

    for (intptr_t i = 0; i < count; i++)
        bight_deferred_both(
            deferred,
            [](bight_result in, void *data) {
                ++*static_cast<intptr_t *>(data);
                return in;
            },
            &seen);
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(seen, count);
    bight_deferred_free(deferred);
}

} // namespace

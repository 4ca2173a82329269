#include "deferred_coroutine.h"
#include "deferred_support.hpp"
#include <gtest/gtest.h>
#include <support/alloc.hpp>

namespace
{

using deferred_support::count;
using deferred_support::countCancel;
using deferred_support::Counted;
using deferred_support::error;
using deferred_support::Messages;
using deferred_support::number;
using deferred_support::outcome;

// Gives one deferred after the other, and keeps the promise of the last.
struct Source {
    bight_promise *promise = nullptr;
    int asked = 0, cancelled = 0;

    static bight_deferred *next(void *data)
    {
        Source *self = static_cast<Source *>(data);
        bight_deferred *deferred = bight_deferred_new(&self->promise);

        self->asked++;
        if (deferred != nullptr)
            bight_promise_on_cancel(self->promise, countCancel, &self->cancelled);
        return deferred;
    }
};

bight_deferred *one(void *)
{
    return bight_deferred_fired(number(1), nullptr);
}

TEST(Coroutine, goesOnWhereItWasAfterEachWait)
{
    int freed = 0;
    Source source;
    bight_deferred *sum = add_up(Source::next, &source, 3, 10, &freed);

    for (int i = 1; i <= 3; i++) {
        EXPECT_EQ(source.asked, i);
        EXPECT_EQ(freed, 0);
        bight_promise_fire(source.promise, number(i), nullptr);
    }
    EXPECT_EQ(freed, 1);
    EXPECT_EQ(outcome(sum), "16");
    bight_deferred_free(sum);
}

TEST(Coroutine, aMillionResultsThatAreThereAlreadyGrowNothing)
{
    int freed = 0;
    bight_deferred *sum = add_up(one, nullptr, 1000000, 0, &freed);

    EXPECT_EQ(outcome(sum), "1000000");
    EXPECT_EQ(freed, 1);
    bight_deferred_free(sum);
}

TEST(Coroutine, waitsTwiceOnOneLine)
{
    int freed = 0;
    Source source;
    bight_deferred *sum = add_both(Source::next, &source, &freed);

    for (int i = 1; i <= 2; i++) {
        EXPECT_EQ(source.asked, i);
        bight_promise_fire(source.promise, reinterpret_cast<void *>(intptr_t{i}), nullptr);
    }
    EXPECT_EQ(outcome(sum), "3");
    EXPECT_EQ(freed, 1);
    bight_deferred_free(sum);
}

TEST(Coroutine, tryEndsWithTheError)
{
    int freed = 0;
    Source source;
    bight_deferred *sum = add_up(Source::next, &source, 3, 0, &freed);

    bight_promise_fail(source.promise, error());
    EXPECT_EQ(freed, 1);
    EXPECT_EQ(source.asked, 1);
    EXPECT_EQ(outcome(sum), "[connection refused]");
    bight_deferred_free(sum);
}

TEST(Coroutine, awaitHandsTheErrorToTheCoroutine)
{
    int freed = 0;
    Source source;
    bight_deferred *sum = add_up(Source::next, &source, 0, -5, &freed);

    bight_promise_fail(source.promise, error());
    EXPECT_EQ(outcome(sum), "-1");
    bight_deferred_free(sum);
}

TEST(Coroutine, takeKeepsTheValue)
{
    int freed = 0, live = 0;
    Source source;
    bight_deferred *last = add_up(Source::next, &source, 0, -5, &freed);

    bight_promise_fire(source.promise, new Counted(live), Counted::destroy);
    EXPECT_EQ(freed, 1);
    EXPECT_EQ(live, 1);
    bight_deferred_free(last);
    EXPECT_EQ(live, 0);
}

TEST(Coroutine, cancelReachesWhatItWaitsFor)
{
    int freed = 0;
    Source source;
    bight_deferred *sum = add_up(Source::next, &source, 3, 0, &freed);

    bight_promise_fire(source.promise, number(1), nullptr);
    bight_deferred_cancel(sum);
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_EQ(freed, 1);
    EXPECT_EQ(outcome(sum), "[cancelled]");
    bight_deferred_free(sum);
}

TEST(Coroutine, thatNobodyHoldsGoesOn)
{
    Messages messages;
    int freed = 0;
    Source source;

    bight_deferred_free(add_up(Source::next, &source, 1, 0, &freed));
    EXPECT_EQ(freed, 0);
    bight_promise_fire(source.promise, number(1), nullptr);
    EXPECT_EQ(freed, 1);
    EXPECT_TRUE(messages.all.empty());
}

TEST(Coroutine, mayEndWithoutAWait)
{
    bight_co co;
    bight_deferred *done = do_nothing(&co);

    EXPECT_EQ(outcome(done), "0");
    bight_deferred_free(done);
}

TEST(Coroutine, withoutMemoryItsFrameIsFreed)
{
    support::withEachAllocationFailing([] {
        int freed = 0, ends = 0;
        Messages messages;
        Source source;
        bight_deferred *sum = add_up(Source::next, &source, 2, 0, &freed);

        bight_deferred_always(sum, count, &ends);
        bight_deferred_free(sum);
        for (int asked = 0; asked < source.asked; asked++) {
            bight_promise *promise = source.promise;

            source.promise = nullptr;
            if (promise != nullptr)
                bight_promise_fire(promise, number(1), nullptr);
        }
        EXPECT_EQ(ends, 1);
        if (sum != nullptr) {
            EXPECT_EQ(freed, 1);
        }
    });
}

} // namespace

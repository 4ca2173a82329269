#include "deferred_support.hpp"
#include <bight/gather.h>
#include <bight/value.h>
#include <gtest/gtest.h>
#include <pthread.h>

namespace
{

using deferred_support::countCancel;
using deferred_support::Counted;
using deferred_support::error;
using deferred_support::Messages;
using deferred_support::number;
using deferred_support::outcome;

// Some deferreds and their promises; counts the cancels that the promises hear of.
class Gather : public testing::Test
{
  protected:
    static constexpr size_t count = 4;

    void SetUp() override
    {
        for (size_t i = 0; i < count; i++) {
            deferreds[i] = bight_deferred_new(&promises[i]);
            bight_promise_on_cancel(promises[i], countCancel, &cancelled);
        }
    }
    void fire(size_t index)
    {
        bight_promise_fire(promises[index], new Counted(live), Counted::destroy);
    }
    void fail(size_t index)
    {
        bight_promise_fail(promises[index], error());
    }
    // "0 2 3!": the indices of the results, with a mark after an error.
    std::string results(bight_deferred *deferred)
    {
        bight_result result;
        std::string text;

        if (!bight_deferred_take(deferred, &result))
            return "waiting";
        bight_results *results = bight_result_get_results(result);
        for (size_t i = 0; results != nullptr && i < results->count; i++)
            text += std::to_string(results->items[i].index) +
                    (results->items[i].result.error != nullptr ? "! " : " ");
        bight_result_free(result);
        return text;
    }
    void TearDown() override
    {
        EXPECT_EQ(live, 0);
        EXPECT_TRUE(messages.all.empty());
    }

    bight_deferred *deferreds[count];
    bight_promise *promises[count];
    int cancelled = 0, live = 0;
    Messages messages;
};

TEST_F(Gather, allFiresWithTheValuesInOrderWhenTheLastCame)
{
    bight_deferred *all = bight_gather_all(deferreds, count);

    for (size_t i : {2, 0, 3}) {
        fire(i);
        EXPECT_FALSE(bight_deferred_is_done(all));
    }
    fire(1);
    EXPECT_EQ(results(all), "0 1 2 3 ");
    bight_deferred_free(all);
}

TEST_F(Gather, allFailsFastAndCancelsTheRest)
{
    bight_result result;
    bight_deferred *all = bight_gather_all(deferreds, count);

    fire(3);
    fail(1);
    EXPECT_EQ(cancelled, 2);
    ASSERT_TRUE(bight_deferred_take(all, &result));
    EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_REFUSED);
    EXPECT_STREQ(bight_error_get_message(result.error), "1 of 4 failed, the last was number 2: no");
    EXPECT_STREQ(bight_error_get_message(bight_error_get_cause(result.error)), "no");
    bight_result_free(result);
    bight_deferred_free(all);
}

TEST_F(Gather, theRestIsCancelledBeforeTheOutcomeIsSeen)
{
    int seen = -1;
    struct State {
        int *cancelled, *seen;
    } state = {&cancelled, &seen};
    bight_deferred *any = bight_gather_any(deferreds, count);

    bight_deferred_both(
        any,
        [](bight_result in, void *data) {
            State *self = static_cast<State *>(data);

            *self->seen = *self->cancelled;
            return in;
        },
        &state);
    fire(0);
    EXPECT_EQ(seen, 3);
    bight_deferred_free(any);
}

TEST_F(Gather, settleWaitsForAllAndTellsOfErrors)
{
    bight_deferred *settled = bight_gather_settle(deferreds, count);

    fail(0);
    fire(1);
    fail(3);
    EXPECT_FALSE(bight_deferred_is_done(settled));
    fire(2);
    EXPECT_EQ(results(settled), "0! 1 2 3! ");
    EXPECT_EQ(cancelled, 0);
    bight_deferred_free(settled);
}

TEST_F(Gather, anyFiresWithTheFirstValueAndSkipsErrors)
{
    bight_result result;
    bight_deferred *any = bight_gather_any(deferreds, count);

    fail(0);
    fail(1);
    EXPECT_EQ(cancelled, 0);
    fire(3);
    EXPECT_EQ(cancelled, 1);
    ASSERT_TRUE(bight_deferred_take(any, &result));
    EXPECT_EQ(BIGHT_VALUE(Counted, result, Counted::destroy)->live, 1);
    bight_result_free(result);
    bight_deferred_free(any);
}

TEST_F(Gather, anyFailsWhenAllHaveFailed)
{
    bight_deferred *any = bight_gather_any(deferreds, count);

    for (size_t i = 0; i < count; i++)
        fail(i);
    EXPECT_EQ(outcome(any), "[connection refused]");
    bight_deferred_free(any);
}

TEST_F(Gather, firstGoesOnWithAnErrorToo)
{
    bight_deferred *first = bight_gather_first(deferreds, count);

    fail(2);
    EXPECT_EQ(cancelled, 3);
    EXPECT_EQ(outcome(first), "[connection refused]");
    bight_deferred_free(first);
}

TEST_F(Gather, someFiresWithAsManyAsAreWanted)
{
    bight_deferred *some = bight_gather_some(deferreds, count, 2);

    fire(3);
    fail(2);
    EXPECT_FALSE(bight_deferred_is_done(some));
    fire(0);
    EXPECT_EQ(results(some), "0 3 ");
    EXPECT_EQ(cancelled, 1);
    bight_deferred_free(some);
}

TEST_F(Gather, someFailsAsSoonAsTooFewAreLeft)
{
    bight_deferred *some = bight_gather_some(deferreds, count, 2);

    fire(3);
    fail(2);
    fail(0);
    EXPECT_FALSE(bight_deferred_is_done(some));
    fail(1);
    EXPECT_EQ(outcome(some), "[connection refused]");
    bight_deferred_free(some);
}

TEST_F(Gather, cancelReachesThemAll)
{
    bight_deferred *all = bight_gather_all(deferreds, count);

    fire(1);
    bight_deferred_cancel(all);
    EXPECT_EQ(cancelled, 3);
    EXPECT_EQ(outcome(all), "[cancelled]");
    bight_deferred_free(all);
}

TEST_F(Gather, thoseThatAreDoneAlreadyCountAtOnceAndTheRestIsCancelled)
{
    fail(1);
    fail(3);
    bight_deferred *first = bight_gather_first(deferreds, count);

    EXPECT_EQ(cancelled, 2);
    EXPECT_EQ(outcome(first), "[connection refused]");
    bight_deferred_free(first);
}

TEST_F(Gather, oneThatTakesItsTimeAfterACancelIsWaitedForSilently)
{
    bight_promise *late;
    bight_deferred *stubborn = bight_deferred_new(&late);

    bight_deferred_both(deferreds[0], deferred_support::returnWait, stubborn);
    bight_deferred *first = bight_gather_first(deferreds, count);
    fail(1);
    EXPECT_EQ(outcome(first), "[connection refused]");
    bight_deferred_free(first);
    bight_promise_fire(late, new Counted(live), Counted::destroy);
}

TEST_F(Gather, aNullAmongThemHasFailedWithoutMemory)
{
    bight_deferred *with_null[] = {deferreds[0], nullptr, deferreds[1]};
    bight_deferred *all = bight_gather_all(with_null, 3);

    EXPECT_EQ(outcome(all), "[out of memory]");
    EXPECT_EQ(cancelled, 2);
    bight_deferred_free(all);
    fire(2);
    fire(3);
    bight_deferred_free(deferreds[2]);
    bight_deferred_free(deferreds[3]);
}

TEST_F(Gather, mayBeCancelledByWhatItCancels)
{
    bight_deferred *first = nullptr;

    bight_promise_on_cancel(
        promises[3],
        [](bight_promise *promise, void *data) {
            bight_deferred_cancel(*static_cast<bight_deferred **>(data));
            bight_promise_free(promise);
        },
        &first);
    first = bight_gather_first(deferreds, count);
    fire(0);
    EXPECT_EQ(cancelled, 2);
    EXPECT_EQ(outcome(first), "[cancelled]");
    bight_deferred_free(first);
}

class GatherNone : public testing::Test
{
};

TEST_F(GatherNone, allOfNoneFiresAtOnceAndAnyOfNoneIsInvalid)
{
    bight_deferred *all = bight_gather_all(nullptr, 0);
    bight_deferred *settled = bight_gather_settle(nullptr, 0);
    bight_deferred *any = bight_gather_any(nullptr, 0);
    bight_result result;

    ASSERT_TRUE(bight_deferred_take(all, &result));
    EXPECT_EQ(bight_result_get_results(result)->count, 0u);
    bight_result_free(result);
    EXPECT_TRUE(bight_deferred_is_done(settled));
    EXPECT_EQ(outcome(any), "[invalid]");
    bight_deferred_free(all);
    bight_deferred_free(settled);
    bight_deferred_free(any);
    bight_results_free(nullptr);
    EXPECT_EQ(bight_result_get_results(bight_result_value(nullptr)), nullptr);
}

TEST_F(GatherNone, aResultMayBeTakenOutOfTheResults)
{
    int live = 0;
    bight_result result;
    bight_deferred *one = bight_deferred_fired(new Counted(live), Counted::destroy);
    bight_deferred *all = bight_gather_all(&one, 1);

    ASSERT_TRUE(bight_deferred_take(all, &result));
    bight_results *results = bight_result_get_results(result);
    bight_result taken = results->items[0].result;
    results->items[0].result = bight_result_value(nullptr);
    bight_result_free(result);
    EXPECT_EQ(live, 1);
    bight_result_free(taken);
    EXPECT_EQ(live, 0);
    bight_deferred_free(all);
}

TEST_F(GatherNone, tenThousandAreNoTrouble)
{
    constexpr size_t many = 10000;
    std::vector<bight_deferred *> deferreds(many);
    std::vector<bight_promise *> promises(many);

    for (size_t i = 0; i < many; i++)
        deferreds[i] = bight_deferred_new(&promises[i]);
    bight_deferred *all = bight_gather_all(deferreds.data(), many);
    for (size_t i = many; i-- > 0;)
        bight_promise_fire(promises[i], number(1), nullptr);
    EXPECT_TRUE(bight_deferred_is_done(all));
    bight_deferred_free(all);
}

// A recursion would need megabytes; this stack has 128 KiB.
TEST(GatherDepth, twentyThousandInEachOtherDoNotOverflowTheStack)
{
    for (bool all : {true, false}) {
        bight_promise *promise;
        bight_deferred *nested = bight_deferred_new(&promise);
        for (int i = 0; i < 20000; i++)
            nested = all ? bight_gather_all(&nested, 1) : bight_gather_any(&nested, 1);
        pthread_attr_t attributes;
        pthread_t thread;
        pthread_attr_init(&attributes);
        pthread_attr_setstacksize(&attributes, 128 << 10);
        auto fire = [](void *data) -> void * {
            bight_promise_fire(static_cast<bight_promise *>(data), nullptr, nullptr);
            return nullptr;
        };
        ASSERT_EQ(pthread_create(&thread, &attributes, fire, promise), 0);
        pthread_join(thread, nullptr);
        pthread_attr_destroy(&attributes);
        EXPECT_TRUE(bight_deferred_is_done(nested));
        bight_deferred_free(nested);
    }
}

} // namespace

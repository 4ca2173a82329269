// The other kinds of steps, the promise's side, values with types, and the way of errors.
#include "deferred_support.hpp"
#include <bight/value.h>
#include <cstring>
#include <gtest/gtest.h>

namespace
{

using deferred_support::count;
using deferred_support::countCancel;
using deferred_support::Counted;
using deferred_support::error;
using deferred_support::Journal;
using deferred_support::Messages;
using deferred_support::number;
using deferred_support::outcome;
using deferred_support::returnWait;

TEST(DeferredAlways, runsAfterAValueAndAfterAnErrorWhichGoBy)
{
    int calls = 0;
    bight_deferred *good = bight_deferred_fired(number(4), nullptr);
    bight_deferred *bad = bight_deferred_failed(error());

    bight_deferred_always(good, count, &calls);
    bight_deferred_always(bad, count, &calls);
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(outcome(good), "4");
    EXPECT_EQ(outcome(bad), "[connection refused]");
    bight_deferred_free(good);
    bight_deferred_free(bad);
}

TEST(DeferredKeep, freesTheDataWhenTheStepsBeforeHaveRun)
{
    int live = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    Counted *data = new Counted(live);

    bight_deferred_both(
        deferred,
        [](bight_result in, void *kept) {
            EXPECT_EQ(static_cast<Counted *>(kept)->live, 1);
            return in;
        },
        data);
    bight_deferred_keep(deferred, data, Counted::destroy);
    EXPECT_EQ(live, 1);
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(live, 0);
    bight_deferred_free(deferred);
}

// Counts down by waiting for a deferred of the next lower number each time.
bight_result countDown(bight_result in, void *data)
{
    intptr_t left = reinterpret_cast<intptr_t>(in.value);

    ++*static_cast<int *>(data);
    if (left == 0)
        return bight_result_value(number(99));
    return bight_result_wait(bight_deferred_fired(number(left - 1), nullptr));
}

TEST(DeferredLoop, runsAgainWithWhatItWaitedForUntilItReturnsAValue)
{
    int calls = 0;
    bight_deferred *deferred = bight_deferred_fired(number(1000000), nullptr);

    bight_deferred_loop(deferred, countDown, &calls);
    EXPECT_EQ(calls, 1000001);
    EXPECT_EQ(outcome(deferred), "99");
    bight_deferred_free(deferred);
}

TEST(DeferredLoop, staysInFrontOfTheStepsThatWereAddedAfterIt)
{
    Journal journal;
    int calls = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_loop(deferred, countDown, &calls);
    bight_deferred_then(deferred, Journal::run, nullptr, journal.note("after", 0));
    bight_promise_fire(promise, number(3), nullptr);
    EXPECT_EQ(calls, 4);
    EXPECT_EQ(journal.text(), "after(99) ");
    bight_deferred_free(deferred);
}

TEST(DeferredTake, givesTheResultAwayOnceItIsThere)
{
    int live = 0;
    bight_result result;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    EXPECT_FALSE(bight_deferred_take(deferred, &result));
    bight_promise_fire(promise, new Counted(live), Counted::destroy);
    ASSERT_TRUE(bight_deferred_take(deferred, &result));
    EXPECT_EQ(outcome(deferred), "0");
    bight_deferred_free(deferred);
    EXPECT_EQ(live, 1);
    bight_result_free(result);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(outcome(nullptr), "[out of memory]");
}

TEST(DeferredOf, isTheOneToWaitForOrOneThatIsDone)
{
    bight_promise *promise;
    bight_deferred *inner = bight_deferred_new(&promise);
    bight_deferred *same = bight_deferred_of(bight_result_wait(inner));
    bight_deferred *done = bight_deferred_of(bight_result_value(number(6)));
    bight_deferred *failed = bight_deferred_of(bight_result_error(error()));

    EXPECT_EQ(same, inner);
    EXPECT_EQ(outcome(done), "6");
    EXPECT_EQ(outcome(failed), "[connection refused]");
    bight_promise_fire(promise, nullptr, nullptr);
    bight_deferred_free(same);
    bight_deferred_free(done);
    bight_deferred_free(failed);
}

TEST(Promise, followsAnotherDeferredAndPassesACancelOn)
{
    int told = 0;
    bight_promise *outer_promise, *inner_promise;
    bight_deferred *outer = bight_deferred_new(&outer_promise);
    bight_deferred *inner = bight_deferred_new(&inner_promise);

    bight_promise_on_cancel(inner_promise, countCancel, &told);
    bight_promise_complete(outer_promise, bight_result_wait(inner));
    EXPECT_EQ(outcome(outer), "waiting");
    bight_deferred_cancel(outer);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(outcome(outer), "[cancelled]");
    bight_deferred_free(outer);
}

TEST(Promise, followsOneThatIsDone)
{
    bight_promise *promise, *second;
    bight_deferred *deferred = bight_deferred_new(&promise);
    bight_deferred *other = bight_deferred_new(&second);

    bight_promise_complete(promise, bight_result_wait(bight_deferred_fired(number(8), nullptr)));
    bight_promise_complete(second, bight_result_wait(nullptr));
    EXPECT_EQ(outcome(deferred), "8");
    EXPECT_EQ(outcome(other), "[out of memory]");
    bight_deferred_free(deferred);
    bight_deferred_free(other);
}

TEST(Promise, thatNobodyWantsAnyMoreCancelsWhatItIsToFollow)
{
    int told = 0;
    bight_promise *promise, *inner_promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    bight_deferred *inner = bight_deferred_new(&inner_promise);

    bight_promise_on_cancel(inner_promise, countCancel, &told);
    bight_deferred_cancel(deferred);
    bight_deferred_free(deferred);
    EXPECT_FALSE(bight_promise_is_wanted(promise));
    bight_promise_complete(promise, bight_result_wait(inner));
    EXPECT_EQ(told, 1);
}

TEST(Promise, firesFromSeveralPlacesOfWhichTheFirstWins)
{
    int live = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    bight_promise *second = bight_promise_ref(promise), *third = bight_promise_ref(promise);

    bight_promise_fire(promise, number(1), nullptr);
    bight_promise_fire(second, new Counted(live), Counted::destroy);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(outcome(deferred), "1");
    bight_deferred_free(deferred);
    bight_promise_fail(third, error());
}

TEST(DeferredCancel, keepsAnErrorOfTheProducerThatSaysWhatWasCancelled)
{
    bight_result result;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_promise_on_cancel(
        promise,
        [](bight_promise *cancelled, void *) {
            bight_promise_fail(cancelled, error(BIGHT_ERROR_CANCELLED, "connect to x: cancelled"));
        },
        nullptr);
    bight_deferred_cancel(deferred);
    ASSERT_TRUE(bight_deferred_take(deferred, &result));
    EXPECT_STREQ(bight_error_get_message(result.error), "connect to x: cancelled");
    bight_result_free(result);
    bight_deferred_free(deferred);
}

TEST(DeferredCancel, isWhatTheChainSeesEvenIfTheProducerFiresNow)
{
    int live = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_promise_on_cancel(
        promise,
        [](bight_promise *cancelled, void *data) {
            bight_promise_fire(cancelled, new Counted(*static_cast<int *>(data)), Counted::destroy);
        },
        &live);
    bight_deferred_cancel(deferred);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
}

// A step that is cancelled while it runs, and then returns something to wait for.
struct CancelInStep {
    bight_deferred *chain, *inner;
};

TEST(DeferredCancel, fromInsideAStepCancelsWhatThatStepReturns)
{
    int told = 0;
    bight_promise *promise, *inner_promise;
    CancelInStep state = {bight_deferred_new(&promise), bight_deferred_new(&inner_promise)};

    bight_promise_on_cancel(inner_promise, countCancel, &told);
    bight_deferred_both(
        state.chain,
        [](bight_result, void *data) {
            CancelInStep *self = static_cast<CancelInStep *>(data);

            bight_deferred_cancel(self->chain);
            return bight_result_wait(self->inner);
        },
        &state);
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(outcome(state.chain), "[cancelled]");
    bight_deferred_free(state.chain);
}

TEST(DeferredCancel, leavesAChainAloneThatIsDone)
{
    bight_deferred *deferred = bight_deferred_fired(number(2), nullptr);

    bight_deferred_cancel(deferred);
    EXPECT_EQ(outcome(deferred), "2");
    bight_deferred_free(deferred);
}

TEST(Deferred, aStepThatIsAddedByAStepRunsAfterThoseThatWait)
{
    Journal journal;
    struct Adder {
        Journal &journal;
        bight_deferred *chain;
    };
    bight_promise *promise;
    Adder adder = {journal, bight_deferred_new(&promise)};

    bight_deferred_both(
        adder.chain,
        [](bight_result in, void *data) {
            Adder *self = static_cast<Adder *>(data);

            bight_deferred_then(self->chain, Journal::run, nullptr, self->journal.note("added", 0));
            return in;
        },
        &adder);
    bight_deferred_then(adder.chain, Journal::run, nullptr, journal.note("waiting", 1));
    bight_promise_fire(promise, number(1), nullptr);
    EXPECT_EQ(journal.text(), "waiting(1) added(2) ");
    bight_deferred_free(adder.chain);
}

TEST(DeferredDeathTest, aStepThatWaitsForItsOwnChainIsMisuse)
{
    bight_deferred *deferred = bight_deferred_fired(nullptr, nullptr);

    EXPECT_DEATH(bight_deferred_both(deferred, returnWait, deferred), "its own chain");
    bight_deferred_free(deferred);
}

void makeCircle()
{
    bight_promise *promise;
    bight_deferred *inner = bight_deferred_new(&promise);
    bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);

    bight_deferred_both(inner, returnWait, outer);
    bight_deferred_both(outer, returnWait, inner);
    bight_promise_fire(promise, nullptr, nullptr);
}

TEST(DeferredDeathTest, aStepThatWaitsForAChainThatWaitsForItIsMisuse)
{
    EXPECT_DEATH(makeCircle(), "its own chain");
}

bight_result fail(bight_result in, void *)
{
    bight_result_free(in);
    return bight_result_error(error(BIGHT_ERROR_PROTOCOL, "broken"));
}

bight_result pass(bight_result in, void *)
{
    return in;
}

std::string trail(bight_deferred *deferred)
{
    char text[4096];
    size_t length = bight_deferred_format_trail(deferred, text, sizeof(text));

    EXPECT_EQ(length, std::strlen(text));
    return text;
}

TEST(DeferredTrail, namesEveryStepThatTheErrorWentThrough)
{
    bight_deferred *inner = bight_deferred_fired_at(nullptr, nullptr, "inner:1");
    bight_deferred *outer = bight_deferred_fired_at(nullptr, nullptr, "outer:1");

    bight_deferred_then_at(inner, fail, nullptr, nullptr, "inner:2");
    bight_deferred_then_at(inner, fail, nullptr, nullptr, "inner:3");
    bight_deferred_both_at(outer, returnWait, inner, "outer:2");
    bight_deferred_then_at(outer, nullptr, pass, nullptr, "outer:3");
    bight_deferred_always_at(
        outer, [](void *) {}, nullptr, "outer:4");
    EXPECT_EQ(trail(outer), "failed in the step at inner:2, went by the step at inner:3, "
                            "reached the step that waited at outer:2, "
                            "was handed on by the step at outer:3, went by the step at outer:4");
    bight_deferred_then(outer, nullptr, Journal::run, Journal().note("recovered", 0));
    EXPECT_EQ(trail(outer), "");
    bight_deferred_free(outer);
}

TEST(DeferredTrail, beginsWhereTheDeferredWasMadeIfItsPromiseFailed)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new_at(&promise, "made:1");

    bight_deferred_then_at(deferred, pass, nullptr, nullptr, "step:2");
    bight_promise_fail(promise, error());
    EXPECT_EQ(trail(deferred), "failed as made at made:1, went by the step at step:2");
    bight_deferred_both(deferred, Journal::run, Journal().note("", 0));
    bight_deferred_free(deferred);
}

TEST(DeferredTrail, isBoundedAndKeepsTheLastPlace)
{
    bight_deferred *deferred = bight_deferred_failed_at(error(), "made");

    for (int i = 0; i < 1000; i++)
        bight_deferred_then_at(deferred, pass, nullptr, nullptr, "some");
    bight_deferred_then_at(deferred, pass, nullptr, nullptr, "last");
    EXPECT_NE(trail(deferred).find(", places left out: 970, went by the step at last"),
              std::string::npos)
        << trail(deferred);
    bight_deferred_both(deferred, Journal::run, Journal().note("", 0));
    bight_deferred_free(deferred);
}

TEST(DeferredTrail, isCutToFit)
{
    char text[10];
    bight_deferred *deferred = bight_deferred_failed_at(error(), "made");

    EXPECT_EQ(bight_deferred_format_trail(deferred, text, sizeof(text)), 22u);
    EXPECT_STREQ(text, "failed as");
    EXPECT_EQ(bight_deferred_format_trail(deferred, nullptr, 0), 22u);
    EXPECT_EQ(bight_deferred_format_trail(nullptr, text, sizeof(text)), 0u);
    bight_deferred_both(deferred, Journal::run, Journal().note("", 0));
    bight_deferred_free(deferred);
}

TEST(DeferredReport, isNotMadeOfACancelThatWasAskedFor)
{
    Messages messages;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_cancel(deferred);
    bight_deferred_free(deferred);
    bight_promise_free(promise);
    EXPECT_TRUE(messages.all.empty());
}

TEST(DeferredReport, isMadeOnceTheChainIsDoneWhenItWasFreedBefore)
{
    Messages messages;
    bight_promise *promise;

    bight_deferred_free(bight_deferred_new(&promise));
    EXPECT_TRUE(messages.all.empty());
    bight_promise_fail(promise, error());
    EXPECT_EQ(messages.all.size(), 1u);
}

TEST(DeferredReport, isLeftToTheChainThatWaits)
{
    Messages messages;
    bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);

    bight_deferred_both(outer, returnWait, bight_deferred_failed(error()));
    EXPECT_TRUE(messages.all.empty());
    bight_deferred_free(outer);
    EXPECT_EQ(messages.all.size(), 1u);
}

struct Page {
    int size;
};

void freePage(void *page)
{
    delete static_cast<Page *>(page);
}

TEST(DeferredValue, comesWithItsType)
{
    bight_result result = bight_result_take(new Page{7}, freePage);

    EXPECT_EQ(BIGHT_VALUE(Page, result, freePage)->size, 7);
    bight_result_free(result);
}

TEST(DeferredValueDeathTest, ofAnotherTypeAbortsWithTheLine)
{
    bight_result page = bight_result_take(new Page{7}, freePage);
    bight_result failed = bight_result_error(error(BIGHT_ERROR_REFUSED, "nobody there"));

#ifndef NDEBUG
    EXPECT_DEATH((void)BIGHT_VALUE(Counted, page, Counted::destroy),
                 "deferred_chain_test.cpp:[0-9]+: a value of type Counted is taken, but it is a "
                 "value of another type");
    EXPECT_DEATH((void)BIGHT_VALUE(Page, failed, freePage), "it is an error: nobody there");
#endif
    EXPECT_DEATH(bight_result_get_int(page), "a value of type int is taken");
    bight_result_free(page);
    bight_result_free(failed);
}

TEST(DeferredValue, mayBeANumberAStringOrBytes)
{
    bight_result text = bight_result_string(strdup("hello"));
    bight_result bytes = bight_result_bytes(bight_bytes_new("abc", 3));
    bight_result none = bight_result_string(nullptr);

    EXPECT_EQ(bight_result_get_int(bight_result_int(-12)), -12);
    EXPECT_STREQ(bight_result_get_string(text), "hello");
    EXPECT_EQ(bight_bytes_get_view(bight_result_get_bytes(bytes)).size, 3u);
    EXPECT_EQ(bight_error_get_status(none.error), BIGHT_ERROR_NO_MEMORY);
    bight_result_free(text);
    bight_result_free(bytes);
    bight_result_free(none);
}

} // namespace

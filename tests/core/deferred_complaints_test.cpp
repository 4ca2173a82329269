// What people complain of in other libraries of this kind, each as a test that it is not so here.
#include "deferred_support.hpp"
#include <array>
#include <bight/gather.h>
#include <bight/owner.h>
#include <gtest/gtest.h>
#include <memory>
#include <support/alloc.hpp>

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

// "My callback ran after the window was closed."
TEST(Complaint, stepsRunThoughTheirWindowIsGone)
{
    struct Window {
        Window()
        {
            bight_owner_init(&owner);
        }
        ~Window()
        {
            bight_owner_deinit(&owner);
        }
        bight_owner owner;
        int shown = 0;
    };
    int told = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    auto window = std::make_unique<Window>();
    auto show = [](bight_result in, void *data) {
        static_cast<Window *>(data)->shown++;
        return in;
    };

    bight_promise_on_cancel(promise, countCancel, &told);
    bight_deferred_bind(deferred, &window->owner);
    bight_deferred_both(deferred, show, window.get());
    bight_deferred_always(deferred, count, &window->shown);
    bight_deferred_free(deferred);
    window.reset();
    EXPECT_EQ(told, 1);
}

TEST(Complaint, stepsOfALibraryAreLostWithTheWindowOfTheirUser)
{
    Journal journal;
    bight_owner owner;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_owner_init(&owner);
    bight_deferred_both(deferred, Journal::run, journal.note("library", 0));
    bight_deferred_bind(deferred, &owner);
    bight_deferred_both(deferred, Journal::run, journal.note("window", 0));
    bight_owner_deinit(&owner);
    EXPECT_EQ(journal.text(), "library[cancelled] ");
    bight_deferred_free(deferred);
    bight_promise_free(promise);
}

TEST(Complaint, dataOfDroppedStepsLeaks)
{
    int live = 0;
    bight_owner owner;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    Counted *data = new Counted(live);

    bight_owner_init(&owner);
    bight_deferred_bind(deferred, &owner);
    bight_deferred_both(deferred, Journal::run, nullptr);
    bight_deferred_keep(deferred, data, Counted::destroy);
    bight_deferred_free(deferred);
    bight_owner_deinit(&owner);
    EXPECT_EQ(live, 0);
    bight_promise_fire(promise, new Counted(live), Counted::destroy);
    EXPECT_EQ(live, 0);
}

TEST(Complaint, aWindowThatGoesInItsOwnStepCrashes)
{
    Journal journal;
    struct Window {
        bight_owner owner;
        bight_deferred *inner;
    } window;
    int told = 0;
    bight_promise *promise, *inner_promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_owner_init(&window.owner);
    window.inner = bight_deferred_new(&inner_promise);
    bight_promise_on_cancel(inner_promise, countCancel, &told);
    bight_deferred_bind(deferred, &window.owner);
    bight_deferred_both(
        deferred,
        [](bight_result in, void *data) {
            bight_owner_deinit(&static_cast<Window *>(data)->owner);
            bight_result_free(in);
            return bight_result_wait(static_cast<Window *>(data)->inner);
        },
        &window);
    bight_deferred_both(deferred, Journal::run, journal.note("window", 0));
    bight_deferred_free(deferred);
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(journal.text(), "");
}

// A library's step from before the binding closes the window for good while the window is closing.
TEST(Complaint, aWindowThatIsFreedWhileItGoesCrashes)
{
    struct Window {
        bight_owner owner;
    };
    auto window = std::make_unique<Window>();
    int ran = 0, told = 0;
    struct Closing {
        std::unique_ptr<Window> &window;
        int &told;
    } closing{window, told};
    std::array<bight_promise *, 3> promises;

    bight_owner_init(&window->owner);
    for (bight_promise *&promise : promises) {
        bight_deferred *deferred = bight_deferred_new(&promise);

        bight_promise_on_cancel(
            promise, [](bight_promise *cancelled, void *) { bight_promise_free(cancelled); },
            nullptr);
        bight_deferred_listen(
            deferred,
            [](bight_result in, void *data) {
                auto &self = *static_cast<Closing *>(data);

                self.told++;
                if (self.window != nullptr) {
                    bight_owner_deinit(&self.window->owner);
                    self.window.reset();
                }
                return in;
            },
            &closing);
        bight_deferred_bind(deferred, &window->owner);
        bight_deferred_always(deferred, count, &ran);
        bight_deferred_free(deferred);
    }
    bight_owner_deinit(&window->owner);
    EXPECT_EQ(window, nullptr);
    EXPECT_EQ(told, 3);
    EXPECT_EQ(ran, 0);
}

// The first chain that is dropped completes the next, whose steps are bound to the same window.
TEST(Complaint, aStepRunsThatTheEndOfAnotherSetOff)
{
    bight_owner owner;
    std::array<bight_promise *, 2> promises;
    int ran = 0;

    bight_owner_init(&owner);
    for (bight_promise *&promise : promises) {
        bight_deferred *deferred = bight_deferred_new(&promise);

        bight_deferred_bind(deferred, &owner);
        bight_deferred_always(deferred, count, &ran);
        bight_deferred_free(deferred);
    }
    bight_promise_on_cancel(
        promises[1],
        [](bight_promise *promise, void *other) {
            bight_promise_fire(static_cast<bight_promise *>(other), nullptr, nullptr);
            bight_promise_free(promise);
        },
        promises[0]);
    bight_owner_deinit(&owner);
    EXPECT_EQ(ran, 0);
}

TEST(Complaint, theOwnerStillKnowsOfChainsThatAreDone)
{
    bight_owner owner;

    bight_owner_init(&owner);
    bight_deferred_free(bight_deferred_bind(bight_deferred_fired(nullptr, nullptr), &owner));
    EXPECT_EQ(owner.first, nullptr);
    bight_owner_deinit(&owner);
}

TEST(Complaint, aChainThatWaitsForAWindowWaitsForeverOnceItIsGone)
{
    Journal journal;
    bight_owner first, second;
    bight_promise *promise;
    bight_deferred *inner = bight_deferred_new(&promise);
    bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);

    bight_owner_init(&first);
    bight_owner_init(&second);
    bight_deferred_bind(inner, &first);
    bight_deferred_then(inner, Journal::run, Journal::run, journal.note("first", 0));
    bight_deferred_bind(inner, &second);
    bight_deferred_then(inner, Journal::run, Journal::run, journal.note("second", 0));
    bight_deferred_both(outer, returnWait, inner);
    bight_owner_deinit(&second);
    EXPECT_EQ(journal.text(), "first[cancelled] ");
    EXPECT_EQ(outcome(outer), "[cancelled]");
    bight_owner_deinit(&first);
    bight_deferred_free(outer);
    bight_promise_free(promise);
}

TEST(Complaint, stepsThatAreAddedAfterTheWindowIsGoneRun)
{
    Journal journal;
    Messages messages;
    int live = 0;
    bight_owner owner;
    bight_deferred *deferred = bight_deferred_fired(new Counted(live), Counted::destroy);

    bight_owner_init(&owner);
    bight_deferred_bind(deferred, &owner);
    bight_owner_deinit(&owner);
    EXPECT_EQ(live, 0);
    bight_deferred_both(deferred, Journal::run, journal.note("late", 0));
    bight_deferred_free(deferred);
    EXPECT_EQ(journal.text(), "");
    EXPECT_TRUE(messages.all.empty());
}

// "It called me back twice."
TEST(Complaint, itFiresTwice)
{
    int live = 0, calls = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    bight_promise *second = bight_promise_ref(promise);

    bight_deferred_always(deferred, count, &calls);
    bight_promise_fail(promise, error());
    bight_promise_fire(second, new Counted(live), Counted::destroy);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(outcome(deferred), "[connection refused]");
    bight_deferred_free(deferred);
}

TEST(Complaint, aCancelledChainCompletesTwice)
{
    int calls = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_always(deferred, count, &calls);
    bight_deferred_cancel(deferred);
    bight_promise_fire(promise, nullptr, nullptr);
    bight_deferred_cancel(deferred);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
}

// "I cancelled, and the download went on."
TEST(Complaint, cancelStopsAtTheFirstDeferred)
{
    constexpr int depth = 1000;
    int told = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_promise_on_cancel(promise, countCancel, &told);
    for (int i = 0; i < depth; i++) {
        bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);

        bight_deferred_both(outer, returnWait, deferred);
        bight_deferred_both(
            outer, [](bight_result in, void *) { return in; }, nullptr);
        deferred = outer;
    }
    bight_deferred_cancel(deferred);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
}

// "A long chain overflows the stack." Each of these would, at a call a link.
TEST(Complaint, aMillionStepsOverflowTheStack)
{
    int calls = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    for (int i = 0; i < 1000000; i++)
        bight_deferred_always(deferred, count, &calls);
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(calls, 1000000);
    bight_deferred_free(deferred);
}

// Notes how deep the stack is when it is called for the first and for the last time.
struct Depth {
    char *first = nullptr, *last = nullptr;
};

TEST(Complaint, deferredsThatReturnDeferredsGrowTheStack)
{
    Depth depth;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    for (int i = 0; i < 1000000; i++) {
        bight_deferred *outer = bight_deferred_fired(nullptr, nullptr);

        bight_deferred_both(outer, returnWait, deferred);
        bight_deferred_both(
            outer,
            [](bight_result in, void *data) {
                Depth *seen = static_cast<Depth *>(data);
                char here;

                seen->last = static_cast<char *>(__builtin_frame_address(0));
                if (seen->first == nullptr)
                    seen->first = seen->last;
                (void)here;
                return in;
            },
            &depth);
        deferred = outer;
    }
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_TRUE(bight_deferred_is_done(deferred));
    EXPECT_EQ(depth.first, depth.last);
    bight_deferred_free(deferred);
}

// One round of a loop: its last step returns the deferred of the next round.
struct Rounds {
    int left;
    bight_promise *promise;
};

bight_result nextRound(bight_result in, void *data)
{
    Rounds *rounds = static_cast<Rounds *>(data);
    bight_deferred *deferred;

    bight_result_free(in);
    if (rounds->left-- == 0)
        return bight_result_value(nullptr);
    deferred = bight_deferred_new(&rounds->promise);
    bight_deferred_then(deferred, nextRound, nullptr, data);
    return bight_result_wait(deferred);
}

TEST(Complaint, aLoopOfDeferredsGrowsMemory)
{
    support::AllocGuard guard;
    Rounds rounds = {100000, nullptr};
    bight_deferred *deferred = bight_deferred_fired(nullptr, nullptr);

    bight_deferred_then(deferred, nextRound, nullptr, &rounds);
    while (!bight_deferred_is_done(deferred)) {
        bight_promise_fire(rounds.promise, nullptr, nullptr);
        ASSERT_LE(guard.liveBlocks(), 4u);
    }
    EXPECT_EQ(rounds.left, -1);
    bight_deferred_free(deferred);
}

// "Whether the callback runs at once or later depends on luck."
TEST(Complaint, whenAStepRunsDependsOnWhetherTheResultIsThere)
{
    Journal journal;
    bight_promise *promise;
    bight_deferred *later = bight_deferred_new(&promise);
    bight_deferred *now = bight_deferred_fired(number(1), nullptr);

    bight_deferred_then(later, Journal::run, nullptr, journal.note("later", 1));
    bight_deferred_then(now, Journal::run, nullptr, journal.note("now", 1));
    EXPECT_EQ(journal.text(), "now(1) ");
    bight_promise_fire(promise, number(1), nullptr);
    EXPECT_EQ(journal.text(), "now(1) later(1) ");
    EXPECT_EQ(outcome(now), outcome(later));
    bight_deferred_free(now);
    bight_deferred_free(later);
}

// "The error vanished", or "Unhandled error in Deferred", and not a word of which.
bight_result failHere(bight_result in, void *)
{
    bight_result_free(in);
    return bight_result_error(error(BIGHT_ERROR_PROTOCOL, "the page is upside down"));
}

TEST(Complaint, anErrorThatNobodyHandledIsLost)
{
    Messages messages;
    int made = __LINE__ + 1;
    bight_deferred *deferred = bight_deferred_fired(nullptr, nullptr);
    int failed = __LINE__ + 1;
    bight_deferred_then(deferred, failHere, nullptr, nullptr);
    bight_deferred_free(deferred);
    ASSERT_EQ(messages.all.size(), 1u);
    EXPECT_NE(messages.all[0].find("the page is upside down"), std::string::npos);
    EXPECT_NE(messages.all[0].find("made at " __FILE__ ":" + std::to_string(made)),
              std::string::npos)
        << messages.all[0];
    EXPECT_NE(messages.all[0].find("failed in the step at " __FILE__ ":" + std::to_string(failed)),
              std::string::npos)
        << messages.all[0];
}

TEST(ComplaintDeathTest, aLostErrorDoesNotFailMyTests)
{
    EXPECT_DEATH(
        {
            bight_log_set(bight_log_abort, nullptr);
            bight_deferred_free(bight_deferred_failed(error()));
        },
        "bight: error: no step handled the error of the deferred made at .*: no ");
}

// "An operation in flight costs kilobytes."
TEST(Complaint, itIsLargeAndSlow)
{
    support::AllocGuard guard;
    Journal journal;
    bight_promise *promise;
    bight_deferred *pending = bight_deferred_new(&promise);

    for (int i = 0; i < 3; i++)
        bight_deferred_both(pending, Journal::run, journal.note("", 0));
    EXPECT_EQ(guard.calls(), 1u);
    EXPECT_LE(guard.bytes(), 128u);
    bight_promise_fire(promise, nullptr, nullptr);
    bight_deferred_free(pending);
    EXPECT_EQ(guard.calls(), 1u);
}

TEST(Complaint, aResultThatIsThereAlreadyIsAllocatedFor)
{
    support::AllocGuard guard;
    Journal journal;
    bight_deferred *fired = bight_deferred_fired(number(1), nullptr);
    size_t before = guard.calls();

    for (int i = 0; i < 3; i++)
        bight_deferred_both(fired, Journal::run, journal.note("", 0));
    EXPECT_EQ(guard.calls(), before);
    bight_deferred_free(fired);
}

// "Out of memory it crashes, or leaks, or never calls back."
struct Story {
    int ends = 0, live = 0, freed = 0;
};

bight_result useAndWait(bight_result in, void *data)
{
    Story *story = static_cast<Story *>(data);

    bight_result_free(in);
    return bight_result_wait(bight_deferred_fired(new Counted(story->live), Counted::destroy));
}

// Many steps, waits, an owner, a gathering: every end must be reached, whatever fails.
void tellStory(Story *story)
{
    Messages messages;
    bight_owner owner;
    bight_promise *promise = nullptr;
    bight_deferred *first = bight_deferred_new(&promise);
    bight_deferred *both[2] = {nullptr, bight_deferred_fired(nullptr, nullptr)};

    bight_owner_init(&owner);
    for (int i = 0; i < 12; i++)
        bight_deferred_then(first, useAndWait, nullptr, story);
    bight_deferred_keep(first, &story->freed, count);
    bight_deferred_bind(both[1], &owner);
    bight_deferred_both(both[1], returnWait, first);
    bight_deferred *all = bight_gather_all(both, 2);
    bight_deferred_always(all, count, &story->ends);
    bight_deferred_free(all);
    if (promise != nullptr)
        bight_promise_fire(promise, new Counted(story->live), Counted::destroy);
    bight_owner_deinit(&owner);
}

TEST(Complaint, withoutMemoryAChainIsLost)
{
    support::withEachAllocationFailing([] {
        Story story;

        tellStory(&story);
        EXPECT_EQ(story.ends, 1);
        EXPECT_EQ(story.freed, 1);
        EXPECT_EQ(story.live, 0);
    });
}

} // namespace

#include "deferred_support.hpp"
#include <bight/lock.h>
#include <gtest/gtest.h>
#include <support/alloc.hpp>

namespace
{

using deferred_support::count;
using deferred_support::error;
using deferred_support::Journal;
using deferred_support::number;
using deferred_support::outcome;

// A piece of work that goes on while it holds the lock.
struct Work {
    bight_promise *promise = nullptr;
    int begun = 0;
};

bight_result begin(void *data)
{
    Work *work = static_cast<Work *>(data);

    work->begun++;
    return bight_result_wait(bight_deferred_new(&work->promise));
}

TEST(Lock, letsOneInAtATimeInTheOrderOfAsking)
{
    Work works[3];
    bight_deferred *done[3];
    bight_semaphore *lock = bight_lock_new();

    for (int i = 0; i < 3; i++)
        done[i] = bight_semaphore_run(lock, begin, &works[i]);
    EXPECT_EQ(bight_semaphore_get_waiting(lock), 2u);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(works[i].begun, 1);
        if (i < 2) {
            EXPECT_EQ(works[i + 1].begun, 0);
        }
        bight_promise_fire(works[i].promise, number(i), nullptr);
        EXPECT_EQ(outcome(done[i]), std::to_string(i));
        bight_deferred_free(done[i]);
    }
    EXPECT_EQ(bight_semaphore_get_free(lock), 1u);
    bight_semaphore_free(lock);
}

TEST(Lock, isFreeAgainAfterAnErrorOrACancel)
{
    Work failing, cancelled;
    bight_semaphore *lock = bight_lock_new();
    bight_deferred *first = bight_semaphore_run(lock, begin, &failing);
    bight_deferred *second = bight_semaphore_run(lock, begin, &cancelled);

    bight_promise_fail(failing.promise, error());
    EXPECT_EQ(outcome(first), "[connection refused]");
    EXPECT_EQ(cancelled.begun, 1);
    bight_deferred_cancel(second);
    EXPECT_EQ(outcome(second), "[cancelled]");
    EXPECT_EQ(bight_semaphore_get_free(lock), 1u);
    bight_deferred_free(first);
    bight_deferred_free(second);
    bight_promise_free(cancelled.promise);
    bight_semaphore_free(lock);
}

TEST(Semaphore, handsOutAsManyPermitsAsItHas)
{
    bight_semaphore *semaphore = bight_semaphore_new(2);
    bight_deferred *permits[3];

    for (bight_deferred *&permit : permits)
        permit = bight_semaphore_acquire(semaphore);
    EXPECT_TRUE(bight_deferred_is_done(permits[1]));
    EXPECT_FALSE(bight_deferred_is_done(permits[2]));
    EXPECT_FALSE(bight_semaphore_try(semaphore));
    bight_deferred_free(permits[0]);
    EXPECT_TRUE(bight_deferred_is_done(permits[2]));
    bight_deferred_free(permits[1]);
    bight_deferred_free(permits[2]);
    EXPECT_EQ(bight_semaphore_get_free(semaphore), 2u);
    EXPECT_TRUE(bight_semaphore_try(semaphore));
    bight_semaphore_release(semaphore);
    bight_semaphore_free(semaphore);
}

TEST(Semaphore, aRequestThatIsCancelledLeavesTheQueue)
{
    bight_semaphore *semaphore = bight_lock_new();
    bight_deferred *held = bight_semaphore_acquire(semaphore);
    bight_deferred *gone = bight_semaphore_acquire(semaphore);
    bight_deferred *next = bight_semaphore_acquire(semaphore);

    bight_deferred_cancel(gone);
    EXPECT_EQ(outcome(gone), "[cancelled]");
    EXPECT_EQ(bight_semaphore_get_waiting(semaphore), 1u);
    bight_deferred_free(held);
    EXPECT_TRUE(bight_deferred_is_done(next));
    bight_deferred_free(gone);
    bight_deferred_free(next);
    bight_semaphore_free(semaphore);
}

TEST(Semaphore, aPermitIsNotLostInAChainThatWasDropped)
{
    bight_semaphore *semaphore = bight_lock_new();
    bight_deferred *held = bight_semaphore_acquire(semaphore);
    bight_deferred *late = bight_semaphore_acquire(semaphore);

    bight_deferred_free(late);
    bight_deferred_free(held);
    EXPECT_EQ(bight_semaphore_get_free(semaphore), 1u);
    bight_semaphore_free(semaphore);
}

TEST(Semaphore, freedFailsThoseWhoWaitAndLetsPermitsComeBack)
{
    bight_semaphore *semaphore = bight_lock_new();
    bight_deferred *held = bight_semaphore_acquire(semaphore);
    bight_deferred *waiting = bight_semaphore_acquire(semaphore);

    bight_semaphore_free(semaphore);
    EXPECT_EQ(outcome(waiting), "[closed]");
    bight_deferred *late = bight_semaphore_acquire(semaphore);
    EXPECT_EQ(outcome(late), "[closed]");
    bight_deferred_free(late);
    bight_deferred_free(waiting);
    bight_deferred_free(held);
    bight_semaphore_free(nullptr);
}

TEST(Semaphore, mayBeFreedByWhoeverHoldsThePermit)
{
    bight_semaphore *semaphore = bight_lock_new();
    bight_deferred *held = bight_semaphore_acquire(semaphore);
    bight_deferred *first = bight_semaphore_acquire(semaphore);
    bight_deferred *second = bight_semaphore_acquire(semaphore);

    bight_deferred_both(
        first,
        [](bight_result in, void *data) {
            bight_semaphore_free(static_cast<bight_semaphore *>(data));
            return in;
        },
        semaphore);
    bight_deferred_free(held);
    EXPECT_TRUE(bight_deferred_is_done(first));
    EXPECT_EQ(outcome(second), "[closed]");
    bight_deferred_free(first);
    bight_deferred_free(second);
}

TEST(Semaphore, aMillionWaitersWhoPassItOnAtOnceDoNotGrowTheStack)
{
    int calls = 0;
    bight_semaphore *semaphore = bight_lock_new();
    bight_deferred *held = bight_semaphore_acquire(semaphore);

    for (int i = 0; i < 1000000; i++)
        bight_deferred_free(
            bight_deferred_always(bight_semaphore_acquire(semaphore), count, &calls));
    bight_deferred_free(held);
    EXPECT_EQ(calls, 1000000);
    bight_semaphore_free(semaphore);
}

TEST(Semaphore, withoutMemoryNoPermitIsLost)
{
    support::withEachAllocationFailing([] {
        int ends = 0;
        deferred_support::Messages messages;
        bight_semaphore *semaphore = bight_semaphore_new(1);

        if (semaphore == nullptr)
            return;
        for (int i = 0; i < 3; i++) {
            bight_deferred *run = bight_semaphore_run(
                semaphore, [](void *) { return bight_result_value(nullptr); }, nullptr);

            bight_deferred_free(bight_deferred_always(run, count, &ends));
        }
        EXPECT_EQ(ends, 3);
        EXPECT_EQ(bight_semaphore_get_free(semaphore), 1u);
        bight_deferred *held = bight_semaphore_acquire(semaphore);
        Work work;
        bight_deferred *run = bight_semaphore_run(semaphore, begin, &work);
        bight_deferred_always(run, count, &ends);
        bight_deferred_free(held);
        bight_deferred_cancel(run);
        bight_deferred_free(run);
        bight_promise_free(work.promise);
        EXPECT_EQ(ends, 4);
        EXPECT_EQ(bight_semaphore_get_free(semaphore), 1u);
        bight_semaphore_free(semaphore);
    });
}

TEST(SemaphoreDeathTest, misuseAborts)
{
    bight_semaphore *semaphore = bight_lock_new();

    EXPECT_DEATH(bight_semaphore_release(semaphore), "released twice");
    EXPECT_DEATH(bight_semaphore_free(bight_semaphore_new(0)), "without permits");
    bight_semaphore_free(semaphore);
}

} // namespace

#include "support/alloc.hpp"

#include <cstdlib>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

namespace
{

// The compiler must not see that a block is freed unused, and leave both out.
void *volatile kept;

TEST(AllocGuard, countsCallsAndBytesAndWhatIsLive)
{
    support::AllocGuard guard;
    void *first = kept = std::malloc(10), *second = std::calloc(3, 5);

    EXPECT_EQ(guard.calls(), 2u);
    EXPECT_EQ(guard.bytes(), 25u);
    kept = second = std::realloc(second, 100);
    EXPECT_EQ(guard.liveBytes(), 110u);
    std::free(first);
    EXPECT_EQ(guard.liveBlocks(), 1u);
    std::free(second);
    std::free(nullptr);
    EXPECT_EQ(guard.liveBlocks(), 0u);
}

TEST(AllocGuard, doesNotMindBlocksFromBefore)
{
    kept = std::malloc(10);
    support::AllocGuard guard;

    std::free(kept);
    EXPECT_EQ(guard.liveBlocks(), 0u);
}

TEST(AllocGuard, failsTheTestWhenABlockIsLeft)
{
    EXPECT_NONFATAL_FAILURE(
        {
            support::AllocGuard guard;
            kept = std::malloc(10);
        },
        "left behind: 10 bytes");
    std::free(kept);
}

TEST(AllocGuard, letsOneOrAllFail)
{
    support::AllocGuard guard;

    guard.failAfter(1, false);
    for (bool works : {true, false, true}) {
        kept = std::malloc(1);
        EXPECT_EQ(kept != nullptr, works);
        std::free(kept);
    }
    guard.failAfter(0, true);
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(kept = std::calloc(1, 1), nullptr);
    EXPECT_EQ(guard.failures(), 4u);
    guard.relent();
    kept = std::malloc(1);
    EXPECT_NE(kept, nullptr);
    std::free(kept);
}

TEST(EachAllocationFailing, triesEveryOneAlone)
{
    int runs = 0, whole = 0;

    support::withEachAllocationFailing([&] {
        void *first = std::malloc(1), *second = std::malloc(1);

        runs++;
        whole += first != nullptr && second != nullptr;
        kept = first;
        std::free(first);
        std::free(second);
    });
    EXPECT_EQ(runs, 6);
    EXPECT_EQ(whole, 2);
}

TEST(EachAllocationFailing, complainsWhenNothingIsAllocated)
{
    testing::TestPartResultArray complaints;

    {
        testing::ScopedFakeTestPartResultReporter reporter(
            testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &complaints);
        support::withEachAllocationFailing([] {});
    }
    EXPECT_EQ(complaints.size(), 2);
}

} // namespace

// The judge, which is fed what a run might measure.
#include "soak/judge.hpp"

#include <gtest/gtest.h>

using soak::judge;
using soak::Moment;
using soak::Sample;
using soak::Verdict;

namespace
{

constexpr uint64_t heap = 300000, resident = 5000000;

// Forty samples at rest, each with one of a busy moment before it that says nothing.
std::vector<Sample> flat()
{
    std::vector<Sample> samples;

    for (int i = 0; i < 40; i++) {
        uint64_t busy = static_cast<uint64_t>(i) * 100000;
        samples.push_back({Moment::Busy, i + 0.5, resident + busy, heap + busy, 200 + busy, 2});
        samples.push_back({Moment::Rest, i + 1.0, resident, heap, 9, 1});
    }
    return samples;
}

Sample &rest(std::vector<Sample> &samples, size_t number)
{
    return samples[number * 2 + 1];
}

std::string faults(const std::vector<Sample> &samples)
{
    std::string all;

    for (const std::string &fault : judge(samples, soak::Limits()).faults)
        all += fault + "\n";
    return all;
}

TEST(Judge, whatIsFlatPasses)
{
    EXPECT_EQ(faults(flat()), "");
}

TEST(Judge, aHundredBytesACycleAreFound)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).heap += 100 * i;
    EXPECT_EQ(faults(samples), "heap at rest: 301300 became 303600, more than 1024 bytes\n");
}

TEST(Judge, aSlowLeakIsFoundBelowTheNoise)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).heap += 100 * i + (i % 2) * 500;
    EXPECT_NE(faults(samples), "");
}

TEST(Judge, growthInTheFirstQuarterIsWarmingUp)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 10; i++)
        rest(samples, i).heap = 1000 * i;
    EXPECT_EQ(faults(samples), "");
}

TEST(Judge, noiseWithoutATrendPasses)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).heap += i * 7919 % 1000;
    EXPECT_EQ(faults(samples), "");
}

TEST(Judge, oneOddSampleIsNoTrend)
{
    std::vector<Sample> samples = flat();

    rest(samples, 39).heap += 1000000;
    EXPECT_EQ(faults(samples), "");
}

TEST(Judge, aStepThatStaysIsFound)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 25; i < 40; i++)
        rest(samples, i).heap += 4096;
    EXPECT_NE(faults(samples), "");
}

TEST(Judge, memoryThatShrinksPasses)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).heap -= 1000 * i;
    EXPECT_EQ(faults(samples), "");
}

TEST(Judge, theResidentSetMayNotGrowEither)
{
    std::vector<Sample> samples = flat();
    soak::Limits limits;

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).resident += 100000 * i;
    EXPECT_EQ(judge(samples, limits).faults.size(), 1u);
    limits.judgesResident = false;
    EXPECT_TRUE(judge(samples, limits).faults.empty());
}

TEST(Judge, oneDescriptorTooManyOnceIsAFault)
{
    std::vector<Sample> samples = flat();

    rest(samples, 30).descriptors++;
    EXPECT_EQ(faults(samples), "descriptors at rest: between 9 and 10\n");
}

TEST(Judge, oneDescriptorTooFewIsAFaultToo)
{
    std::vector<Sample> samples = flat();

    rest(samples, 30).descriptors--;
    EXPECT_EQ(faults(samples), "descriptors at rest: between 8 and 9\n");
}

TEST(Judge, aSecondThreadAtRestIsAFaultEvenIfItWasThereFromTheStart)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).threads = 2;
    EXPECT_EQ(faults(samples), "threads at rest: 2\n");
}

TEST(Judge, tooFewSamplesDoNotPass)
{
    std::vector<Sample> samples = flat();

    samples.resize(14);
    EXPECT_NE(faults(samples).find("too few samples, 7"), std::string::npos);
    EXPECT_NE(faults({}).find("too few samples, 0"), std::string::npos);
}

TEST(Judge, theMediansOfTheQuartersAreTold)
{
    std::vector<Sample> samples = flat();

    for (size_t i = 0; i < 40; i++)
        rest(samples, i).heap = i;
    Verdict verdict = judge(samples, soak::Limits());
    EXPECT_EQ(verdict.heap.first, 13u); // of 10 to 16
    EXPECT_EQ(verdict.heap.last, 36u);  // of 33 to 39
    EXPECT_EQ(verdict.heap.least, 10u);
    EXPECT_EQ(verdict.heap.most, 39u);
    EXPECT_EQ(verdict.heap.samples, 40u);
}

} // namespace

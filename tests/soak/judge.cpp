// Memory at rest has to come back to the same value; so what grows by a little in each cycle shows
// as a difference between the first and the last of four quarters, and one odd sample does not.
// Descriptors and threads are counted exactly: one too many, once, is a fault.
#include "soak/judge.hpp"

#include <algorithm>

namespace soak
{

namespace
{

uint64_t median(std::vector<uint64_t> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

std::string text(const char *what, const Trend &trend)
{
    return std::string(what) + ": " + std::to_string(trend.first) + " became " +
           std::to_string(trend.last);
}

void judgeGrowth(const char *what, const Trend &trend, uint64_t limit, Verdict &verdict)
{
    if (trend.samples < fewest_samples)
        verdict.faults.push_back(std::string(what) + ": too few samples, " +
                                 std::to_string(trend.samples) + "; it takes more time");
    else if (trend.last > trend.first + limit)
        verdict.faults.push_back(text(what, trend) + ", more than " + std::to_string(limit) +
                                 " bytes");
}

void judgeEqual(const char *what, const Trend &trend, Verdict &verdict)
{
    if (trend.samples > 0 && trend.least != trend.most)
        verdict.faults.push_back(std::string(what) + ": between " + std::to_string(trend.least) +
                                 " and " + std::to_string(trend.most));
}

} // namespace

Trend trendOf(const std::vector<Sample> &samples, uint64_t Sample::*figure)
{
    std::vector<uint64_t> values;
    Trend trend;

    for (const Sample &sample : samples) {
        if (sample.moment == Moment::Rest)
            values.push_back(sample.*figure);
    }
    trend.samples = values.size();
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 4));
    if (values.empty())
        return trend;
    auto quarter = static_cast<std::ptrdiff_t>(std::max<size_t>(values.size() / 4, 1));
    trend.first = median({values.begin(), values.begin() + quarter});
    trend.last = median({values.end() - quarter, values.end()});
    trend.least = *std::min_element(values.begin(), values.end());
    trend.most = *std::max_element(values.begin(), values.end());
    return trend;
}

Verdict judge(const std::vector<Sample> &samples, const Limits &limits)
{
    Verdict verdict;

    verdict.heap = trendOf(samples, &Sample::heap);
    verdict.resident = trendOf(samples, &Sample::resident);
    verdict.descriptors = trendOf(samples, &Sample::descriptors);
    verdict.threads = trendOf(samples, &Sample::threads);
    judgeGrowth("heap at rest", verdict.heap, limits.heap, verdict);
    if (limits.judgesResident)
        judgeGrowth("resident at rest", verdict.resident, limits.resident, verdict);
    judgeEqual("descriptors at rest", verdict.descriptors, verdict);
    judgeEqual("threads at rest", verdict.threads, verdict);
    if (verdict.threads.most > 1)
        verdict.faults.push_back("threads at rest: " + std::to_string(verdict.threads.most));
    return verdict;
}

} // namespace soak

// Whether what was measured stays flat. It knows nothing of where the samples come from.
#ifndef BIGHT_TESTS_SOAK_JUDGE_HPP
#define BIGHT_TESTS_SOAK_JUDGE_HPP

#include "soak/sample.hpp"

#include <string>
#include <vector>

namespace soak
{

// Fewer at rest say nothing: the warm-up and four quarters of some.
constexpr size_t fewest_samples = 8;

// By how many bytes the last quarter may be above the first, as medians, after the warm-up.
struct Limits {
    uint64_t heap = 1024;
    uint64_t resident = 1024 * 1024;
    bool judgesResident = true;
};

// How one figure went: the medians of the quarters that are compared, and all of its range.
struct Trend {
    uint64_t first = 0, last = 0;
    uint64_t least = 0, most = 0;
    size_t samples = 0;
};

struct Verdict {
    std::vector<std::string> faults; // none: passed
    Trend heap, resident, descriptors, threads;
};

// The trend of one figure over the samples at rest, without the first quarter of them, which is the
// warm-up.
Trend trendOf(const std::vector<Sample> &samples, uint64_t Sample::*figure);

Verdict judge(const std::vector<Sample> &samples, const Limits &limits);

} // namespace soak

#endif

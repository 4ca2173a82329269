// What is measured of the process, and when.
#ifndef BIGHT_TESTS_SOAK_SAMPLE_HPP
#define BIGHT_TESTS_SOAK_SAMPLE_HPP

#include <cstddef>
#include <cstdint>

namespace soak
{

enum class Moment {
    Busy, // in the middle of the traffic
    Rest  // everything was closed and freed, but for the reactor that lives to the end
};

struct Sample {
    Moment moment;
    double seconds;       // since the run began
    uint64_t resident;    // bytes, after malloc_trim() unless it is busy
    uint64_t heap;        // bytes in use
    uint64_t descriptors; // open
    uint64_t threads;
};

// Where the C library keeps freed blocks back for one thread, they count as in use: this runs the
// program anew without that, unless it has been done. Also with GLib's own blocks.
void makeHeapExact(char **arguments);

// Whether a sanitizer has replaced the heap: then the resident set says nothing.
bool isSanitized();

Sample measure(Moment moment, double seconds);

const char *momentText(Moment moment);

} // namespace soak

#endif

// Waiting for something to become true, with a deadline: what a test does instead of sleeping.
#ifndef BIGHT_TESTS_SUPPORT_WAIT_HPP
#define BIGHT_TESTS_SUPPORT_WAIT_HPP

#include <chrono>
#include <functional>

namespace support
{

// Long enough that only a stuck test meets it, on a loaded machine and under a sanitizer too. TSan
// takes half a minute for 24 MiB there.
#ifdef __SANITIZE_THREAD__
constexpr std::chrono::milliseconds patience{120000};
#else
constexpr std::chrono::milliseconds patience{20000};
#endif

// Calls `step` until `condition` holds; false when it does not within `timeout`. The step is where
// the test lets the world go on: one turn of a reactor, one pass of a host's loop. Without one the
// thread sleeps a millisecond, for what happens in another process or thread.
bool waitUntil(const std::function<bool()> &condition, std::chrono::milliseconds timeout = patience,
               const std::function<void()> &step = nullptr);

} // namespace support

#endif

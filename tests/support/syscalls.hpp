// System calls that fail when a test wants them to. Link bight-test-syscalls and the -static
// libraries: the linker then sends their calls through here. Those of the C library, of GLib and of
// Qt are not touched.
#ifndef BIGHT_TESTS_SUPPORT_SYSCALLS_HPP
#define BIGHT_TESTS_SUPPORT_SYSCALLS_HPP

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace support
{

// A way for a call to fail.
struct Fault {
    std::string call; // "accept4"
    int errnum;
};

std::string nameOf(const Fault &fault);

// While it lives one kind of call fails, in the thread that made it: the one after `spared` others,
// or, if `all`, every one from there on. One at a time.
class SyscallFault
{
  public:
    SyscallFault(const Fault &fault, std::size_t spared, bool all);
    ~SyscallFault();
    SyscallFault(const SyscallFault &) = delete;
    SyscallFault &operator=(const SyscallFault &) = delete;

    // How often it has failed.
    std::size_t failures() const;

    // No failures from here on.
    void relent();
};

// Runs the body again and again: with the first such call failing, with the second, and so on until
// a run makes no more than were spared, or `most` times. With `fromThere` all after it fail too.
// The number of runs that met a failure.
std::size_t withEachCallFailing(const Fault &fault, bool fromThere, std::size_t most,
                                const std::function<void(SyscallFault &)> &body);

} // namespace support

#endif

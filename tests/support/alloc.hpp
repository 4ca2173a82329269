// Allocations that are counted, and that fail when a test wants them to. Link bight-test-alloc and
// the -static libraries: the linker then sends what they ask of malloc and its like through here.
// What C++ and the C library allocate for themselves is not seen.
#ifndef BIGHT_TESTS_SUPPORT_ALLOC_HPP
#define BIGHT_TESTS_SUPPORT_ALLOC_HPP

#include <cstddef>
#include <functional>

namespace support
{

// Watches the allocations of the thread that made it, and fails the test when blocks that were
// allocated meanwhile, by any thread, are left at its end. One at a time.
class AllocGuard
{
  public:
    AllocGuard();
    ~AllocGuard();
    AllocGuard(const AllocGuard &) = delete;
    AllocGuard &operator=(const AllocGuard &) = delete;

    // Since the guard was made: how often something was asked for, and how many bytes; and what of
    // it has not been freed.
    std::size_t calls() const;
    std::size_t bytes() const;
    std::size_t liveBlocks() const;
    std::size_t liveBytes() const;

    // Let the allocation after `spared` more ones fail, and, if `all`, every one after it.
    void failAfter(std::size_t spared, bool all);

    // How many have failed so far.
    std::size_t failures() const;

    // No failures from here on.
    void relent();
};

// Runs the body again and again: with the first allocation failing, with the second, and so on
// until a run needs no more than were spared; and all that again with every allocation failing from
// there on. Fails the test if a run leaves a block behind, or if no run ever allocates.
void withEachAllocationFailing(const std::function<void()> &body);

} // namespace support

#endif

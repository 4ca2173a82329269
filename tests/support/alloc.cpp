#include "alloc.hpp"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <gtest/gtest.h>
#include <mutex>
#include <unordered_map>

extern "C" {
void *__real_malloc(std::size_t size);
void *__real_calloc(std::size_t count, std::size_t size);
int __real_posix_memalign(void **block, std::size_t alignment, std::size_t size);
void *__real_realloc(void *block, std::size_t size);
void __real_free(void *block);
void *__wrap_malloc(std::size_t size);
void *__wrap_calloc(std::size_t count, std::size_t size);
int __wrap_posix_memalign(void **block, std::size_t alignment, std::size_t size);
void *__wrap_realloc(void *block, std::size_t size);
void __wrap_free(void *block);
}

namespace
{

// The blocks that are live; made and freed with the C++ library's own allocations, which do not
// come through here.
struct Books {
    std::mutex mutex;
    std::unordered_map<void *, std::size_t> live;
    std::size_t calls = 0, bytes = 0, liveBytes = 0;
    std::size_t spared = 0, failures = 0;
    bool failing = false, all = false;
};

Books books;
std::atomic<bool> watching{false};
thread_local bool mine = false;

bool mayAllocate(std::size_t size)
{
    if (!mine)
        return true;
    std::lock_guard<std::mutex> lock(books.mutex);
    books.calls++;
    books.bytes += size;
    if (!books.failing)
        return true;
    if (books.spared > 0) {
        books.spared--;
        return true;
    }
    books.failing = books.all;
    books.failures++;
    return false;
}

void *enter(void *block, std::size_t size)
{
    if (block == nullptr || !watching)
        return block;
    std::lock_guard<std::mutex> lock(books.mutex);
    books.live[block] = size;
    books.liveBytes += size;
    return block;
}

void strike(void *block)
{
    if (block == nullptr || !watching)
        return;
    std::lock_guard<std::mutex> lock(books.mutex);
    auto found = books.live.find(block);
    if (found == books.live.end())
        return;
    books.liveBytes -= found->second;
    books.live.erase(found);
}

// Runs the body with one way of failing. Returns whether a failure was met.
bool runFailing(const std::function<void()> &body, std::size_t spared, bool all)
{
    SCOPED_TRACE((all ? "every allocation fails after " : "one allocation fails after ") +
                 std::to_string(spared));
    support::AllocGuard guard;

    guard.failAfter(spared, all);
    body();
    guard.relent();
    return guard.failures() > 0;
}

} // namespace

void *__wrap_malloc(std::size_t size)
{
    return mayAllocate(size) ? enter(__real_malloc(size), size) : nullptr;
}

void *__wrap_calloc(std::size_t count, std::size_t size)
{
    return mayAllocate(count * size) ? enter(__real_calloc(count, size), count * size) : nullptr;
}

int __wrap_posix_memalign(void **block, std::size_t alignment, std::size_t size)
{
    int result = mayAllocate(size) ? __real_posix_memalign(block, alignment, size) : ENOMEM;

    if (result == 0)
        enter(*block, size);
    return result;
}

void *__wrap_realloc(void *block, std::size_t size)
{
    if (!mayAllocate(size))
        return nullptr;
    void *moved = __real_realloc(block, size);
    if (moved != nullptr)
        strike(block);
    return enter(moved, size);
}

void __wrap_free(void *block)
{
    strike(block);
    __real_free(block);
}

namespace support
{

AllocGuard::AllocGuard()
{
    std::lock_guard<std::mutex> lock(books.mutex);
    books.live.clear();
    books.calls = books.bytes = books.liveBytes = books.failures = 0;
    books.failing = false;
    watching = true;
    mine = true;
}

AllocGuard::~AllocGuard()
{
    mine = false;
    EXPECT_EQ(liveBlocks(), 0u) << "left behind: " << liveBytes() << " bytes";
    watching = false;
}

std::size_t AllocGuard::calls() const
{
    std::lock_guard<std::mutex> lock(books.mutex);
    return books.calls;
}

std::size_t AllocGuard::bytes() const
{
    std::lock_guard<std::mutex> lock(books.mutex);
    return books.bytes;
}

std::size_t AllocGuard::liveBlocks() const
{
    std::lock_guard<std::mutex> lock(books.mutex);
    return books.live.size();
}

std::size_t AllocGuard::liveBytes() const
{
    std::lock_guard<std::mutex> lock(books.mutex);
    return books.liveBytes;
}

void AllocGuard::failAfter(std::size_t spared, bool all)
{
    std::lock_guard<std::mutex> lock(books.mutex);
    books.spared = spared;
    books.all = all;
    books.failing = true;
}

std::size_t AllocGuard::failures() const
{
    std::lock_guard<std::mutex> lock(books.mutex);
    return books.failures;
}

void AllocGuard::relent()
{
    std::lock_guard<std::mutex> lock(books.mutex);
    books.failing = false;
}

void withEachAllocationFailing(const std::function<void()> &body)
{
    for (bool all : {false, true}) {
        std::size_t spared = 0;

        while (runFailing(body, spared, all))
            spared++;
        EXPECT_GT(spared, 0u) << "nothing was allocated, so nothing was tested";
    }
}

} // namespace support

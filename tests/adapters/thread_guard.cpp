// Counts the threads that a case starts, by whomever. Only cases of the list are run under TSan, so
// no other may start one.
#include "adapters/conformance.hpp"

#include <atomic>
#include <sstream>

namespace
{

std::atomic<unsigned> threadsStarted;

// Whether the case is one that TSan looks at: cases_with_threads in CMakeLists.txt.
bool isListedWithThreads()
{
    const testing::TestInfo *test = testing::UnitTest::GetInstance()->current_test_info();
    const std::string name = std::string(test->test_suite_name()) + "." + test->name();
    std::istringstream list(BIGHT_CASES_WITH_THREADS);

    for (std::string part; std::getline(list, part, ':');)
        if (name.find(part) != std::string::npos)
            return true;
    return false;
}

} // namespace

namespace conformance
{

void Conformance::SetUp()
{
    threadsBefore_ = threadsStarted;
    Fixture::SetUp();
}

void Conformance::TearDown()
{
    Fixture::TearDown();
    if (!isListedWithThreads()) {
        EXPECT_EQ(threadsStarted, threadsBefore_) << "TSan has to see it: cases_with_threads";
    }
}

} // namespace conformance

// The sanitizers have a pthread_create() of their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <dlfcn.h>
#include <pthread.h>

// A program's own definition comes before that of the C library, for the calls of all libraries.
extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                              void *(*body)(void *), void *data) noexcept
{
    static const auto real =
        reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));

    threadsStarted++;
    return real(thread, attributes, body, data);
}

#endif

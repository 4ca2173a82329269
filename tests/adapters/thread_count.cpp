#include "adapters/thread_count.hpp"

#include <atomic>

namespace
{

std::atomic<unsigned> started;

} // namespace

unsigned conformance::threadsStarted()
{
    return started;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

#include <dlfcn.h>
#include <pthread.h>

// A program's own definition comes before that of the C library, for the calls of all libraries.
extern "C" int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                              void *(*body)(void *), void *data) noexcept
{
    static const auto real =
        reinterpret_cast<decltype(&pthread_create)>(dlsym(RTLD_NEXT, "pthread_create"));

    started++;
    return real(thread, attributes, body, data);
}

#endif

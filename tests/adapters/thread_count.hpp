// How many threads this process has started, by whomever: proof that something starts none.
#ifndef BIGHT_TESTS_ADAPTERS_THREAD_COUNT_HPP
#define BIGHT_TESTS_ADAPTERS_THREAD_COUNT_HPP

namespace conformance
{

// Always 0 under the sanitizers, which have a pthread_create() of their own.
unsigned threadsStarted();

} // namespace conformance

#endif

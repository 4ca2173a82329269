// A pool on a reactor of its own, works that are lambdas, and gates that hold a work where the test
// wants it.
#pragma once

#include <bight/deferred.h>
#include <bight/reactor.h>
#include <bight/threads.h>
#include <condition_variable>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <poll.h>
#include <string>
#include <support/guards.hpp>
#include <support/wait.hpp>

namespace threads_support
{

using Body = std::function<bight_result(bight_work *)>;

// Where a work stands until the test lets it go on.
class Gate
{
  public:
    // The work: says that it is here, and waits.
    void pass()
    {
        std::unique_lock<std::mutex> lock(mutex_);
        arrived_++;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    // The test: waits until so many are here.
    bool await(int count = 1)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        return changed_.wait_for(lock, support::patience, [&] { return arrived_ >= count; });
    }
    void open()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    int arrived()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        return arrived_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int arrived_ = 0;
    bool open_ = false;
};

inline bight_result number(intptr_t value)
{
    return bight_result_value(reinterpret_cast<void *>(value));
}

// "5", "[cancelled]", or "waiting".
inline std::string outcome(bight_deferred *deferred)
{
    bight_result result;
    std::string text;

    if (!bight_deferred_take(deferred, &result))
        return "waiting";
    text = result.error != nullptr
               ? std::string("[") + bight_status_text(bight_error_get_status(result.error)) + "]"
               : std::to_string(reinterpret_cast<intptr_t>(result.value));
    bight_result_free(result);
    return text;
}

// A deferred that is let go of in the end.
using Deferred = std::unique_ptr<bight_deferred, void (*)(bight_deferred *)>;

// Runs a lambda; it is freed by the work's destroy function.
inline Deferred run(bight_threads *threads, Body body, const bight_work_options *options = nullptr)
{
    return {bight_threads_run_with(
                threads, options,
                [](bight_work *work, void *data) { return (*static_cast<Body *>(data))(work); },
                new Body(std::move(body)), [](void *data) { delete static_cast<Body *>(data); }),
            bight_deferred_free};
}

using CallBody = std::function<bight_result()>;

// Calls a lambda on the reactor's thread, from a work.
inline bight_result call(bight_work *work, CallBody body)
{
    return bight_work_call_and_wait(
        work, [](void *data) { return (*static_cast<CallBody *>(data))(); }, &body);
}

// A step that is a lambda, which lives as long as it takes.
using Step = std::function<bight_result(bight_result)>;

inline void then(const Deferred &deferred, Step step)
{
    auto *data = new Step(std::move(step));

    bight_deferred_both(
        deferred.get(),
        [](bight_result in, void *self) { return (*static_cast<Step *>(self))(in); }, data);
    bight_deferred_keep(deferred.get(), data, [](void *self) { delete static_cast<Step *>(self); });
}

class Pool : public testing::Test
{
  protected:
    Pool()
    {
        EXPECT_EQ(bight_threads_new(reactor, &options, &threads), BIGHT_OK);
    }
    ~Pool() override
    {
        bight_threads_free(threads);
        bight_reactor_free(reactor);
    }
    // Another pool in place of the first.
    void with(unsigned limit, size_t queue = 1024, uint64_t idle = BIGHT_SEC(10))
    {
        bight_threads_free(threads);
        options.threads = limit;
        options.queue = queue;
        options.idle = idle;
        ASSERT_EQ(bight_threads_new(reactor, &options, &threads), BIGHT_OK);
    }
    bool until(const std::function<bool()> &condition)
    {
        return support::waitUntil(condition, support::patience, [this] {
            struct pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};

            poll(&ready, 1, 5);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
    }
    std::string outcomeOf(const Deferred &deferred)
    {
        until([&] { return bight_deferred_is_done(deferred.get()); });
        return outcome(deferred.get());
    }
    Deferred run(Body body, const bight_work_options *work_options = nullptr)
    {
        return threads_support::run(threads, std::move(body), work_options);
    }
    // A work that waits at the gate. A thread runs it when this returns.
    Deferred hold(Gate &gate)
    {
        Deferred held = run(passing(gate));

        EXPECT_TRUE(gate.await());
        return held;
    }
    static Body passing(Gate &gate)
    {
        return [&gate](bight_work *) {
            gate.pass();
            return number(0);
        };
    }
    bight_threads_stats stats()
    {
        bight_threads_stats now = {};

        now.size = sizeof(now);
        bight_threads_get_stats(threads, &now);
        return now;
    }
    void freePool()
    {
        bight_threads_free(std::exchange(threads, nullptr));
    }
    void freeReactor()
    {
        bight_reactor_free(std::exchange(reactor, nullptr));
    }

    support::FdGuard fds;
    support::ThreadGuard guard;
    bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    bight_threads *threads = nullptr;
};

} // namespace threads_support

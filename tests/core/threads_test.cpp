// The pool: how works are given, limited, ordered and come back.
#include "threads_support.hpp"

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

using threads_support::Body;
using threads_support::Deferred;
using threads_support::Gate;
using threads_support::number;
using threads_support::outcome;

namespace
{

class Threads : public threads_support::Pool
{
};

TEST_F(Threads, aWorkRunsElsewhereAndItsResultIsDeliveredHere)
{
    std::thread::id here = std::this_thread::get_id(), there, stepped;
    Deferred deferred = run([&](bight_work *) {
        there = std::this_thread::get_id();
        return number(42);
    });

    threads_support::then(deferred, [&](bight_result in) {
        stepped = std::this_thread::get_id();
        return in;
    });
    EXPECT_FALSE(bight_deferred_is_done(deferred.get()));
    EXPECT_EQ(outcomeOf(deferred), "42");
    EXPECT_EQ(stepped, here);
    EXPECT_NE(there, here);
}

TEST_F(Threads, withoutWorkThereIsNoThread)
{
    EXPECT_EQ(support::countThreads(), guard.before());
    EXPECT_EQ(outcomeOf(run([](bight_work *) { return number(1); })), "1");
    EXPECT_EQ(support::countThreads(), guard.before() + 1);
}

TEST_F(Threads, anErrorOfTheWorkFailsTheDeferred)
{
    Deferred deferred = run([](bight_work *) {
        return bight_result_error(bight_error_new(BIGHT_ERROR_NOT_FOUND, "no such photo"));
    });

    EXPECT_EQ(outcomeOf(deferred), "[not found]");
}

TEST_F(Threads, dataIsFreedOnTheReactorsThreadBehindTheSteps)
{
    struct Data {
        std::thread::id freed;
        bool stepped = false, freed_after_step = false;
    } data;
    Deferred deferred = {bight_threads_run(
                             threads, [](bight_work *, void *) { return number(1); }, &data,
                             [](void *freed) {
                                 auto *self = static_cast<Data *>(freed);
                                 self->freed = std::this_thread::get_id();
                                 self->freed_after_step = self->stepped;
                             }),
                         bight_deferred_free};

    threads_support::then(deferred, [&](bight_result in) {
        data.stepped = true;
        return in;
    });
    EXPECT_EQ(outcomeOf(deferred), "1");
    EXPECT_EQ(data.freed, std::this_thread::get_id());
    EXPECT_TRUE(data.freed_after_step);
}

} // namespace

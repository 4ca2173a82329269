// co_await on a deferred, in C++20.
#include "deferred_support.hpp"
#include "support/reason.hpp"
#include <bight/coroutine.hpp>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <support/alloc.hpp>
#include <system_error>

namespace
{

using bight::Task;
using deferred_support::countCancel;
using deferred_support::Counted;
using deferred_support::error;
using deferred_support::Messages;
using deferred_support::number;
using deferred_support::outcome;

// A deferred whose promise is kept, and who tells of a cancel.
struct Source {
    bight_promise *promise = nullptr;
    int cancelled = 0;

    bight_deferred *next()
    {
        bight_deferred *deferred = bight_deferred_new(&promise);

        bight_promise_on_cancel(promise, countCancel, &cancelled);
        return deferred;
    }
};

intptr_t valueOf(const bight::Result &result)
{
    return reinterpret_cast<intptr_t>(result.value());
}

Task<int> addTwo(Source &source, int *live)
{
    Counted here(*live);
    intptr_t first = valueOf(co_await source.next());
    intptr_t second = valueOf(co_await source.next());

    co_return static_cast<int>(first + second);
}

// The number a task came to; -1 for an error, -2 while it waits.
int finish(const Task<int> &task)
{
    bight_result taken;

    if (!bight_deferred_take(task.deferred(), &taken))
        return -2;
    bight::Result result(taken);
    return result.worked() ? *result.as<int>(bight::destroy<int>) : -1;
}

TEST(CoroutineCpp, goesOnAfterEachAwait)
{
    int live = 0;
    Source source;
    Task<int> task = addTwo(source, &live);

    EXPECT_EQ(live, 1);
    bight_promise_fire(source.promise, number(3), nullptr);
    EXPECT_EQ(finish(task), -2);
    bight_promise_fire(source.promise, number(4), nullptr);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(finish(task), 7);
}

TEST(CoroutineCpp, throwsWhatFailed)
{
    int live = 0;
    Source source;
    Task<int> task = addTwo(source, &live);

    bight_promise_fail(source.promise, error(BIGHT_ERROR_TIMED_OUT));
    EXPECT_EQ(live, 0);
    EXPECT_EQ(outcome(task.deferred()), "[timed out]");
}

Task<> recover(Source &source, std::string *seen)
{
    try {
        co_await source.next();
    } catch (const bight::Error &thrown) {
        bight::Error copy = thrown;
        *seen = copy.what();
    }
    bight::Result second = co_await bight::attempt(source.next());
    if (!second.worked())
        *seen += bight_error_get_message(second.error());
}

TEST(CoroutineCpp, anErrorMayBeCaughtOrLookedAt)
{
    std::string seen;
    Source source;
    Task<> task = recover(source, &seen);

    bight_promise_fail(source.promise, error(BIGHT_ERROR_REFUSED, "one "));
    bight_promise_fail(source.promise, error(BIGHT_ERROR_REFUSED, "two"));
    EXPECT_EQ(seen, "one two");
    EXPECT_EQ(outcome(task.deferred()), "0");
}

Task<> keepThrown(Source &source, bight_error **seen, std::string *what)
{
    try {
        co_await source.next();
    } catch (const bight::Error &thrown) {
        *seen = bight_error_ref(thrown.get());
        *what = thrown.what();
    }
}

TEST(CoroutineCpp, whatIsThrownGivesItsWholeReason)
{
    std::string what;
    Source source;
    bight_error *seen = nullptr;
    Task<> task = keepThrown(source, &seen, &what);

    bight_promise_fail(source.promise, support::reason::make());
    EXPECT_EQ(what, support::reason::text());
    support::reason::expectWhole(seen);
    bight_error_unref(seen);
    EXPECT_EQ(outcome(task.deferred()), "0");
}

Task<> throwReason()
{
    throw bight::Error(support::reason::make());
    co_return;
}

TEST(CoroutineCpp, whatLeavesItKeepsItsWholeReason)
{
    Task<> task = throwReason();
    bight_result result;

    ASSERT_TRUE(bight_deferred_take(task.deferred(), &result));
    support::reason::expectWhole(result.error);
    bight_result_free(result);
}

TEST(CoroutineCpp, aSystemErrorKeepsItsCategoryAndTellsItsTextOnce)
{
    const std::system_error errors[] = {
        std::system_error(ECONNREFUSED, std::generic_category(), "connect"),
        std::system_error(std::make_error_code(std::future_errc::broken_promise), "wait"),
    };
    const char *domains[] = {BIGHT_DOMAIN_ERRNO, "future"};

    for (int i = 0; i < 2; i++) {
        try {
            throw std::system_error(errors[i]);
        } catch (...) {
            bight_error *error = bight::currentError();

            EXPECT_STREQ(bight_error_get_message(error), errors[i].what());
            EXPECT_TRUE(bight_error_matches(error, domains[i], errors[i].code().value()));
            bight_error_unref(error);
        }
    }
}

Task<int> twice(Source &source, int *live)
{
    int sum = co_await addTwo(source, live);

    co_return sum + co_await addTwo(source, live);
}

TEST(CoroutineCpp, awaitsAnotherCoroutine)
{
    int live = 0;
    Source source;
    Task<int> task = twice(source, &live);

    for (int i = 1; i <= 4; i++)
        bight_promise_fire(source.promise, number(i), nullptr);
    EXPECT_EQ(finish(task), 10);
}

TEST(CoroutineCpp, cancelReachesTheInnermostAwait)
{
    int live = 0;
    Source source;
    Task<int> task = twice(source, &live);

    bight_deferred_cancel(task.deferred());
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(outcome(task.deferred()), "[cancelled]");
}

TEST(CoroutineCpp, aCoroutineThatNobodyHoldsGoesOn)
{
    int live = 0;
    Source source;

    {
        Task<int> task = addTwo(source, &live);
    }
    bight_promise_fire(source.promise, number(1), nullptr);
    EXPECT_EQ(live, 1);
    bight_promise_fire(source.promise, number(1), nullptr);
    EXPECT_EQ(live, 0);
}

Task<> throwSomething(int what)
{
    switch (what) {
    case 0:
        throw std::bad_alloc();
    case 1:
        throw std::system_error(ECONNREFUSED, std::generic_category(), "connect");
    case 2:
        throw std::runtime_error("broken");
    default:
        throw 12;
    }
    co_return;
}

TEST(CoroutineCpp, anyExceptionThatLeavesItFailsTheDeferred)
{
    const char *outcomes[] = {"[out of memory]", "[connection refused]",
                              "[not possible in this state]", "[not possible in this state]"};

    for (int what = 0; what < 4; what++) {
        Task<> task = throwSomething(what);
        EXPECT_EQ(outcome(task.deferred()), outcomes[what]);
    }
}

TEST(CoroutineCpp, isNamedInTheReportOfAnErrorThatNobodyHandled)
{
    Messages messages;

    {
        Task<> task = throwSomething(2);
    }
    ASSERT_EQ(messages.all.size(), 1u);
    EXPECT_NE(messages.all[0].find("throwSomething: exception: broken"), std::string::npos)
        << messages.all[0];
}

Task<> awaitNothing()
{
    co_await static_cast<bight_deferred *>(nullptr);
}

TEST(CoroutineCpp, aNullDeferredIsOutOfMemory)
{
    Task<> task = awaitNothing();

    EXPECT_EQ(outcome(task.deferred()), "[out of memory]");
}

Task<intptr_t> addMany(int count)
{
    intptr_t sum = 0;

    for (int i = 0; i < count; i++)
        sum += valueOf(co_await bight_deferred_fired(number(1), nullptr));
    co_return sum;
}

TEST(CoroutineCpp, aMillionResultsThatAreThereAlreadyGrowNothing)
{
    Task<intptr_t> task = addMany(1000000);
    bight_result taken;

    ASSERT_TRUE(bight_deferred_take(task.deferred(), &taken));
    bight::Result result(taken);
    EXPECT_EQ(*result.as<intptr_t>(bight::destroy<intptr_t>), 1000000);
}

Task<std::unique_ptr<int>> makeUnique()
{
    co_return std::make_unique<int>(5);
}

Task<int> useUnique()
{
    std::unique_ptr<int> five = co_await makeUnique();

    co_return *five;
}

TEST(CoroutineCpp, aValueMayBeOneThatCanOnlyBeMoved)
{
    EXPECT_EQ(finish(useUnique()), 5);
}

TEST(CoroutineCpp, aTaskMayBeMovedAndGivenAway)
{
    Task<int> first = useUnique(), second = std::move(first);

    EXPECT_EQ(first.deferred(), nullptr);
    first = std::move(second);
    bight_deferred *deferred = first.release();
    EXPECT_TRUE(bight_deferred_is_done(deferred));
    bight_deferred_free(deferred);
}

Task<> waitTwice(Source &source, int *reached)
{
    bight::Result first = co_await bight::attempt(bight_deferred_new(&source.promise));
    ++*reached;
    bight::Result second = co_await bight::attempt(bight_deferred_fired(nullptr, nullptr));
    ++*reached;
}

TEST(CoroutineCpp, withoutMemoryItFailsOrGoesOn)
{
    support::withEachAllocationFailing([] {
        Messages messages;
        int reached = 0;
        Source source;
        Task<> task = waitTwice(source, &reached);

        if (source.promise != nullptr)
            bight_promise_fire(source.promise, nullptr, nullptr);
        EXPECT_TRUE(bight_deferred_is_done(task.deferred()));
        EXPECT_EQ(reached, task.deferred() != nullptr ? 2 : 0);
    });
}

} // namespace

// Deferreds in Qt's own idiom: futures, in both directions.
#include "adapters/qt_support.hpp"
#include "core/deferred_support.hpp"
#include "support/alloc.hpp"
#include "support/guards.hpp"
#include "support/reason.hpp"

#include <QtCore/QThread>
#include <bight/later.h>
#include <bight/qt.h>
#include <bight/qt.hpp>

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <thread>

namespace
{

using bight::fromFuture;
using bight::Result;
using bight::toFuture;
using deferred_support::Counted;
using deferred_support::Messages;
using deferred_support::outcome;
using qt_support::Source;
using qt_support::until;

// What a future came to, in words.
template <typename T> std::string endOf(QFuture<T> future)
{
    if (!future.isFinished())
        return "waiting";
    try {
        future.waitForFinished();
    } catch (const bight::Error &error) {
        return std::string("[") + bight_status_text(error.status()) + ": " + error.what() + "]";
    } catch (const std::exception &error) {
        return std::string("!") + error.what();
    }
    return future.isCanceled() ? "cancelled" : "worked";
}

bight_result text(const char *words)
{
    return bight_result_string(strdup(words));
}

// --- a deferred becomes a future ----------------------------------------------------------------

class ToFuture : public testing::Test
{
  protected:
    void TearDown() override
    {
        qt_support::turn();
        EXPECT_TRUE(messages.all.empty()) << messages.all.front();
    }
    support::ThreadGuard threads;
    Messages messages;
    Source source;
};

TEST_F(ToFuture, anErrorIsThrownWithItsWholeReason)
{
    QFuture<void> future = toFuture<void>(source.make());
    QString what;
    bight_error *seen = nullptr;

    future.onFailed([&](const bight::Error &error) {
        what = QString::fromUtf8(error.what());
        seen = bight_error_ref(error.get());
    });
    source.fire(bight_result_error(support::reason::make()));
    EXPECT_EQ(what.toStdString(), support::reason::text());
    support::reason::expectWhole(seen);
    bight_error_unref(seen);
}

TEST_F(ToFuture, theUsualKindsOfValuesHaveTheirTypes)
{
    QFuture<int> number = toFuture<int>(source.make());
    EXPECT_TRUE(number.isRunning());
    source.fire(bight_result_int(-7));
    EXPECT_EQ(number.result(), -7);
    EXPECT_EQ(toFuture<QString>(bight_deferred_of(text("h\u00e9"))).result(), QString("h\u00e9"));
    EXPECT_EQ(
        toFuture<QByteArray>(bight_deferred_of(bight_result_bytes(bight_bytes_new("a\0b", 3))))
            .result(),
        QByteArray("a\0b", 3));
}

TEST_F(ToFuture, anyValueCanBeTakenAsItIsOrLeft)
{
    int live = 0;
    QFuture<Result> whole = toFuture<Result>(source.make());
    source.fire(bight_result_take(new Counted(live), Counted::destroy));
    EXPECT_EQ(live, 1);
    {
        Result result = whole.takeResult();
        EXPECT_EQ(&result.as<Counted>(Counted::destroy)->live, &live);
    }
    EXPECT_EQ(live, 0);
    QFuture<void> none = toFuture<void>(source.make());
    source.fire(bight_result_take(new Counted(live), Counted::destroy));
    EXPECT_EQ(endOf(none), "worked");
    EXPECT_EQ(live, 0);
}

TEST_F(ToFuture, aValueThatNobodyTookIsFreedWithTheFuture)
{
    int live = 0;
    {
        QFuture<Result> whole = toFuture<Result>(source.make());
        source.fire(bight_result_take(new Counted(live), Counted::destroy));
        EXPECT_EQ(live, 1);
    }
    EXPECT_EQ(live, 0);
}

TEST_F(ToFuture, aValueOfCxxIsMovedOut)
{
    auto *value = new std::unique_ptr<int>(new int(5));
    auto future = toFuture<std::unique_ptr<int>>(
        bight_deferred_fired(value, bight::destroy<std::unique_ptr<int>>));

    EXPECT_EQ(*future.takeResult(), 5);
}

TEST_F(ToFuture, aFunctionOfTheCallersMakesTheValue)
{
    auto half = [](Result &&result) { return bight_result_get_int(result.get()) / 2.0; };
    QFuture<double> future = toFuture<double>(source.make(), half);

    source.fire(bight_result_int(3));
    EXPECT_EQ(future.result(), 1.5);
}

TEST_F(ToFuture, whatThatFunctionThrowsFailsTheFuture)
{
    QFuture<int> future = toFuture<int>(
        source.make(), [](Result &&) -> int { throw std::runtime_error("not a number"); });

    source.fire();
    EXPECT_EQ(endOf(future), "!not a number");
}

TEST_F(ToFuture, anErrorIsAnExceptionThatHoldsIt)
{
    bight_status status = BIGHT_OK;
    QFuture<int> future = toFuture<int>(source.make());
    QFuture<int> handled = future.onFailed([&](const bight::Error &error) {
        status = error.status();
        return -1;
    });

    source.fail(BIGHT_ERROR_REFUSED, "nobody there");
    EXPECT_EQ(status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(handled.result(), -1);
    EXPECT_EQ(endOf(toFuture<void>(nullptr)), "[out of memory: out of memory]");
}

TEST_F(ToFuture, aCancelOfTheDeferredCancelsTheFuture)
{
    bool cancelled = false;
    bight_deferred *deferred = source.make();
    QFuture<void> future = toFuture<void>(deferred).onCanceled([&] { cancelled = true; });

    source.fail(BIGHT_ERROR_CANCELLED, "enough");
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(endOf(future), "worked");
}

TEST_F(ToFuture, cancellingTheFutureCancelsTheDeferredOnce)
{
    QFuture<int> future = toFuture<int>(source.make());

    future.cancel();
    EXPECT_EQ(source.cancelled, 0);
    EXPECT_TRUE(until([&] { return source.cancelled == 1; }));
    EXPECT_EQ(endOf(future), "cancelled");
    future.cancel();
    qt_support::turn();
    EXPECT_EQ(source.cancelled, 1);
}

TEST_F(ToFuture, aCancelOfAnotherThreadArrivesOnTheDeferreds)
{
    QFuture<int> future = toFuture<int>(source.make());

    std::thread([&] { future.cancel(); }).join();
    EXPECT_EQ(source.cancelled, 0);
    EXPECT_TRUE(until([&] { return source.cancelled == 1; }));
    EXPECT_EQ(endOf(future), "cancelled");
}

TEST_F(ToFuture, whatCompletesBeforeTheCancelArrivesIsNotCancelled)
{
    int live = 0;
    QFuture<Result> future = toFuture<Result>(source.make());

    future.cancel();
    source.fire(bight_result_take(new Counted(live), Counted::destroy));
    EXPECT_EQ(endOf(future), "cancelled");
    EXPECT_EQ(live, 0);
    qt_support::turn();
    EXPECT_EQ(source.cancelled, 0);
}

TEST_F(ToFuture, whoWaitsForAFutureOnAnotherThreadGetsTheResult)
{
    QFuture<int> future = toFuture<int>(source.make());
    int seen = 0;
    std::thread other([&] { seen = QFuture<int>(future).result(); });

    source.fire(bight_result_int(9));
    other.join();
    EXPECT_EQ(seen, 9);
}

TEST_F(ToFuture, aContinuationRunsInItsContext)
{
    int ran = 0;
    QObject context;
    QFuture<void> future = toFuture<int>(source.make()).then(&context, [&](int) { ran++; });

    source.fire(bight_result_int(1));
    EXPECT_TRUE(until([&] { return ran == 1; }));
    EXPECT_EQ(endOf(future), "worked");
}

TEST_F(ToFuture, anObjectThatGoesCancelsTheFuture)
{
    auto context = std::make_unique<QObject>();
    QFuture<int> future = toFuture<int>(bight::bindTo(source.make(), context.get()));

    context.reset();
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_EQ(endOf(future), "cancelled");
}

TEST_F(ToFuture, aReactorThatGoesCancelsTheFuture)
{
    auto reactor = std::make_unique<bight::QtReactor>();
    QFuture<void> future = toFuture<void>(bight_delay(*reactor, BIGHT_SEC(3600)));

    reactor.reset();
    EXPECT_EQ(endOf(future), "cancelled");
}

TEST_F(ToFuture, itEndsWhicheverAllocationFails)
{
    support::withEachAllocationFailing([] {
        Source producer;
        QFuture<int> future = toFuture<int>(producer.make());

        producer.fire(bight_result_int(1));
        EXPECT_TRUE(future.isFinished());
    });
}

// --- a future becomes a deferred ----------------------------------------------------------------

class FromFuture : public ToFuture
{
  protected:
    template <typename T> static QPromise<T> started()
    {
        QPromise<T> promise;

        promise.start();
        return promise;
    }
    template <typename T> static T valueOf(bight_deferred *take_deferred)
    {
        bight_result result;

        EXPECT_TRUE(until([&] { return bight_deferred_is_done(take_deferred); }));
        EXPECT_TRUE(bight_deferred_take(take_deferred, &result));
        Result held(result);
        bight_deferred_free(take_deferred);
        return std::move(*held.as<T>(bight::destroy<T>));
    }
    static std::string end(bight_deferred *take_deferred)
    {
        EXPECT_TRUE(until([&] { return bight_deferred_is_done(take_deferred); }));
        std::string end = outcome(take_deferred);
        bight_deferred_free(take_deferred);
        return end;
    }
};

TEST_F(FromFuture, itsResultIsTheValue)
{
    auto promise = started<QString>();
    bight_deferred *deferred = fromFuture(promise.future());

    promise.addResult(QString("abc"));
    promise.finish();
    EXPECT_FALSE(bight_deferred_is_done(deferred));
    EXPECT_EQ(valueOf<QString>(deferred), QString("abc"));
    EXPECT_EQ(promise.future().result(), QString("abc"));
}

TEST_F(FromFuture, whatIsFinishedAlreadyHasFired)
{
    bight_deferred *deferred = fromFuture(QtFuture::makeReadyFuture(8));

    EXPECT_TRUE(bight_deferred_is_done(deferred));
    EXPECT_EQ(valueOf<int>(deferred), 8);
}

TEST_F(FromFuture, whatCannotBeCopiedIsTaken)
{
    auto promise = started<std::unique_ptr<int>>();
    bight_deferred *deferred = fromFuture(promise.future());

    promise.addResult(std::make_unique<int>(4));
    promise.finish();
    EXPECT_EQ(*valueOf<std::unique_ptr<int>>(deferred), 4);
}

TEST_F(FromFuture, nothingIsTheValueNull)
{
    auto promise = started<void>();
    bight_deferred *deferred = fromFuture(promise.future());

    promise.finish();
    EXPECT_EQ(end(deferred), "0");
}

TEST_F(FromFuture, ofSeveralResultsTheFirstAndOfNoneAnError)
{
    auto several = started<int>();
    auto none = started<int>();

    several.addResult(1);
    several.addResult(2);
    several.finish();
    none.finish();
    EXPECT_EQ(valueOf<int>(fromFuture(several.future())), 1);
    EXPECT_EQ(end(fromFuture(none.future())), "[not possible in this state]");
}

TEST_F(FromFuture, anExceptionIsTheError)
{
    auto ours = started<int>();
    auto another = started<void>();
    bight::Error thrown(BIGHT_ERROR_PROTOCOL, "what?");
    bight_deferred *deferred = fromFuture(ours.future());
    bight_result result;

    ours.setException(std::make_exception_ptr(thrown));
    ours.finish();
    another.setException(std::make_exception_ptr(std::bad_alloc()));
    another.finish();
    EXPECT_TRUE(until([&] { return bight_deferred_is_done(deferred); }));
    EXPECT_TRUE(bight_deferred_take(deferred, &result));
    EXPECT_EQ(result.error, thrown.get());
    bight_result_free(result);
    bight_deferred_free(deferred);
    EXPECT_EQ(end(fromFuture(another.future())), "[out of memory]");
}

TEST_F(FromFuture, aFutureThatIsCancelledOrBrokenIsACancel)
{
    auto promise = started<int>();
    auto broken = std::make_unique<QPromise<int>>();
    bight_deferred *first = fromFuture(promise.future());
    bight_deferred *second = fromFuture(broken->future());

    promise.future().cancel();
    promise.finish();
    broken->start();
    broken.reset();
    EXPECT_EQ(end(first), "[cancelled]");
    EXPECT_EQ(end(second), "[cancelled]");
}

TEST_F(FromFuture, cancellingTheDeferredCancelsTheFutureAtOnce)
{
    auto promise = started<int>();
    bight_deferred *deferred = fromFuture(promise.future());

    bight_deferred_cancel(deferred);
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    EXPECT_TRUE(promise.isCanceled());
    promise.finish();
    qt_support::turn();
    bight_deferred_free(deferred);
}

TEST_F(FromFuture, aFutureThatNobodyWaitsForAnyMoreIsLeftAlone)
{
    auto promise = started<int>();

    bight_deferred_free(fromFuture(promise.future()));
    EXPECT_FALSE(promise.isCanceled());
    promise.addResult(1);
    promise.finish();
    qt_support::turn();
}

TEST_F(FromFuture, whatFinishesOnAnotherThreadArrivesHere)
{
    auto promise = started<int>();
    bight_deferred *deferred = fromFuture(promise.future());
    std::thread::id where;
    bight_deferred_both(
        deferred,
        [](bight_result in, void *data) {
            *static_cast<std::thread::id *>(data) = std::this_thread::get_id();
            return in;
        },
        &where);

    std::thread([&] {
        promise.addResult(6);
        promise.finish();
    }).join();
    EXPECT_EQ(valueOf<int>(deferred), 6);
    EXPECT_EQ(where, std::this_thread::get_id());
}

// A result whose copy cancels the deferred that it is made for.
struct Fickle {
    Fickle() = default;
    Fickle(const Fickle &other) : cancel(other.cancel)
    {
        if (cancel != nullptr)
            bight_deferred_cancel(*cancel);
    }
    bight_deferred **cancel = nullptr;
};

TEST_F(FromFuture, aCancelWhileTheResultIsTakenIsACancel)
{
    bight_deferred *deferred = nullptr;
    auto promise = started<Fickle>();
    Fickle value;
    value.cancel = &deferred;

    deferred = fromFuture(promise.future());
    promise.future().cancel(); // no copy is made on the way in
    bight_deferred_cancel(deferred);
    promise.finish();
    EXPECT_EQ(end(deferred), "[cancelled]");

    auto second = started<Fickle>();
    deferred = nullptr;
    second.addResult(value);
    deferred = fromFuture(second.future());
    second.finish();
    EXPECT_EQ(end(deferred), "[cancelled]");
}

TEST_F(FromFuture, withoutALoopThereIsNoWaiting)
{
    auto promise = started<int>();
    std::string seen;

    std::thread([&] {
        bight_deferred *deferred = fromFuture(promise.future());
        seen = outcome(deferred);
        bight_deferred_free(deferred);
    }).join();
    EXPECT_EQ(seen, "[not supported]");
    promise.finish();
}

TEST_F(FromFuture, theLoopMayGoFirst)
{
    auto promise = started<int>();
    bight_deferred *deferred = nullptr;
    std::unique_ptr<QThread> thread(
        QThread::create([&] { deferred = fromFuture(promise.future()); }));

    thread->start();
    thread->wait();
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    bight_deferred_free(deferred);
    promise.finish();
}

TEST_F(FromFuture, thereAndBackTheCancelGoesThrough)
{
    bight_deferred *outer = fromFuture(toFuture<int>(source.make()));

    bight_deferred_cancel(outer);
    EXPECT_EQ(outcome(outer), "[cancelled]");
    EXPECT_TRUE(until([&] { return source.cancelled == 1; }));
    bight_deferred_free(outer);
    EXPECT_EQ(toFuture<int>(fromFuture(toFuture<int>(bight_deferred_of(bight_result_int(3)))),
                            [](Result &&result) { return *result.as<int>(bight::destroy<int>); })
                  .result(),
              3);
}

TEST_F(FromFuture, itEndsWhicheverAllocationFails)
{
    support::withEachAllocationFailing([] {
        auto promise = started<int>();
        bight_deferred *deferred = fromFuture(promise.future());

        promise.addResult(1);
        promise.finish();
        EXPECT_TRUE(until([&] { return bight_deferred_is_done(deferred); }));
        bight_deferred_free(deferred);
    });
}

// --- on a reactor -------------------------------------------------------------------------------

TEST_F(ToFuture, aDelayIsAFutureThatCanBeCancelled)
{
    bight::QtReactor reactor;
    QFuture<void> quick = toFuture<void>(bight_delay(reactor, BIGHT_MSEC(2)));
    QFuture<void> never = toFuture<void>(bight_delay(reactor, BIGHT_SEC(3600)));

    EXPECT_TRUE(until([&] { return quick.isFinished(); }));
    never.cancel();
    EXPECT_TRUE(until([&] { return never.isFinished(); }));
    EXPECT_EQ(endOf(quick), "worked");
    EXPECT_EQ(endOf(never), "cancelled");
}

} // namespace

// Deferreds in Qt's own idiom: signals, and objects that take their steps with them.
#include "adapters/qt_support.hpp"
#include "core/deferred_support.hpp"
#include "support/alloc.hpp"
#include "support/guards.hpp"
#include "support/reason.hpp"

#include <QtCore/QThread>
#include <QtWidgets/QApplication>
#include <QtWidgets/QLabel>
#include <bight/later.h>
#include <bight/qt.h>
#include <bight/qt.hpp>

#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>

namespace
{

using bight::bindTo;
using bight::QtDeferred;
using deferred_support::count;
using deferred_support::Counted;
using deferred_support::Messages;
using deferred_support::outcome;
using qt_support::Source;
using qt_support::until;

// --- signals ------------------------------------------------------------------------------------

class Signals : public testing::Test
{
  protected:
    // Writes down every signal.
    void listen(QtDeferred *deferred)
    {
        QObject::connect(deferred, &QtDeferred::succeeded, deferred, [this](const QVariant &value) {
            said += "value(" + value.toString().toStdString() + ") ";
        });
        QObject::connect(deferred, &QtDeferred::failed, deferred,
                         [this](const QString &message, bight_status status) {
                             said += "failed(" + message.toStdString() + ", " +
                                     bight_status_text(status) + ") ";
                         });
        QObject::connect(deferred, &QtDeferred::canceled, deferred,
                         [this] { said += "canceled "; });
        QObject::connect(deferred, &QtDeferred::finished, deferred, [this] { said += "finished"; });
    }
    // What is said of a deferred that ends with a result.
    std::string sayingsOf(bight_result result)
    {
        QtDeferred deferred(source.make());

        said.clear();
        listen(&deferred);
        source.fire(result);
        return said;
    }
    void TearDown() override
    {
        EXPECT_TRUE(messages.all.empty()) << messages.all.front();
    }

    support::ThreadGuard threads;
    Messages messages;
    Source source;
    std::string said;
};

TEST_F(Signals, tellTheValueAndThenTheEnd)
{
    EXPECT_EQ(sayingsOf(bight_result_int(-5)), "value(-5) finished");
    EXPECT_EQ(sayingsOf(bight_result_string(strdup("h\u00e9"))), "value(h\u00e9) finished");
    EXPECT_EQ(sayingsOf(bight_result_bytes(bight_bytes_new("abc", 3))), "value(abc) finished");
    EXPECT_EQ(sayingsOf(bight_result_value(nullptr)), "value() finished");
}

TEST_F(Signals, tellAnErrorWithItsCauses)
{
    bight_error *cause = bight_error_new(BIGHT_ERROR_RESET, "the line broke");
    bight_error *error = bight_error_new_caused(cause, BIGHT_ERROR_NOT_FOUND, "no page");

    EXPECT_EQ(sayingsOf(bight_result_error(error)),
              "failed(no page: the line broke, not found) finished");
}

TEST_F(Signals, tellTheWholeReasonAndKeepItsCode)
{
    QtDeferred deferred(source.make());
    QString message;

    QObject::connect(&deferred, &QtDeferred::failed, &deferred,
                     [&message](const QString &text, bight_status) { message = text; });
    source.fire(bight_result_error(support::reason::make()));
    EXPECT_EQ(message.toStdString(), support::reason::text());
    support::reason::expectWhole(deferred.result().error());
}

TEST_F(Signals, tellACancelWhoeverAskedForIt)
{
    QtDeferred deferred(source.make());

    EXPECT_EQ(sayingsOf(bight_result_error(bight_error_new(BIGHT_ERROR_CANCELLED, "x"))),
              "canceled finished");
    said.clear();
    Source second;
    QtDeferred other(second.make());
    listen(&other);
    other.cancel();
    EXPECT_EQ(second.cancelled, 1);
    EXPECT_EQ(said, "canceled finished");
    other.cancel();
    EXPECT_EQ(said, "canceled finished");
}

TEST_F(Signals, keepTheValueAsLongAsTheObject)
{
    int live = 0;
    {
        QtDeferred deferred(source.make());
        EXPECT_FALSE(deferred.isFinished());
        source.fire(bight_result_take(new Counted(live), Counted::destroy));
        EXPECT_TRUE(deferred.isFinished());
        EXPECT_EQ(&deferred.result().as<Counted>(Counted::destroy)->live, &live);
        EXPECT_EQ(deferred.value().value<void *>(), deferred.result().value());
    }
    EXPECT_EQ(live, 0);
}

TEST_F(Signals, ofWhatIsDoneAlreadyComeInALaterTurn)
{
    QtDeferred deferred(bight_deferred_of(bight_result_int(3)));

    listen(&deferred);
    EXPECT_TRUE(deferred.isFinished());
    EXPECT_EQ(said, "");
    EXPECT_TRUE(until([this] { return !said.empty(); }));
    EXPECT_EQ(said, "value(3) finished");
}

TEST_F(Signals, ofADeferredWithoutMemoryTellThat)
{
    QtDeferred deferred(nullptr);

    listen(&deferred);
    EXPECT_TRUE(until([this] { return !said.empty(); }));
    EXPECT_EQ(said, "failed(out of memory, out of memory) finished");
}

TEST_F(Signals, doNotComeOfAnObjectThatIsGone)
{
    auto parent = std::make_unique<QObject>();
    auto *deferred = new QtDeferred(source.make(), parent.get());

    listen(deferred);
    parent.reset();
    EXPECT_EQ(source.cancelled, 1);
    {
        QtDeferred done(bight_deferred_of(bight_result_int(3)));
        listen(&done);
    }
    qt_support::turn();
    EXPECT_EQ(said, "");
}

TEST_F(Signals, mayDeleteTheirObject)
{
    auto *deferred = new QtDeferred(source.make());

    listen(deferred);
    QObject::connect(deferred, &QtDeferred::succeeded, [deferred] { delete deferred; });
    source.fire(bight_result_int(1));
    EXPECT_EQ(said, "value(1) ");

    deferred = new QtDeferred(source.make());
    QObject::connect(deferred, &QtDeferred::finished, deferred, &QObject::deleteLater);
    source.fire(bight_result_int(1));
    qt_support::turn();
}

TEST_F(Signals, comeInANestedLoop)
{
    bight::QtReactor reactor;
    QtDeferred outer(bight_delay(reactor, BIGHT_MSEC(1)));
    QtDeferred inner(bight_delay(reactor, BIGHT_MSEC(2)));
    bool nested = false;

    QObject::connect(&outer, &QtDeferred::finished, [&] {
        QEventLoop loop;

        QObject::connect(&inner, &QtDeferred::finished, &loop, &QEventLoop::quit);
        if (!inner.isFinished())
            loop.exec();
        nested = inner.isFinished();
    });
    EXPECT_TRUE(until([&] { return nested; }));
}

TEST_F(Signals, comeWhicheverAllocationFails)
{
    support::withEachAllocationFailing([] {
        Source producer;
        int ended = 0;
        QtDeferred deferred(producer.make());

        QObject::connect(&deferred, &QtDeferred::finished, [&] { ended++; });
        producer.fire(bight_result_int(1));
        EXPECT_TRUE(until([&] { return ended == 1; }));
    });
    messages.all.clear(); // what failed for want of memory
}

// --- a context ----------------------------------------------------------------------------------

class Contexts : public testing::Test
{
  protected:
    void TearDown() override
    {
        EXPECT_TRUE(messages.all.empty()) << messages.all.front();
    }
    void start(QObject *context)
    {
        bight_deferred *deferred = bindTo(source.make(), context);

        bight_deferred_always(deferred, count, &ran);
        bight_deferred_free(deferred);
    }
    Messages messages;
    Source source;
    int ran = 0;
};

TEST_F(Contexts, thatLiveHaveTheirStepsRun)
{
    QObject context;

    start(&context);
    source.fire();
    EXPECT_EQ(ran, 1);
    start(&context);
    source.fire();
    EXPECT_EQ(ran, 2);
    EXPECT_EQ(context.children().size(), 1);
}

TEST_F(Contexts, thatGoTakeTheirStepsWithThem)
{
    auto context = std::make_unique<QObject>();

    start(context.get());
    context.reset();
    EXPECT_EQ(source.cancelled, 1);
    EXPECT_EQ(ran, 0);
}

TEST_F(Contexts, cancelAllTheirChains)
{
    auto context = std::make_unique<QObject>();
    Source sources[100];

    for (Source &each : sources) {
        bight_deferred *deferred = bindTo(each.make(), context.get());
        bight_deferred_always(deferred, count, &ran);
        bight_deferred_free(deferred);
    }
    for (int i = 0; i < 50; i++)
        sources[i].fire();
    context.reset();
    EXPECT_EQ(ran, 50);
    for (int i = 50; i < 100; i++)
        EXPECT_EQ(sources[i].cancelled, 1);
}

TEST_F(Contexts, mayBeDeletedByTheirSteps)
{
    auto *context = new QObject;
    bight_deferred *deferred = bindTo(source.make(), context);

    bight_deferred_always(
        deferred, [](void *data) { delete static_cast<QObject *>(data); }, context);
    bight_deferred_always(deferred, count, &ran);
    bight_deferred_free(deferred);
    source.fire();
    EXPECT_EQ(ran, 0);
}

// The usual window: its reactor is its first child, and goes before the others.
TEST_F(Contexts, thatAreWindowsAreNotTouchedWhileTheirChildrenGo)
{
    auto window = std::make_unique<QWidget>();
    auto *reactor = new bight::QtReactor(window.get());
    auto *label = new QLabel("waiting", window.get());
    bight_deferred *deferred = bindTo(bight_delay(*reactor, BIGHT_SEC(3600)), window.get());
    struct Both {
        QLabel *label;
        int *ran;
    } both = {label, &ran};

    bight_deferred_always(
        deferred,
        [](void *data) {
            auto *self = static_cast<Both *>(data);
            ++*self->ran;
            self->label->setText("done");
        },
        &both);
    bight_deferred_free(deferred);
    window.reset();
    EXPECT_EQ(ran, 0);
}

TEST_F(Contexts, ofAnotherThreadAreMisuse)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            std::unique_ptr<QObject> context;
            std::thread([&] { context = std::make_unique<QObject>(); }).join();
            start(context.get());
        },
        "another thread");
}

TEST_F(Contexts, dropTheirStepsWhicheverAllocationFails)
{
    support::withEachAllocationFailing([] {
        auto context = std::make_unique<QObject>();
        Source producer;
        int seen = 0;
        bight_deferred *deferred = bindTo(producer.make(), context.get());

        bight_deferred_always(deferred, count, &seen);
        bight_deferred_free(deferred);
        int before = seen;
        context.reset();
        EXPECT_EQ(seen, before);
        producer.fire();
        EXPECT_EQ(seen, before);
    });
    messages.all.clear(); // what failed for want of memory
}

// --- steps made of lambdas ----------------------------------------------------------------------

class Lambdas : public Contexts
{
  protected:
    QObject context;
};

TEST_F(Lambdas, getAValueAndReturnWhatTheyLike)
{
    Source second;
    std::string seen;
    bight_deferred *deferred = source.make();

    bight::then(deferred, &context, [&](bight::Result &&result) {
        seen += std::to_string(bight_result_get_int(result.get())) + " ";
        return second.make();
    });
    bight::then(deferred, &context, [&](bight::Result &&result) {
        seen += std::to_string(bight_result_get_int(result.get())) + " ";
        return bight_result_int(3);
    });
    bight::then(deferred, &context, [&] { seen += "end"; });
    source.fire(bight_result_int(1));
    EXPECT_EQ(seen, "1 ");
    second.fire(bight_result_int(2));
    EXPECT_EQ(seen, "1 2 end");
    EXPECT_EQ(outcome(deferred), "0");
    bight_deferred_free(deferred);
}

TEST_F(Lambdas, getAnErrorOrLetItPass)
{
    std::string seen;
    bight_deferred *deferred = source.make();

    bight::then(deferred, &context, [&] { seen += "never"; });
    bight::then(
        deferred, &context, [&] { seen += "never"; },
        [&](const bight::Error &error) { seen += error.what(); });
    source.fail(BIGHT_ERROR_REFUSED, "nobody there");
    EXPECT_EQ(seen, "nobody there");
    EXPECT_EQ(outcome(deferred), "0");
    bight_deferred_free(deferred);
}

TEST_F(Lambdas, failTheChainWithWhatTheyThrow)
{
    bight_deferred *deferred = source.make();

    bight::then(deferred, &context, [] { throw bight::Error(BIGHT_ERROR_LIMIT, "too much"); });
    source.fire();
    EXPECT_EQ(outcome(deferred), "[limit reached]");
    bight_deferred_free(deferred);
}

TEST_F(Lambdas, areFreedWhetherTheyRanOrWereDropped)
{
    auto held = std::make_shared<int>(0);
    auto window = std::make_unique<QObject>();
    Source second;

    bight_deferred_free(bight::then(source.make(), window.get(), [held] { ++*held; }));
    bight_deferred_free(bight::then(second.make(), window.get(), [held] { ++*held; }));
    EXPECT_EQ(held.use_count(), 3);
    source.fire();
    EXPECT_EQ(held.use_count(), 2);
    window.reset();
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 1);
    EXPECT_EQ(second.cancelled, 1);
}

TEST_F(Lambdas, areFreedWhicheverAllocationFails)
{
    support::withEachAllocationFailing([] {
        QObject window;
        auto held = std::make_shared<int>(0);
        Source producer;
        bight_deferred *deferred = producer.make();

        bight::then(deferred, &window, [held] { ++*held; });
        bight_deferred_free(deferred);
        producer.fire();
        EXPECT_EQ(held.use_count(), 1);
    });
    messages.all.clear(); // what failed for want of memory
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    QApplication application(argc, argv);
    return RUN_ALL_TESTS();
}

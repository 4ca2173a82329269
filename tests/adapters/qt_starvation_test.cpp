// Nobody starves on Qt: timers, queued calls and deferred deletes run while peers flood the
// reactor, on both of Qt's dispatchers. Nothing is timed: they have to come to their counts.
#include "adapters/floods.hpp"

#include <QtCore/QCoreApplication>
#include <QtCore/QElapsedTimer>
#include <QtCore/QEventLoop>
#include <QtCore/QTimer>
#include <array>
#include <bight/qt.h>
#include <utility>
#ifdef BIGHT_TEST_GLIB
#include <QtCore/QAbstractEventDispatcher>
#include <glib.h>
#endif

using conformance::Floods;
using conformance::spin;

namespace
{

int argumentCount = 1;
char programName[] = "qt_starvation_test";
char *arguments[] = {programName, nullptr};

constexpr int runsWanted = 20;

// What a program leaves to its loop. Each kind is asked for again when all have run, so that none
// is due for the other's sake; but `alone` asks for one kind only.
class Kinds : public QObject
{
  public:
    enum Kind { Timer, ZeroTimer, QueuedCall, DeferredDelete, Count };
    explicit Kinds(Kind first = Timer, Kind end = Count) : first_(first), end_(end) {}
    void ask()
    {
        for (int kind = first_; kind < end_; kind++)
            askFor(static_cast<Kind>(kind));
    }
    int rounds = 0;
    std::array<int, Count> runs = {};
    std::function<void()> onRound = [] {};

  private:
    void askFor(Kind kind)
    {
        waiting_++;
        switch (kind) {
        case Timer:
            QTimer::singleShot(1, this, [this] { ran(Timer); });
            break;
        case ZeroTimer:
            zero_.callOnTimeout(this, [this] {
                zero_.disconnect();
                zero_.stop();
                ran(ZeroTimer);
            });
            zero_.start(0);
            break;
        case QueuedCall:
            QMetaObject::invokeMethod(
                this, [this] { ran(QueuedCall); }, Qt::QueuedConnection);
            break;
        default:
            auto *object = new QObject(this); // which deletes what the loop has not got round to
            connect(object, &QObject::destroyed, this, [this] { ran(DeferredDelete); });
            object->deleteLater();
        }
    }
    void ran(Kind kind)
    {
        runs[kind]++;
        if (--waiting_ > 0)
            return;
        rounds++;
        onRound();
        ask();
    }
    Kind first_, end_;
    int waiting_ = 0;
    QTimer zero_;
};

class QtStarvation : public testing::TestWithParam<size_t>
{
  protected:
    void SetUp() override
    {
        floods = std::make_unique<Floods>(reactor, GetParam());
        ASSERT_TRUE(conformance::runUntil(reactor, [&] { return floods->areRunning(); }));
    }
    // The test's own patience ends it if the loop gets round to nothing but the network.
    void expectRounds(Kinds &kinds)
    {
        QEventLoop loop;
        conformance::Timer end(reactor, [&] { loop.quit(); });

        end.start(std::chrono::nanoseconds(support::patience).count());
        kinds.onRound = [&] {
            if (kinds.rounds == runsWanted)
                loop.quit();
        };
        kinds.ask();
        loop.exec();
        EXPECT_GE(kinds.rounds, runsWanted) << testing::PrintToString(kinds.runs);
    }
    QCoreApplication application{argumentCount, arguments};
    bight::QtReactor reactor;
    std::unique_ptr<Floods> floods;
};

INSTANTIATE_TEST_SUITE_P(Peers, QtStarvation, testing::Values(1U, 64U));

TEST_P(QtStarvation, timersQueuedCallsAndDeferredDeletesRun)
{
    Kinds kinds;
    uint64_t before = conformance::stats(reactor).turns;

    expectRounds(kinds);
    EXPECT_GE(conformance::stats(reactor).turns - before, static_cast<uint64_t>(runsWanted))
        << "and the flood goes on";
}

TEST_P(QtStarvation, aTimerThatRepeatsRunsThoughNothingIsPosted)
{
    QEventLoop loop;
    QTimer timer;
    int ticks = 0;
    conformance::Timer end(reactor, [&] { loop.quit(); });

    timer.callOnTimeout(&loop, [&] {
        if (++ticks == runsWanted)
            loop.quit();
    });
    for (int interval : {5, 0}) {
        ticks = 0;
        end.start(std::chrono::nanoseconds(support::patience).count());
        timer.start(interval);
        loop.exec();
        EXPECT_GE(ticks, runsWanted) << interval;
    }
}

// None of the others helps it.
TEST_P(QtStarvation, eachOfThemRunsAlone)
{
    for (int kind = Kinds::Timer; kind < Kinds::Count; kind++) {
        Kinds kinds(static_cast<Kinds::Kind>(kind), static_cast<Kinds::Kind>(kind + 1));

        SCOPED_TRACE(kind);
        expectRounds(kinds);
    }
}

TEST_P(QtStarvation, besidePaintingOf20MsTheyRunInEveryFrame)
{
    QTimer redraw;
    Kinds kinds;
    int frames = 0;
    QEventLoop loop;

    redraw.callOnTimeout(&loop, [&] {
        spin(BIGHT_MSEC(20));
        if (++frames == 40)
            loop.quit();
    });
    redraw.start(16);
    kinds.ask();
    loop.exec();
    EXPECT_EQ(frames, 40);
    EXPECT_GE(kinds.rounds, 18) << "as in a window without traffic, where a round takes two frames"
                                << testing::PrintToString(kinds.runs);
}

#ifdef BIGHT_TEST_GLIB

// A source of another library, on the loop that it shares with Qt.
struct ForeignIdle {
    explicit ForeignIdle(int priority)
        : id(g_idle_add_full(priority, &ForeignIdle::onIdle, this, nullptr))
    {
    }
    ~ForeignIdle()
    {
        g_source_remove(id);
    }
    static gboolean onIdle(gpointer self)
    {
        static_cast<ForeignIdle *>(self)->runs++;
        return G_SOURCE_CONTINUE;
    }
    int runs = 0;
    const guint id;
};

class QtForeign : public QtStarvation
{
  protected:
    void SetUp() override
    {
        if (!QAbstractEventDispatcher::instance()->inherits("QEventDispatcherGlib"))
            GTEST_SKIP() << "Qt's own dispatcher carries no source of GLib's";
        QtStarvation::SetUp();
    }
};

INSTANTIATE_TEST_SUITE_P(Peers, QtForeign, testing::Values(1U, 64U));

TEST_P(QtForeign, sourcesOfGlibRunAtEveryPriority)
{
    for (int priority : {0, 100, 120, 121, 200, 300}) {
        ForeignIdle idle(priority);
        uint64_t before = conformance::stats(reactor).turns;

        SCOPED_TRACE(priority);
        EXPECT_TRUE(conformance::runUntil(reactor, [&] { return idle.runs >= runsWanted; }));
        EXPECT_TRUE(conformance::runUntil(reactor, [&] {
            return conformance::stats(reactor).turns >= before + runsWanted;
        })) << "a busy idle function does not starve the network";
    }
}

#endif

} // namespace

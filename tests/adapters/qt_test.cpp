// What is Qt's own: the application object, the class, loops that the program nests itself.
#include "adapters/floods.hpp"

#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <bight/qt.h>
#include <cerrno>

using conformance::Peer;
using conformance::post;
using conformance::runUntil;
using conformance::Server;
using conformance::Timer;

namespace
{

int argumentCount = 1;
char programName[] = "qt_test";
char *arguments[] = {programName, nullptr};

std::unique_ptr<QCoreApplication> makeApplication()
{
    return std::make_unique<QCoreApplication>(argumentCount, arguments);
}

void expectToWork(bight_reactor *reactor)
{
    bool posted = false;
    Timer timer(reactor, [&] { post(reactor, [&] { posted = true; }); });
    timer.start(BIGHT_USEC(100));
    EXPECT_TRUE(runUntil(reactor, [&] { return posted; }));
}

TEST(QtApplication, withoutOneThereIsNoReactor)
{
    ASSERT_EQ(QCoreApplication::instance(), nullptr);
    errno = 0;
    EXPECT_EQ(bight_qt_reactor_new(), nullptr);
    EXPECT_EQ(errno, ENOTSUP);
    static QString said;
    said.clear();
    QtMessageHandler before =
        qInstallMessageHandler([](QtMsgType type, const QMessageLogContext &, const QString &text) {
            if (type == QtWarningMsg)
                said += text;
        });
    bight::QtReactor reactor;
    qInstallMessageHandler(before);
    EXPECT_FALSE(reactor.isValid());
    EXPECT_TRUE(said.contains("QCoreApplication")) << qPrintable(said);
    EXPECT_DEATH((void)bight_reactor_fd(reactor),
                 "misuse in bight_reactor_fd: the reactor is NULL");
    EXPECT_DEATH(
        {
            bight_status status = bight_qt_application_hold(reactor);
            FAIL() << status;
        },
        "the reactor is NULL");
}

TEST(QtApplication, aNullReactorIsNamedWhereItIsAttached)
{
    auto application = makeApplication();

    EXPECT_DEATH(
        {
            bight_status status = bight_qt_attach(nullptr, BIGHT_BUDGET_GUI);
            FAIL() << status;
        },
        "the reactor is NULL");
}

TEST(QtApplication, mayGoBeforeTheReactor)
{
    auto application = makeApplication();
    bight_reactor *reactor = bight_qt_reactor_new();

    ASSERT_NE(reactor, nullptr);
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "qt");
    expectToWork(reactor);
    application.reset();
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "native");
    expectToWork(reactor);
    bight_reactor_free(reactor);
}

TEST(QtApplication, mayGoWithConnectionsOpenAndComeBack)
{
    auto application = makeApplication();
    bight_reactor *reactor = bight_qt_reactor_new();
    {
        Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
        Peer client;
        conformance::connect(reactor, server.endpoint(), client);
        ASSERT_TRUE(runUntil(reactor, [&] { return client.connected; }));
        application.reset();
        client.write("alone ");
        EXPECT_TRUE(runUntil(reactor, [&] { return client.bytes == 6; }));
        application = makeApplication();
        ASSERT_EQ(bight_qt_attach(reactor, BIGHT_BUDGET_GUI), BIGHT_OK);
        EXPECT_STREQ(bight_reactor_get_host_name(reactor), "qt");
        client.write("again");
        EXPECT_TRUE(runUntil(reactor, [&] { return client.bytes == 11; }));
    }
    bight_reactor_free(reactor);
}

class Qt : public testing::Test
{
  protected:
    std::unique_ptr<QCoreApplication> application = makeApplication();
    std::unique_ptr<bight::QtReactor> reactor = std::make_unique<bight::QtReactor>();
};

TEST_F(Qt, theClassStandsForTheReactor)
{
    ASSERT_TRUE(reactor->isValid());
    EXPECT_EQ(reactor->get(), static_cast<bight_reactor *>(*reactor));
    expectToWork(*reactor);
    EXPECT_EQ(bight_qt_attach(*reactor, BIGHT_BUDGET_GUI), BIGHT_ERROR_STATE);
}

TEST_F(Qt, aParentTakesTheReactorWithItInACallback)
{
    auto *parent = new QObject;
    auto *child = new bight::QtReactor(parent);
    bool gone = false;

    QObject::connect(child, &QObject::destroyed, [&] { gone = true; });
    post(*child, [&] { delete parent; });
    EXPECT_TRUE(runUntil(*reactor, [&] { return gone; }));
}

TEST_F(Qt, aLoopThatTheProgramNestsItselfGoesOnServing)
{
    QEventLoop inner;
    int beats = 0;
    Timer beat(*reactor, [&] {
        if (++beats == 5)
            inner.quit();
    });
    post(*reactor, [&] {
        beat.repeat(BIGHT_MSEC(1));
        inner.exec();
        bight_reactor_stop(*reactor);
    });

    EXPECT_EQ(bight_reactor_run(*reactor), BIGHT_OK);
    EXPECT_GE(beats, 5);
}

TEST_F(Qt, aStopLeavesALoopOfTheProgramAboveItAlone)
{
    QEventLoop inner;
    bool innerEndedByItself = false;
    Timer quit(*reactor, [&] {
        innerEndedByItself = true;
        inner.quit();
    });
    post(*reactor, [&] {
        post(*reactor, [&] { bight_reactor_stop(*reactor); });
        quit.start(BIGHT_MSEC(5));
        inner.exec();
        EXPECT_TRUE(innerEndedByItself);
    });

    EXPECT_EQ(bight_reactor_run(*reactor), BIGHT_OK);
    EXPECT_TRUE(innerEndedByItself);
}

// Such a loop never announces a wait; the bytes must leave all the same.
TEST_F(Qt, whatACallbackWroteLeavesWhileItSpinsInProcessEvents)
{
    Server server(*reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;
    bool answered = false;

    conformance::connect(*reactor, server.endpoint(), client);
    ASSERT_TRUE(runUntil(*reactor, [&] { return client.connected; }));
    post(*reactor, [&] {
        client.write("spin");
        answered = support::waitUntil([&] { return client.bytes == 4; }, support::patience,
                                      [] { QCoreApplication::processEvents(); });
        bight_reactor_stop(*reactor);
    });
    EXPECT_EQ(bight_reactor_run(*reactor), BIGHT_OK);
    EXPECT_TRUE(answered);
}

TEST_F(Qt, movingTheReactorToAnotherThreadEndsTheProgram)
{
    QThread thread;

    EXPECT_DEATH(reactor->moveToThread(&thread), "belongs to the thread that made it");
}

TEST_F(Qt, movingAParentOfTheReactorToAnotherThreadEndsTheProgram)
{
    QThread thread;
    QObject parent;
    bight::QtReactor child(&parent);

    EXPECT_DEATH(parent.moveToThread(&thread), "belongs to the thread that made it");
}

TEST_F(Qt, aReactorThatTheApplicationHoldsEndsWithItThoughPeersFlood)
{
    bight_reactor *held = bight_qt_reactor_new();
    bool dropped = false;
    conformance::Floods floods(held, 1);

    EXPECT_EQ(bight_qt_application_hold(held), BIGHT_OK);
    EXPECT_EQ(bight_qt_application_hold(held), BIGHT_ERROR_STATE);
    ASSERT_TRUE(runUntil(held, [&] { return floods.areRunning(); }));
    floods.onAllClosed = [&] { dropped = true; };
    QTimer::singleShot(5, [] { QCoreApplication::quit(); });
    QCoreApplication::exec();
    EXPECT_TRUE(dropped);
}

TEST_F(Qt, aReactorThatTheApplicationHoldsMayBeFreedBefore)
{
    bight_reactor *held = bight_qt_reactor_new();

    EXPECT_EQ(bight_qt_application_hold(held), BIGHT_OK);
    bight_reactor_free(held);
    QTimer::singleShot(5, [] { QCoreApplication::quit(); });
    QCoreApplication::exec();
}

TEST_F(Qt, theApplicationHoldsOnlyWhatItsLoopCarries)
{
    bight_reactor *native = bight_reactor_new();

    EXPECT_EQ(bight_qt_application_hold(native), BIGHT_ERROR_STATE);
    bight_reactor_free(native);
}

TEST_F(Qt, theObjectLosesItsReactorWhenItEndsWithTheApplication)
{
    EXPECT_TRUE(reactor->endWithApplication());
    QTimer::singleShot(5, [] { QCoreApplication::quit(); });
    QCoreApplication::exec();
    EXPECT_FALSE(reactor->isValid());
}

TEST_F(Qt, theApplicationsOwnLoopServesTheReactor)
{
    int beats = 0;
    Timer beat(*reactor, [&] {
        if (++beats == 5)
            QCoreApplication::quit();
    });

    beat.repeat(BIGHT_MSEC(1));
    QCoreApplication::exec();
    EXPECT_EQ(beats, 5);
}

TEST_F(Qt, aSaturatedNetworkLeavesQtItsTimers)
{
    int ticks = 0;
    bool over = false;
    QTimer timer;
    std::function<void()> saturate = [&] {
        if (!over)
            post(*reactor, saturate);
    };

    QObject::connect(&timer, &QTimer::timeout, [&] {
        if (++ticks == 10)
            bight_reactor_stop(*reactor);
    });
    timer.start(1);
    post(*reactor, saturate);
    EXPECT_EQ(bight_reactor_run(*reactor), BIGHT_OK);
    over = true;
    EXPECT_EQ(ticks, 10);
    conformance::runFor(*reactor, BIGHT_MSEC(1));
}

TEST_F(Qt, whileNotifiersAreExcludedNothingIsLost)
{
    bool ran = false;

    post(*reactor, [&] { ran = true; });
    for (int i = 0; i < 3; i++)
        QCoreApplication::processEvents(QEventLoop::ExcludeSocketNotifiers);
    EXPECT_TRUE(runUntil(*reactor, [&] { return ran; }));
}

// Last, for the application that it makes stays.
TEST(QtOpen, makesAnApplicationWhereThereIsNone)
{
    ASSERT_EQ(QCoreApplication::instance(), nullptr);
    bight_reactor *reactor = bight_qt_reactor_open();

    ASSERT_NE(reactor, nullptr);
    EXPECT_NE(QCoreApplication::instance(), nullptr);
    expectToWork(reactor);
    bight_reactor_free(reactor);
    reactor = bight_qt_reactor_open();
    ASSERT_NE(reactor, nullptr);
    expectToWork(reactor);
    bight_reactor_free(reactor);
}

} // namespace

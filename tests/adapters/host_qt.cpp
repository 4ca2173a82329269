// Qt's event loop carries the reactor. Which dispatcher that is, is chosen by the environment when
// the application object is made, so ctest runs this twice.
#include "adapters/conformance.hpp"

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>
#include <QtCore/QEventLoop>
#include <QtCore/QThread>
#include <QtCore/QTimer>
#include <bight/qt.h>
#include <cstdlib>
#include <cstring>

namespace
{

class Thread : public QThread
{
  public:
    explicit Thread(const std::function<void()> &body) : body_(body) {}

  private:
    void run() override
    {
        body_();
    }
    const std::function<void()> &body_;
};

void onThread(const std::function<void()> &body)
{
    Thread thread(body);
    thread.start();
    thread.wait();
}

void idle(int milliseconds)
{
    QEventLoop loop;

    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

// The dispatcher that the test asked for is the one that runs.
TEST(QtHost, runsOnTheDispatcherThatWasAskedFor)
{
    const char *name = QAbstractEventDispatcher::instance()->metaObject()->className();
    const char *wanted =
        std::getenv("QT_NO_GLIB") ? "QEventDispatcherUNIX" : "QEventDispatcherGlib";

    EXPECT_STREQ(name, wanted);
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"qt", bight_qt_reactor_new, onThread, false, true, true, true, idle},
};

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    QCoreApplication application(argc, argv);
    return RUN_ALL_TESTS();
}

/* The Qt host.
 *
 * The reactor is one descriptor, so the host is one QSocketNotifier on it, level-triggered under
 * both of Qt's dispatchers: on GLib's main loop, and on Qt's own poll loop (QT_NO_GLIB=1). This
 * file does not depend on which of them runs; concession.cpp does.
 *
 * The host calls bight_reactor_before_wait() before each wait. Qt emits aboutToBlock only if the
 * call may really wait, so a program that spins in processEvents() inside a callback never emits
 * it. awake is emitted on every pass, so both are connected. Either may be missing at any time,
 * because the reactor does the same work when the callback ends or a dispatch begins.
 *
 * Lifetime. The host is a child of the event dispatcher. So when the dispatcher is destroyed (with
 * the application object, or at the end of the thread), the host is destroyed too, on the right
 * thread and before anything that it uses. If the reactor is freed first, it calls detach,
 * possibly inside the notifier's slot and inside loops of run(). The notifier is switched off at
 * once, and the host is deleted when Qt has left the slot. A nested loop counts as having left it,
 * so both functions check whether the host still exists before they go on. */
#include "concession.hpp"

#include <bight/host.h>
#include <bight/qt.h>

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QEventLoop>
#include <QtCore/QPointer>
#include <QtCore/QSocketNotifier>
#include <QtCore/QThread>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace
{

/* One bight_reactor_run() on the stack. */
struct Level {
    explicit Level(Level *enclosing) : outer(enclosing) {}
    QEventLoop loop;
    Level *outer;
};

class Host : public QObject
{
  public:
    Host(bight_reactor *reactor, bight_budget budget, QAbstractEventDispatcher *dispatcher);
    ~Host() override;

    void begin();
    void run();
    void stop();
    void part();
    bool endWithApplication();

  private:
    void dispatch();
    void aboutToWait();

    bight_reactor *m_reactor; /* null when reactor and host have parted */
    bight_budget m_budget;
    QSocketNotifier m_notifier;
    bighti::Concession m_concession;
    Level *m_innermost = nullptr;
    bool m_ends = false;  /* with the application */
    unsigned m_depth = 0; /* calls on the stack that use this object after a callback that may free
                             it */
};

Host::Host(bight_reactor *reactor, bight_budget budget, QAbstractEventDispatcher *dispatcher)
    : QObject(dispatcher), m_reactor(reactor), m_budget(budget), m_notifier(QSocketNotifier::Read),
      m_concession(m_notifier)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, [this] { dispatch(); });
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this] { aboutToWait(); });
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, [this] { aboutToWait(); });
}

Host::~Host()
{
    m_concession.end();
    m_notifier.setEnabled(false);
    if (m_reactor != nullptr)
        bight_host_detach(m_reactor);
}

/* This is not in the constructor, because two notifiers on one descriptor would disturb each
 * other, and only now is it certain that no other host carries the reactor. */
void Host::begin()
{
    m_notifier.setSocket(bight_reactor_fd(m_reactor));
    m_notifier.setEnabled(true);
}

void Host::dispatch()
{
    if (m_reactor == nullptr || m_concession.takes())
        return;
    QPointer<Host> self(this);
    ++m_depth;
    /* If the budget left work over, the descriptor is already read-ready, so Qt calls this
     * again. */
    bight_turn turn = bight_reactor_dispatch(m_reactor, m_budget);
    if (!self)
        return;
    --m_depth;
    m_concession.dispatched(turn);
}

void Host::aboutToWait()
{
    if (m_reactor != nullptr)
        bight_reactor_before_wait(m_reactor);
}

void Host::run()
{
    QPointer<Host> self(this);
    Level here(m_innermost);
    m_innermost = &here;
    ++m_depth;
    here.loop.exec();
    if (!self)
        return;
    --m_depth;
    m_innermost = here.outer;
}

void Host::stop()
{
    if (m_innermost != nullptr)
        m_innermost->loop.quit();
}

/* The reactor is freed first. */
void Host::part()
{
    m_reactor = nullptr;
    m_concession.end();
    m_notifier.setEnabled(false);
    for (Level *each = m_innermost; each != nullptr; each = each->outer)
        each->loop.quit();
    if (m_depth == 0)
        delete this;
    else
        deleteLater();
}

/* Free the reactor together with the application. */
bool Host::endWithApplication()
{
    QCoreApplication *application = QCoreApplication::instance();
    if (m_ends || application == nullptr || application->thread() != QThread::currentThread())
        return false;
    m_ends = true;
    connect(application, &QCoreApplication::aboutToQuit, this,
            [this] { bight_reactor_free(m_reactor); });
    return true;
}

bight_status host_run(bight_reactor *, void *host)
{
    static_cast<Host *>(host)->run();
    return BIGHT_OK;
}

void host_stop(bight_reactor *, void *host)
{
    static_cast<Host *>(host)->stop();
}

void host_detach(bight_reactor *, void *host)
{
    static_cast<Host *>(host)->part();
}

const bight_host_ops host_ops = {
    sizeof(bight_host_ops), "qt", host_run, host_stop, host_detach, true, nullptr /* by number */
};

bight_status attach(bight_reactor *reactor, bight_budget budget)
{
    QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
    if (dispatcher == nullptr)
        return BIGHT_ERROR_UNSUPPORTED;
    Host *host = new Host(reactor, budget, dispatcher);
    bight_status status = bight_host_attach(reactor, &host_ops, host);
    if (status == BIGHT_OK)
        host->begin();
    else
        host->part();
    return status;
}

int errno_of(bight_status status)
{
    return status == BIGHT_ERROR_UNSUPPORTED ? ENOTSUP : ENOMEM;
}

/* Qt keeps references to the arguments for as long as the application object lives. */
void make_application()
{
    static int count = 1;
    static char name[] = "bight";
    static char *arguments[] = {name, nullptr};
    new QCoreApplication(count, arguments);
}

} // namespace

bight_status bight_qt_attach(bight_reactor *reactor, bight_budget budget)
{
    try {
        return attach(reactor, budget);
    } catch (const std::bad_alloc &) {
        return BIGHT_ERROR_NO_MEMORY;
    }
}

bight_status bight_qt_application_hold(bight_reactor *reactor)
{
    auto *host = static_cast<Host *>(bight_host_get(reactor, &host_ops));

    try {
        return host != nullptr && host->endWithApplication() ? BIGHT_OK : BIGHT_ERROR_STATE;
    } catch (const std::bad_alloc &) {
        return BIGHT_ERROR_NO_MEMORY;
    }
}

bight_reactor *bight_qt_reactor_new_with(bight_budget budget)
{
    bight_reactor *reactor = bight_reactor_new();
    if (reactor == nullptr)
        return nullptr;
    bight_status status = bight_qt_attach(reactor, budget);
    if (status == BIGHT_OK)
        return reactor;
    bight_reactor_free(reactor);
    errno = errno_of(status);
    return nullptr;
}

bight_reactor *bight_qt_reactor_new(void)
{
    return bight_qt_reactor_new_with(BIGHT_BUDGET_GUI);
}

bight_reactor *bight_qt_reactor_open(void)
{
    try {
        if (QCoreApplication::instance() == nullptr)
            make_application();
        return bight_qt_reactor_new();
    } catch (const std::bad_alloc &) {
        errno = ENOMEM;
        return nullptr;
    }
}

namespace bight
{

QtReactor::QtReactor(QObject *parent) : QtReactor(BIGHT_BUDGET_GUI, parent) {}

QtReactor::QtReactor(bight_budget budget, QObject *parent)
    : QObject(parent), m_reactor(bight_qt_reactor_new_with(budget))
{
    if (m_reactor != nullptr)
        return;
    if (errno == ENOTSUP)
        qWarning("bight::QtReactor: there is no event loop on this thread. Make the reactor after "
                 "the QCoreApplication (not as a global object), or in a QThread.");
    else
        qWarning("bight::QtReactor: no reactor could be made: %s", strerror(errno));
}

QtReactor::~QtReactor()
{
    bight_reactor_free(m_reactor);
}

bool QtReactor::endWithApplication()
{
    QCoreApplication *application = QCoreApplication::instance();
    if (m_reactor == nullptr || application == nullptr || application->thread() != thread())
        return false;
    connect(application, &QCoreApplication::aboutToQuit, this,
            [this] { bight_reactor_free(std::exchange(m_reactor, nullptr)); });
    return true;
}

/* Qt sends this before it moves the object, on the old thread. */
bool QtReactor::event(QEvent *event)
{
    if (event->type() == QEvent::ThreadChange && m_reactor != nullptr)
        qFatal("bight::QtReactor: a reactor belongs to the thread that made it. It cannot be moved "
               "with moveToThread(), neither can an object that it is a child of. Make it on the "
               "other thread.");
    return QObject::event(event);
}

} // namespace bight

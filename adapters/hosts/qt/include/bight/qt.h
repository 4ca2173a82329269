/** @file bight/qt.h
 * The Qt 6 host: a reactor inside the Qt event loop of a thread, on either of Qt's dispatchers.
 *
 *     bight::QtReactor reactor(this);
 *     bight_deferred *chat = bight_connect(reactor, "tcp:[::1]:6697", &protocol);
 *
 * The class needs no moc, in the library or in the program. A C program uses the functions. Make
 * the reactor after the QCoreApplication and on the thread whose loop is to carry it. Guide:
 * docs/hosts/qt.md.
 *
 * Callbacks must not throw: they are called through C.
 */
#ifndef BIGHT_QT_H
#define BIGHT_QT_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>

BIGHT_BEGIN_DECLS

/**
 * Make a reactor that the Qt event loop of the calling thread carries, with BIGHT_BUDGET_GUI.
 *
 * @errors  NULL: no event dispatcher on this thread, because there is no QCoreApplication or
 *          QThread (errno ENOTSUP), or out of memory or descriptors; see errno
 * @owner   the caller; freed with bight_reactor_free(). If the event loop is destroyed first (with
 *          the application object, or its thread ends), the reactor has no host
 * @thread  the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_qt_reactor_new(void);

/**
 * Make a reactor that the Qt event loop of the calling thread carries, with a given budget.
 *
 * @param budget  what one turn of the loop may spend on the network; BIGHT_BUDGET_UNLIMITED suits
 *                a program without a window
 * @errors        as bight_qt_reactor_new()
 * @owner         the caller; freed with bight_reactor_free()
 * @thread        the calling thread becomes the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_qt_reactor_new_with(bight_budget budget);

/**
 * Have the Qt event loop of the calling thread carry an existing reactor, such as one made with
 * options, or one whose host was destroyed.
 *
 * @param budget  see bight_qt_reactor_new_with()
 * @errors        BIGHT_ERROR_STATE: a host carries the reactor already; BIGHT_ERROR_UNSUPPORTED:
 *                the thread has no event dispatcher; BIGHT_ERROR_NO_MEMORY
 * @owner         the caller keeps @p reactor
 * @thread        the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_qt_attach(bight_reactor *reactor, bight_budget budget);

/**
 * Have the QCoreApplication own the reactor. The reactor is freed as with bight_reactor_free()
 * when the application emits aboutToQuit(). In a program with windows that happens when the last
 * one is closed, however much traffic there is. bight_reactor_free() before that is legal and
 * undoes this.
 *
 * @errors  BIGHT_ERROR_STATE: the main thread's Qt event loop does not carry @p reactor, or this
 *          was called before; BIGHT_ERROR_NO_MEMORY
 * @owner   from now on the application owns @p reactor. For a QtReactor, call
 *          QtReactor::endWithApplication() instead
 * @thread  the reactor's, which must be the application's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_qt_application_hold(bight_reactor *reactor);

/**
 * The plain constructor for programs that load hosts at run time; every host library has one under
 * such a name. This is bight_qt_reactor_new(). It first makes a QCoreApplication if there is none.
 * That application stays until the end of the process, because parts of Qt may keep using it.
 *
 * @errors  as bight_qt_reactor_new()
 * @owner   the caller; freed with bight_reactor_free()
 * @thread  the calling thread becomes the reactor's; it must be the main thread
 */
BIGHT_API BIGHT_MUST_USE bight_reactor *bight_qt_reactor_open(void);

BIGHT_END_DECLS

#ifdef __cplusplus

#include <QtCore/QObject>

namespace bight
{

/**
 * A reactor as a QObject: it has a parent, and converts to a bight_reactor * where one is needed.
 * Destroying it frees the reactor; that is legal in any of its callbacks.
 *
 * It always belongs to the thread that made it. Calling moveToThread() on it or on its parent ends
 * the program with a message.
 */
class BIGHT_API QtReactor : public QObject
{
  public:
    /**
     * Make the reactor; isValid() reports success, and a qWarning() the reason of a failure.
     *
     * @param parent  destroys this object with itself; NULL for none
     */
    explicit QtReactor(QObject *parent = nullptr);

    /** As above, with a given budget; see bight_qt_reactor_new_with(). */
    explicit QtReactor(bight_budget budget, QObject *parent = nullptr);

    ~QtReactor() override;

    QtReactor(const QtReactor &) = delete;
    QtReactor &operator=(const QtReactor &) = delete;

    /** Whether there is a reactor: false for the reasons of bight_qt_reactor_new(). */
    bool isValid() const noexcept
    {
        return m_reactor != nullptr;
    }

    /**
     * Free the reactor when the application emits aboutToQuit(). This object lives on, and its
     * isValid() is false from then on. Use this if the object outlives the event loop, but its
     * connections must not.
     *
     * @return false if there is no reactor or it is not on the application's thread
     */
    bool endWithApplication();

    /** The reactor, NULL if there is none. It lives as long as this object. */
    bight_reactor *get() const noexcept
    {
        return m_reactor;
    }

    /** The reactor, for the functions of the library. */
    operator bight_reactor *() const noexcept
    {
        return m_reactor;
    }

    /** Detects a move to another thread. */
    bool event(QEvent *event) override;

  private:
    bight_reactor *m_reactor;
};

} // namespace bight

#endif

#endif

/* The parts of the bridges between deferreds and futures that do not depend on the value's type.
 *
 * A QFuture can be finished and cancelled on any thread. It reports that with events to a
 * QFutureWatcher on the watcher's thread, which is the deferred's. So there are two watchers here,
 * one for each direction, and a deferred is used only on its own thread.
 *
 * A watcher may end inside its own signal: a cancelled chain runs the step that frees its guard,
 * and a finished future is not watched any more. Qt still uses the object then, so it is deleted
 * later by the loop. In all other cases it is deleted at once, because there may be no loop any
 * more. */
#include <bight/qt.hpp>

#include <QtCore/QAbstractEventDispatcher>

#include <new>

namespace
{

// Cancels a deferred with a future. Lives until its step in the chain has run.
class Guard : public QFutureWatcher<void>
{
  public:
    Guard(bight_deferred *deferred, const QFuture<void> &future)
    {
        connect(this, &Guard::canceled, this, [this, deferred] {
            m_inSlot = true;
            bight_deferred_cancel(deferred); // the last use of the chain: the guard may be freed
            m_inSlot = false;
        });
        setFuture(future);
    }

    static void free(void *data)
    {
        auto *self = static_cast<Guard *>(data);

        self->disconnect(self);
        if (self->m_inSlot)
            self->deleteLater();
        else
            delete self;
    }

  private:
    bool m_inSlot = false;
};

// Completes a promise with a future. It is a child of the event dispatcher, because without a
// dispatcher it would wait for ever.
class Watch : public QFutureWatcher<void>
{
  public:
    Watch(bight_promise *promise, bight::internal::TakeFn take, void *held,
          bight_destroy_fn destroy, QObject *parent)
        : QFutureWatcher<void>(parent), m_promise(promise), m_take(take), m_held(held),
          m_destroy(destroy)
    {
        bight_promise_on_cancel(promise, cancel, this);
        connect(this, &Watch::finished, this, [this] { complete(); });
    }

    ~Watch() override
    {
        bight_promise *promise = part();

        m_destroy(m_held);
        bight_promise_free(promise);
    }

  private:
    // Returns the promise; a cancel has no effect any more.
    bight_promise *part()
    {
        if (m_promise != nullptr)
            bight_promise_on_cancel(m_promise, nullptr, nullptr);
        return std::exchange(m_promise, nullptr);
    }

    void complete()
    {
        bight_promise *promise = part();

        if (promise == nullptr)
            return;
        bight_result result = m_take(m_held);
        deleteLater();
        bight_promise_complete(promise, result);
    }

    static void cancel(bight_promise *, void *data)
    {
        auto *self = static_cast<Watch *>(data);
        QFuture<void> future = self->future();

        delete self;
        future.cancel();
    }

    bight_promise *m_promise; // null if nobody waits for the result
    bight::internal::TakeFn m_take;
    void *m_held;
    bight_destroy_fn m_destroy;
};

bight_deferred *watch(const QFuture<void> &future, bight::internal::TakeFn take, void *take_held,
                      bight_destroy_fn destroy, const char *where)
{
    QAbstractEventDispatcher *dispatcher = QAbstractEventDispatcher::instance();
    bight_promise *promise = nullptr;
    bight_deferred *deferred = nullptr;
    Watch *self = nullptr;

    if (dispatcher == nullptr) {
        destroy(take_held);
        return bight_deferred_failed_at(
            bight_error_new(BIGHT_ERROR_UNSUPPORTED, "no event dispatcher on this thread"), where);
    }
    deferred = bight_deferred_new_at(&promise, where);
    if (deferred != nullptr)
        self = new (std::nothrow) Watch(promise, take, take_held, destroy, dispatcher);
    if (self != nullptr) {
        self->setFuture(future);
        return deferred;
    }
    bight_promise_free(promise);
    bight_deferred_free(deferred);
    destroy(take_held);
    return nullptr;
}

} // namespace

namespace bight
{

namespace internal
{

void cancelWith(bight_deferred *deferred, const QFuture<void> &future, const char *where)
{
    if (!bight_deferred_is_done(deferred))
        bight_deferred_keep_at(deferred, new Guard(deferred, future), Guard::free, where);
}

bight_deferred *whenFinished(const QFuture<void> &future, TakeFn take, void *take_held,
                             bight_destroy_fn destroy, const char *where)
{
    if (!future.isFinished())
        return watch(future, take, take_held, destroy, where);
    bight_result result = take(take_held);
    destroy(take_held);
    return bight_deferred_of_at(result, where);
}

} // namespace internal

} // namespace bight

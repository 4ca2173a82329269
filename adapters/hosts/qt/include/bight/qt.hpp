/** @file bight/qt.hpp
 * Deferreds in Qt's own idiom: as a QFuture and back, as an object with signals, and with a
 * QObject that takes its steps with it when it goes.
 *
 *     auto *page = new bight::QtDeferred(fetch(reactor, url), this);
 *     connect(page, &bight::QtDeferred::succeeded, this, &Window::show);
 *     connect(page, &bight::QtDeferred::failed, this, &Window::showFailure);
 *     connect(page, &bight::QtDeferred::finished, spinner, &Spinner::stop);
 *     connect(stopButton, &QPushButton::clicked, page, &bight::QtDeferred::cancel);
 *
 *     bight_deferred_free(bight::then(
 *         fetch(reactor, url), this,
 *         [this](bight::Result &&page) { show(bight_result_get_string(page.get())); },
 *         [this](const bight::Error &error) { showFailure(error.what()); }));
 *
 *     QFuture<QString> page = bight::toFuture<QString>(fetch(reactor, url));
 *     bight_deferred *sum = bight::fromFuture(QtConcurrent::run(add, 2, 3));
 *
 * A program needs no moc for any of this. All functions and objects belong to the thread of the
 * deferred, whose Qt event loop must run; a QFuture may be used, and cancelled, on any. No thread
 * is started. Guide: docs/hosts/qt.md.
 */
#ifndef BIGHT_QT_HPP
#define BIGHT_QT_HPP

#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/owner.h>
#include <bight/result.hpp>
#include <bight/value.h>

#include <QtCore/QByteArray>
#include <QtCore/QFuture>
#include <QtCore/QFutureWatcher>
#include <QtCore/QObject>
#include <QtCore/QPromise>
#include <QtCore/QString>
#include <QtCore/QVariant>

#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace bight
{

/**
 * Have the steps that are added from now on belong to an object, a window for example. When it is
 * destroyed, the chain is cancelled and they are dropped, as bight/owner.h tells: after the
 * destructors of its own classes, before those of its children.
 *
 * @param context  lives on the deferred's thread; another thread is misuse and aborts
 * @param where    a constant string that names the place in reports
 * @errors         without memory the steps are dropped as if the object had gone
 * @return         @p deferred
 */
BIGHT_API bight_deferred *bindTo(bight_deferred *deferred, QObject *context,
                                 const char *where = __builtin_FUNCTION());

/** What is private to the templates below. */
namespace internal
{

/** Passes an error on. */
struct PassOn {
    /** The same error. */
    bight_result operator()(const Error &error) const noexcept
    {
        return bight_result_error(bight_error_ref(error.get()));
    }
};

/** The result that a function returns in one of the ways that then() allows, or throws. */
template <typename Function, typename... Arguments>
bight_result resultOf(Function &function, Arguments &&...arguments) noexcept
{
    using Returned = std::invoke_result_t<Function &, Arguments...>;

    try {
        if constexpr (std::is_void_v<Returned>) {
            function(std::forward<Arguments>(arguments)...);
            return bight_result_value(nullptr);
        } else if constexpr (std::is_same_v<Returned, bight_deferred *>) {
            return bight_result_wait(function(std::forward<Arguments>(arguments)...));
        } else {
            return function(std::forward<Arguments>(arguments)...);
        }
    } catch (...) {
        return bight_result_error(currentError());
    }
}

/** The two functions of a step. */
template <typename OnValue, typename OnError> struct Step {
    OnValue onValue; /**< gets a value, or nothing */
    OnError onError; /**< gets an error */

    /** The step itself. */
    static bight_result run(bight_result in, void *data) noexcept
    {
        auto *self = static_cast<Step *>(data);
        Result result(in);

        if (!result.worked())
            return resultOf(self->onError, Error(result.release().error));
        if constexpr (std::is_invocable_v<OnValue &, Result &&>)
            return resultOf(self->onValue, std::move(result));
        else
            return resultOf(self->onValue);
    }
};

} // namespace internal

/**
 * Add a step made of functions, lambdas for example, that belongs to an object: bindTo() and
 * bight_deferred_then() in one. The functions are freed when the chain has passed them.
 *
 * Each returns nothing, which is the value NULL, or a bight_result, or a deferred to wait for;
 * what it throws is the error that the chain goes on with.
 *
 *     bight_deferred_free(bight::then(fetch(reactor, url), this, [this] { spinner->stop(); }));
 *
 * @param context   its thread is the deferred's; see bindTo()
 * @param on_value  called with the `bight::Result &&` of a value, or with nothing
 * @param on_error  called with a `const bight::Error &`; without it the error goes on
 * @param where     a constant string that names the place in reports
 * @return          @p deferred, which stays the caller's
 * @throws std::bad_alloc; the step was not added then
 */
template <typename OnValue, typename OnError = internal::PassOn>
bight_deferred *then(bight_deferred *deferred, QObject *context, OnValue on_value,
                     OnError on_error = {}, const char *where = __builtin_FUNCTION())
{
    using Step = internal::Step<OnValue, OnError>;
    auto *step = new Step{std::move(on_value), std::move(on_error)};

    bindTo(deferred, context, where);
    bight_deferred_both_at(deferred, Step::run, step, where);
    return bight_deferred_keep_at(deferred, step, destroy<Step>, where);
}

/**
 * What comes later, as signals. It belongs to its parent; when it is destroyed before the end, the
 * deferred is cancelled and no signal comes.
 *
 * The signals come inside the call that completes the deferred, but never inside the constructor: a
 * deferred that is done already has its signals in a later turn of the loop.
 */
class BIGHT_API QtDeferred : public QObject
{
    Q_OBJECT

  public:
    /**
     * Take over a deferred.
     *
     * @param take_deferred  consumed; NULL is out of memory
     * @param parent         destroys this object with itself; NULL for none
     * @param where          a constant string that names the place in reports
     */
    explicit QtDeferred(bight_deferred *take_deferred, QObject *parent = nullptr,
                        const char *where = __builtin_FUNCTION());
    ~QtDeferred() override;
    QtDeferred(const QtDeferred &) = delete;
    QtDeferred &operator=(const QtDeferred &) = delete;

    /** Whether the result is there; its signals may be still to come. */
    bool isFinished() const noexcept
    {
        return m_finished;
    }

    /**
     * The result: the value as it is, or the error with its causes.
     *
     * @owner borrowed: lives as long as this object
     */
    const Result &result() const noexcept
    {
        return m_result;
    }

    /**
     * The value for those who do not want to look at its type: a number is a qlonglong, a string a
     * QString, shared bytes are a QByteArray, any other is the pointer; NULL is an invalid one.
     */
    QVariant value() const;

  public Q_SLOTS:
    /** Give up. What is finished already is left alone. */
    void cancel();

  Q_SIGNALS:
    /** It worked. @param value as value() gives it */
    void succeeded(const QVariant &value);
    /** It failed. @param message with those of all causes */
    void failed(const QString &message, bight_status status);
    /** Somebody asked for it to stop: the error is BIGHT_ERROR_CANCELLED. */
    void canceled();
    /** Last of all, in each of the three cases. */
    void finished();

  private:
    static bight_result complete(bight_result in, void *data);
    void tell();

    bight_owner m_owner;
    bight_deferred *m_deferred = nullptr;
    Result m_result;
    bool m_finished = false;
    bool m_later = true; // the constructor still runs
};

namespace internal
{

/** Cancels a deferred when a future is cancelled, as long as the steps so far have not run. */
BIGHT_API void cancelWith(bight_deferred *deferred, const QFuture<void> &future, const char *where);

/** Turns a future that is finished into a result. */
using TakeFn = bight_result (*)(void *future);

/** A deferred of what @p take gives when a future is finished. @param take_held its data */
BIGHT_API bight_deferred *whenFinished(const QFuture<void> &future, TakeFn take, void *take_held,
                                       bight_destroy_fn destroy, const char *where);

/** How the value of a result becomes a T. */
template <typename T> T valueOf(Result &&result)
{
    if constexpr (std::is_void_v<T>)
        return;
    else if constexpr (std::is_same_v<T, Result>)
        return std::move(result);
    else if constexpr (std::is_integral_v<T>)
        return static_cast<T>(bight_result_get_int(result.get()));
    else if constexpr (std::is_same_v<T, QString>)
        return QString::fromUtf8(bight_result_get_string(result.get()));
    else if constexpr (std::is_same_v<T, QByteArray>) {
        bight_view view = bight_bytes_get_view(bight_result_get_bytes(result.get()));

        return QByteArray(reinterpret_cast<const char *>(view.data),
                          static_cast<qsizetype>(view.size));
    } else {
        return std::move(*result.as<T>(destroy<T>));
    }
}

/** A deferred on its way to be a future. */
template <typename T, typename Convert> struct Bridge {
    QPromise<T> promise; /**< unfinished */
    Convert convert;     /**< makes the T */

    /** The value, or what went wrong in making it. */
    void fulfil(Result &&result)
    {
        try {
            if constexpr (std::is_void_v<T>)
                convert(std::move(result));
            else
                promise.addResult(convert(std::move(result)));
        } catch (...) {
            promise.setException(std::current_exception());
        }
    }

    /** The step that ends the chain. */
    static bight_result complete(bight_result in, void *data) noexcept
    {
        std::unique_ptr<Bridge> bridge(static_cast<Bridge *>(data));
        Result result(in);

        if (result.worked())
            bridge->fulfil(std::move(result));
        else if (bight_error_get_status(result.error()) == BIGHT_ERROR_CANCELLED)
            bridge->promise.future().cancel();
        else
            bridge->promise.setException(std::make_exception_ptr(Error(result.release().error)));
        bridge->promise.finish();
        return bight_result_value(nullptr);
    }
};

/** The result of a future that is finished. */
template <typename T> bight_result take(void *future) noexcept
{
    QFuture<T> &self = *static_cast<QFuture<T> *>(future);

    try {
        self.waitForFinished(); // throws what the future failed with
        if (self.isCanceled())
            return bight_result_error(
                bight_error_new(BIGHT_ERROR_CANCELLED, "the future was cancelled"));
        if constexpr (std::is_void_v<T>)
            return bight_result_value(nullptr);
        else if (self.resultCount() == 0)
            return bight_result_error(
                bight_error_new(BIGHT_ERROR_STATE, "the future has no result"));
        else if constexpr (std::is_copy_constructible_v<T>)
            return bight_result_take(new T(self.result()), destroy<T>);
        else
            return bight_result_take(new T(self.takeResult()), destroy<T>);
    } catch (...) {
        return bight_result_error(currentError());
    }
}

} // namespace internal

/**
 * A future of what a deferred comes to.
 *
 * A value is turned into a T by @p convert, which may throw. An error is a bight::Error in the
 * future, for onFailed(); BIGHT_ERROR_CANCELLED makes the future a cancelled one, for onCanceled().
 * Cancelling the future, on any thread, cancels the deferred in a later turn of the loop.
 *
 * Two manners of Qt's own: a future that QFuture::then() gave does not cancel those before it; and
 * in Qt 6.4 the context of a QFuture::then() must outlive the future, so that for a window that may
 * go first there is bight::then().
 *
 * @param take_deferred  consumed; NULL is out of memory
 * @param convert        called with the `bight::Result &&` of a value, returns a T
 * @param where          a constant string that names the place in reports
 * @throws std::bad_alloc; the deferred is cancelled then
 */
template <typename T, typename Convert>
QFuture<T> toFuture(bight_deferred *take_deferred, Convert convert,
                    const char *where = __builtin_FUNCTION())
{
    using Bridge = internal::Bridge<T, Convert>;
    std::unique_ptr<bight_deferred, void (*)(bight_deferred *)> held(take_deferred,
                                                                     bight_deferred_free);

    try {
        auto bridge = std::unique_ptr<Bridge>(new Bridge{{}, std::move(convert)});
        QFuture<T> future = bridge->promise.future();

        bridge->promise.start();
        internal::cancelWith(take_deferred, QFuture<void>(future), where);
        bight_deferred_listen_at(take_deferred, Bridge::complete, bridge.release(), where);
        return future;
    } catch (...) {
        bight_deferred_cancel(take_deferred);
        throw;
    }
}

/**
 * The same for values of the usual kinds: T is void (any value, which is freed), a kind of integer
 * (bight_result_int()), QString (bight_result_string()), QByteArray (bight_result_bytes()),
 * bight::Result (any value as it is), or what stands in a value made with bight::destroy<T>, as
 * fromFuture() and co_return do. Another kind of value than T is misuse and aborts, for T that are
 * no kind of their own above in debug builds only.
 */
template <typename T>
QFuture<T> toFuture(bight_deferred *take_deferred, const char *where = __builtin_FUNCTION())
{
    return toFuture<T>(take_deferred, internal::valueOf<T>, where);
}

/**
 * A deferred of what a future comes to.
 *
 * It fires with a T, to be had with BIGHT_VALUE(T, result, bight::destroy<T>), or the value NULL if
 * T is void; of several results with the first. It fails with the error of a bight::Error, with
 * what stands for another exception, or with BIGHT_ERROR_CANCELLED when the future was cancelled.
 * Cancelling the deferred cancels the future, and the chain goes on at once.
 *
 * A result is copied, or taken if a T cannot be copied.
 *
 * @param where  a constant string that names the place in reports
 * @errors       NULL when out of memory; BIGHT_ERROR_UNSUPPORTED through the deferred when the
 *               thread has no event dispatcher and the future is not finished;
 *               BIGHT_ERROR_CANCELLED when the event dispatcher goes first
 * @owner        the caller owns the deferred
 * @reentrancy   it has fired already if the future is finished, else it does in a turn of the loop
 */
template <typename T>
BIGHT_MUST_USE bight_deferred *fromFuture(const QFuture<T> &future,
                                          const char *where = __builtin_FUNCTION())
{
    auto *held = new (std::nothrow) QFuture<T>(future);

    if (held == nullptr)
        return nullptr;
    return internal::whenFinished(QFuture<void>(future), internal::take<T>, held,
                                  destroy<QFuture<T>>, where);
}

} // namespace bight

#endif

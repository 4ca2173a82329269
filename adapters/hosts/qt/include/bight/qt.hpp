/** @file bight/qt.hpp
 * Deferreds in Qt's own idiom: converted to a QFuture and back, as an object with signals, and
 * with steps that a QObject drops when it is destroyed.
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
 * deferred, whose Qt event loop must run. A QFuture may be used and cancelled on any thread. No
 * thread is started. Guide: docs/hosts/qt.md.
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
 * Have the steps that are added from now on belong to an object, a window for example. When the
 * object is destroyed, the chain is cancelled and the steps are dropped, as bight/owner.h
 * describes: after the destructors of the object's own classes, before those of its children.
 *
 * @param context  an object of the deferred's thread; another thread is misuse and aborts
 * @param where    a constant string that names the place in reports
 * @errors         when out of memory, the steps are dropped as if the object had been destroyed
 * @return         @p deferred
 */
BIGHT_API bight_deferred *bindTo(bight_deferred *deferred, QObject *context,
                                 const char *where = __builtin_FUNCTION());

/** Private to the templates below. */
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
    OnValue onValue; /**< called with a value, or without arguments */
    OnError onError; /**< called with an error */

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
 * Each function returns void (the value NULL), a bight_result, or a deferred to wait for. If it
 * throws, the chain goes on with that error.
 *
 *     bight_deferred_free(bight::then(fetch(reactor, url), this, [this] { spinner->stop(); }));
 *
 * @param context   an object of the deferred's thread; see bindTo()
 * @param on_value  called with the `bight::Result &&` of a value, or without arguments
 * @param on_error  called with a `const bight::Error &`; without it the error is passed on
 * @param where     a constant string that names the place in reports
 * @return          @p deferred, which stays the caller's
 * @throws std::bad_alloc; the step is not added then
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
 * A deferred as an object with signals. It belongs to its parent. If it is destroyed before the
 * deferred is done, the deferred is cancelled and no signal is emitted.
 *
 * The signals are emitted inside the call that completes the deferred, but never inside the
 * constructor. For a deferred that is done already, they are emitted in a later turn of the loop.
 */
class BIGHT_API QtDeferred : public QObject
{
    Q_OBJECT

  public:
    /**
     * Take over a deferred.
     *
     * @param take_deferred  consumed; NULL means out of memory
     * @param parent         destroys this object with itself; NULL for none
     * @param where          a constant string that names the place in reports
     */
    explicit QtDeferred(bight_deferred *take_deferred, QObject *parent = nullptr,
                        const char *where = __builtin_FUNCTION());
    ~QtDeferred() override;
    QtDeferred(const QtDeferred &) = delete;
    QtDeferred &operator=(const QtDeferred &) = delete;

    /** Whether there is a result; its signals may not be emitted yet. */
    bool isFinished() const noexcept
    {
        return m_finished;
    }

    /**
     * The result: the unconverted value, or the error with its causes.
     *
     * @owner borrowed: valid as long as this object
     */
    const Result &result() const noexcept
    {
        return m_result;
    }

    /**
     * The value as a QVariant. A number becomes a qlonglong, a string a QString, shared bytes a
     * QByteArray, NULL an invalid QVariant, and any other value its pointer.
     */
    QVariant value() const;

  public Q_SLOTS:
    /** Cancel the deferred. This does nothing if it is finished. */
    void cancel();

  Q_SIGNALS:
    /** It succeeded. @param value as returned by value() */
    void succeeded(const QVariant &value);
    /** It failed. @param message includes the messages of all causes */
    void failed(const QString &message, bight_status status);
    /** It was cancelled: the error is BIGHT_ERROR_CANCELLED. */
    void canceled();
    /** Emitted last, in each of the three cases. */
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

/** A deferred that fires with the result of @p take when a future is finished. @param take_held
 * its data */
BIGHT_API bight_deferred *whenFinished(const QFuture<void> &future, TakeFn take, void *take_held,
                                       bight_destroy_fn destroy, const char *where);

/** Converts the value of a result to a T. */
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

/** The conversion of a deferred to a future. */
template <typename T, typename Convert> struct Bridge {
    QPromise<T> promise; /**< unfinished */
    Convert convert;     /**< makes the T */

    /** Completes the promise with the value, or with the exception of the conversion. */
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
        self.waitForFinished(); // throws the exception of a failed future
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
 * Convert a deferred to a future.
 *
 * @p convert turns a value into a T, and may throw. An error becomes a bight::Error in the future,
 * for onFailed(). BIGHT_ERROR_CANCELLED cancels the future, for onCanceled(). Cancelling the
 * future, on any thread, cancels the deferred in a later turn of the loop.
 *
 * Two properties of Qt matter here. Cancelling a future from QFuture::then() does not cancel the
 * futures before it. In Qt 6.4, the context of a QFuture::then() must outlive the future; use
 * bight::then() for a window that may be destroyed first.
 *
 * @param take_deferred  consumed; NULL means out of memory
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
 * The same for the usual types of values: T is void (any value, which is freed), an integer type
 * (bight_result_int()), QString (bight_result_string()), QByteArray (bight_result_bytes()),
 * bight::Result (any value, unconverted), or the content of a value made with bight::destroy<T>,
 * as by fromFuture() and co_return. A value of another type is misuse and aborts; for a T that is
 * not listed by name, only in debug builds.
 */
template <typename T>
QFuture<T> toFuture(bight_deferred *take_deferred, const char *where = __builtin_FUNCTION())
{
    return toFuture<T>(take_deferred, internal::valueOf<T>, where);
}

/**
 * Convert a future to a deferred.
 *
 * The deferred fires with a T, which BIGHT_VALUE(T, result, bight::destroy<T>) returns, or with
 * the value NULL if T is void. If the future has several results, it fires with the first. It
 * fails with the error of a bight::Error, with an error made from another exception, or with
 * BIGHT_ERROR_CANCELLED if the future was cancelled. Cancelling the deferred cancels the future,
 * and the chain goes on at once.
 *
 * The result is copied, or moved if a T cannot be copied.
 *
 * @param where  a constant string that names the place in reports
 * @errors       NULL when out of memory; BIGHT_ERROR_UNSUPPORTED through the deferred if the
 *               thread has no event dispatcher and the future is not finished;
 *               BIGHT_ERROR_CANCELLED if the event dispatcher is destroyed first
 * @owner        the caller owns the deferred
 * @reentrancy   the deferred has fired already if the future is finished, else it fires in a turn
 *               of the loop
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

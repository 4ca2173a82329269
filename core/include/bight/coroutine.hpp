/** @file bight/coroutine.hpp
 * `co_await` on a deferred, for C++20.
 *
 *     bight::Task<int> countLines(bight_reactor *reactor)
 *     {
 *         co_await bight_delay(reactor, BIGHT_MSEC(100));
 *         bight::Result page = co_await fetch(reactor, "https://www.debian.org/");
 *         co_return count(page.as<Page>(page_free));
 *     }
 *
 * A Task is a coroutine and the deferred of its result in one: await it in another coroutine, or
 * hand its deferred() to a function of the C interface. It runs immediately until its first wait,
 * as any other code that adds a step does. A failure is thrown as bight::Error; an exception that
 * leaves the coroutine fails its deferred.
 *
 * Cancelling the deferred cancels the deferred that the coroutine is waiting for, so that its
 * co_await throws a bight::Error with the status BIGHT_ERROR_CANCELLED. When a Task is destroyed,
 * the coroutine continues by itself.
 *
 * Everything here belongs to one thread.
 */
#ifndef BIGHT_COROUTINE_HPP
#define BIGHT_COROUTINE_HPP

#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/result.hpp>

#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

namespace bight
{

/** The awaiter of a deferred that does not throw; see attempt(). */
class Awaiter
{
  public:
    /** Waits for a deferred. @param take_deferred consumed; NULL is out of memory */
    Awaiter(bight_deferred *take_deferred, bight_deferred **waiting, const char *where) noexcept
        : deferred_(take_deferred), waiting_(waiting), where_(where)
    {
    }
    Awaiter(const Awaiter &) = delete;
    Awaiter &operator=(const Awaiter &) = delete;
    ~Awaiter()
    {
        bight_deferred_free(deferred_);
    }
    /** Whether there is nothing to wait for. */
    bool await_ready() noexcept
    {
        bight_result result;

        if (!bight_deferred_take(deferred_, &result))
            return false;
        result_ = Result(result);
        return true;
    }
    /** Resumes the coroutine when the deferred is done. */
    void await_suspend(std::coroutine_handle<> handle) noexcept
    {
        handle_ = handle;
        *waiting_ = deferred_;
        bight_deferred_listen_at(deferred_, resume, this, where_);
    }
    /** The value or the error. */
    Result await_resume() noexcept
    {
        return std::move(result_);
    }

  private:
    /* This object may be destroyed as soon as the coroutine resumes. */
    static bight_result resume(bight_result in, void *data) noexcept
    {
        Awaiter *self = static_cast<Awaiter *>(data);

        *self->waiting_ = nullptr;
        self->result_ = Result(in);
        bight_deferred_free(std::exchange(self->deferred_, nullptr));
        self->handle_.resume();
        return bight_result_value(nullptr);
    }

    bight_deferred *deferred_;
    bight_deferred **waiting_; // where the coroutine's cancel looks
    const char *where_;
    std::coroutine_handle<> handle_;
    Result result_;
};

/** The same, but an error is thrown. */
class ThrowingAwaiter : public Awaiter
{
  public:
    using Awaiter::Awaiter;
    /** The value. @throws Error */
    Result await_resume()
    {
        Result result = Awaiter::await_resume();

        if (!result.worked())
            throw Error(result.release().error);
        return result;
    }
};

/** A deferred that is awaited without throwing; made by attempt(). */
struct Attempt {
    bight_deferred *deferred; /**< consumed by the co_await */
};

/**
 * Await without throwing: `bight::Result page = co_await bight::attempt(fetch(url));`
 *
 * @param take_deferred  consumed by the co_await; NULL is out of memory
 */
inline Attempt attempt(bight_deferred *take_deferred) noexcept
{
    return {take_deferred};
}

/** A deferred whose value is converted when it is awaited; see converted(). */
template <typename Convert> struct [[nodiscard]] Converted {
    bight_deferred *deferred; /**< consumed by the co_await */
    Convert convert;          /**< called with the `bight::Result &&` of a value */
};

/**
 * Await a value that is converted to another C++ type. The C++ interface of a library returns this
 * for its callers to co_await, as bight/source.hpp does.
 *
 * @param take_deferred  consumed by the co_await; NULL is out of memory
 * @param convert        called with the `bight::Result &&` of a value; what it returns is the value
 *                       of the co_await
 */
template <typename Convert>
Converted<Convert> converted(bight_deferred *take_deferred, Convert convert) noexcept
{
    return {take_deferred, std::move(convert)};
}

template <typename T = void> class Task;

/** The name of a coroutine; a type of its own, so that no argument of a coroutine is mistaken for
 * it.
 */
struct Place {
    /** Sets the name. @param constant a constant string */
    explicit Place(const char *constant) noexcept : name(constant) {}
    const char *name; /**< a constant string */
};

/** The part of the promise type that does not depend on T; part of Task. */
class TaskPromiseBase
{
  public:
    /** Creates the deferred. If that fails for lack of memory, the deferred is NULL and the
     * coroutine does not run. */
    explicit TaskPromiseBase(const char *where) noexcept : where_(where)
    {
        deferred_ = bight_deferred_new_at(&promise_, where);
        if (promise_ != nullptr)
            bight_promise_on_cancel(promise_, cancel, this);
    }
    TaskPromiseBase(const TaskPromiseBase &) = delete;
    TaskPromiseBase &operator=(const TaskPromiseBase &) = delete;
    ~TaskPromiseBase()
    {
        bight_promise_free(promise_);
    }

    /** Runs immediately if there is a deferred to complete. */
    auto initial_suspend() noexcept
    {
        struct Start {
            bool ready;
            bool await_ready() noexcept
            {
                return ready;
            }
            void await_suspend(std::coroutine_handle<> handle) noexcept
            {
                handle.destroy();
            }
            void await_resume() noexcept {}
        };
        return Start{promise_ != nullptr};
    }
    /** The frame is destroyed before the deferred completes, since its steps may do anything. */
    auto final_suspend() noexcept
    {
        struct End {
            TaskPromiseBase *self;
            bool await_ready() noexcept
            {
                return false;
            }
            void await_suspend(std::coroutine_handle<> handle) noexcept
            {
                bight_promise *promise = std::exchange(self->promise_, nullptr);
                bight_result result = self->result_.release();

                bight_promise_on_cancel(promise, nullptr, nullptr);
                handle.destroy();
                bight_promise_complete(promise, result);
            }
            void await_resume() noexcept {}
        };
        return End{this};
    }
    /** An exception that leaves the coroutine fails the deferred. */
    void unhandled_exception() noexcept
    {
        result_ = Result(bight_result_error(currentError()));
    }
    /** co_await on a deferred of the C interface. @param take_deferred consumed */
    ThrowingAwaiter await_transform(bight_deferred *take_deferred) noexcept
    {
        return ThrowingAwaiter(take_deferred, &waiting_, where_);
    }
    /** co_await on attempt(). */
    Awaiter await_transform(Attempt attempt) noexcept
    {
        return Awaiter(attempt.deferred, &waiting_, where_);
    }
    /** co_await on converted(). @return the converted value @throws Error */
    template <typename Convert> auto await_transform(Converted<Convert> converted) noexcept
    {
        struct ConvertingAwaiter : ThrowingAwaiter {
            ConvertingAwaiter(Converted<Convert> &from, bight_deferred **waiting,
                              const char *where) noexcept
                : ThrowingAwaiter(from.deferred, waiting, where), convert(std::move(from.convert))
            {
            }
            auto await_resume()
            {
                return convert(ThrowingAwaiter::await_resume());
            }
            Convert convert;
        };
        return ConvertingAwaiter(converted, &waiting_, where_);
    }
    /** co_await on another coroutine. @return its value @throws Error */
    template <typename U> auto await_transform(Task<U> task) noexcept
    {
        struct TaskAwaiter : ThrowingAwaiter {
            using ThrowingAwaiter::ThrowingAwaiter;
            U await_resume()
            {
                Result result = ThrowingAwaiter::await_resume();

                if constexpr (!std::is_void_v<U>)
                    return std::move(*result.as<U>(destroy<U>));
            }
        };
        return TaskAwaiter(task.release(), &waiting_, where_);
    }

  protected:
    bight_deferred *deferred_ = nullptr; // the Task's; only passed on from here
    Result result_;

  private:
    static void cancel(bight_promise *, void *data) noexcept
    {
        bight_deferred_cancel(static_cast<TaskPromiseBase *>(data)->waiting_);
    }
    const char *where_;
    bight_promise *promise_ = nullptr;
    bight_deferred *waiting_ = nullptr; // what the coroutine waits for
};

/** How a coroutine returns a value; part of Task. */
template <typename T> class TaskPromise : public TaskPromiseBase
{
  public:
    using TaskPromiseBase::TaskPromiseBase;
    /** co_return of a value. */
    template <typename U> void return_value(U &&value)
    {
        result_ = Result(bight_result_take(new T(std::forward<U>(value)), destroy<T>));
    }
};

/** How a coroutine returns nothing; part of Task. */
template <> class TaskPromise<void> : public TaskPromiseBase
{
  public:
    using TaskPromiseBase::TaskPromiseBase;
    /** co_return, or the end of the function. */
    void return_void() noexcept {}
};

/**
 * A coroutine and the deferred of its result.
 *
 * @tparam T the return type: the value of the deferred is a T, which is read with BIGHT_VALUE(T,
 *            result, bight::destroy<T>); void is the value NULL
 */
template <typename T> class [[nodiscard]] Task
{
  public:
    /** The promise type that the compiler requires. */
    class promise_type : public TaskPromise<T>
    {
      public:
        /** Reports name the coroutine by its function. */
        promise_type(Place place = Place(__builtin_FUNCTION())) noexcept
            : TaskPromise<T>(place.name)
        {
        }
        /** Returns the Task of this promise. */
        Task get_return_object() noexcept
        {
            return Task(this->deferred_);
        }
        /** When there is no memory for the frame: a deferred that failed with
         * BIGHT_ERROR_NO_MEMORY. */
        static Task get_return_object_on_allocation_failure() noexcept
        {
            return Task(nullptr);
        }
    };

    /** Takes over a deferred whose value is a T. @param take_deferred NULL is out of memory */
    explicit Task(bight_deferred *take_deferred) noexcept : deferred_(take_deferred) {}
    /** Moves. */
    Task(Task &&other) noexcept : deferred_(other.release()) {}
    /** Moves; the coroutine that this Task held before continues by itself. */
    Task &operator=(Task &&other) noexcept
    {
        if (this != &other)
            bight_deferred_free(std::exchange(deferred_, other.release()));
        return *this;
    }
    ~Task()
    {
        bight_deferred_free(deferred_);
    }
    /** The deferred, to add steps or cancel. @owner borrowed */
    bight_deferred *deferred() const noexcept
    {
        return deferred_;
    }
    /** Gives the deferred away. @owner the caller */
    bight_deferred *release() noexcept
    {
        return std::exchange(deferred_, nullptr);
    }

  private:
    bight_deferred *deferred_;
};

} // namespace bight

#endif

/** @file bight/result.hpp
 * An error and a result of the C interface for C++17: an exception, and an object that frees what
 * it owns. bight/coroutine.hpp and the bridge to Qt's futures use them.
 */
#ifndef BIGHT_RESULT_HPP
#define BIGHT_RESULT_HPP

#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/status.h>
#include <bight/value.h>

#include <exception>
#include <new>
#include <system_error>
#include <utility>

namespace bight
{

/** A bight_error as an exception; holds a reference. */
class BIGHT_API Error : public std::exception
{
  public:
    /** Wraps an error. @param take_error consumed; never NULL */
    explicit Error(bight_error *take_error) noexcept : error_(take_error) {}
    /** Makes a new one. */
    Error(bight_status status, const char *message) noexcept
        : error_(bight_error_new(status, "%s", message))
    {
    }
    /** One more reference. */
    Error(const Error &other) noexcept
        : std::exception(other), error_(bight_error_ref(other.error_))
    {
    }
    /** One more reference. */
    Error &operator=(const Error &other) noexcept
    {
        if (this != &other)
            bight_error_unref(std::exchange(error_, bight_error_ref(other.error_)));
        return *this;
    }
    ~Error() override
    {
        bight_error_unref(error_);
    }
    /** The whole message, with the messages of all causes. */
    const char *what() const noexcept override
    {
        return bight_error_get_message(error_);
    }
    /** The status. */
    bight_status status() const noexcept
    {
        return bight_error_get_status(error_);
    }
    /** The domain of the code, as bight_error_get_domain(); nullptr without a code. @owner
     * borrowed */
    const char *domain() const noexcept
    {
        return bight_error_get_domain(error_);
    }
    /** The code, as bight_error_get_code(). */
    int code() const noexcept
    {
        return bight_error_get_code(error_);
    }
    /** The error. @owner borrowed */
    const bight_error *get() const noexcept
    {
        return error_;
    }

  private:
    bight_error *error_;
};

/**
 * The error for the exception that is being handled; legal only in a catch block.
 *
 * @owner the caller owns the reference
 */
inline bight_error *currentError() noexcept
{
    try {
        throw;
    } catch (const Error &error) {
        return bight_error_ref(error.get());
    } catch (const std::bad_alloc &) {
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory");
    } catch (const std::system_error &error) {
        if (error.code().category() == std::generic_category() ||
            error.code().category() == std::system_category())
            return bight_error_new_code(BIGHT_DOMAIN_ERRNO, error.code().value(),
                                        bight_status_from_errno(error.code().value()), "%s",
                                        error.what());
        return bight_error_new_code(error.code().category().name(), error.code().value(),
                                    BIGHT_ERROR_SYSTEM, "%s", error.what());
    } catch (const std::exception &error) {
        return bight_error_new(BIGHT_ERROR_STATE, "exception: %s", error.what());
    } catch (...) {
        return bight_error_new(BIGHT_ERROR_STATE, "exception of an unknown type");
    }
}

/** A bight_result that frees what it owns. Holds a value or an error, never a deferred. */
class Result
{
  public:
    /** Holds the value NULL. */
    Result() noexcept = default;
    /** Takes over a result. */
    explicit Result(bight_result take_result) noexcept : result_(take_result) {}
    /** Moves. */
    Result(Result &&other) noexcept : result_(other.release()) {}
    /** Moves. */
    Result &operator=(Result &&other) noexcept
    {
        if (this != &other)
            bight_result_free(std::exchange(result_, other.release()));
        return *this;
    }
    ~Result()
    {
        bight_result_free(result_);
    }
    /** Whether it holds a value. */
    bool worked() const noexcept
    {
        return result_.error == nullptr;
    }
    /** The error, or NULL. @owner borrowed */
    const bight_error *error() const noexcept
    {
        return result_.error;
    }
    /** The value as a plain pointer. @owner borrowed */
    void *value() const noexcept
    {
        return result_.value;
    }
    /**
     * The value with its type, as BIGHT_VALUE() gives it: debug builds check the destroy function.
     *
     * @owner borrowed
     */
    template <typename T> T *as(bight_destroy_fn destroy) const noexcept
    {
        return BIGHT_VALUE(T, result_, destroy);
    }
    /** The result of the C interface. @owner borrowed */
    const bight_result &get() const noexcept
    {
        return result_;
    }
    /** Gives the result away. */
    bight_result release() noexcept
    {
        return std::exchange(result_, bight_result{});
    }

  private:
    bight_result result_ = {};
};

/** The destroy function, and so the type, of a C++ object that is the value of a deferred. */
template <typename T> void destroy(void *value)
{
    delete static_cast<T *>(value);
}

} // namespace bight

#endif

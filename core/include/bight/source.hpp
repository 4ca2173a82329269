/** @file bight/source.hpp
 * Sources (bight/source.h) in C++20, to be read with `co_await`.
 *
 *     bight::Task<> print(bight::Source source)
 *     {
 *         while (bight::Bytes bytes = co_await source.read())
 *             std::cout << bytes.text();
 *     }
 *
 * A failure is thrown as bight::Error. Cancelling the coroutine cancels the read that it waits
 * for, which loses no bytes. All of it belongs to the reactor's thread.
 */
#ifndef BIGHT_SOURCE_HPP
#define BIGHT_SOURCE_HPP

#include <bight/bytes.h>
#include <bight/coroutine.hpp>
#include <bight/source.h>

#include <cstddef>
#include <string_view>
#include <utility>

namespace bight
{

/** Shared bytes; holds a reference, or nothing at the end of a source. */
class Bytes
{
  public:
    /** Nothing. */
    Bytes() noexcept = default;
    /** Takes over a reference. @param take_bytes NULL for nothing */
    explicit Bytes(bight_bytes *take_bytes) noexcept : bytes_(take_bytes) {}
    /** One more reference. */
    Bytes(const Bytes &other) noexcept
        : bytes_(other.bytes_ != nullptr ? bight_bytes_ref(other.bytes_) : nullptr)
    {
    }
    /** Moves. */
    Bytes(Bytes &&other) noexcept : bytes_(other.release()) {}
    /** Another's reference. */
    Bytes &operator=(Bytes other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~Bytes()
    {
        bight_bytes_unref(bytes_);
    }
    /** Whether there are any: false at the end of a source. */
    explicit operator bool() const noexcept
    {
        return bytes_ != nullptr;
    }
    /** The content; empty for nothing. @owner lives as long as this */
    bight_view view() const noexcept
    {
        return bytes_ != nullptr ? bight_bytes_get_view(bytes_) : bight_view{nullptr, 0};
    }
    /** The content as text. @owner lives as long as this */
    std::string_view text() const noexcept
    {
        return {reinterpret_cast<const char *>(view().data), view().size};
    }
    /** The number of bytes. */
    std::size_t size() const noexcept
    {
        return view().size;
    }
    /** The bytes of the C interface, or NULL. @owner borrowed */
    bight_bytes *get() const noexcept
    {
        return bytes_;
    }
    /** Gives the reference away. @owner the caller's */
    bight_bytes *release() noexcept
    {
        return std::exchange(bytes_, nullptr);
    }

  private:
    bight_bytes *bytes_ = nullptr;
};

/** A source that is freed with this. */
class Source
{
  public:
    /** Takes over a source. @param take_source NULL is out of memory, and then each read throws
     * that error */
    explicit Source(bight_source *take_source) noexcept : source_(take_source) {}
    /** Moves. */
    Source(Source &&other) noexcept : source_(other.release()) {}
    /** Moves. */
    Source &operator=(Source &&other) noexcept
    {
        if (this != &other)
            bight_source_free(std::exchange(source_, other.release()));
        return *this;
    }
    ~Source()
    {
        bight_source_free(source_);
    }
    /** `co_await` gives the next Bytes, which are false at the end. @throws Error in the
     * co_await */
    auto read() noexcept
    {
        return converted(bight_source_read(source_), takeBytes);
    }
    /** `co_await` gives all Bytes up to the end. @param limit the most bytes @throws Error
     there */
    auto readAll(std::size_t limit) noexcept
    {
        return converted(bight_source_read_all(source_, limit), takeBytes);
    }
    /** The source of the C interface. @owner borrowed */
    bight_source *get() const noexcept
    {
        return source_;
    }
    /** Gives the source away. @owner the caller's */
    bight_source *release() noexcept
    {
        return std::exchange(source_, nullptr);
    }

  private:
    static Bytes takeBytes(Result &&result) noexcept
    {
        bight_bytes *bytes = bight_result_get_bytes(result.get());

        result.release();
        return Bytes(bytes);
    }

    bight_source *source_;
};

/** `co_await` gives a Source that reads a file: bight_source_open_file(). @throws Error there */
inline auto openFile(bight_reactor *reactor, const char *path,
                     const bight_source_file_options *options = nullptr) noexcept
{
    return converted(bight_source_open_file(reactor, path, options), [](Result &&result) noexcept {
        Source source(bight_result_get_source(result.get()));

        result.release();
        return source;
    });
}

} // namespace bight

#endif

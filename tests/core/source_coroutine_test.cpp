// co_await on sources, in C++20.
#include "core/source_support.hpp"
#include "support/temp_dir.hpp"

#include <bight/source.hpp>

namespace
{

using bight::Bytes;
using bight::Task;

class SourceCoroutine : public source_support::Sources
{
  protected:
    // What became of a task whose value is text, or "waiting", or what was thrown.
    static std::string endOf(Task<std::string> &task)
    {
        bight_result taken;

        if (!bight_deferred_take(task.deferred(), &taken))
            return "waiting";
        bight::Result result(taken);
        return result.worked() ? *result.as<std::string>(bight::destroy<std::string>)
                               : bight_error_get_message(result.error());
    }
    bight::Source bytes(std::string_view text)
    {
        return bight::Source(ofBytes(text).release());
    }
};

Task<std::string> collect(bight::Source source)
{
    std::string text;

    while (Bytes bytes = co_await source.read())
        text += std::string(bytes.text()) + "|";
    co_return text;
}

TEST_F(SourceCoroutine, readsUntilTheEnd)
{
    Task<std::string> now = collect(bytes("at once"));
    source_support::Queue queue(reactor.get());
    Task<std::string> later = collect(bight::Source(queue.source.release()));

    EXPECT_EQ(endOf(now), "at once|");
    queue.write("one");
    queue.write("two");
    EXPECT_EQ(endOf(later), "waiting");
    queue.end();
    EXPECT_EQ(endOf(later), "one|two|");
}

TEST_F(SourceCoroutine, throwsWhatFails)
{
    source_support::Queue queue(reactor.get());
    Task<std::string> task = collect(bight::Source(queue.source.release()));
    Task<std::string> none = collect(bight::Source(nullptr));

    queue.fail(BIGHT_ERROR_RESET);
    EXPECT_EQ(endOf(task), "no");
    EXPECT_EQ(endOf(none), "out of memory");
}

Task<std::string> readOne(bight::Source &source)
{
    co_return std::string((co_await source.read()).text());
}

TEST_F(SourceCoroutine, thatIsCancelledLosesNothing)
{
    source_support::Queue queue(reactor.get());
    bight::Source source(queue.source.release());
    Task<std::string> first = readOne(source);

    bight_deferred_cancel(first.deferred());
    EXPECT_EQ(endOf(first), "cancelled");
    queue.write("kept");
    Task<std::string> second = readOne(source);
    EXPECT_EQ(endOf(second), "kept");
}

Task<std::string> readFile(bight_reactor *reactor, std::string path)
{
    bight::Source file = co_await bight::openFile(reactor, path.c_str());

    co_return std::string((co_await file.readAll(1000)).text());
}

TEST_F(SourceCoroutine, opensAFileAndReadsAllOfIt)
{
    support::TempDir directory;
    Task<std::string> task = readFile(reactor.get(), directory.write("file", "its content"));
    Task<std::string> missing = readFile(reactor.get(), directory.file("missing"));
    Task<std::string> long_one =
        readFile(reactor.get(), directory.write("big", std::string(1001, 'x')));

    settle();
    EXPECT_EQ(endOf(task), "its content");
    EXPECT_EQ(endOf(missing), "open " + directory.file("missing") + ": No such file or directory");
    EXPECT_EQ(endOf(long_one), "more than 1000 bytes");
}

TEST_F(SourceCoroutine, bytesAreCountedAndMoved)
{
    Bytes bytes(source_support::bytesOf("abc")), copy = bytes, none;

    EXPECT_EQ(copy.get(), bytes.get());
    EXPECT_EQ(copy.size(), 3u);
    Bytes moved = std::move(bytes);
    EXPECT_FALSE(bytes);
    EXPECT_EQ(moved.text(), "abc");
    none = moved;
    EXPECT_EQ(none.text(), "abc");
    bight_bytes_unref(none.release());
    EXPECT_TRUE(none.text().empty());
}

} // namespace

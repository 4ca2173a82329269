// What the tests of sources share.
#pragma once

#include "support/peer.hpp"
#include "support/wait.hpp"

#include <bight/crank.h>
#include <bight/pair.h>
#include <bight/reactor.h>
#include <bight/source.h>
#include <bight/transport.h>
#include <bight/value.h>

#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace source_support
{

using Source = std::unique_ptr<bight_source, void (*)(bight_source *)>;
using Deferred = std::unique_ptr<bight_deferred, void (*)(bight_deferred *)>;
using Reactor = std::unique_ptr<bight_reactor, void (*)(bight_reactor *)>;

inline Source own(bight_source *source)
{
    return {source, bight_source_free};
}

inline Deferred own(bight_deferred *deferred)
{
    return {deferred, bight_deferred_free};
}

inline bight_bytes *bytesOf(std::string_view text)
{
    return bight_bytes_new(text.data(), text.size());
}

inline std::string textOf(bight_bytes *bytes)
{
    bight_view view = bight_bytes_get_view(bytes);

    return {reinterpret_cast<const char *>(view.data), view.size};
}

// What a result is: the bytes, "END", "7" for a number, or "[cancelled]".
inline std::string wordsOf(bight_result result)
{
    std::string words = "END";

    if (result.error != nullptr)
        words = std::string("[") + bight_status_text(bight_error_get_status(result.error)) + "]";
    else if (result.destroy == bight_value_int)
        words = std::to_string(bight_result_get_int(result));
    else if (result.destroy == bight_value_bytes && result.value != nullptr)
        words = textOf(bight_result_get_bytes(result));
    bight_result_free(result);
    return words;
}

// The end of a deferred, which is freed; "waiting" while there is none.
inline std::string endOf(const Deferred &deferred)
{
    bight_result result;

    return bight_deferred_take(deferred.get(), &result) ? wordsOf(result) : "waiting";
}

// The words of a read that has fired already.
inline std::string readOf(const Source &source)
{
    return endOf(own(bight_source_read(source.get())));
}

// The words of so many of them.
inline std::string readsOf(const Source &source, int count)
{
    std::string words;

    for (; count > 0; count--)
        words += readOf(source);
    return words;
}

inline std::string contentOf(const std::string &path)
{
    std::ostringstream content;

    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

// A text of which every part can be told from the others.
inline std::string longText(size_t size)
{
    std::string text(size, '\0');
    uint32_t state = 1;

    for (char &letter : text) {
        state = state * 1664525 + 1013904223;
        letter = static_cast<char>(state >> 24);
    }
    return text;
}

// An end of a pair, which stays open when the other has ended.
struct End : support::Peer {
    End() : Peer(support::AtEnd::stay) {}
};

// A reactor in virtual time with a connection in memory.
class Sources : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(bight_pair_new(reactor.get(), &near, &far), BIGHT_OK);
        settle();
        ASSERT_NE(far.transport, nullptr);
    }
    void settle()
    {
        bight_crank_settle(reactor.get());
    }
    Source ofBytes(std::string_view text)
    {
        bight_bytes *bytes = bytesOf(text);
        Source source = own(bight_source_new_bytes(reactor.get(), bytes));

        bight_bytes_unref(bytes);
        return source;
    }
    Deferred read(const Source &source)
    {
        return own(bight_source_read(source.get()));
    }

    End near, far; // before the reactor, whose end they hear of
    Reactor reactor{bight_crank_reactor_new(), bight_reactor_free};
};

// A queue of which the test holds both sides.
struct Queue {
    Queue(bight_reactor *reactor, const bight_source_queue_options *options = nullptr)
    {
        bight_source *made = nullptr;

        EXPECT_EQ(bight_source_new_queue(reactor, options, &made, &writer), BIGHT_OK);
        source.reset(made);
    }
    ~Queue()
    {
        bight_source_writer_free(writer);
    }
    Queue(const Queue &) = delete;
    Queue &operator=(const Queue &) = delete;

    bight_flow write(std::string_view text)
    {
        return bight_source_writer_write(writer, text.data(), text.size());
    }
    void end()
    {
        bight_source_writer_end(writer);
    }
    void fail(bight_status status)
    {
        bight_source_writer_fail(writer, bight_error_new(status, "no"));
    }
    void freeWriter()
    {
        bight_source_writer_free(std::exchange(writer, nullptr));
    }

    Source source{nullptr, bight_source_free};
    bight_source_writer *writer = nullptr;
};

} // namespace source_support

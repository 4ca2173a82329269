// Sources as streams of GIO, and back.
#include "adapters/glib_support.hpp"
#include "core/source_support.hpp"
#include "support/temp_dir.hpp"

#include <bight/gio.h>
#include <bight/gio_source.h>
#include <bight/glib.h>

#include <optional>

namespace
{

using glib_support::Context;
using glib_support::Threads;
using source_support::bytesOf;
using source_support::Deferred;
using source_support::endOf;
using source_support::longText;
using source_support::own;
using source_support::Queue;
using source_support::readOf;
using source_support::Source;

// GLib's complaints fail the test.
struct Messages {
    Messages()
    {
        mask = g_log_set_always_fatal(
            static_cast<GLogLevelFlags>(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING));
    }
    ~Messages()
    {
        g_log_set_always_fatal(mask);
    }
    GLogLevelFlags mask;
};

// One asynchronous operation of GIO, and what it came to.
struct Operation {
    static void ready(GObject *, GAsyncResult *result, gpointer data)
    {
        auto *self = static_cast<Operation *>(data);

        g_set_object(&self->result, result);
        self->calls++;
    }
    ~Operation()
    {
        g_clear_object(&result);
    }
    GAsyncResult *result = nullptr;
    int calls = 0;
};

class GioSource : public testing::Test
{
  protected:
    ~GioSource() override
    {
        bight_reactor_free(reactor);
    }
    Source ofBytes(std::string_view text)
    {
        bight_bytes *bytes = bytesOf(text);
        Source source = own(bight_source_new_bytes(reactor, bytes));

        bight_bytes_unref(bytes);
        return source;
    }
    // Waits for a read of up to so many bytes, and gives them, "END", or the GError's message.
    std::string finish(GInputStream *stream, Operation &operation)
    {
        EXPECT_TRUE(context.until([&] { return operation.calls > 0; }));
        EXPECT_EQ(operation.calls, 1);
        g_autoptr(GError) error = nullptr;
        g_autoptr(GBytes) bytes =
            g_input_stream_read_bytes_finish(stream, operation.result, &error);
        if (error != nullptr)
            return std::string("[") + error->message + "]";
        gsize size = 0;
        auto *content = static_cast<const char *>(g_bytes_get_data(bytes, &size));
        return size == 0 ? "END" : std::string(content, size);
    }
    std::string read(GInputStream *stream, gsize most = 65536)
    {
        Operation operation;

        start(stream, operation, most);
        return finish(stream, operation);
    }
    static void start(GInputStream *stream, Operation &operation, gsize most = 65536,
                      GCancellable *cancellable = nullptr)
    {
        g_input_stream_read_bytes_async(stream, most, G_PRIORITY_DEFAULT, cancellable,
                                        Operation::ready, &operation);
    }
    std::string waitFor(const Deferred &deferred)
    {
        EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(deferred.get()); }));
        return endOf(deferred);
    }

    std::optional<Threads> threads{std::in_place};
    Messages messages;
    Context context;
    bight_reactor *reactor = bight_glib_reactor_new(context);
};

// --- a source becomes a stream -------------------------------------------------------------------

using GioInput = GioSource;

TEST_F(GioInput, readsThePiecesInPartsAndThenTheEnd)
{
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(ofBytes("abcdef").release());

    EXPECT_EQ(read(stream, 4), "abcd");
    EXPECT_EQ(read(stream, 4), "ef");
    EXPECT_EQ(read(stream), "END");
    EXPECT_EQ(read(stream), "END");
}

TEST_F(GioInput, waitsForWhatIsWrittenLater)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    Operation operation;

    start(stream, operation);
    for (int i = 0; i < 5; i++)
        context.turn();
    EXPECT_EQ(operation.calls, 0);
    queue.write("later");
    EXPECT_EQ(operation.calls, 0) << "inside the write";
    EXPECT_EQ(finish(stream, operation), "later");
}

TEST_F(GioInput, anErrorIsAGErrorEachTime)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());

    queue.fail(BIGHT_ERROR_TIMED_OUT);
    for (int i = 0; i < 2; i++) {
        Operation operation;
        g_autoptr(GError) error = nullptr;
        start(stream, operation);
        EXPECT_TRUE(context.until([&] { return operation.calls > 0; }));
        EXPECT_EQ(g_input_stream_read_bytes_finish(stream, operation.result, &error), nullptr);
        EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
    }
    g_autoptr(GInputStream) none = bight_gio_input_stream_new(nullptr);
    EXPECT_EQ(read(none), "[out of memory]");
}

TEST_F(GioInput, aCancelLosesNothing)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Operation operation;

    start(stream, operation, 100, cancellable);
    context.turn();
    g_cancellable_cancel(cancellable);
    EXPECT_EQ(finish(stream, operation), "[Operation was cancelled]");
    queue.write("kept");
    EXPECT_EQ(read(stream), "kept");
}

TEST_F(GioInput, linesAreReadThroughADataStream)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    g_autoptr(GDataInputStream) lines = g_data_input_stream_new(stream);

    for (const char *wanted : {"first", "second"}) {
        Operation operation;
        g_data_input_stream_read_line_async(lines, G_PRIORITY_DEFAULT, nullptr, Operation::ready,
                                            &operation);
        queue.write(wanted);
        context.turn();
        queue.write("\n");
        EXPECT_TRUE(context.until([&] { return operation.calls > 0; }));
        g_autofree char *line =
            g_data_input_stream_read_line_finish(lines, operation.result, nullptr, nullptr);
        EXPECT_STREQ(line, wanted);
    }
}

TEST_F(GioInput, aConverterUnpacksIt)
{
    std::string text = longText(300000) + std::string(300000, 'x');
    g_autoptr(GConverter) packer =
        G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
    g_autoptr(GConverter) unpacker =
        G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP));
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(ofBytes(text).release());
    g_autoptr(GInputStream) packed = g_converter_input_stream_new(stream, packer);
    g_autoptr(GInputStream) unpacked = g_converter_input_stream_new(packed, unpacker);
    std::string got, piece;

    while ((piece = read(unpacked)) != "END" && piece.front() != '[')
        got += piece;
    EXPECT_TRUE(got == text);
}

TEST_F(GioInput, aReadThatWouldBlockSaysSo)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    g_autoptr(GError) error = nullptr;
    char bytes[8];

    EXPECT_EQ(g_input_stream_read(stream, bytes, sizeof(bytes), nullptr, &error), -1);
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK));
    queue.write("now");
    EXPECT_EQ(g_input_stream_read(stream, bytes, sizeof(bytes), nullptr, nullptr), 3);
}

TEST_F(GioInput, aPollableSourceRunsAsLongAsThereAreBytes)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    GSource *source =
        g_pollable_input_stream_create_source(G_POLLABLE_INPUT_STREAM(stream), nullptr);
    std::string got;

    g_source_set_callback(
        source, G_SOURCE_FUNC(+[](GObject *self, gpointer data) -> gboolean {
            char byte;
            if (g_pollable_input_stream_read_nonblocking(G_POLLABLE_INPUT_STREAM(self), &byte, 1,
                                                         nullptr, nullptr) == 1)
                *static_cast<std::string *>(data) += byte;
            return G_SOURCE_CONTINUE;
        }),
        &got, nullptr);
    g_source_attach(source, context);
    for (const char *text : {"abc", "def"}) {
        std::string wanted = got + text;
        queue.write(text);
        EXPECT_TRUE(context.until([&] { return got == wanted; }));
    }
    g_source_destroy(source);
    g_source_unref(source);
}

TEST_F(GioInput, closingItFreesTheSource)
{
    Queue queue(reactor), other(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));
    Operation operation;

    EXPECT_FALSE(g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(stream)));
    g_input_stream_close_async(stream, G_PRIORITY_DEFAULT, nullptr, Operation::ready, &operation);
    EXPECT_TRUE(context.until([&] { return operation.calls > 0; }));
    EXPECT_TRUE(g_input_stream_close_finish(stream, operation.result, nullptr));
    EXPECT_EQ(endOf(gone), "END");
    EXPECT_EQ(read(stream), "[Stream is already closed]");
    gone = own(bight_source_writer_wait_gone(other.writer));
    GInputStream *dropped = bight_gio_input_stream_new(other.source.release());
    EXPECT_FALSE(g_pollable_input_stream_is_readable(G_POLLABLE_INPUT_STREAM(dropped)));
    g_object_unref(dropped);
    EXPECT_EQ(endOf(gone), "END");
}

TEST_F(GioInput, aFreedReactorIsAnError)
{
    Queue queue(reactor);
    g_autoptr(GInputStream) stream = bight_gio_input_stream_new(queue.source.release());
    Operation operation;

    start(stream, operation);
    context.turn();
    bight_reactor_free(std::exchange(reactor, nullptr));
    EXPECT_EQ(finish(stream, operation), "[queue: the reactor was freed]");
}

// The callback of a read closes the stream and lets go of it.
TEST_F(GioInput, mayBeLetGoOfInACallback)
{
    Queue queue(reactor);
    GInputStream *stream = bight_gio_input_stream_new(queue.source.release());
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));
    bool called = false;

    g_input_stream_read_bytes_async(
        stream, 10, G_PRIORITY_DEFAULT, nullptr,
        [](GObject *self, GAsyncResult *result, gpointer data) {
            g_bytes_unref(g_input_stream_read_bytes_finish(G_INPUT_STREAM(self), result, nullptr));
            g_object_unref(self);
            *static_cast<bool *>(data) = true;
        },
        &called);
    queue.write("bytes");
    EXPECT_TRUE(context.until([&] { return called; }));
    EXPECT_EQ(waitFor(gone), "END");
}

// --- a writer becomes a stream -------------------------------------------------------------------

using GioOutput = GioSource;

TEST_F(GioOutput, splicesAStreamIntoASourceNoFasterThanItIsRead)
{
    std::string text = longText(1000000);
    Queue queue(reactor);
    g_autoptr(GOutputStream) out =
        bight_gio_output_stream_new(std::exchange(queue.writer, nullptr));
    g_autoptr(GInputStream) in =
        g_memory_input_stream_new_from_data(text.data(), static_cast<gssize>(text.size()), nullptr);
    Operation operation;

    g_output_stream_splice_async(out, in, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, G_PRIORITY_DEFAULT,
                                 nullptr, Operation::ready, &operation);
    for (int i = 0; i < 100; i++)
        context.turn();
    EXPECT_EQ(operation.calls, 0) << "nobody reads";
    EXPECT_TRUE(waitFor(own(bight_source_read_all(queue.source.get(), text.size()))) == text);
    EXPECT_TRUE(context.until([&] { return operation.calls > 0; }));
    EXPECT_EQ(g_output_stream_splice_finish(out, operation.result, nullptr), 1000000);
}

TEST_F(GioOutput, closingItIsTheEndAndLettingGoOfItIsNot)
{
    Queue closed(reactor), dropped(reactor), cancelled(reactor);
    g_autoptr(GOutputStream) stream =
        bight_gio_output_stream_new(std::exchange(closed.writer, nullptr));
    g_autoptr(GOutputStream) given_up =
        bight_gio_output_stream_new(std::exchange(cancelled.writer, nullptr));
    GOutputStream *other = bight_gio_output_stream_new(std::exchange(dropped.writer, nullptr));
    g_autoptr(GCancellable) cancellable = g_cancellable_new();

    g_cancellable_cancel(cancellable);
    EXPECT_EQ(g_output_stream_write(stream, "all", 3, nullptr, nullptr), 3);
    EXPECT_TRUE(g_output_stream_close(stream, nullptr, nullptr));
    EXPECT_EQ(g_output_stream_write(other, "half", 4, nullptr, nullptr), 4);
    g_object_unref(other);
    g_output_stream_close(given_up, cancellable, nullptr);
    EXPECT_EQ(source_support::readsOf(closed.source, 2), "allEND");
    EXPECT_EQ(source_support::readsOf(dropped.source, 2), "half[closed]");
    EXPECT_EQ(readOf(cancelled.source), "[closed]");
}

TEST_F(GioOutput, isToldThatTheReaderHasGone)
{
    Queue queue(reactor);
    g_autoptr(GOutputStream) stream =
        bight_gio_output_stream_new(std::exchange(queue.writer, nullptr));
    std::string text(200000, 'x');
    Operation operation;

    g_output_stream_write_all_async(stream, text.data(), text.size(), G_PRIORITY_DEFAULT, nullptr,
                                    Operation::ready, &operation);
    for (int i = 0; i < 20; i++)
        context.turn();
    EXPECT_EQ(operation.calls, 0);
    queue.source.reset();
    EXPECT_TRUE(context.until([&] { return operation.calls > 0; }));
    g_autoptr(GError) error = nullptr;
    EXPECT_FALSE(g_output_stream_write_all_finish(stream, operation.result, nullptr, &error));
    EXPECT_TRUE(g_error_matches(error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE));
}

TEST_F(GioOutput, aWriteThatIsCancelledGoesOnLater)
{
    Queue queue(reactor);
    g_autoptr(GOutputStream) stream =
        bight_gio_output_stream_new(std::exchange(queue.writer, nullptr));
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    std::string text(70000, 'x');
    Operation full, later;

    EXPECT_EQ(g_output_stream_write(stream, text.data(), 60000, nullptr, nullptr), 60000);
    EXPECT_EQ(g_output_stream_write(stream, text.data(), 10000, nullptr, nullptr), 10000);
    EXPECT_FALSE(g_pollable_output_stream_is_writable(G_POLLABLE_OUTPUT_STREAM(stream)));
    g_output_stream_write_async(stream, "y", 1, G_PRIORITY_DEFAULT, cancellable, Operation::ready,
                                &full);
    g_cancellable_cancel(cancellable);
    EXPECT_TRUE(context.until([&] { return full.calls > 0; }));
    EXPECT_EQ(g_output_stream_write_finish(stream, full.result, nullptr), -1);
    while (bight_deferred_is_done(own(bight_source_read(queue.source.get())).get()) &&
           !g_pollable_output_stream_is_writable(G_POLLABLE_OUTPUT_STREAM(stream))) {
        readOf(queue.source);
        context.turn();
    }
    g_output_stream_write_async(stream, "z", 1, G_PRIORITY_DEFAULT, nullptr, Operation::ready,
                                &later);
    EXPECT_TRUE(context.until([&] { return later.calls > 0; }));
    EXPECT_EQ(g_output_stream_write_finish(stream, later.result, nullptr), 1);
}

// --- a stream becomes a source -------------------------------------------------------------------

using GioStream = GioSource;

TEST_F(GioStream, isReadToItsEndAndAgain)
{
    std::string text = longText(300000);
    g_autoptr(GInputStream) stream =
        g_memory_input_stream_new_from_data(text.data(), static_cast<gssize>(text.size()), nullptr);
    Source source = own(bight_gio_source_new(reactor, stream));

    EXPECT_TRUE(waitFor(own(bight_source_read_all(source.get(), text.size()))) == text);
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "END");
    ASSERT_EQ(bight_source_rewind(source.get()), BIGHT_OK);
    EXPECT_TRUE(waitFor(own(bight_source_read_all(source.get(), text.size()))) == text);
}

TEST_F(GioStream, aReadThatIsCancelledLosesNothing)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new_from_data("all of it", 9, nullptr);
    Source source = own(bight_gio_source_new(reactor, stream));

    for (int i = 0; i < 3; i++)
        bight_deferred_cancel(own(bight_source_read(source.get())).get());
    EXPECT_EQ(waitFor(own(bight_source_read(source.get()))), "all of it");
}

TEST_F(GioStream, anErrorIsThatOfGio)
{
    g_autoptr(GInputStream) stream = g_memory_input_stream_new();
    Source source = own(bight_gio_source_new(reactor, stream));
    bight_result result = {};

    g_input_stream_close(stream, nullptr, nullptr);
    Deferred read = own(bight_source_read(source.get()));
    EXPECT_TRUE(context.until([&] { return bight_deferred_is_done(read.get()); }));
    ASSERT_TRUE(bight_deferred_take(read.get(), &result));
    EXPECT_STREQ(bight_error_get_message(result.error), "Stream is already closed");
    EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_CLOSED);
    bight_result_free(result);
}

TEST_F(GioStream, thatIsFreedWhileItIsReadLetsTheStreamGo)
{
    Queue queue(reactor);
    GInputStream *stream = bight_gio_input_stream_new(queue.source.release());
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));
    Source source = own(bight_gio_source_new(reactor, stream)); // a source of a stream of a source
    Deferred read = own(bight_source_read(source.get()));

    g_object_unref(stream);
    EXPECT_EQ(bight_source_rewind(source.get()), BIGHT_ERROR_STATE);
    source.reset();
    EXPECT_EQ(endOf(read), "[cancelled]");
    EXPECT_EQ(waitFor(gone), "END");
}

TEST_F(GioStream, ofAFileIsSentOverAConnection)
{
    threads.reset(); // GIO reads files on threads of its own
    support::TempDir directory;
    std::string text = longText(500000);
    g_autoptr(GFile) file = g_file_new_for_path(directory.write("file", text).c_str());
    g_autoptr(GFileInputStream) stream = g_file_read(file, nullptr, nullptr);
    source_support::End near, far;
    ASSERT_EQ(bight_pair_new(reactor, &near, &far), BIGHT_OK);
    EXPECT_TRUE(context.until([&] { return near.transport != nullptr; }));
    Source source = own(bight_gio_source_new(reactor, G_INPUT_STREAM(stream)));

    EXPECT_EQ(waitFor(own(bight_source_send(source.get(), near.transport))), "500000");
    EXPECT_TRUE(context.until([&] { return far.text.size() == text.size(); }));
    EXPECT_TRUE(far.text == text);
}

} // namespace

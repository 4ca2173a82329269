// Sources that are queues, which a writer fills.
#include "core/deferred_support.hpp"
#include "core/source_support.hpp"

namespace
{

using namespace source_support;

using SourceQueue = Sources;

TEST_F(SourceQueue, joinsSmallWritesWhileNobodyReads)
{
    Queue queue(reactor.get());

    for (int i = 0; i < 100; i++)
        queue.write("row\n");
    EXPECT_EQ(readOf(queue.source).size(), 400u);
    queue.write(std::string(5000, 'x'));
    queue.write("y");
    EXPECT_EQ(readOf(queue.source).size(), 5000u);
    EXPECT_EQ(readOf(queue.source), "y");
}

TEST_F(SourceQueue, keepsEveryByteInOrderWhateverTheSizes)
{
    std::string text = longText(300000), got;
    bight_source_queue_options options = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;
    size_t at = 0;

    options.high = options.limit = 0;
    options.low = 0;
    Queue queue(reactor.get(), &options);
    for (size_t size = 1; at < text.size(); size = size * 7 % 9001 + 1) {
        queue.write(std::string_view(text).substr(at, size));
        at += size;
        if (size % 3 == 0)
            got += readOf(queue.source);
    }
    queue.end();
    while (true) {
        std::string piece = readOf(queue.source);
        if (piece == "END")
            break;
        got += piece;
    }
    EXPECT_TRUE(got == text);
}

TEST_F(SourceQueue, sharedBytesAreNotCopied)
{
    Queue queue(reactor.get());
    bight_bytes *bytes = bytesOf("shared");

    bight_source_writer_write_bytes(queue.writer, bytes);
    bight_result result;
    ASSERT_TRUE(bight_deferred_take(read(queue.source).get(), &result));
    EXPECT_EQ(bight_result_get_bytes(result), bytes);
    bight_result_free(result);
    bight_bytes_unref(bytes);
}

TEST_F(SourceQueue, tellsTheWriterToWaitAndInALaterTurnToGoOn)
{
    Queue queue(reactor.get());

    EXPECT_EQ(queue.write(std::string(65536, 'x')), BIGHT_FLOW_GO);
    EXPECT_EQ(queue.write("y"), BIGHT_FLOW_WAIT);
    EXPECT_EQ(bight_source_writer_get_pending(queue.writer), 65537u);
    Deferred drained = own(bight_source_writer_wait_drained(queue.writer));
    EXPECT_EQ(readOf(queue.source).size(), 65536u);
    EXPECT_EQ(endOf(drained), "waiting") << "inside the read";
    settle();
    EXPECT_EQ(endOf(drained), "END");
    EXPECT_EQ(endOf(own(bight_source_writer_wait_drained(queue.writer))), "END") << "at once";
}

TEST_F(SourceQueue, aWriterThatDoesNotHeedFailsAtTheLimitAndWhatCameBeforeIsRead)
{
    bight_source_queue_options options = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;

    options.limit = 100000;
    Queue queue(reactor.get(), &options);
    EXPECT_EQ(queue.write(std::string(100000, 'x')), BIGHT_FLOW_WAIT);
    queue.write("y");
    queue.write("never");
    EXPECT_EQ(readOf(queue.source).size(), 100000u);
    EXPECT_EQ(readOf(queue.source), "y");
    EXPECT_EQ(readOf(queue.source), "[limit reached]");
}

TEST_F(SourceQueue, whoseReaderHasGoneTellsTheWriter)
{
    Queue queue(reactor.get());

    queue.write(std::string(70000, 'x'));
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));
    Deferred drained = own(bight_source_writer_wait_drained(queue.writer));
    EXPECT_EQ(endOf(gone), "waiting");
    queue.source.reset();
    EXPECT_EQ(endOf(gone), "END");
    EXPECT_EQ(endOf(drained), "[closed]");
    EXPECT_EQ(queue.write("for nobody"), BIGHT_FLOW_GO);
    EXPECT_EQ(bight_source_writer_get_pending(queue.writer), 0u);
    EXPECT_EQ(endOf(own(bight_source_writer_wait_drained(queue.writer))), "[closed]");
    EXPECT_EQ(endOf(own(bight_source_writer_wait_gone(queue.writer))), "END");
}

TEST_F(SourceQueue, aFreedReactorIsAReaderThatHasGone)
{
    Queue queue(reactor.get());
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));

    reactor.reset();
    EXPECT_EQ(endOf(gone), "END");
    EXPECT_EQ(queue.write("for nobody"), BIGHT_FLOW_GO);
}

TEST_F(SourceQueue, aWriterThatGoesBeforeTheEndIsNoEnd)
{
    Queue queue(reactor.get());
    Deferred gone = own(bight_source_writer_wait_gone(queue.writer));

    queue.write("half");
    queue.freeWriter();
    EXPECT_EQ(endOf(gone), "[cancelled]");
    EXPECT_EQ(readOf(queue.source), "half");
    EXPECT_EQ(readOf(queue.source), "[closed]");
}

TEST_F(SourceQueue, nothingComesAfterTheEnd)
{
    Queue queue(reactor.get());

    queue.write("all");
    queue.end();
    queue.write("more");
    queue.fail(BIGHT_ERROR_RESET);
    queue.freeWriter();
    EXPECT_EQ(readsOf(queue.source, 2), "allEND");
}

TEST_F(SourceQueue, knowsALengthThatItWasTold)
{
    bight_source_queue_options options = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;

    options.length = 10;
    Queue queue(reactor.get(), &options), unknown(reactor.get());
    queue.write("1234");
    EXPECT_EQ(bight_source_get_length(queue.source.get()), 10u);
    EXPECT_EQ(readOf(queue.source), "1234");
    EXPECT_EQ(bight_source_get_length(queue.source.get()), 6u);
    EXPECT_EQ(bight_source_get_length(unknown.source.get()), BIGHT_SOURCE_UNKNOWN);
    unknown.write("12");
    unknown.end();
    EXPECT_EQ(bight_source_get_length(unknown.source.get()), 2u) << "all is there";
    EXPECT_EQ(bight_source_rewind(queue.source.get()), BIGHT_ERROR_UNSUPPORTED);
}

TEST_F(SourceQueue, marksThatContradictEachOtherAreRefused)
{
    bight_source_queue_options options = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;
    bight_source *source = nullptr;
    bight_source_writer *writer = nullptr;

    options.low = options.high + 1;
    EXPECT_EQ(bight_source_new_queue(reactor.get(), &options, &source, &writer),
              BIGHT_ERROR_INVALID);
    options.low = 0;
    options.limit = 1;
    EXPECT_EQ(bight_source_new_queue(reactor.get(), &options, &source, &writer),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(source, nullptr);
}

} // namespace

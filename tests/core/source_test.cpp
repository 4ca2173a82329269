// Sources: one read at a time, of which nothing is lost; queues and transports.
#include "core/deferred_support.hpp"
#include "core/source_support.hpp"

#include <bight/later.h>
#include <bight/owner.h>

#include <vector>

namespace
{

using namespace source_support;

using SourceRead = Sources;
using SourceOfBytes = Sources;
using SourceQueue = Sources;
using SourceTransport = Sources;
using SourceReadAll = Sources;
using SourceSend = Sources;
using SourceKind = Sources;

// --- reading -------------------------------------------------------------------------------------

TEST_F(SourceRead, givesTheBytesAndThenTheEndForEver)
{
    Source source = ofBytes("all of it");

    EXPECT_EQ(readOf(source), "all of it");
    EXPECT_EQ(readOf(source), "END");
    EXPECT_EQ(readOf(source), "END");
}

TEST_F(SourceRead, anErrorRepeats)
{
    Queue queue(reactor.get());

    queue.write("before");
    queue.fail(BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(readOf(queue.source), "before");
    EXPECT_EQ(readOf(queue.source), "[protocol error]");
    EXPECT_EQ(readOf(queue.source), "[protocol error]");
}

TEST_F(SourceRead, aSecondOneIsRefusedAndTheFirstGoesOn)
{
    Queue queue(reactor.get());
    Deferred first = read(queue.source), second = read(queue.source);

    EXPECT_EQ(endOf(second), "[not possible in this state]");
    queue.write("one");
    EXPECT_EQ(endOf(first), "one");
}

TEST_F(SourceRead, thatIsCancelledLosesNothing)
{
    Queue queue(reactor.get());
    Deferred given_up = read(queue.source);

    bight_deferred_cancel(given_up.get());
    EXPECT_EQ(endOf(given_up), "[cancelled]");
    queue.write("kept");
    EXPECT_EQ(readOf(queue.source), "kept");
}

TEST_F(SourceRead, whoseDeferredIsFreedBeforeTheBytesComeLosesNothing)
{
    deferred_support::Messages messages;
    Queue queue(reactor.get());

    read(queue.source).reset();
    queue.write("one ");
    queue.write("two");
    EXPECT_EQ(readsOf(queue.source, 2), "one two");
    read(queue.source).reset();
    Deferred next = read(queue.source);
    queue.write("three");
    EXPECT_EQ(endOf(next), "three");
    EXPECT_TRUE(messages.all.empty()) << messages.all.front();
}

TEST_F(SourceRead, whoseDeferredIsFreedWithTheBytesInItLosesNothing)
{
    Source source = ofBytes("once");

    read(source).reset();
    read(source).reset();
    EXPECT_EQ(bight_source_get_length(source.get()), 4u);
    EXPECT_EQ(readOf(source), "once");
    EXPECT_EQ(readOf(source), "END");
}

TEST_F(SourceRead, whoseOwnerEndsLosesNothing)
{
    bight_owner owner;
    Source source = ofBytes("once");
    Queue queue(reactor.get());
    int steps = 0;
    auto step = [](bight_result in, void *data) {
        deferred_support::count(data);
        return in;
    };

    bight_owner_init(&owner);
    bight_deferred *here = bight_deferred_bind(bight_source_read(source.get()), &owner);
    bight_deferred *waits = bight_deferred_bind(bight_source_read(queue.source.get()), &owner);
    bight_deferred_then(waits, step, step, &steps);
    bight_owner_deinit(&owner);
    bight_deferred_free(here);
    bight_deferred_free(waits);
    queue.write("later");
    EXPECT_EQ(readOf(source), "once");
    EXPECT_EQ(readOf(queue.source), "later");
    EXPECT_EQ(steps, 0);
}

TEST_F(SourceRead, whoseResultWasSeenIsNotGivenAgain)
{
    Source source = ofBytes("once");
    std::string seen;
    bight_deferred *deferred = bight_source_read(source.get());

    bight_deferred_then(
        deferred,
        [](bight_result in, void *data) {
            *static_cast<std::string *>(data) = textOf(bight_result_get_bytes(in));
            return in; // and nobody looks at it any more
        },
        nullptr, &seen);
    bight_deferred_free(deferred);
    EXPECT_EQ(seen, "once");
    EXPECT_EQ(readOf(source), "END");
}

TEST_F(SourceRead, whatIsHeldWhileTheNextIsReadBelongsToItsHolder)
{
    Queue queue(reactor.get());

    queue.write(std::string(4096, 'a'));
    queue.write(std::string(4096, 'b'));
    Deferred first = read(queue.source);
    EXPECT_EQ(readOf(queue.source).front(), 'b');
    queue.end();
    EXPECT_EQ(endOf(first).front(), 'a');
    EXPECT_EQ(readOf(queue.source), "END");
}

TEST_F(SourceRead, aTimeLimitLeavesTheBytesForTheNext)
{
    Queue queue(reactor.get());
    Deferred slow =
        own(bight_timeout(bight_source_read(queue.source.get()), reactor.get(), BIGHT_SEC(1)));

    bight_crank_advance(reactor.get(), BIGHT_SEC(2));
    EXPECT_EQ(endOf(slow), "[timed out]");
    queue.write("late");
    EXPECT_EQ(readOf(queue.source), "late");
}

TEST_F(SourceRead, theFreeingOfTheSourceCancelsIt)
{
    deferred_support::Messages messages;
    Queue queue(reactor.get());
    Deferred waits = read(queue.source);

    queue.source.reset();
    EXPECT_EQ(endOf(waits), "[cancelled]");
    Queue other(reactor.get());
    read(other.source).reset();
    other.source.reset();
    EXPECT_TRUE(messages.all.empty()) << messages.all.front();
}

TEST_F(SourceRead, theFreeingOfTheReactorCancelsItAndAllLaterOnes)
{
    Queue queue(reactor.get());
    Source bytes = ofBytes("here");
    Deferred waits = read(queue.source);

    reactor.reset();
    EXPECT_EQ(endOf(waits), "[cancelled]");
    EXPECT_EQ(readOf(queue.source), "[cancelled]");
    EXPECT_EQ(readOf(bytes), "[cancelled]");
    EXPECT_EQ(bight_source_rewind(bytes.get()), BIGHT_ERROR_STATE);
}

TEST_F(SourceRead, aStepMayFreeTheSource)
{
    auto queue = std::make_unique<Queue>(reactor.get());
    bight_deferred *deferred = bight_source_read(queue->source.get());

    bight_deferred_then(
        deferred,
        [](bight_result in, void *data) {
            static_cast<Queue *>(data)->source.reset();
            return in;
        },
        nullptr, queue.get());
    queue->write("the end of it");
    EXPECT_EQ(endOf(own(deferred)), "the end of it");
    EXPECT_EQ(queue->write("for nobody"), BIGHT_FLOW_GO);
}

TEST_F(SourceRead, whatIsPutBackStandsInFront)
{
    Source source = ofBytes("body");

    bight_source_unread(source.get(), bytesOf("second "));
    bight_source_unread(source.get(), bytesOf("first "));
    bight_source_unread(source.get(), bytesOf(""));
    EXPECT_EQ(bight_source_get_length(source.get()), 17u);
    EXPECT_EQ(readsOf(source, 3), "first second body");
    bight_source_unread(source.get(), bytesOf("tail"));
    EXPECT_EQ(readsOf(source, 2), "tailEND");
}

TEST_F(SourceRead, ofNoSourceFailsWithoutMemory)
{
    bight_source *none = nullptr;

    EXPECT_EQ(endOf(own(bight_source_read(none))), "[out of memory]");
    EXPECT_EQ(endOf(own(bight_source_read_all(none, 1))), "[out of memory]");
    EXPECT_EQ(endOf(own(bight_source_send(none, near.transport))), "[out of memory]");
    EXPECT_EQ(endOf(own(bight_source_to_file(none, "x", nullptr))), "[out of memory]");
    bight_source_free(none);
}

// --- bytes ---------------------------------------------------------------------------------------

TEST_F(SourceOfBytes, knowTheirLengthAndCanBeRewound)
{
    Source source = ofBytes("again");

    EXPECT_EQ(bight_source_get_length(source.get()), 5u);
    EXPECT_EQ(readOf(source), "again");
    EXPECT_EQ(bight_source_get_length(source.get()), 0u);
    bight_source_unread(source.get(), bytesOf("x"));
    ASSERT_EQ(bight_source_rewind(source.get()), BIGHT_OK);
    EXPECT_EQ(readsOf(source, 2), "againEND");
    EXPECT_EQ(bight_source_get_reactor(source.get()), reactor.get());
}

TEST_F(SourceOfBytes, mayBeNone)
{
    Source source = ofBytes("");

    EXPECT_EQ(readOf(source), "END");
}

TEST_F(SourceOfBytes, partsAreViewsOfTheWhole)
{
    bight_bytes *whole = bytesOf("0123456789");
    bight_bytes *part = bight_bytes_new_part(whole, 3, 4);
    bight_bytes *rest = bight_bytes_new_part(whole, 8, SIZE_MAX);
    bight_bytes *none = bight_bytes_new_part(whole, 20, 1);

    EXPECT_EQ(bight_bytes_get_view(part).data, bight_bytes_get_view(whole).data + 3);
    bight_bytes_unref(whole);
    EXPECT_EQ(textOf(part), "3456");
    EXPECT_EQ(textOf(rest), "89");
    EXPECT_EQ(textOf(none), "");
    for (bight_bytes *bytes : {part, rest, none})
        bight_bytes_unref(bytes);
}

// --- a queue -------------------------------------------------------------------------------------

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

// --- a transport ---------------------------------------------------------------------------------

TEST_F(SourceTransport, givesWhatIsReceivedUntilThePeerEnds)
{
    Source source = own(bight_source_new_transport(near.transport));
    Deferred first = read(source);

    far.write("hello");
    settle();
    EXPECT_EQ(endOf(first), "hello");
    far.write("good");
    far.write("bye");
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_EQ(endOf(read(source)), "waiting") << "it was paused";
    settle();
    EXPECT_EQ(readOf(source), "goodbye");
    Deferred last = read(source);
    settle();
    EXPECT_EQ(endOf(last), "END");
    EXPECT_EQ(readOf(source), "END");
    EXPECT_TRUE(bight_transport_is_open(near.transport)) << "this side may still send";
    near.write("thanks");
    settle();
    EXPECT_EQ(far.text, "thanks");
}

TEST_F(SourceTransport, isPausedWhileNobodyReads)
{
    Source source = own(bight_source_new_transport(near.transport));

    for (int i = 0; i < 64; i++)
        far.write(std::string(16384, 'x'));
    settle();
    EXPECT_GT(bight_transport_get_pending(far.transport), 512u * 1024);
    EXPECT_EQ(bight_transport_get_bytes_in(near.transport), 0u);
    near.keepsText = far.keepsText = false;
}

TEST_F(SourceTransport, theProtocolHearsOfAllElse)
{
    Source source = own(bight_source_new_transport(near.transport));

    bight_transport_pause(far.transport);
    for (int i = 0; i < 16; i++)
        near.write(std::string(16384, 'x'));
    bight_transport_resume(far.transport);
    settle();
    EXPECT_EQ(near.drainedCalls, 1u);
    far.write("data");
    Deferred waits = read(source);
    settle();
    EXPECT_EQ(endOf(waits), "data");
    Deferred reset = read(source);
    bight_transport_abort(far.transport);
    settle();
    EXPECT_EQ(endOf(reset), "[connection reset]");
    EXPECT_EQ(near.text, "");
    EXPECT_TRUE(near.closed);
    EXPECT_EQ(near.reason, BIGHT_ERROR_RESET);
}

TEST_F(SourceTransport, whatCameBeforeABreakIsReadFirst)
{
    Source source = own(bight_source_new_transport(near.transport));
    Deferred given_up = read(source);

    bight_deferred_cancel(given_up.get());
    far.write("last words");
    settle();
    bight_transport_abort(far.transport);
    settle();
    EXPECT_EQ(readOf(source), "last words");
    EXPECT_EQ(readOf(source), "[connection reset]");
}

TEST_F(SourceTransport, aCloseOfThisSideIsNoEnd)
{
    Source source = own(bight_source_new_transport(near.transport));
    Deferred waits = read(source);

    bight_transport_close(near.transport);
    bight_transport_close(far.transport);
    settle();
    EXPECT_EQ(endOf(waits), "[closed]");
    EXPECT_TRUE(near.closed);
}

TEST_F(SourceTransport, thatIsFreedFailsTheReader)
{
    Source source = own(bight_source_new_transport(near.transport));
    Deferred waits = read(source);

    near.order(bight_transport_free);
    EXPECT_EQ(endOf(waits), "[cancelled]");
    EXPECT_EQ(readOf(source), "[cancelled]");
    EXPECT_FALSE(near.closed);
}

TEST_F(SourceTransport, theProtocolGoesOnWhereTheReaderHasStopped)
{
    Source source = own(bight_source_new_transport(near.transport));
    Deferred given_up = read(source);

    bight_deferred_cancel(given_up.get());
    far.write("not read");
    settle();
    source.reset();
    far.write(", and more");
    settle();
    EXPECT_EQ(near.text, "not read, and more");
}

TEST_F(SourceTransport, anEndThatNobodyHasReadClosesForAProtocolWithoutAFunction)
{
    Source source = own(bight_source_new_transport(near.transport));

    read(source).reset();
    bight_transport_shutdown(far.transport);
    near.ignoreEnded();
    settle();
    source.reset();
    settle();
    EXPECT_TRUE(far.ended);
}

TEST_F(SourceTransport, theReaderMayFreeEverything)
{
    for (int what = 0; what < 3; what++) {
        End one, other;
        Reactor own_reactor{bight_crank_reactor_new(), bight_reactor_free};
        ASSERT_EQ(bight_pair_new(own_reactor.get(), &one, &other), BIGHT_OK);
        bight_crank_settle(own_reactor.get());
        Source source = own(bight_source_new_transport(one.transport));
        std::function<void()> act = [&] {
            if (what == 0)
                source.reset();
            else if (what == 1)
                one.order(bight_transport_free);
            else
                own_reactor.reset();
        };
        bight_deferred *deferred = bight_source_read(source.get());
        bight_deferred_then(
            deferred,
            [](bight_result in, void *data) {
                (*static_cast<std::function<void()> *>(data))();
                return in;
            },
            nullptr, &act);
        other.write("go");
        bight_crank_settle(own_reactor.get());
        EXPECT_EQ(endOf(own(deferred)), "go") << what;
        if (own_reactor != nullptr)
            bight_crank_settle(own_reactor.get());
    }
}

// --- read_all ------------------------------------------------------------------------------------

TEST_F(SourceReadAll, givesOneBlock)
{
    std::string text = longText(200000);
    Queue queue(reactor.get());
    Deferred all = own(bight_source_read_all(queue.source.get(), text.size()));

    for (size_t at = 0; at < text.size(); at += 1000)
        queue.write(std::string_view(text).substr(at, 1000));
    EXPECT_EQ(endOf(all), "waiting");
    queue.end();
    EXPECT_TRUE(endOf(all) == text);
}

TEST_F(SourceReadAll, ofNothingIsNoBytes)
{
    bight_result result;
    Source source = ofBytes("");

    ASSERT_TRUE(bight_deferred_take(own(bight_source_read_all(source.get(), 0)).get(), &result));
    EXPECT_EQ(textOf(bight_result_get_bytes(result)), "");
    bight_result_free(result);
}

TEST_F(SourceReadAll, aSinglePieceIsNotCopied)
{
    bight_bytes *bytes = bytesOf("one piece");
    Source source = own(bight_source_new_bytes(reactor.get(), bytes));
    bight_result result;

    ASSERT_TRUE(bight_deferred_take(own(bight_source_read_all(source.get(), 9)).get(), &result));
    EXPECT_EQ(bight_result_get_bytes(result), bytes);
    bight_result_free(result);
    bight_bytes_unref(bytes);
}

TEST_F(SourceReadAll, stopsAtTheLimitAndLosesNothing)
{
    Queue queue(reactor.get());

    for (int i = 0; i < 3; i++)
        queue.write(std::string(4096, static_cast<char>('a' + i)));
    queue.end();
    EXPECT_EQ(endOf(own(bight_source_read_all(queue.source.get(), 12287))), "[limit reached]");
    std::string all = endOf(own(bight_source_read_all(queue.source.get(), 12288)));
    EXPECT_TRUE(all == std::string(4096, 'a') + std::string(4096, 'b') + std::string(4096, 'c'));
}

TEST_F(SourceReadAll, thatIsCancelledLosesNothing)
{
    Queue queue(reactor.get());
    Deferred all = own(bight_source_read_all(queue.source.get(), 100));

    queue.write("one ");
    queue.write("two ");
    bight_deferred_cancel(all.get());
    EXPECT_EQ(endOf(all), "[cancelled]");
    queue.write("three");
    queue.end();
    EXPECT_EQ(endOf(own(bight_source_read_all(queue.source.get(), 100))), "one two three");
}

TEST_F(SourceReadAll, failsWithTheSource)
{
    Queue queue(reactor.get()), freed(reactor.get());
    Deferred all = own(bight_source_read_all(queue.source.get(), 100));
    Deferred cut = own(bight_source_read_all(freed.source.get(), 100));

    queue.write("half");
    queue.fail(BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(endOf(all), "[timed out]");
    freed.write("half");
    freed.source.reset();
    EXPECT_EQ(endOf(cut), "[cancelled]");
}

// --- send ----------------------------------------------------------------------------------------

TEST_F(SourceSend, bringsAllBytesAndCountsThem)
{
    std::string text = longText(1000000);
    Source source = ofBytes(text);
    Deferred sent = own(bight_source_send(source.get(), near.transport));

    settle();
    EXPECT_EQ(endOf(sent), "1000000");
    EXPECT_TRUE(far.text == text);
    EXPECT_TRUE(bight_transport_is_open(near.transport));
}

TEST_F(SourceSend, readsNoFasterThanTheTransportTakes)
{
    Queue queue(reactor.get());
    Deferred sent = own(bight_source_send(queue.source.get(), near.transport));
    int written = 0;

    bight_transport_pause(far.transport);
    while (written < 100 && queue.write(std::string(16384, 'x')) == BIGHT_FLOW_GO) {
        written++;
        settle();
    }
    EXPECT_LT(written, 20) << "64 KiB on each of three sides";
    far.keepsText = false;
    bight_transport_resume(far.transport);
    queue.end();
    settle();
    EXPECT_EQ(endOf(sent), std::to_string((written + 1) * 16384));
}

TEST_F(SourceSend, doesNotHoldTheLoopIfNothingEverWaits)
{
    std::string text(4 << 20, 'x');
    Source source = ofBytes(text);
    size_t most = 0, before = 0;

    bight_transport_set_marks(near.transport, 0, 8 << 20, 0);
    Deferred sent = own(bight_source_send(source.get(), near.transport));
    while (endOf(sent) == "waiting" && most < text.size()) {
        size_t now = far.bytes + bight_transport_get_pending(near.transport);
        most = std::max(most, now - before);
        before = now;
        bight_reactor_dispatch(reactor.get(), BIGHT_BUDGET_UNLIMITED);
    }
    EXPECT_LE(most, 512u * 1024);
    EXPECT_EQ(far.bytes, text.size());
}

TEST_F(SourceSend, failsWhenTheTransportEndsAlsoWhileTheSourceIsSilent)
{
    Queue queue(reactor.get());
    Deferred sent = own(bight_source_send(queue.source.get(), near.transport));

    queue.write("some");
    bight_transport_abort(far.transport);
    settle();
    EXPECT_EQ(endOf(sent), "[connection reset]");
    queue.write("rest");
    EXPECT_EQ(readOf(queue.source), "rest") << "the source is whole";
}

TEST_F(SourceSend, failsWhenTheTransportIsFreed)
{
    Queue queue(reactor.get()), stuck(reactor.get());
    Deferred sent = own(bight_source_send(queue.source.get(), near.transport));
    Deferred other = own(bight_source_send(stuck.source.get(), far.transport));

    bight_transport_pause(near.transport);
    for (int i = 0; i < 20; i++)
        stuck.write(std::string(16384, 'x'));
    settle();
    near.order(bight_transport_free);
    EXPECT_EQ(endOf(sent), "[cancelled]");
    far.order(bight_transport_free);
    EXPECT_EQ(endOf(other).front(), '[');
}

TEST_F(SourceSend, ofATransportThatIsOverOrHasEndedFails)
{
    Source source = ofBytes("too late");

    bight_transport_shutdown(near.transport);
    EXPECT_EQ(endOf(own(bight_source_send(source.get(), near.transport))),
              "[not possible in this state]");
    bight_transport_close(near.transport);
    Deferred closing = own(bight_source_send(source.get(), near.transport));
    bight_transport_close(far.transport);
    settle();
    EXPECT_EQ(endOf(closing), "[closed]");
    EXPECT_EQ(readOf(source), "too late");
}

TEST_F(SourceSend, thatIsCancelledKeepsTheRestInTheSource)
{
    std::string text = longText(1 << 20);
    Source source = ofBytes(text);

    bight_transport_pause(far.transport);
    Deferred sent = own(bight_source_send(source.get(), near.transport));
    settle();
    EXPECT_EQ(endOf(sent), "waiting");
    bight_deferred_cancel(sent.get());
    EXPECT_EQ(endOf(sent), "[cancelled]");
    bight_transport_resume(far.transport);
    Deferred rest = own(bight_source_send(source.get(), near.transport));
    settle();
    EXPECT_NE(endOf(rest).front(), '[');
    EXPECT_TRUE(far.text == text);
}

TEST_F(SourceSend, passesTheErrorOfTheSourceOn)
{
    Queue queue(reactor.get());
    Deferred sent = own(bight_source_send(queue.source.get(), near.transport));

    queue.write("half");
    queue.fail(BIGHT_ERROR_DENIED);
    EXPECT_EQ(endOf(sent), "[credentials refused]");
    settle();
    EXPECT_EQ(far.text, "half");
    EXPECT_TRUE(bight_transport_is_open(near.transport));
}

TEST_F(SourceSend, fromOneTransportToAnother)
{
    End third, fourth;
    std::string text = longText(700000);
    ASSERT_EQ(bight_pair_new(reactor.get(), &third, &fourth), BIGHT_OK);
    settle();
    Source source = own(bight_source_new_transport(near.transport));
    Deferred sent = own(bight_source_send(source.get(), third.transport));

    far.write(text);
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_EQ(endOf(sent), "700000");
    EXPECT_TRUE(fourth.text == text);
    third.order(bight_transport_free);
    fourth.order(bight_transport_free);
}

// --- a kind of one's own -------------------------------------------------------------------------

// Gives what it is told to, and counts.
struct Kind {
    std::vector<std::function<bight_deferred *()>> answers;
    size_t next = 0;
    int freed = 0, cancelled = 0;
    bight_promise *promise = nullptr;

    bight_deferred *wait()
    {
        bight_deferred *deferred = bight_deferred_new(&promise);

        bight_promise_on_cancel(
            promise,
            [](bight_promise *given, void *data) {
                static_cast<Kind *>(data)->cancelled++;
                static_cast<Kind *>(data)->promise = nullptr;
                bight_promise_free(given);
            },
            this);
        return deferred;
    }
    void fire(std::string_view text)
    {
        bight_promise_fire(std::exchange(promise, nullptr), bytesOf(text), bight_value_bytes);
    }
    static inline const bight_source_ops ops = {
        sizeof(bight_source_ops),
        "kind",
        [](void *data) {
            Kind *self = static_cast<Kind *>(data);
            return self->answers[self->next++]();
        },
        [](void *data) { static_cast<Kind *>(data)->freed++; },
        nullptr,
        nullptr,
        nullptr,
        nullptr,
    };
};

bight_deferred *fired(std::string_view text)
{
    return bight_deferred_fired(bytesOf(text), bight_value_bytes);
}

TEST_F(SourceKind, emptyPiecesAreNoEnd)
{
    Kind kind;
    kind.answers = {[] { return fired(""); }, [] { return fired(""); }, [] { return fired("x"); },
                    [] { return bight_deferred_fired(nullptr, nullptr); }};
    Source source = own(bight_source_new(reactor.get(), &Kind::ops, &kind));

    EXPECT_EQ(readOf(source), "x");
    EXPECT_EQ(readOf(source), "END");
    EXPECT_EQ(readOf(source), "END");
    EXPECT_EQ(kind.next, 4u) << "not asked after the end";
    source.reset();
    EXPECT_EQ(kind.freed, 1);
}

TEST_F(SourceKind, isAskedOnceHoweverOftenReadersGiveUp)
{
    Kind kind;
    kind.answers = {[&] { return kind.wait(); }, [&] { return kind.wait(); }};
    Source source = own(bight_source_new(reactor.get(), &Kind::ops, &kind));

    for (int i = 0; i < 5; i++)
        bight_deferred_cancel(read(source).get());
    EXPECT_EQ(kind.next, 1u);
    EXPECT_EQ(kind.cancelled, 0);
    kind.fire("here");
    EXPECT_EQ(readOf(source), "here");
    Deferred waits = read(source);
    source.reset();
    EXPECT_EQ(kind.cancelled, 1);
    EXPECT_EQ(kind.freed, 1);
    EXPECT_EQ(endOf(waits), "[cancelled]");
}

TEST_F(SourceKind, withoutMemoryItIsAskedAgain)
{
    Kind kind;
    kind.answers = {[]() -> bight_deferred * { return nullptr; }, [] { return fired("now"); }};
    Source source = own(bight_source_new(reactor.get(), &Kind::ops, &kind));

    EXPECT_EQ(readOf(source), "[out of memory]");
    EXPECT_EQ(readOf(source), "now");
}

TEST_F(SourceKind, mayFreeItsOwnSourceWhenItIsAsked)
{
    Kind kind;
    Source source{nullptr, bight_source_free};
    kind.answers = {[&] {
        source.reset();
        return fired("too late");
    }};
    source = own(bight_source_new(reactor.get(), &Kind::ops, &kind));
    bight_source *raw = source.get();

    EXPECT_EQ(endOf(own(bight_source_read(raw))), "[cancelled]");
    EXPECT_EQ(kind.freed, 1);
}

TEST_F(SourceKind, hasNoFileAndNoRewindUnlessItSays)
{
    Kind kind;
    Source source = own(bight_source_new(reactor.get(), &Kind::ops, &kind));
    bight_source_file file = {sizeof(file), 0, 0, 0, false};

    EXPECT_FALSE(bight_source_get_file(source.get(), &file));
    EXPECT_EQ(bight_source_rewind(source.get()), BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(bight_source_get_length(source.get()), BIGHT_SOURCE_UNKNOWN);
    EXPECT_DEATH(bight_source_skip(source.get(), 1), "misuse in bight_source_skip");
}

// --- the end of a transport ----------------------------------------------------------------------

using SourceWait = Sources;

TEST_F(SourceWait, forTheEndOfATransportTellsTheReason)
{
    Deferred near_end = own(bight_transport_wait_closed(near.transport));
    Deferred far_end = own(bight_transport_wait_closed(far.transport));
    Deferred given_up = own(bight_transport_wait_closed(far.transport));

    bight_deferred_cancel(given_up.get());
    EXPECT_EQ(endOf(near_end), "waiting");
    bight_transport_abort(near.transport);
    settle();
    EXPECT_EQ(endOf(near_end), "[cancelled]");
    EXPECT_EQ(endOf(far_end), "[connection reset]");
}

TEST_F(SourceWait, forTheEndOfATransportFiresAfterAnOrderlyOne)
{
    Deferred near_end = own(bight_transport_wait_closed(near.transport));

    bight_transport_close(near.transport);
    bight_transport_close(far.transport);
    settle();
    EXPECT_EQ(endOf(near_end), "END");
    EXPECT_TRUE(near.closed);
}

} // namespace

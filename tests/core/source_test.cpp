// Sources: one read at a time, of which nothing is lost; bytes, and kinds of one's own.
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
using SourceReadAll = Sources;
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
    static const bight_source_ops ops;
};

const bight_source_ops Kind::ops = {
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

} // namespace

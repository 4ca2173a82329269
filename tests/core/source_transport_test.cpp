// Sources that are transports, what is sent to transports, and the wait for their end.
#include "core/deferred_support.hpp"
#include "core/source_support.hpp"

#include <bight/owner.h>

namespace
{

using namespace source_support;

using SourceTransport = Sources;
using SourceSend = Sources;
using SourceWait = Sources;

// --- reading--------------------------------------------------------------------------------------
// --------------------------------------------------------------------------------------

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

// --- the end--------------------------------------------------------------------------------------
// --------------------------------------------------------------------------------------

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

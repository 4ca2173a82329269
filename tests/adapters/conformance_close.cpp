// Chapter: connections again: a close delivers, bytes that are put back, waiting until all is sent,
// and handing the descriptor over; on the same kinds as the chapter of streams.
#include "adapters/streams.hpp"
#include "support/buffers.hpp"

#include <bight/tls.h>
#include <unistd.h>
#include <utility>

using conformance::Peer;
using streams::Streams;
using streams::Way;

namespace
{

// -- A close delivers: what was written arrives, though the peer reads late or speaks late --

TEST_P(Streams, closeDeliversToAPeerThatReadsLate)
{
    std::string big(support::MORE_THAN_BUFFERS, 'x');

    bight_transport_pause(server.transport);
    client.write(big);
    bight_transport_close(client.transport);
    runFor(BIGHT_MSEC(5));
    EXPECT_FALSE(client.closed) << "it is not known what has arrived";
    bight_transport_resume(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.bytes, big.size());
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, closeDeliversToAPeerThatSpeaksLate)
{
    std::string big(support::MORE_THAN_BUFFERS, 'x');

    bight_transport_pause(server.transport);
    client.write(big);
    bight_transport_close(client.transport);
    runFor(BIGHT_MSEC(2));
    server.write(std::string(100000, 'y')); // unread at the other side, it would reset a socket
    runFor(BIGHT_MSEC(2));
    bight_transport_resume(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.bytes, big.size()) << server.reasonText;
    EXPECT_EQ(client.bytes, 0u) << "after a close nothing is received";
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, closeReadsAndDropsSoThatAPeerWhoWritesFirstCanRead)
{
    std::string big(support::MORE_THAN_BUFFERS, 'x'); // on both ways

    bight_transport_pause(client.transport);
    bight_transport_pause(server.transport);
    server.onDrained = [&] { bight_transport_resume(server.transport); };
    ASSERT_EQ(server.write(big), BIGHT_FLOW_WAIT);
    client.write(big);
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.bytes, big.size()) << server.reasonText;
    EXPECT_EQ(client.bytes, 0u);
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, closeWaitsForThePeersEndAndCountsUntilThen)
{
    server.onEnded = [] {};
    client.write("kept");
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return server.ended; }));
    runFor(BIGHT_MSEC(5));
    EXPECT_FALSE(client.closed);
    EXPECT_EQ(conformance::stats(reactor).connections, 2u);
    bight_transport_close(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.text, "kept");
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
    EXPECT_EQ(conformance::stats(reactor).connections, 0u);
}

TEST_P(Streams, closeOfOneThatEndedItsSideBeforeIsTheSame)
{
    server.onEnded = [] {};
    client.write("kept");
    bight_transport_shutdown(client.transport);
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return server.ended; }));
    runFor(BIGHT_MSEC(2));
    EXPECT_FALSE(client.closed);
    bight_transport_close(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, aPeerThatDoesNotEndIsGivenTheLingerTime)
{
    server.onEnded = [] {};
    bight_transport_set_linger(client.transport, BIGHT_MSEC(5));
    client.write("kept");
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(client.reason, BIGHT_ERROR_TIMED_OUT) << client.reasonText;
    EXPECT_TRUE(runUntil([&] { return server.ended; }));
    EXPECT_EQ(server.text, "kept");
    EXPECT_NE(server.reason, BIGHT_ERROR_RESET) << "it was not reset: " << server.reasonText;
}

TEST_P(Streams, theLingerTimeTakesThePlaceOfTheIdleTimeout)
{
    server.onEnded = [] {};
    ASSERT_EQ(bight_transport_set_idle_timeout(client.transport, BIGHT_MSEC(2)), BIGHT_OK);
    bight_transport_close(client.transport);
    runFor(BIGHT_MSEC(10));
    EXPECT_FALSE(client.closed) << client.reasonText;
    bight_transport_close(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, aResetWhileClosingIsTold)
{
    server.onEnded = [] {};
    client.write("kept");
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return server.ended; }));
    EXPECT_FALSE(client.closed);
    bight_transport_abort(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    if (kind().knowsReset)
        EXPECT_EQ(client.reason, BIGHT_ERROR_RESET) << client.reasonText;
    else
        EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, freeingTheReactorDoesNotWaitForAClose)
{
    server.onEnded = [] {};
    client.write("last words");
    bight_transport_close(client.transport);
    freeReactor();
    EXPECT_TRUE(client.closed);
    EXPECT_EQ(client.reason, BIGHT_ERROR_CANCELLED) << client.reasonText;
}

// -- Bytes that are put back --

TEST_P(Streams, whatIsPutBackComesFirstAndInALaterTurn)
{
    unsigned calls = 0;
    server.onReceived = [&](std::string_view content) {
        if (++calls > 1)
            return;
        std::string all(content);
        EXPECT_EQ(all, "line one\nline two\n");
        bight_transport_unread(server.transport, all.data() + 9, 9);
        EXPECT_EQ(calls, 1u) << "received inside the call";
        client.write("line three\n");
    };
    client.write("line one\nline two\n");
    EXPECT_TRUE(runUntil([&] { return server.bytes == 18 + 9 + 11; }));
    EXPECT_EQ(server.text, "line one\nline two\nline two\nline three\n");
    EXPECT_EQ(bight_transport_get_bytes_in(server.transport), 18u + 11u) << "counted once";
}

TEST_P(Streams, whatIsPutBackGoesToTheNextProtocol)
{
    Peer second;
    second.connected = true;
    second.transport = server.transport;
    server.onReceived = [&](std::string_view content) {
        bight_transport_set_protocol(server.transport, &second);
        bight_transport_unread(server.transport, content.data() + 3, content.size() - 3);
        server.transport = nullptr;
    };
    client.write("onetwo");
    bight_transport_shutdown(client.transport);
    EXPECT_TRUE(runUntil([&] { return second.closed; }));
    EXPECT_EQ(server.text, "onetwo");
    EXPECT_EQ(second.text, "two") << "and in front of the end";
    EXPECT_TRUE(second.ended);
}

TEST_P(Streams, whatIsPutBackWaitsForAPausedSide)
{
    bool once = false;
    server.onReceived = [&](std::string_view content) {
        if (std::exchange(once, true))
            return;
        bight_transport_pause(server.transport);
        bight_transport_unread(server.transport, content.data(), content.size());
        bight_transport_unread(server.transport, "in front ", 9);
    };
    client.write("hello");
    EXPECT_TRUE(runUntil([&] { return once; }));
    client.write(" behind");
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(server.text, "hello");
    bight_transport_resume(server.transport);
    EXPECT_TRUE(runUntil([&] { return server.bytes == 5 + 14 + 7; }));
    EXPECT_EQ(server.text, "helloin front hello behind");
}

TEST_P(Streams, aNestedLoopDeliversNothingToOneThatIsGivenWhatWasPutBack)
{
    unsigned depth = 0, calls = 0;
    server.onReceived = [&](std::string_view content) {
        EXPECT_EQ(depth++, 0u) << "entered again";
        if (++calls == 1)
            bight_transport_unread(server.transport, content.data(), content.size());
        else if (calls == 2) {
            client.write("more");
            runFor(BIGHT_MSEC(3));
        }
        depth--;
    };
    client.write("hello");
    EXPECT_TRUE(runUntil([&] { return server.bytes == 5 + 5 + 4; }));
    EXPECT_EQ(calls, 3u);
}

TEST_P(Streams, whatIsPutBackIsDroppedByAClose)
{
    server.onReceived = [&](std::string_view content) {
        bight_transport_unread(server.transport, content.data(), content.size());
        bight_transport_close(server.transport);
    };
    client.write("hello");
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.receivedCalls, 1u);
}

// -- Waiting until it has drained, without being its protocol --

struct Waiting {
    unsigned fired = 0;
    bight_status status = BIGHT_OK;
    std::function<void()> then;

    void wait(bight_transport *transport)
    {
        auto step = [](bight_result in, void *data) -> bight_result {
            auto &self = *static_cast<Waiting *>(data);
            self.fired++;
            self.status = in.error != nullptr ? bight_error_get_status(in.error) : BIGHT_OK;
            bight_result_free(in);
            if (self.then)
                self.then();
            return bight_result_value(nullptr);
        };
        bight_deferred_free(
            bight_deferred_both(bight_transport_wait_drained(transport), step, this));
    }
};

TEST_P(Streams, anybodyMayWaitUntilItHasDrained)
{
    Waiting first, second;

    first.wait(client.transport);
    EXPECT_EQ(first.fired, 1u) << "nothing waits";
    bight_transport_pause(server.transport);
    client.write(std::string(support::MORE_THAN_BUFFERS, 'x'));
    first.wait(client.transport);
    second.wait(client.transport);
    runFor(BIGHT_MSEC(3));
    EXPECT_EQ(first.fired, 1u);
    EXPECT_EQ(second.fired, 0u);
    bight_transport_resume(server.transport);
    EXPECT_TRUE(runUntil([&] { return first.fired == 2 && second.fired == 1; }));
    EXPECT_EQ(second.status, BIGHT_OK);
    EXPECT_EQ(client.drainedCalls, 1u) << "the protocol is told as ever";
}

TEST_P(Streams, whoWaitsUntilItHasDrainedIsToldOfTheEnd)
{
    Waiting aborted;

    bight_transport_pause(server.transport);
    client.write(std::string(support::MORE_THAN_BUFFERS, 'x'));
    bight_deferred *given_up = bight_transport_wait_drained(client.transport);
    bight_deferred_cancel(given_up);
    bight_deferred_free(given_up);
    aborted.wait(client.transport);
    client.onClosed = [&] { EXPECT_EQ(aborted.fired, 1u) << "closed is last"; };
    bight_transport_abort(client.transport);
    EXPECT_EQ(aborted.fired, 0u) << "told inside the call";
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(aborted.status, BIGHT_ERROR_CANCELLED);
}

TEST_P(Streams, whoWaitsUntilItHasDrainedFailsBeforeFreeReturns)
{
    Waiting waiting;

    bight_transport_pause(server.transport);
    client.write(std::string(support::MORE_THAN_BUFFERS, 'x'));
    waiting.wait(client.transport);
    waiting.then = [&] { bight_transport_free(client.transport); }; // legal, and nothing more
    bight_transport_free(client.transport);
    client.transport = nullptr;
    EXPECT_EQ(waiting.fired, 1u);
    EXPECT_EQ(waiting.status, BIGHT_ERROR_CANCELLED);
    EXPECT_FALSE(client.closed);
}

TEST_P(Streams, aStepThatFreesATransportWhoseEndItHearsOfEndsIt)
{
    Waiting waiting;

    bight_transport_pause(server.transport);
    client.write(std::string(support::MORE_THAN_BUFFERS, 'x'));
    waiting.wait(client.transport);
    waiting.then = [&] {
        bight_transport_free(client.transport);
        client.transport = nullptr;
    };
    bight_transport_abort(client.transport);
    EXPECT_TRUE(runUntil([&] { return waiting.fired == 1; }));
    runFor(BIGHT_MSEC(2));
    EXPECT_FALSE(client.closed) << "it was freed";
}

// -- Handing the descriptor over --

TEST_P(Streams, theDescriptorIsGivenAwayWhereThereIsOne)
{
    int fd = -1;
    bool has = isSocket();
    bight_status status = bight_transport_steal_descriptor(client.transport, &fd);

    EXPECT_EQ(status, has ? BIGHT_OK : BIGHT_ERROR_UNSUPPORTED);
    if (!has)
        return;
    client.transport = nullptr;
    EXPECT_EQ(conformance::stats(reactor).connections, 1u);
    EXPECT_EQ(::write(fd, "by hand", 7), 7);
    EXPECT_TRUE(runUntil([&] { return server.bytes == 7; }));
    EXPECT_FALSE(client.closed);
    ::close(fd);
    EXPECT_TRUE(runUntil([&] { return server.closed; }));
    EXPECT_EQ(server.text, "by hand");
}

TEST_P(Streams, aDescriptorInUseIsNotGivenAway)
{
    int fd = -1;

    if (!isSocket())
        GTEST_SKIP() << "it has no descriptor";
    server.write("hello");
    EXPECT_TRUE(runUntil([&] { return client.bytes == 5; }));
    EXPECT_EQ(bight_transport_steal_descriptor(client.transport, &fd), BIGHT_ERROR_STATE);
    bight_transport_pause(client.transport);
    server.write(std::string(support::MORE_THAN_BUFFERS, 'x'));
    EXPECT_EQ(bight_transport_steal_descriptor(server.transport, &fd), BIGHT_ERROR_STATE);
    EXPECT_EQ(fd, -1);
}

} // namespace

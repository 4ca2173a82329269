// Chapter: connections, the same over TCP on both families, UNIX sockets, memory, TLS and other
// layers, descriptors that were adopted, and kinds from outside of the library.
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

TEST_P(Streams, carryBytesBothWays)
{
    server.echo();
    client.write("hello ");
    client.write("world");
    EXPECT_TRUE(runUntil([&] { return client.bytes == 11; }));
    EXPECT_EQ(client.text, "hello world");
    EXPECT_EQ(bight_transport_get_bytes_out(client.transport), 11u);
    EXPECT_EQ(bight_transport_get_bytes_in(client.transport), 11u);
}

TEST_P(Streams, tellBothAddresses)
{
    if (kind().way != Way::endpoints)
        GTEST_SKIP() << "there is no address";
    std::string peer = bight_transport_get_peer(client.transport);
    EXPECT_EQ(peer, bight_transport_get_local(server.transport));
    EXPECT_EQ(peer.substr(0, 4), std::string(kind().endpoint).substr(0, 4));
}

TEST_P(Streams, halfCloseLetsTheOtherDirectionGoOn)
{
    server.onEnded = [&] { server.write("after your end"); };
    client.onEnded = [] {};
    client.write("request");
    bight_transport_shutdown(client.transport);
    EXPECT_TRUE(runUntil([&] { return client.bytes == 14; }));
    EXPECT_TRUE(server.ended);
    EXPECT_FALSE(client.ended);
    EXPECT_FALSE(client.closed);
    EXPECT_EQ(server.text, "request");
    bight_transport_close(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.ended && server.closed; }));
    EXPECT_TRUE(server.reason == BIGHT_OK || server.reason == BIGHT_ERROR_CLOSED)
        << server.reasonText;
}

TEST_P(Streams, closeSendsWhatWaitsFirst)
{
    std::string big(support::MORE_THAN_BUFFERS, 'x');

    bight_transport_pause(server.transport);
    client.write(big);
    bight_transport_close(client.transport);
    turn();
    EXPECT_FALSE(client.closed) << "nobody took the bytes yet";
    bight_transport_resume(server.transport);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.bytes, big.size());
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
}

TEST_P(Streams, closeIsNeverReportedInTheCall)
{
    bight_transport_close(client.transport);
    EXPECT_FALSE(client.closed);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_EQ(client.reason, BIGHT_OK);
}

// UNIX sockets and pipes know no reset: there the end comes, which TLS does not take for one.
bool isBreak(const Peer &peer)
{
    return peer.reason == BIGHT_ERROR_RESET || peer.reason == BIGHT_ERROR_CLOSED ||
           peer.reason == BIGHT_ERROR_TRUNCATED;
}

TEST_P(Streams, abortResetsThePeerAndTellsThisSide)
{
    client.write("lost or not");
    bight_transport_abort(client.transport);
    EXPECT_FALSE(client.closed);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(client.reason, BIGHT_ERROR_CANCELLED) << client.reasonText;
    EXPECT_TRUE(isBreak(server)) << server.reasonText;
}

TEST_P(Streams, aFreedTransportTellsItsProtocolNothing)
{
    bight_transport_free(std::exchange(client.transport, nullptr));
    EXPECT_TRUE(runUntil([&] { return server.closed; }));
    EXPECT_FALSE(client.closed);
}

TEST_P(Streams, writesAfterCloseAreIgnored)
{
    client.write("kept");
    bight_transport_close(client.transport);
    EXPECT_EQ(client.write("lost"), BIGHT_FLOW_GO);
    EXPECT_TRUE(runUntil([&] { return client.closed && server.closed; }));
    EXPECT_EQ(server.text, "kept");
}

TEST_P(Streams, writingToAPeerThatIsGoneEndsInClosedAndNoSignal)
{
    Peer &gone = server;
    bight_transport_free(std::exchange(gone.transport, nullptr));
    client.onEnded = [&] { client.write("into the void"); };
    conformance::Timer writer(reactor, [&] {
        if (client.transport != nullptr)
            client.write("more");
    });

    writer.repeat(BIGHT_MSEC(1));
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    EXPECT_TRUE(isBreak(client)) << client.reasonText;
}

TEST_P(Streams, withoutAnEndedFunctionTheEndCloses)
{
    server.ignoreEnded();
    client.write("bye");
    bight_transport_close(client.transport);
    EXPECT_TRUE(runUntil([&] { return server.closed; }));
    EXPECT_EQ(server.text, "bye");
    EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED) << server.reasonText;
}

TEST_P(Streams, aPausedSideReceivesNothingUntilItResumes)
{
    bight_transport_pause(server.transport);
    client.write("wait for it");
    runFor(BIGHT_MSEC(5));
    EXPECT_EQ(server.bytes, 0u);
    bight_transport_resume(server.transport);
    EXPECT_EQ(server.bytes, 0u) << "received inside resume";
    EXPECT_TRUE(runUntil([&] { return server.bytes == 11; }));
}

TEST_P(Streams, pauseInReceivedHoldsTheRestBack)
{
    std::string big(support::MORE_THAN_BUFFERS, 'x');
    server.onReceived = [&](std::string_view) { bight_transport_pause(server.transport); };

    client.write(big);
    EXPECT_TRUE(runUntil([&] { return server.receivedCalls > 0; }));
    runFor(BIGHT_MSEC(5));
    EXPECT_EQ(server.receivedCalls, 1u);
    server.onReceived = nullptr;
    bight_transport_resume(server.transport);
    EXPECT_TRUE(runUntil([&] { return server.bytes == big.size(); }));
}

TEST_P(Streams, handTheBytesToAnotherProtocol)
{
    Peer second;
    second.connected = true; // it takes over: connected is not called
    second.transport = server.transport;
    server.onReceived = [&](std::string_view) {
        bight_transport_set_protocol(server.transport, &second);
        server.transport = nullptr;
    };

    client.write("one");
    EXPECT_TRUE(runUntil([&] { return server.bytes == 3; }));
    EXPECT_EQ(bight_transport_get_protocol(second.transport), &second);
    client.write("two");
    EXPECT_TRUE(runUntil([&] { return second.bytes == 3; }));
    EXPECT_EQ(server.text, "one");
    EXPECT_EQ(second.text, "two");
}

TEST_P(Streams, carryManyWritesInOrder)
{
    std::string sent;
    server.echo();

    for (int i = 0; i < 5000; i++) {
        std::string piece = std::to_string(i) + ",";
        sent += piece;
        client.write(piece);
    }
    EXPECT_TRUE(runUntil([&] { return client.bytes == sent.size(); }));
    EXPECT_EQ(client.text, sent);
}

TEST_P(Streams, sendSharedBytesAndSeveralRuns)
{
    bight_bytes *shared = bight_bytes_new("shared", 6);
    bight_view runs[] = {bight_view_of("a"), bight_view_of(""), bight_view_of("bc")};

    bight_transport_write_bytes(client.transport, shared);
    bight_transport_writev(client.transport, runs, 3);
    bight_transport_write_bytes(client.transport, shared);
    bight_bytes_unref(shared);
    EXPECT_TRUE(runUntil([&] { return server.bytes == 15; }));
    EXPECT_EQ(server.text, "sharedabcshared");
}

TEST_P(Streams, thatAreOpenWhenTheReactorGoesAreClosedAsCancelled)
{
    freeReactor();
    EXPECT_TRUE(client.closed);
    EXPECT_TRUE(server.closed);
    EXPECT_EQ(client.reason, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(server.reason, BIGHT_ERROR_CANCELLED);
}

} // namespace

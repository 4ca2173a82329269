// Chapter: connections, the same over TCP on both families, UNIX sockets, memory, TLS and other
// layers, descriptors that were adopted, and kinds from outside of the library.
#include "adapters/conformance.hpp"
#include "adapters/descriptors.hpp"
#include "adapters/kinds.hpp"
#include "adapters/layers.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <bight/pair.h>
#include <bight/tls.h>
#include <tuple>
#include <unistd.h>
#include <utility>

using conformance::connect;
using conformance::Host;
using conformance::Peer;
using conformance::Server;

namespace
{

enum class Way { endpoints, memory, pipes, fifos, descriptors, layers, watched, queues };

struct Kind {
    const char *name;
    Way way;
    const char *endpoint;
    bool knowsReset; // else there is only the end
    const char *layer = nullptr;
};

std::ostream &operator<<(std::ostream &stream, const Kind &kind)
{
    return stream << kind.name;
}

// Two peers, connected.
class Streams : public conformance::Fixture,
                public testing::WithParamInterface<std::tuple<Host, Kind>>
{
  protected:
    const Host &host() const override
    {
        return std::get<0>(GetParam());
    }
    const Kind &kind() const
    {
        return std::get<1>(GetParam());
    }
    // Rather than memory, pipes, or TLS on a socket.
    bool isSocket() const
    {
        return (kind().way == Way::endpoints || kind().way == Way::descriptors) &&
               !bight_transport_is_tls(client.transport);
    }
    void SetUp() override;

    Peer client, server;

  private:
    void linkSockets(std::string endpoint, Peer &from, Peer &to);
    void linkLayers();
    void startLayer(Peer &below, Peer &above, bight_layer_side side);
    void prepareTls(std::string &listen, std::string &connect);
    support::TempDir directory_;
    Peer lowerClient_, lowerServer_;
};

void Streams::SetUp()
{
    Fixture::SetUp();
    switch (kind().way) {
    case Way::endpoints:
        linkSockets(kind().endpoint, client, server);
        break;
    case Way::memory:
        ASSERT_EQ(bight_pair_new(reactor, &client, &server), BIGHT_OK);
        break;
    case Way::pipes:
        conformance::adoptPipes(reactor, client, server);
        break;
    case Way::fifos:
        conformance::adoptFifos(reactor, directory_.path(), client, server);
        break;
    case Way::descriptors:
        conformance::adoptSockets(reactor, client, server);
        break;
    case Way::layers:
        linkLayers();
        break;
    case Way::watched:
        conformance::openWatched(reactor, client, server);
        break;
    case Way::queues:
        conformance::openQueues(reactor, client, server);
        break;
    }
    ASSERT_TRUE(runUntil([&] { return client.connected && server.connected; }));
}

// The lower side is the layer's from then on.
void Streams::startLayer(Peer &below, Peer &above, bight_layer_side side)
{
    below.onConnected = [this, &below, &above, side] {
        bight_layer_factory *factory = conformance::makeLayer(kind().layer);
        bight_transport *upper = nullptr;

        EXPECT_EQ(bight_layer_factory_start(factory, below.transport, side, &above, &upper),
                  BIGHT_OK);
        EXPECT_FALSE(above.connected) << "told inside the call";
        bight_layer_factory_unref(factory);
    };
}

void Streams::linkLayers()
{
    for (Peer *lower : {&lowerClient_, &lowerServer_})
        lower->freesTransport = false;
    for (Peer *upper : {&client, &server})
        upper->closesUnconnected = true;
    startLayer(lowerClient_, client, BIGHT_LAYER_CLIENT);
    startLayer(lowerServer_, server, BIGHT_LAYER_SERVER);
    if (std::string(kind().endpoint).empty())
        ASSERT_EQ(bight_pair_new(reactor, &lowerClient_, &lowerServer_), BIGHT_OK);
    else
        linkSockets(kind().endpoint, lowerClient_, lowerServer_);
}

void Streams::linkSockets(std::string endpoint, Peer &from, Peer &to)
{
    auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
        return static_cast<Peer *>(data);
    };
    bight_listener *listener = nullptr;
    size_t place = endpoint.find("DIR");

    if (place != std::string::npos)
        endpoint.replace(place, 3, directory_.path());
    std::string options;
    if (endpoint.find("tls:") == 0)
        prepareTls(endpoint, options);
    ASSERT_EQ(bight_listen(reactor, endpoint.c_str(), serve, &to, nullptr, &listener), BIGHT_OK)
        << endpoint;
    auto outcome = connect(reactor, bight_listener_get_endpoint(listener) + options, from);
    ASSERT_TRUE(runUntil([&] { return outcome->done && to.connected; }));
    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(outcome->transport, from.transport);
    bight_listener_free(listener);
}

void Streams::prepareTls(std::string &listen, std::string &connect)
{
    static const support::Authority authority;
    static const support::Identity identity = authority.issue();

    listen += "?cert=" + directory_.write("cert", identity.certificate) +
              "&key=" + directory_.write("key", identity.key);
    connect = "?name=server.test&ca=" + directory_.write("ca", authority.certificate());
}

std::string nameOf(const testing::TestParamInfo<std::tuple<Host, Kind>> &info)
{
    return std::string(std::get<0>(info.param).name) + "_" + std::get<1>(info.param).name;
}

const Kind kinds[] = {
    {"tcp4", Way::endpoints, "tcp:127.0.0.1:0", true},
    {"tcp6", Way::endpoints, "tcp:[::1]:0", true},
    {"unix", Way::endpoints, "unix:DIR/socket", false},
    {"memory", Way::memory, "", true},
    {"tls", Way::endpoints, "tls:127.0.0.1:0", true},
    {"tlsUnix", Way::endpoints, "tls:unix:DIR/socket", false},
    {"pipes", Way::pipes, "", false},
    {"fifos", Way::fifos, "", false},
    {"adopted", Way::descriptors, "", false},
    {"watchedKind", Way::watched, "", false},
    {"queueKind", Way::queues, "", true},
    {"plainLayer", Way::layers, "", true, "plain"},
    {"framedLayer", Way::layers, "tcp:127.0.0.1:0", true, "framed"},
    {"framedLayerOnTls", Way::layers, "tls:127.0.0.1:0", true, "framed"},
    {"namedLayer", Way::layers, "tcp:127.0.0.1:0", true, "named"},
    {"slowLayer", Way::layers, "", true, "slow"},
    {"rateLimit", Way::layers, "tcp:127.0.0.1:0", true, "rate"},
    {"wireLog", Way::layers, "unix:DIR/socket", false, "log"},
};

INSTANTIATE_TEST_SUITE_P(Hosts, Streams,
                         testing::Combine(testing::ValuesIn(conformance::hosts),
                                          testing::ValuesIn(kinds)),
                         nameOf);

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
    std::string big(24 << 20, 'x'); // more than the system's buffers take

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
    static const bight_protocol_ops plain = [] {
        bight_protocol_ops ops = *Peer().ops;
        ops.ended = nullptr;
        return ops;
    }();

    server.ops = &plain;
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
    std::string big(4 << 20, 'x');
    server.onReceived = [&](std::string_view) { bight_transport_pause(server.transport); };

    client.write(big);
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

// -- A close delivers: what was written arrives, though the peer reads late or speaks late --

TEST_P(Streams, closeDeliversToAPeerThatReadsLate)
{
    std::string big(3 << 20, 'x');

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
    std::string big(3 << 20, 'x');

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
    std::string big(16 << 20, 'x'); // more than the system's buffers take, on both ways

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
    EXPECT_FALSE(server.closed) << "it was not reset: " << server.reasonText;
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
    client.write(std::string(24 << 20, 'x'));
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
    client.write(std::string(24 << 20, 'x'));
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
    client.write(std::string(24 << 20, 'x'));
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
    client.write(std::string(24 << 20, 'x'));
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
    server.write(std::string(24 << 20, 'x'));
    EXPECT_EQ(bight_transport_steal_descriptor(server.transport, &fd), BIGHT_ERROR_STATE);
    EXPECT_EQ(fd, -1);
}

} // namespace

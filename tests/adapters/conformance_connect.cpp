// Chapter: listening and connecting, what can go wrong there, and a thousand at once.
#include "adapters/conformance.hpp"
#include "adapters/limits.hpp"
#include "support/port.hpp"
#include "support/temp_dir.hpp"

#include <algorithm>
#include <bight/adopt.h>
#include <cerrno>
#include <cstddef>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using conformance::connect;
using conformance::Peer;
using conformance::Server;

namespace
{

BIGHT_CHAPTER(Connects);

TEST_P(Connects, thatAreRefusedFailTheDeferredAlone)
{
    std::string endpoint = "tcp:127.0.0.1:" + std::to_string(support::freePort());
    Peer peer;
    auto outcome = connect(reactor, endpoint, peer);

    EXPECT_FALSE(outcome->done) << "completed inside the call";
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(outcome->message, "connect to " + endpoint + ": Connection refused");
    EXPECT_EQ(outcome->domain, BIGHT_DOMAIN_ERRNO);
    EXPECT_EQ(outcome->code, ECONNREFUSED);
    EXPECT_FALSE(peer.connected);
}

TEST_P(Connects, toAPathThatIsNotThereFail)
{
    support::TempDir directory;
    Peer peer;
    auto outcome = connect(reactor, "unix:" + directory.file("nobody"), peer);

    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_EQ(outcome->status, BIGHT_ERROR_NOT_FOUND);
}

TEST_P(Connects, toWhatIsNoEndpointFail)
{
    for (const char *endpoint : {"", "tcp", "tcp:", "tcp:127.0.0.1:", "tcp:127.0.0.1:66000",
                                 "carrier-pigeon:coop", "unix:"}) {
        Peer peer;
        auto outcome = connect(reactor, endpoint, peer);
        EXPECT_TRUE(runUntil([&] { return outcome->done; })) << endpoint;
        EXPECT_EQ(outcome->status, BIGHT_ERROR_INVALID) << endpoint;
    }
}

TEST_P(Connects, thatAreCancelledNeverConnect)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer peer;
    bight_status status = BIGHT_OK;
    bight_deferred *deferred = bight_connect(reactor, server.endpoint().c_str(), &peer);
    auto keep = [](bight_result in, void *data) {
        *static_cast<bight_status *>(data) = bight_error_get_status(in.error);
        bight_result_free(in);
        return bight_result_value(nullptr);
    };

    bight_deferred_then(deferred, nullptr, keep, &status);
    bight_deferred_cancel(deferred);
    EXPECT_EQ(status, BIGHT_ERROR_CANCELLED);
    bight_deferred_free(deferred);
    runFor(BIGHT_MSEC(5));
    EXPECT_FALSE(peer.connected);
}

TEST_P(Connects, inTheAbstractNamespaceWork)
{
    Server server(reactor, "unix:@bight-conformance-" + std::to_string(getpid()),
                  [](Peer &peer) { peer.echo(); });
    Peer client;

    join(server, client);
    client.write("abstract");
    EXPECT_TRUE(runUntil([&] { return client.bytes == 8; }));
}

TEST_P(Connects, byNameReachLocalhost)
{
    Server server(reactor, "tcp:localhost:0");
    Peer client;

    join(server, client);
    EXPECT_TRUE(client.connected);
}

TEST_P(Connects, byNumberReachEitherAddressOfLocalhost)
{
    Server server(reactor, "tcp:localhost:0");
    std::string port = std::to_string(server.port());
    Peer four, six;
    auto first = connect(reactor, "tcp:127.0.0.1:" + port, four);
    auto second = connect(reactor, "tcp:[::1]:" + port, six);

    EXPECT_TRUE(runUntil([&] { return first->done && second->done; }));
    EXPECT_TRUE(four.connected) << first->message;
    EXPECT_TRUE(six.connected || second->code == EADDRNOTAVAIL) << second->message;
    server.stopListening();
    Peer late;
    auto third = connect(reactor, "tcp:[::1]:" + port, late);
    EXPECT_TRUE(runUntil([&] { return third->done; }));
    EXPECT_FALSE(late.connected) << "both sockets are closed";
}

TEST_P(Connects, toASocketWhoseQueueIsFullWaitForRoom)
{
    std::string name = "bight-full-" + std::to_string(getpid());
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path + 1, sizeof(address.sun_path) - 2);
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    auto *where = reinterpret_cast<sockaddr *>(&address);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int filler = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ASSERT_EQ(bind(listener, where, size), 0);
    ASSERT_EQ(listen(listener, 0), 0);
    ASSERT_EQ(::connect(filler, where, size), 0);

    Peer client, cancelled;
    auto outcome = connect(reactor, "unix:@" + name, client);
    auto other = connect(reactor, "unix:@" + name, cancelled);
    runFor(BIGHT_MSEC(5));
    EXPECT_FALSE(outcome->done) << outcome->message;
    bight_deferred_cancel(other->deferred);
    EXPECT_EQ(other->status, BIGHT_ERROR_CANCELLED);
    int accepted = accept(listener, nullptr, nullptr);
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    EXPECT_TRUE(client.connected) << outcome->message;
    for (int fd : {accepted, filler, listener})
        close(fd);
}

TEST_P(Connects, fromAPeerThatHalfClosesAndThenClosesAreToldOnUnixSockets)
{
    for (bool paused : {false, true}) {
        int pair[2];
        bight_transport *transport = nullptr;
        Peer peer(support::AtEnd::stay);
        ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
        ASSERT_EQ(bight_transport_adopt(reactor, pair[0], pair[0], &peer, &transport), BIGHT_OK);
        EXPECT_TRUE(runUntil([&] { return peer.connected; }));
        if (paused)
            bight_transport_pause(peer.transport);
        shutdown(pair[1], SHUT_WR);
        EXPECT_TRUE(paused || runUntil([&] { return peer.ended; }));
        runFor(BIGHT_MSEC(2));
        EXPECT_FALSE(peer.closed) << "the peer can still receive";
        close(pair[1]);
        runFor(BIGHT_MSEC(2));
        if (paused)
            bight_transport_resume(peer.transport);
        EXPECT_TRUE(runUntil([&] { return peer.closed; }));
        EXPECT_TRUE(peer.ended);
        EXPECT_EQ(peer.reason, BIGHT_ERROR_CLOSED) << peer.reasonText;
    }
}

TEST_P(Connects, thatAreNotServedAreReset)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;

    server.refuses = true;
    auto outcome = connect(reactor, server.endpoint(), client);
    // The reset may be quicker than the news that the connect has worked.
    EXPECT_TRUE(runUntil([&] { return client.closed || (outcome->done && !client.connected); }));
    EXPECT_EQ(client.connected ? client.reason : outcome->status, BIGHT_ERROR_RESET);
}

TEST_P(Connects, waitWhileTheListenerRests)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Peer client;

    bight_listener_pause(server.get());
    connect(reactor, server.endpoint(), client);
    EXPECT_TRUE(runUntil([&] { return client.connected; }));
    runFor(BIGHT_MSEC(5));
    EXPECT_TRUE(server.peers.empty());
    bight_listener_resume(server.get());
    EXPECT_TRUE(runUntil([&] { return server.first() != nullptr; }));
}

TEST_P(Connects, anAddressInUseIsAnErrorThatNamesIt)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };
    bight_error *error = nullptr;
    bight_listener *second = nullptr;

    EXPECT_EQ(bight_listen(reactor, server.endpoint().c_str(), serve, nullptr, &error, &second),
              BIGHT_ERROR_ADDRESS_IN_USE);
    ASSERT_NE(error, nullptr);
    EXPECT_NE(std::string(bight_error_get_message(error)).find(server.endpoint()),
              std::string::npos);
    EXPECT_EQ(second, nullptr);
    bight_error_unref(error);
}

TEST_P(Connects, liveOnWhenTheirListenerIsFreed)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Peer client;

    join(server, client);
    server.stopListening();
    client.write("still there");
    EXPECT_TRUE(runUntil([&] { return client.bytes == 11; }));
}

// serve is called in the midst of accepting, so it has tests of its own.
TEST_P(Connects, areServedByAFunctionThatFreesItsListener)
{
    auto freeing = [](bight_listener *listener, bight_transport *, void *data) -> bight_protocol * {
        bight_listener_free(listener);
        return static_cast<Peer *>(data);
    };
    Peer client, accepted, second;
    bight_listener *listener = nullptr;

    accepted.echo();
    ASSERT_EQ(bight_listen(reactor, "tcp:127.0.0.1:0", freeing, &accepted, nullptr, &listener),
              BIGHT_OK);
    std::string endpoint = bight_listener_get_endpoint(listener);
    connect(reactor, endpoint, client);
    auto outcome = connect(reactor, endpoint, second);
    client.onConnected = [&] { client.write("served"); };
    EXPECT_TRUE(runUntil([&] { return client.bytes == 6; }));
    EXPECT_TRUE(runUntil([&] { return outcome->done && (second.closed || !second.connected); }));
}

TEST_P(Connects, areServedByAFunctionThatRunsTheLoop)
{
    Peer client, second;
    int served = 0;
    Server server(reactor, "tcp:127.0.0.1:0", [&](Peer &peer) {
        peer.echo();
        if (++served == 1) {
            runFor(BIGHT_MSEC(3));
        }
    });

    client.onConnected = [&] { client.write("patient"); };
    connect(reactor, server.endpoint(), client);
    EXPECT_TRUE(runUntil([&] { return client.bytes == 7; }));
    connect(reactor, server.endpoint(), second);
    EXPECT_TRUE(runUntil([&] { return served == 2; }));
}

TEST_P(Connects, areKnownToTheFunctionThatServesThem)
{
    struct Seen {
        Peer peer;
        std::string from;
    } seen;
    auto serve = [](bight_listener *, bight_transport *transport, void *data) -> bight_protocol * {
        auto &self = *static_cast<Seen *>(data);
        self.from = bight_transport_get_peer(transport);
        bight_transport_set_marks(transport, 1, 2, 1000);
        EXPECT_EQ(bight_transport_set_idle_timeout(transport, BIGHT_SEC(60)), BIGHT_OK);
        return &self.peer;
    };
    bight_listener *listener = nullptr;
    Peer client;

    ASSERT_EQ(bight_listen(reactor, "tcp:127.0.0.1:0", serve, &seen, nullptr, &listener), BIGHT_OK);
    auto outcome = connect(reactor, bight_listener_get_endpoint(listener), client);
    EXPECT_TRUE(runUntil([&] { return outcome->done && seen.peer.connected; }));
    EXPECT_EQ(seen.from, bight_transport_get_local(client.transport));
    bight_transport_pause(client.transport);
    seen.peer.write(std::string(24 << 20, 'x'));
    EXPECT_TRUE(runUntil([&] { return seen.peer.closed; }));
    EXPECT_EQ(seen.peer.reason, BIGHT_ERROR_LIMIT) << "the limit of serve holds";
    bight_listener_free(listener);
}

TEST_P(Connects, areNotWrittenToWhereTheyAreServed)
{
    if (!host().forks)
        GTEST_SKIP() << "the loop cannot be used in a forked child";
    auto serve = [](bight_listener *, bight_transport *transport, void *) -> bight_protocol * {
        bight_transport_write(transport, "x", 1);
        return nullptr;
    };
    bight_listener *listener = nullptr;
    Peer client;

    ASSERT_EQ(bight_listen(reactor, "tcp:127.0.0.1:0", serve, nullptr, nullptr, &listener),
              BIGHT_OK);
    auto outcome = connect(reactor, bight_listener_get_endpoint(listener), client);
    auto child = [&] {
        EXPECT_EQ(bight_reactor_rebuild(reactor), BIGHT_OK);
        (void)runUntil([&] { return client.closed; });
    };
    EXPECT_DEATH(child(), "serve function");
    bight_deferred_cancel(outcome->deferred);
    bight_listener_free(listener);
}

TEST_P(Connects, areServedByAFunctionThatFreesTheReactor)
{
    bight_reactor *mine = reactor;
    Peer client;
    Server server(reactor, "tcp:127.0.0.1:0", [&](Peer &) { freeReactor(); });
    auto outcome = connect(reactor, server.endpoint(), client);

    EXPECT_EQ(bight_reactor_run(mine), BIGHT_OK);
    EXPECT_EQ(reactor, nullptr);
    EXPECT_TRUE(outcome->done);
    EXPECT_TRUE(server.first()->connected && server.first()->closed) << "it has an end";
    EXPECT_EQ(server.first()->reason, BIGHT_ERROR_CANCELLED);
}

TEST_P(Connects, aThousandAtOnceAllTalk)
{
    constexpr size_t count = 1000;
    conformance::DescriptorLimit limit(count * 2 + 200);
    if (!limit.granted)
        GTEST_SKIP() << "the system allows too few descriptors";
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    std::vector<std::unique_ptr<Peer>> clients;
    size_t answered = 0, closed = 0;

    for (size_t i = 0; i < count; i++) {
        Peer &client = *clients.emplace_back(std::make_unique<Peer>());
        std::string word = "client " + std::to_string(i);
        client.onConnected = [&client, word] { client.write(word); };
        client.onReceived = [&, word](std::string_view) {
            if (client.text != word)
                return;
            answered++;
            bight_transport_close(client.transport);
        };
        client.onClosed = [&] { closed++; };
        connect(reactor, server.endpoint(), client);
    }
    EXPECT_TRUE(runUntil([&] { return closed == count; }));
    EXPECT_EQ(answered, count);
    EXPECT_TRUE(runUntil([&] { return conformance::stats(reactor).connections == 0; }));
    EXPECT_EQ(server.peers.size(), count);
}

} // namespace

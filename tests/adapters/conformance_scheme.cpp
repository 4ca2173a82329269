// Chapter: schemes from outside of the library, proxies, and what is said of a connection besides
// its endpoint.
#include "adapters/schemes.hpp"
#include "support/port.hpp"

#include <cerrno>
#include <unistd.h>

using conformance::connect;
using conformance::connectWith;
using conformance::Outcome;
using conformance::Peer;
using conformance::Server;
using schemes::portOf;
using schemes::Proxy;
using schemes::Schemes;

namespace
{

INSTANTIATE_TEST_SUITE_P(Hosts, Schemes, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

// --- connecting and listening --------------------------------------------------------------------

TEST_P(Schemes, connectAndListenLikeThoseOfTheLibrary)
{
    Server server(reactor, toy("echo"), [](Peer &peer) { peer.echo(); });
    Peer first, second;

    EXPECT_EQ(server.endpoint(), toy("echo"));
    EXPECT_EQ(bight_address_get_family(bight_listener_get_address(server.get())),
              BIGHT_ADDRESS_NONE);
    EXPECT_TRUE(bight_listener_is_open(server.get()));
    for (Peer *client : {&first, &second}) {
        auto outcome = attempt(server.endpoint(), *client);

        ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
        EXPECT_EQ(outcome->transport, client->transport);
        expectEcho(*client);
    }
    EXPECT_EQ(server.peers.size(), 2u);
}

TEST_P(Schemes, thatFailAreNamedByTheLibrary)
{
    Peer client;
    bight_listener *listener = nullptr;
    bight_error *error = nullptr;
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };
    auto refused = attempt(toy("nobody"), client);

    EXPECT_EQ(refused->message, "connect to " + toy("nobody") + ": the toy: Connection refused");
    EXPECT_EQ(refused->domain, BIGHT_DOMAIN_ERRNO);
    EXPECT_EQ(refused->code, ECONNREFUSED);
    EXPECT_EQ(attempt("toy:", client)->message,
              "connect to toy:: column 5: expected a name of 1 to 79 characters");
    EXPECT_EQ(bight_listen(reactor, "toy:", serve, nullptr, &error, &listener),
              BIGHT_ERROR_INVALID);
    EXPECT_STREQ(bight_error_get_message(error),
                 "listen on toy:: column 5: expected a name of 1 to 79 characters");
    bight_error_unref(error);
    EXPECT_EQ(listener, nullptr);
}

TEST_P(Schemes, thatAreCancelledLeaveNothing)
{
    Server server(reactor, toy("cancel"));
    Peer client;
    auto outcome = connect(reactor, server.endpoint(), client);

    bight_deferred_cancel(outcome->deferred);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(outcome->message, "connect to " + toy("cancel") + " was cancelled");
    EXPECT_TRUE(runUntil([&] { return server.first() != nullptr && server.first()->closed; }));
    EXPECT_FALSE(client.connected);
    EXPECT_TRUE(runUntil([&] { return conformance::stats(reactor).connections == 0; }));
}

TEST_P(Schemes, areToldToPauseTheirListeners)
{
    Server server(reactor, toy("pause"));
    Peer client;

    bight_listener_pause(server.get());
    EXPECT_EQ(attempt(server.endpoint(), client)->status, BIGHT_OK) << "the system has taken it";
    runFor(BIGHT_MSEC(5));
    EXPECT_TRUE(server.peers.empty());
    bight_listener_resume(server.get());
    EXPECT_TRUE(runUntil([&] { return server.first() != nullptr; }));
}

TEST_P(Schemes, endWithTheirReactor)
{
    Server server(reactor, toy("end"));
    Peer client, late;
    bool destroyed = false;
    static const bight_scheme_ops ops = {sizeof(bight_scheme_ops),
                                         "never",
                                         nullptr,
                                         false,
                                         false,
                                         [](bight_reactor *, const bight_endpoint *,
                                            const bight_connect_options *, bight_protocol *,
                                            void *) -> bight_deferred * { return nullptr; },
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};
    auto destroy = [](void *data) { *static_cast<bool *>(data) = true; };

    ASSERT_EQ(bight_reactor_add_scheme(reactor, &ops, &destroyed, destroy), BIGHT_OK);
    EXPECT_EQ(attempt("never:", client)->status, BIGHT_ERROR_NO_MEMORY);
    auto outcome = connect(reactor, server.endpoint(), late);
    EXPECT_FALSE(destroyed);
    freeReactor();
    EXPECT_TRUE(destroyed);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED);
    EXPECT_FALSE(bight_listener_is_open(server.get()));
}

TEST_P(Schemes, thatMakeNoSenseAreNotAdded)
{
    bight_scheme_ops ops = {};
    int destroyed = 0;
    auto add = [&] {
        return bight_reactor_add_scheme(reactor, &ops, &destroyed,
                                        [](void *data) { ++*static_cast<int *>(data); });
    };

    ops.size = sizeof(ops);
    ops.name = "good";
    EXPECT_EQ(add(), BIGHT_ERROR_INVALID) << "it can do nothing";
    ops.listen = [](bight_listener *, const bight_endpoint *, const bight_listen_options *, void *,
                    void **) -> bight_error * { return nullptr; };
    EXPECT_EQ(add(), BIGHT_ERROR_INVALID) << "it cannot be closed";
    ops.close = [](void *) {};
    for (const char *name : {"", "Tcp", "1a", "a:b", "a/b", "a b"}) {
        ops.name = name;
        EXPECT_EQ(add(), BIGHT_ERROR_INVALID) << name;
    }
    ops.name = "tcp";
    EXPECT_EQ(add(), BIGHT_ERROR_EXISTS);
    ops.name = "toy";
    EXPECT_EQ(add(), BIGHT_ERROR_EXISTS);
    EXPECT_EQ(destroyed, 10) << "what is not taken is freed";
    EXPECT_TRUE(bight_reactor_has_scheme(reactor, "toy"));
    EXPECT_TRUE(bight_reactor_has_scheme(reactor, "stdio:"));
    EXPECT_FALSE(bight_reactor_has_scheme(reactor, "good"));
}

// --- through others ------------------------------------------------------------------------------

TEST_P(Schemes, leadToOthers)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Proxy proxy(reactor);
    Peer client;
    auto outcome = attempt(proxy.hop() + "?greeting=to%20/tcp:localhost:" + portOf(server), client);

    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(proxy.asked, std::vector<std::string>{"to localhost:" + portOf(server)});
    expectEcho(client);
}

TEST_P(Schemes, leadThroughEachOther)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Proxy near(reactor), middle(reactor), far(reactor);
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
    std::string hop = near.hop(), target = "127.0.0.1:" + portOf(server);
    Peer client;

    options.proxy = hop.c_str();
    auto outcome = attempt(middle.hop() + "/" + far.hop() + "/tcp:" + target, client, options);
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(near.asked, std::vector<std::string>{middle.hop().substr(4)});
    EXPECT_EQ(middle.asked, std::vector<std::string>{far.hop().substr(4)});
    EXPECT_EQ(far.asked, std::vector<std::string>{target});
    expectEcho(client);
}

// Both the last bytes of the proxy and the first of the peer come at once.
TEST_P(Schemes, keepWhatComesBehindTheAnswerOfAProxy)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    Proxy proxy(reactor, "ok\n220 ready\n");
    Peer client;
    auto outcome = attempt(proxy.hop() + "/tcp:127.0.0.1:" + portOf(server), client);

    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_TRUE(runUntil([&] { return client.text == "220 ready\n"; }));
}

TEST_P(Schemes, thatDelegateHaveWhatStandsInFront)
{
    Server server(reactor, "tcp:127.0.0.1:0", [](Peer &peer) { peer.echo(); });
    Proxy proxy(reactor);
    Peer client, direct, wrong;

    ASSERT_EQ(attempt("alias:tcp:127.0.0.1:" + portOf(server), direct)->status, BIGHT_OK);
    expectEcho(direct);
    EXPECT_TRUE(proxy.asked.empty());
    auto outcome = attempt(proxy.hop() + "/alias:tcp:127.0.0.1:" + portOf(server), client);
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(proxy.asked.size(), 1u);
    expectEcho(client);
    EXPECT_EQ(attempt("alias:tcp:h:0", wrong)->message,
              "connect to alias:tcp:h:0: connect to tcp:h:0: column 7: expected a port from 1 to "
              "65535, since 0 is for listening");
}

TEST_P(Schemes, thatAreDeniedSayWhy)
{
    Proxy proxy(reactor, "no\n");
    std::string nobody = "hop:127.0.0.1:" + std::to_string(support::freePort());
    Peer client;
    auto outcome = attempt(proxy.hop() + "?greeting=secret/tcp:127.0.0.1:1", client);

    EXPECT_EQ(outcome->status, BIGHT_ERROR_DENIED);
    EXPECT_EQ(outcome->message, "connect to " + proxy.hop() + "/tcp:127.0.0.1:1: the hop says no");
    outcome = attempt(nobody + "/tcp:127.0.0.1:1", client);
    EXPECT_EQ(outcome->message, "connect to " + nobody + "/tcp:127.0.0.1:1: connect to tcp:" +
                                    nobody.substr(4) + ": Connection refused");
    EXPECT_EQ(attempt(proxy.hop() + "/unix:/run/x", client)->message,
              "connect to " + proxy.hop() + "/unix:/run/x: column " +
                  std::to_string(proxy.hop().size() + 7) + ": expected HOST:PORT, not a path");
    EXPECT_FALSE(client.connected);
}

TEST_P(Schemes, thatLeadNowhereAreCancelledAndEndWithTheReactor)
{
    Server silent(reactor, "tcp:127.0.0.1:0");
    std::string endpoint = "hop:127.0.0.1:" + portOf(silent) + "/tcp:127.0.0.1:1";
    Peer first, second;
    auto cancelled = connect(reactor, endpoint, first);
    auto evicted = connect(reactor, endpoint, second);

    EXPECT_TRUE(runUntil([&] {
        return silent.peers.size() == 2 && silent.peers[0]->bytes > 0 && silent.peers[1]->bytes > 0;
    }));
    bight_deferred_cancel(cancelled->deferred);
    EXPECT_EQ(cancelled->status, BIGHT_ERROR_CANCELLED);
    EXPECT_TRUE(runUntil([&] { return silent.peers[0]->closed || silent.peers[1]->closed; }));
    EXPECT_FALSE(evicted->done);
    freeReactor();
    EXPECT_EQ(evicted->status, BIGHT_ERROR_CANCELLED);
    EXPECT_FALSE(first.connected || second.connected);
}

// --- what is said besides the endpoint -----------------------------------------------------------

TEST_P(Schemes, haveSoMuchTimeToConnect)
{
    Server silent(reactor, "tcp:127.0.0.1:0");
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
    Peer client;

    options.timeout = BIGHT_MSEC(20);
    auto outcome = attempt("hop:127.0.0.1:" + portOf(silent) + "/tcp:127.0.0.1:1", client, options);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_NE(outcome->message.find(": not done in 0.02 s"), std::string::npos) << outcome->message;
    outcome = attempt("tls:127.0.0.1:" + portOf(silent), client, options);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_TIMED_OUT) << outcome->message;
    EXPECT_FALSE(client.connected);
    EXPECT_EQ(attempt("tcp:127.0.0.1:" + portOf(silent), client, options)->status, BIGHT_OK);
    runFor(BIGHT_MSEC(40));
    EXPECT_FALSE(client.closed) << "the time is for connecting";
}

TEST_P(Schemes, connectFromAnAddressOfThisMachine)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
    bight_address local;
    Peer client, other;

    ASSERT_EQ(bight_address_parse("127.0.0.9", &local), BIGHT_OK);
    options.local = &local;
    auto outcome = connectWith(reactor, "tcp:localhost:" + portOf(server), options, client);
    memset(&local, 0xff, sizeof(local)); // it was copied
    EXPECT_TRUE(runUntil([&] { return outcome->done; }));
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(std::string(bight_transport_get_local(client.transport)).find("tcp:127.0.0.9:"), 0u);
    ASSERT_EQ(bight_address_parse("192.0.2.1", &local), BIGHT_OK);
    outcome = attempt("tcp:127.0.0.1:" + portOf(server), other, options);
    EXPECT_EQ(outcome->code, EADDRNOTAVAIL) << outcome->message;
    outcome = attempt("tcp:[::1]:" + portOf(server), other, options);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_NOT_FOUND) << outcome->message;
    outcome = attempt("unix:@nobody", other, options);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_INVALID) << outcome->message;
}

TEST_P(Schemes, connectByOneFamilyAlone)
{
    Server server(reactor, "tcp:127.0.0.1:0");
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
    Peer client, other;

    options.family = BIGHT_FAMILY_IPV6;
    auto outcome = attempt("tcp:127.0.0.1:" + portOf(server), other, options);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_NOT_FOUND);
    EXPECT_EQ(outcome->message,
              "connect to tcp:127.0.0.1:" + portOf(server) + ": no address of the wanted family");
    EXPECT_NE(attempt("tcp:" + portOf(server), other, options)->status, BIGHT_OK)
        << "localhost has IPv6 too, where nobody listens";
    options.family = BIGHT_FAMILY_IPV4;
    EXPECT_EQ(attempt("tcp:" + portOf(server), client, options)->status, BIGHT_OK);
}

TEST_P(Schemes, areNoneOfAnOptionsThatIsNotKnown)
{
    bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;
    Peer client;

    options.proxy = "tcp:127.0.0.1:1";
    EXPECT_EQ(attempt("tcp:127.0.0.1:1", client, options)->message,
              "connect to tcp:127.0.0.1:1: in the proxy, column 1: expected a scheme that leads to "
              "other endpoints");
    options.size = 3;
    EXPECT_EQ(attempt("tcp:127.0.0.1:1", client, options)->status, BIGHT_ERROR_INVALID);
}

} // namespace

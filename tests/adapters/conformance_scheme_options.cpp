// Chapter: schemes and endpoints with options of the listener, and with layers below and above TLS.
#include "adapters/layers.hpp"
#include "adapters/schemes.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <grp.h>
#include <sys/stat.h>

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

// --- listening with options ----------------------------------------------------------------------

TEST_P(Schemes, listenForSoManyAtOnce)
{
    for (const std::string &endpoint : {std::string("tcp:127.0.0.1:0"), toy("most")}) {
        bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
        options.most_connections = 2;
        Server server(
            reactor, endpoint, [](Peer &peer) { peer.echo(); }, &options);
        Peer clients[4];

        for (Peer &client : clients)
            connect(reactor, server.endpoint(), client);
        auto all = [&] {
            for (const Peer &client : clients)
                if (!client.connected)
                    return false;
            return true;
        };
        EXPECT_TRUE(runUntil(all)) << "they are in the system's queue";
        EXPECT_TRUE(runUntil([&] { return server.peers.size() == 2; }));
        runFor(BIGHT_MSEC(5));
        EXPECT_EQ(server.peers.size(), 2u) << endpoint;
        bight_listener_pause(server.get());
        bight_transport_close(clients[0].transport);
        EXPECT_TRUE(runUntil([&] { return clients[0].closed; }));
        runFor(BIGHT_MSEC(5));
        EXPECT_EQ(server.peers.size(), 2u) << "the program has paused it, too";
        bight_listener_resume(server.get());
        EXPECT_TRUE(runUntil([&] { return server.peers.size() == 3; }));
        runFor(BIGHT_MSEC(5));
        EXPECT_EQ(server.peers.size(), 3u);
        server.stopListening();
        bight_transport_abort(clients[1].transport);
        EXPECT_TRUE(runUntil([&] { return clients[1].closed; })) << "after the listener";
    }
}

TEST_P(Schemes, listenWithThePoliciesOfTheProgram)
{
    bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
    options.idle_timeout = BIGHT_MSEC(20);
    options.keepalive = 60;
    options.no_delay = false;
    options.reuse_port = true;
    options.backlog = 7;
    Server first(reactor, "tcp:127.0.0.1:0", nullptr, &options);
    Server second(reactor, first.endpoint(), nullptr, &options);
    Peer client;

    EXPECT_EQ(second.endpoint(), first.endpoint());
    EXPECT_EQ(attempt(first.endpoint(), client)->status, BIGHT_OK);
    EXPECT_TRUE(runUntil([&] { return client.closed; }));
    Peer *served = first.first() != nullptr ? first.first() : second.first();
    ASSERT_NE(served, nullptr);
    EXPECT_EQ(served->reason, BIGHT_ERROR_TIMED_OUT) << served->reasonText;
}

TEST_P(Schemes, listenOnIpv6AloneWhereThatIsWanted)
{
    bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
    options.ipv6_only = true;
    Server both(reactor, "tcp:0"), alone(reactor, "tcp:[::]:0", nullptr, &options);
    Peer client, other;

    EXPECT_EQ(attempt("tcp:127.0.0.1:" + portOf(both), client)->status, BIGHT_OK);
    EXPECT_EQ(attempt("tcp:127.0.0.1:" + portOf(alone), other)->status, BIGHT_ERROR_REFUSED);
}

TEST_P(Schemes, giveTheFileOfASocketItsMode)
{
    support::TempDir directory;
    bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
    std::string path = directory.file("s");
    struct stat file {
    };
    bight_listener *listener = nullptr;
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };

    for (unsigned mode : {0660u, 0600u, 0777u}) {
        options.mode = mode;
        options.owner = getuid();
        options.group = getgid();
        Server server(reactor, "unix:" + path, nullptr, &options);
        ASSERT_EQ(lstat(path.c_str(), &file), 0);
        EXPECT_EQ(file.st_mode & 07777u, mode);
    }
    EXPECT_NE(lstat(path.c_str(), &file), 0) << "it is removed all the same";
    for (const char *endpoint : {"tcp:127.0.0.1:0", "unix:@nobody"})
        EXPECT_EQ(
            bight_listen_with(reactor, endpoint, &options, serve, nullptr, nullptr, &listener),
            BIGHT_ERROR_INVALID);
    if (getuid() == 0)
        GTEST_SKIP() << "root may give a file to anybody";
    options.owner = 0;
    bight_error *error = nullptr;
    EXPECT_EQ(bight_listen_with(reactor, ("unix:" + path).c_str(), &options, serve, nullptr, &error,
                                &listener),
              BIGHT_ERROR_PERMISSION);
    bight_error_unref(error);
    EXPECT_NE(lstat(path.c_str(), &file), 0) << "nothing is left behind";
}

// --- layers --------------------------------------------------------------------------------------

// Contexts of a test's own, and factories of the layers of adapters/layers.hpp.
class LayeredSchemes : public Schemes
{
  protected:
    void SetUp() override
    {
        Schemes::SetUp();
        bight_tls_options client = BIGHT_TLS_OPTIONS_INIT, server = BIGHT_TLS_OPTIONS_INIT;
        std::string trusted = support::authority().certificate();
        client.ca_pem = bight_view_of(trusted.c_str());
        server.certificate_pem = bight_view_of(support::localIdentity().certificate.c_str());
        server.key_pem = bight_view_of(support::localIdentity().key.c_str());
        ASSERT_EQ(bight_tls_new_client(&client, nullptr, &connecting.tls), BIGHT_OK);
        ASSERT_EQ(bight_tls_new_server(&server, nullptr, &listening.tls), BIGHT_OK);
        named = factory(conformance::namedLayer);
        framed = factory(conformance::framedLayer);
        connecting.below = listening.below = &named;
        connecting.above = listening.above = &framed;
        connecting.below_count = listening.below_count = 1;
        connecting.above_count = listening.above_count = 1;
        clientTls = connecting.tls;
        serverTls = listening.tls;
    }
    void TearDown() override
    {
        bight_layer_factory_unref(named);
        bight_layer_factory_unref(framed);
        bight_tls_unref(clientTls);
        bight_tls_unref(serverTls);
        Schemes::TearDown();
    }
    static bight_layer_factory *factory(const bight_layer_ops &ops)
    {
        bight_layer_factory *made = nullptr;
        EXPECT_EQ(bight_layer_factory_new(conformance::startLayer,
                                          const_cast<bight_layer_ops *>(&ops), nullptr, &made),
                  BIGHT_OK);
        return made;
    }

    bight_connect_options connecting = BIGHT_CONNECT_OPTIONS_INIT;
    bight_listen_options listening = BIGHT_LISTEN_OPTIONS_INIT;
    bight_layer_factory *named = nullptr, *framed = nullptr;
    bight_tls *clientTls = nullptr, *serverTls = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Hosts, LayeredSchemes, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

// serve sees what the header says and what TLS has agreed on: all handshakes are done.
TEST_P(LayeredSchemes, haveLayersBelowAndAboveTls)
{
    struct Seen {
        Peer peer;
        std::string from;
        bight_address address{};
    } seen;
    auto serve = [](bight_listener *, bight_transport *transport, void *data) -> bight_protocol * {
        auto &self = *static_cast<Seen *>(data);
        self.from = bight_transport_get_peer(transport);
        self.address = bight_transport_get_peer_address(transport);
        self.peer.echo();
        return &self.peer;
    };
    bight_listener *listener = nullptr;
    Peer client;

    ASSERT_EQ(
        bight_listen_with(reactor, "tls:127.0.0.1:0", &listening, serve, &seen, nullptr, &listener),
        BIGHT_OK);
    auto outcome = attempt(bight_listener_get_endpoint(listener), client, connecting);
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(std::string(bight_transport_get_peer(client.transport)).find("framed:tls:"), 0u);
    expectEcho(client);
    EXPECT_EQ(seen.from, "framed:tls:named:192.0.2.7");
    char text[BIGHT_ADDRESS_TEXT_SIZE];
    bight_address_format_host(&seen.address, text, sizeof(text));
    EXPECT_STREQ(text, "192.0.2.7");
    bight_listener_free(listener);
}

TEST_P(LayeredSchemes, haveLayersWithoutTls)
{
    for (const std::string &endpoint : {std::string("tcp:127.0.0.1:0"), toy("layers")}) {
        listening.tls = connecting.tls = nullptr;
        Server server(
            reactor, endpoint, [](Peer &peer) { peer.echo(); }, &listening);
        Peer client;
        auto outcome = attempt(server.endpoint(), client, connecting);

        ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
        expectEcho(client);
        EXPECT_STREQ(bight_transport_get_peer(server.first()->transport), "framed:named:192.0.2.7");
    }
}

TEST_P(LayeredSchemes, haveThemInATunnelToo)
{
    Server server(
        reactor, "tls:127.0.0.1:0", [](Peer &peer) { peer.echo(); }, &listening);
    Proxy proxy(reactor);
    std::string hop = proxy.hop();
    Peer client, delegated;

    connecting.proxy = hop.c_str();
    auto outcome = attempt("tls:localhost:" + portOf(server), client, connecting);
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(proxy.asked, std::vector<std::string>{"localhost:" + portOf(server)});
    expectEcho(client);
    // alias: is told of the context and of what goes below it.
    outcome = attempt("alias:tls:localhost:" + portOf(server), delegated, connecting);
    ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
    EXPECT_EQ(proxy.asked.size(), 2u);
    expectEcho(delegated);
}

TEST_P(LayeredSchemes, whoseHeaderIsWrongAreNotServed)
{
    Server server(reactor, "tls:127.0.0.1:0", nullptr, &listening);
    Peer liar, client;

    liar.onConnected = [&] { liar.write("PEER nobody\n"); };
    connect(reactor, "tcp:127.0.0.1:" + portOf(server), liar);
    EXPECT_TRUE(runUntil([&] { return liar.closed; }));
    connecting.below_count = 0; // the hello of TLS is no header
    auto outcome = attempt(server.endpoint(), client, connecting);
    EXPECT_NE(outcome->status, BIGHT_OK);
    EXPECT_EQ(outcome->message.find("connect to " + server.endpoint() + ": "), 0u)
        << outcome->message;
    EXPECT_TRUE(server.peers.empty());
    EXPECT_FALSE(client.connected);
}

TEST_P(LayeredSchemes, areGivenUpInTheMidstOfThem)
{
    Server silent(reactor, "tcp:127.0.0.1:0");
    Server server(reactor, "tls:127.0.0.1:0", nullptr, &listening);
    Peer first, second, mute, mutest;
    std::string endpoint = "tls:127.0.0.1:" + portOf(silent);
    auto cancelled = connectWith(reactor, endpoint, connecting, first);
    auto evicted = connectWith(reactor, endpoint, connecting, second);

    mute.onConnected = [&] { mute.write("PEER 192.0.2.1\n"); };
    connect(reactor, "tcp:127.0.0.1:" + portOf(server), mute);
    connect(reactor, "tcp:127.0.0.1:" + portOf(server), mutest);
    EXPECT_TRUE(runUntil([&] {
        return silent.peers.size() == 2 && silent.peers[0]->bytes > 15 &&
               silent.peers[1]->bytes > 15 && mute.connected && mutest.connected;
    }));
    runFor(BIGHT_MSEC(5));
    bight_deferred_cancel(cancelled->deferred);
    EXPECT_EQ(cancelled->status, BIGHT_ERROR_CANCELLED) << cancelled->message;
    server.stopListening();
    EXPECT_TRUE(runUntil([&] { return mute.closed && mutest.closed; }));
    freeReactor();
    EXPECT_EQ(evicted->status, BIGHT_ERROR_CANCELLED) << evicted->message;
    EXPECT_FALSE(first.connected || second.connected);
}

} // namespace

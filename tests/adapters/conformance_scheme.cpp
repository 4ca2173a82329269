// Chapter: schemes from outside of the library, proxies, and what is said of a connection or a
// listener besides its endpoint. tests/support/toy_schemes.h has the schemes.
#include "adapters/conformance.hpp"
#include "adapters/layers.hpp"
#include "support/certificates.hpp"
#include "support/port.hpp"
#include "support/temp_dir.hpp"
#include "support/toy_schemes.h"

#include <cerrno>
#include <grp.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

using conformance::connect;
using conformance::connectWith;
using conformance::Outcome;
using conformance::Peer;
using conformance::Server;

namespace
{

class Schemes : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        Conformance::SetUp();
        ASSERT_EQ(bight_toy_add_schemes(reactor), BIGHT_OK);
        ASSERT_EQ(bight_toy_add_schemes(reactor), BIGHT_OK) << "twice is no fault";
    }
    static std::string toy(const std::string &name)
    {
        return "toy:" + name + "-" + std::to_string(getpid());
    }
    std::shared_ptr<Outcome> attempt(const std::string &endpoint, Peer &peer,
                                     const bight_connect_options &options)
    {
        auto outcome = connectWith(reactor, endpoint, options, peer);
        EXPECT_FALSE(outcome->done) << "completed inside the call";
        EXPECT_TRUE(runUntil([&] { return outcome->done; }));
        return outcome;
    }
    std::shared_ptr<Outcome> attempt(const std::string &endpoint, Peer &peer)
    {
        return attempt(endpoint, peer, BIGHT_CONNECT_OPTIONS_INIT);
    }
    void expectEcho(Peer &client)
    {
        client.write("hello");
        EXPECT_TRUE(runUntil([&] { return client.text == "hello"; }));
    }
};

INSTANTIATE_TEST_SUITE_P(Hosts, Schemes, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

// A proxy for hop:, on a reactor. What comes behind the line of a client goes on, both ways.
class Proxy
{
  public:
    explicit Proxy(bight_reactor *reactor, std::string answer = "ok\n")
        : reactor_(reactor), answer_(std::move(answer)),
          server_(reactor, "tcp:127.0.0.1:0", [this](Peer &peer) { prepare(peer); })
    {
    }
    std::string hop() const
    {
        return "hop:127.0.0.1:" + std::to_string(server_.port());
    }
    Server &server()
    {
        return server_;
    }

    std::vector<std::string> asked;

  private:
    struct Across {
        Peer far;
        std::shared_ptr<Outcome> outcome;
        std::string line;
    };
    void prepare(Peer &near)
    {
        Across &across = across_[&near];

        near.onReceived = [this, &near, &across](std::string_view bytes) {
            if (across.far.transport != nullptr) {
                across.far.write(bytes);
                return;
            }
            across.line += bytes;
            if (across.line.back() == '\n')
                go(near, across);
        };
        near.onClosed = [&across] { bight_transport_free(across.far.transport); };
    }
    void go(Peer &near, Across &across)
    {
        std::string target = across.line.substr(0, across.line.size() - 1);

        asked.push_back(target);
        if (answer_.compare(0, 2, "ok") != 0) {
            near.write(answer_);
            return;
        }
        target = target.substr(target.find(' ') + 1);
        across.far.onConnected = [this, &near] { near.write(answer_); };
        across.far.onReceived = [&near](std::string_view bytes) { near.write(bytes); };
        across.far.onClosed = [&near, &across] {
            across.far.transport = nullptr;
            if (near.transport != nullptr)
                bight_transport_close(near.transport);
        };
        across.outcome = connect(reactor_, "tcp:" + target, across.far);
    }

    bight_reactor *reactor_;
    std::string answer_;
    std::map<Peer *, Across> across_;
    Server server_;
};

std::string portOf(const Server &server)
{
    return std::to_string(server.port());
}

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
    static const support::Authority &authority()
    {
        static const support::Authority made;
        return made;
    }
    static const support::Identity &identity()
    {
        static const support::Identity made = [] {
            support::Wanted wanted;
            wanted.alternatives = "DNS:localhost,IP:127.0.0.1";
            return authority().issue(wanted);
        }();
        return made;
    }
    void SetUp() override
    {
        Schemes::SetUp();
        bight_tls_options client = BIGHT_TLS_OPTIONS_INIT, server = BIGHT_TLS_OPTIONS_INIT;
        std::string trusted = authority().certificate();
        client.ca_pem = bight_view_of(trusted.c_str());
        server.certificate_pem = bight_view_of(identity().certificate.c_str());
        server.key_pem = bight_view_of(identity().key.c_str());
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

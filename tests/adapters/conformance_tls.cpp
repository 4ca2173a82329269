// Chapter: TLS on sockets: connecting, listening, and how either can end. The rules that it shares
// with the other transports are in the chapter on connections.
#include "adapters/conformance.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <bight/tls.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using conformance::connect;
using conformance::Outcome;
using conformance::Peer;
using conformance::Server;

namespace
{

class TlsSockets : public conformance::Conformance
{
  protected:
    std::string serving() const
    {
        return "?cert=" + cert_ + "&key=" + key_;
    }
    std::string trusting() const
    {
        return "?ca=" + ca_;
    }
    // What becomes of an attempt.
    std::shared_ptr<Outcome> attempt(const std::string &endpoint, Peer &peer)
    {
        auto outcome = connect(reactor, endpoint, peer);
        EXPECT_FALSE(outcome->done) << "completed inside the call";
        EXPECT_TRUE(runUntil([&] { return outcome->done; }));
        return outcome;
    }
    static std::string port(const Server &server)
    {
        return std::to_string(server.port());
    }

    support::TempDir directory_;
    std::string ca_ = directory_.write("ca.pem", support::authority().certificate());
    std::string cert_ = directory_.write("cert.pem", support::localIdentity().certificate);
    std::string key_ = directory_.write("key.pem", support::localIdentity().key);
};

INSTANTIATE_TEST_SUITE_P(Hosts, TlsSockets, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(TlsSockets, echoByNameAndByAddress)
{
    Server server(reactor, "tls:127.0.0.1:0" + serving(), [](Peer &peer) { peer.echo(); });

    EXPECT_EQ(server.endpoint(), "tls:127.0.0.1:" + port(server));
    for (const char *host : {"localhost", "127.0.0.1"}) {
        Peer client;
        auto outcome =
            attempt("tls:" + std::string(host) + ":" + port(server) + trusting(), client);

        ASSERT_EQ(outcome->status, BIGHT_OK) << outcome->message;
        EXPECT_EQ(outcome->transport, client.transport);
        EXPECT_STREQ(bight_tls_get_version(client.transport), "TLSv1.3");
        EXPECT_EQ(bight_transport_get_peer(client.transport), server.endpoint());
        client.write("hello");
        EXPECT_TRUE(runUntil([&] { return client.text == "hello"; }));
    }
    Peer client;
    auto outcome = attempt("tls:" + port(server) + trusting(), client);
    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message << ": a port alone is localhost";
}

TEST_P(TlsSockets, aCertificateThatIsNotTrustedFailsTheDeferredAlone)
{
    Server server(reactor, "tls:127.0.0.1:0" + serving());
    std::string endpoint = server.endpoint();

    for (const std::string &options : {std::string(), trusting() + "&name=other.test"}) {
        Peer client;
        auto outcome = attempt(endpoint + options, client);

        EXPECT_EQ(outcome->status, BIGHT_ERROR_UNTRUSTED) << outcome->message;
        EXPECT_EQ(outcome->message.find("connect to " + endpoint + ": "), 0u) << outcome->message;
        EXPECT_EQ(outcome->message.find('?'), std::string::npos) << outcome->message;
        EXPECT_FALSE(client.connected);
    }
    runFor(BIGHT_MSEC(5));
    EXPECT_TRUE(server.peers.empty()) << "nobody to be served";
}

TEST_P(TlsSockets, onlyTheUglyNameTakesAnyCertificate)
{
    Server server(reactor, "tls:127.0.0.1:0" + serving());
    Peer client;
    auto outcome = attempt(server.endpoint() + "?dangerously-accept-any-certificate", client);

    EXPECT_EQ(outcome->status, BIGHT_OK) << outcome->message;
}

TEST_P(TlsSockets, aNameForAnotherHostMayBeGiven)
{
    Server server(reactor, "tls:unix:" + directory_.file("s") + serving());
    Peer named, nameless;

    EXPECT_EQ(server.endpoint(), "tls:unix:" + directory_.file("s"));
    EXPECT_EQ(attempt(server.endpoint() + trusting() + "&name=localhost", named)->status, BIGHT_OK);
    EXPECT_EQ(attempt(server.endpoint() + trusting(), nameless)->status, BIGHT_ERROR_INVALID);
}

TEST_P(TlsSockets, optionsThatMakeNoSenseAreRefused)
{
    Peer client;

    for (const char *options : {"?what=1", "?what", "?ca=", "?alpn=", "?alpn=a,,b", "?least=1.1",
                                "?ca=%zz", "?ca=%00", "?", "?alpn=1,2,3,4,5,6,7,8,9"})
        EXPECT_EQ(attempt("tls:127.0.0.1:1" + std::string(options), client)->status,
                  BIGHT_ERROR_INVALID)
            << options;
    EXPECT_EQ(attempt("tls:127.0.0.1:1?ca=/no/such", client)->status, BIGHT_ERROR_NOT_FOUND);
}

TEST_P(TlsSockets, aListenerNeedsACertificate)
{
    bight_listener *listener = nullptr;
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };

    for (const char *endpoint : {"tls:127.0.0.1:0", "tls:127.0.0.1:0?name=x"}) {
        bight_error *error = nullptr;
        EXPECT_EQ(bight_listen(reactor, endpoint, serve, nullptr, &error, &listener),
                  BIGHT_ERROR_INVALID);
        EXPECT_NE(std::string(bight_error_get_message(error)).find("tls:127.0.0.1"),
                  std::string::npos);
        bight_error_unref(error);
    }
    EXPECT_EQ(listener, nullptr);
}

TEST_P(TlsSockets, whoSpeaksNoTlsIsAnError)
{
    Server plain(reactor, "tcp:127.0.0.1:0", [](Peer &peer) {
        peer.onConnected = [&peer] { peer.write("220 mail.example.org ready\r\n"); };
    });
    Peer client;
    auto outcome = attempt("tls:127.0.0.1:" + port(plain) + trusting(), client);

    EXPECT_EQ(outcome->status, BIGHT_ERROR_PROTOCOL) << outcome->message;
    EXPECT_NE(outcome->message.find("the server does not speak TLS"), std::string::npos)
        << outcome->message;
    EXPECT_FALSE(client.connected);
}

TEST_P(TlsSockets, aCancelledHandshakeNeverConnects)
{
    Server silent(reactor, "tcp:127.0.0.1:0");
    Peer client;
    auto outcome = connect(reactor, "tls:127.0.0.1:" + port(silent) + trusting(), client);

    EXPECT_TRUE(runUntil([&] { return silent.first() != nullptr && silent.first()->bytes > 0; }));
    EXPECT_FALSE(outcome->done) << "only the handshake decides";
    bight_deferred_cancel(outcome->deferred);
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED) << outcome->message;
    EXPECT_TRUE(runUntil([&] { return silent.first()->closed; }));
    EXPECT_FALSE(client.connected);
}

TEST_P(TlsSockets, aFreedReactorEndsTheHandshakes)
{
    Server silent(reactor, "tcp:127.0.0.1:0"), server(reactor, "tls:127.0.0.1:0" + serving());
    Peer client, mute;
    auto outcome = connect(reactor, "tls:127.0.0.1:" + port(silent) + trusting(), client);
    auto other = connect(reactor, "tcp:127.0.0.1:" + port(server), mute);

    EXPECT_TRUE(runUntil([&] { return silent.first() != nullptr && silent.first()->bytes > 0; }));
    EXPECT_TRUE(runUntil([&] { return mute.connected; }));
    freeReactor();
    EXPECT_EQ(outcome->status, BIGHT_ERROR_CANCELLED) << outcome->message;
    EXPECT_FALSE(client.connected);
    EXPECT_TRUE(server.peers.empty());
}

TEST_P(TlsSockets, aFreedListenerDropsThoseThatShakeHands)
{
    Server server(reactor, "tls:127.0.0.1:0" + serving());
    Peer mute;

    connect(reactor, "tcp:127.0.0.1:" + port(server), mute);
    EXPECT_TRUE(runUntil([&] { return mute.connected; }));
    mute.write("\x16\x03\x01");
    runFor(BIGHT_MSEC(5));
    server.stopListening();
    EXPECT_TRUE(runUntil([&] { return mute.closed; }));
    EXPECT_TRUE(server.peers.empty());
}

TEST_P(TlsSockets, thatAreNotServedAreReset)
{
    Server server(reactor, "tls:127.0.0.1:0" + serving());
    Peer client;

    server.refuses = true;
    auto outcome = attempt(server.endpoint() + trusting(), client);
    EXPECT_TRUE(runUntil([&] { return client.closed || outcome->status != BIGHT_OK; }));
    EXPECT_EQ(client.connected ? client.reason : outcome->status, BIGHT_ERROR_RESET);
}

TEST_P(TlsSockets, aLoopNestedWhereAConnectionIsServedDeliversToNobody)
{
    std::unique_ptr<Server> server;
    server = std::make_unique<Server>(reactor, "tls:127.0.0.1:0" + serving(), [&](Peer &peer) {
        peer.echo();
        runFor(BIGHT_MSEC(5));
        EXPECT_EQ(peer.bytes, 0u);
    });
    Peer client;

    client.onConnected = [&] { client.write("at once"); };
    connect(reactor, server->endpoint() + trusting(), client);
    EXPECT_TRUE(runUntil([&] { return client.text == "at once"; }));
}

TEST_P(TlsSockets, aPeerThatGoesWhileItIsServedIsToldOf)
{
    Peer client;
    Server server(reactor, "tls:127.0.0.1:0" + serving(), [&](Peer &) {
        client.onClosed = nullptr;
        bight_transport_abort(client.transport);
        runFor(BIGHT_MSEC(5));
    });

    client.onConnected = [&] { client.write("gone"); };
    connect(reactor, server.endpoint() + trusting(), client);
    EXPECT_TRUE(runUntil([&] { return server.first() != nullptr && server.first()->closed; }));
    EXPECT_TRUE(server.first()->connected);
}

TEST_P(TlsSockets, contextsOfOnesOwnAreUsed)
{
    bight_tls_options forClients = BIGHT_TLS_OPTIONS_INIT, forServers = BIGHT_TLS_OPTIONS_INIT;
    bight_connect_options connecting = BIGHT_CONNECT_OPTIONS_INIT;
    bight_listen_options listening = BIGHT_LISTEN_OPTIONS_INIT;
    bight_tls *mine = nullptr, *theirs = nullptr;
    bight_listener *listener = nullptr;
    Peer served, client;

    forClients.ca_file = ca_.c_str();
    forServers.certificate_file = cert_.c_str();
    forServers.key_file = key_.c_str();
    ASSERT_EQ(bight_tls_new_client(&forClients, nullptr, &mine), BIGHT_OK);
    ASSERT_EQ(bight_tls_new_server(&forServers, nullptr, &theirs), BIGHT_OK);
    auto serve = [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
        return static_cast<Peer *>(data);
    };
    listening.tls = theirs;
    connecting.tls = mine;
    ASSERT_EQ(bight_listen_with(reactor, "tls:127.0.0.1:0", &listening, serve, &served, nullptr,
                                &listener),
              BIGHT_OK);
    bight_deferred *deferred =
        bight_connect_with(reactor, bight_listener_get_endpoint(listener), &connecting, &client);
    EXPECT_TRUE(runUntil([&] { return client.connected && served.connected; }));
    bight_deferred_free(deferred);
    bight_listener_free(listener);
    for (const char *endpoint : {"tcp:127.0.0.1:0", "tls:127.0.0.1:0?least=1.3"})
        EXPECT_EQ(
            bight_listen_with(reactor, endpoint, &listening, serve, nullptr, nullptr, &listener),
            BIGHT_ERROR_INVALID)
            << endpoint;
    for (const char *endpoint : {"tcp:127.0.0.1:1", "tls:127.0.0.1:1?least=1.3"}) {
        Peer nobody;
        auto outcome = conformance::connectWith(reactor, endpoint, connecting, nobody);
        EXPECT_TRUE(runUntil([&] { return outcome->done; }));
        EXPECT_EQ(outcome->status, BIGHT_ERROR_INVALID) << outcome->message;
    }
    bight_tls_unref(mine);
    bight_tls_unref(theirs);
}

TEST_P(TlsSockets, failedHandshakesAreToldToTheServer)
{
    struct Log {
        std::string peer, text;
        bight_status status = BIGHT_OK;
        bight_address_family family = BIGHT_ADDRESS_NONE;
        unsigned calls = 0;
    } log;
    bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
    bight_listener *listener = nullptr;
    std::string endpoint = "tls:127.0.0.1:0" + serving();

    options.handshake_failed = [](bight_listener *, const char *peer, const bight_address *address,
                                  const bight_error *error, void *data) {
        auto *into = static_cast<Log *>(data);
        into->peer = peer;
        into->text = bight_error_get_message(error);
        into->status = bight_error_get_status(error);
        into->family = bight_address_get_family(address);
        into->calls++;
    };
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };
    ASSERT_EQ(
        bight_listen_with(reactor, endpoint.c_str(), &options, serve, &log, nullptr, &listener),
        BIGHT_OK);
    Peer client;
    EXPECT_EQ(attempt(bight_listener_get_endpoint(listener), client)->status,
              BIGHT_ERROR_UNTRUSTED);
    EXPECT_TRUE(runUntil([&] { return log.calls == 1; }));
    EXPECT_EQ(log.peer.find("tls:127.0.0.1:"), 0u) << log.peer;
    EXPECT_EQ(log.status, BIGHT_ERROR_PROTOCOL);
    EXPECT_NE(log.text.find("it does not trust the authority of this side's certificate"),
              std::string::npos)
        << log.text;
    EXPECT_EQ(log.family, BIGHT_ADDRESS_IPV4);
    Peer plain;
    std::string address = bight_listener_get_endpoint(listener);
    connect(reactor, "tcp" + address.substr(3), plain);
    EXPECT_TRUE(runUntil([&] { return plain.connected; }));
    plain.write("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(runUntil([&] { return log.calls == 2; }));
    EXPECT_NE(log.text.find("the client speaks HTTP without TLS"), std::string::npos) << log.text;
    bight_listener_free(listener);
}

TEST_P(TlsSockets, aSlowReaderSlowsTheWriter)
{
    std::string big(8 << 20, 'x');
    Server server(reactor, "tls:127.0.0.1:0" + serving(), [&](Peer &peer) {
        peer.keepsText = false;
        peer.onConnected = [&peer] { bight_transport_pause(peer.transport); };
    });
    Peer client;

    ASSERT_EQ(attempt(server.endpoint() + trusting(), client)->status, BIGHT_OK);
    EXPECT_TRUE(runUntil([&] { return server.first() != nullptr && server.first()->connected; }));
    EXPECT_EQ(client.write(big), BIGHT_FLOW_WAIT);
    runFor(BIGHT_MSEC(20));
    EXPECT_GT(bight_transport_get_pending(client.transport), 0u);
    bight_transport_resume(server.first()->transport);
    EXPECT_TRUE(runUntil([&] { return server.first()->bytes == big.size(); }));
    EXPECT_EQ(client.drainedCalls, 1u);
}

} // namespace

// Chapter: addresses as values, of listeners and of both ends of a connection.
#include "adapters/conformance.hpp"
#include "core/address_support.hpp"
#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <bight/pair.h>
#include <tuple>

using conformance::connect;
using conformance::Host;
using conformance::Peer;
using conformance::Server;

namespace
{

struct Kind {
    const char *name;
    const char *endpoint;
    bight_address_family family;
};

std::ostream &operator<<(std::ostream &stream, const Kind &kind)
{
    return stream << kind.name;
}

const Kind kinds[] = {
    {"tcp4", "tcp:127.0.0.1:0", BIGHT_ADDRESS_IPV4},
    {"tcp6", "tcp:[::1]:0", BIGHT_ADDRESS_IPV6},
    {"unix", "unix:DIR/socket", BIGHT_ADDRESS_UNIX},
    {"tls", "tls:127.0.0.1:0", BIGHT_ADDRESS_IPV4},
    {"tlsUnix", "tls:unix:DIR/socket", BIGHT_ADDRESS_UNIX},
};

bight_address peerOf(bight_transport *transport)
{
    return bight_transport_get_peer_address(transport);
}

bight_address localOf(bight_transport *transport)
{
    return bight_transport_get_local_address(transport);
}

class Addresses : public conformance::OnKinds<Kind>
{
  protected:
    // Where to listen, and the options to connect there with.
    void prepare()
    {
        size_t place = endpoint_.find("DIR");

        if (place != std::string::npos)
            endpoint_.replace(place, 3, directory_.path());
        if (endpoint_.find("tls:") != 0)
            return;
        endpoint_ += "?cert=" + directory_.write("cert", support::serverIdentity().certificate) +
                     "&key=" + directory_.write("key", support::serverIdentity().key);
        options_ =
            "?name=server.test&ca=" + directory_.write("ca", support::authority().certificate());
    }
    void SetUp() override
    {
        Fixture::SetUp();
        prepare();
        server = std::make_unique<Server>(reactor, endpoint_);
        connect(reactor, server->endpoint() + options_, client);
        ASSERT_TRUE(runUntil([&] {
            return client.connected && server->first() != nullptr && server->first()->connected;
        }));
    }
    void TearDown() override
    {
        server.reset();
        Fixture::TearDown();
    }

    std::unique_ptr<Server> server;
    Peer client;

  private:
    std::string endpoint_ = kind().endpoint, options_;
    support::TempDir directory_;
};

INSTANTIATE_TEST_SUITE_P(Hosts, Addresses,
                         testing::Combine(testing::ValuesIn(conformance::hosts),
                                          testing::ValuesIn(kinds)),
                         conformance::nameOfBoth<Kind>);

// The port, or the path, as the text says it too.
TEST_P(Addresses, areThoseOfBothEnds)
{
    bight_address listening = *bight_listener_get_address(server->get());
    bight_transport *accepted = server->first()->transport;
    std::string endpoint = server->endpoint(), text = textOf(listening);

    EXPECT_EQ(bight_address_get_family(&listening), kind().family);
    EXPECT_GE(endpoint.size(), text.size());
    EXPECT_EQ(endpoint.substr(endpoint.size() - text.size()), text);
    EXPECT_EQ(peerOf(client.transport), listening);
    EXPECT_EQ(localOf(accepted), listening);
    EXPECT_EQ(peerOf(accepted), localOf(client.transport));
    if (kind().family == BIGHT_ADDRESS_UNIX) {
        bight_address nobody = peerOf(accepted);

        EXPECT_EQ(textOf(nobody), "unix:") << "who connects has no name";
        return;
    }
    bight_address peer = peerOf(accepted);
    EXPECT_NE(bight_address_get_port(&peer), 0);
    EXPECT_TRUE(bight_address_equal_host(&peer, &listening));
    EXPECT_FALSE(bight_address_equal(&peer, &listening));
}

// In the text's memory or without it.
TEST_P(Addresses, areTheSameBeforeAndAfterTheirTextIsAskedFor)
{
    bight_address peer = peerOf(client.transport), local = localOf(client.transport);
    std::string text = bight_transport_get_peer(client.transport);

    bight_transport_get_local(client.transport);
    EXPECT_EQ(peerOf(client.transport), peer);
    EXPECT_EQ(localOf(client.transport), local);
    EXPECT_EQ(text, server->endpoint());
}

TEST_P(Addresses, ofThePeerIsKnownInClosed)
{
    bight_transport *transport = client.transport, *accepted = server->first()->transport;
    bight_address peer = peerOf(transport), of_client = peerOf(accepted);
    bight_address at_end = {}, at_other_end = {};
    unsigned closed = 0;

    client.onClosed = [&] {
        at_end = peerOf(transport);
        closed++;
    };
    server->first()->onClosed = [&] {
        at_other_end = peerOf(accepted);
        closed++;
    };
    bight_transport_abort(transport);
    ASSERT_TRUE(runUntil([&] { return closed == 2; }));
    EXPECT_EQ(at_end, peer);
    EXPECT_EQ(at_other_end, of_client);
}

class AddressesOfHosts : public conformance::Conformance
{
};

INSTANTIATE_TEST_SUITE_P(Hosts, AddressesOfHosts, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(AddressesOfHosts, ofMemoryAreNone)
{
    Peer a, b;

    ASSERT_EQ(bight_pair_new(reactor, &a, &b), BIGHT_OK);
    ASSERT_TRUE(runUntil([&] { return a.connected && b.connected; }));
    EXPECT_EQ(peerOf(a.transport), bight_address{});
    EXPECT_EQ(localOf(a.transport), bight_address{});
    EXPECT_STREQ(bight_transport_get_peer(a.transport), "memory:b");
    EXPECT_EQ(peerOf(a.transport), bight_address{}) << "text makes no address";
}

// A socket of both families: a ban of IPv4 holds on it.
TEST_P(AddressesOfHosts, ofIpv4OnASocketOfBothFamiliesAreIpv4)
{
    bight_address wanted = address("127.0.0.1"), peer;
    bight_prefix loopback = prefix("127.0.0.0/8");
    Server server(reactor, "tcp:0");
    const bight_address *listening = bight_listener_get_address(server.get());
    Peer client;

    if (bight_address_get_family(listening) != BIGHT_ADDRESS_IPV6)
        GTEST_SKIP() << "this machine has no IPv6";
    EXPECT_TRUE(bight_address_is_unspecified(listening));
    connect(reactor, "tcp:127.0.0.1:" + std::to_string(bight_address_get_port(listening)), client);
    ASSERT_TRUE(runUntil([&] { return client.connected && server.first() != nullptr; }));
    ASSERT_TRUE(runUntil([&] { return server.first()->connected; }));
    peer = peerOf(server.first()->transport);
    EXPECT_EQ(bight_address_get_family(&peer), BIGHT_ADDRESS_IPV6);
    EXPECT_TRUE(bight_address_equal_host(&peer, &wanted)) << textOf(peer);
    EXPECT_TRUE(bight_prefix_contains(&loopback, &peer));
    EXPECT_TRUE(bight_address_is_loopback(&peer));
    EXPECT_EQ(peer, localOf(client.transport));
}

} // namespace

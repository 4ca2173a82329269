#include "adapters/streams.hpp"

#include "adapters/descriptors.hpp"
#include "adapters/kinds.hpp"
#include "adapters/layers.hpp"
#include "support/buffers.hpp"
#include "support/certificates.hpp"

#include <bight/pair.h>

using conformance::connect;

namespace streams
{

std::ostream &operator<<(std::ostream &stream, const Kind &kind)
{
    return stream << kind.name;
}

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
    support::shrinkSocketBuffers();
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
    listen += "?cert=" + directory_.write("cert", support::serverIdentity().certificate) +
              "&key=" + directory_.write("key", support::serverIdentity().key);
    connect = "?name=server.test&ca=" + directory_.write("ca", support::authority().certificate());
}

namespace
{

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

} // namespace

INSTANTIATE_TEST_SUITE_P(Hosts, Streams,
                         testing::Combine(testing::ValuesIn(conformance::hosts),
                                          testing::ValuesIn(kinds)),
                         conformance::nameOfBoth<Kind>);

} // namespace streams

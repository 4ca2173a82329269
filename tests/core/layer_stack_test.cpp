/* Layers: what bight/layer.h promises beyond what every transport does, for which the chapter of
 * streams holds them: stepping out, and several on each other. */
#include "adapters/layers.hpp"
#include "core/layer_support.hpp"

extern "C" {
#include "net/climb.h"
}

#include <memory>

using layer_test::Layers;
using layer_test::Peer;

namespace
{

// -- Stepping out --

TEST_F(Layers, thatStepOutUnderAProgramPassBytesAsTheyAre)
{
    start();
    near.write("first");
    settle();
    bight_layer_step_out(script.layer);
    settle();
    EXPECT_EQ(script.stops, 1u);
    script.encode = [](const uint8_t *, size_t) { return size_t{0}; };
    near.write(" second");
    far.write("answer");
    settle();
    EXPECT_EQ(far.text, "first second");
    EXPECT_EQ(near.text, "answer");
    EXPECT_EQ(script.decodes, 0u);
    bight_transport_close(near.transport);
    settle();
    EXPECT_EQ(near.reason, BIGHT_OK);
}

TEST_F(Layers, thatStepOutSendWhatTheyHeld)
{
    start();
    script.decode = [](bight_layer_bytes *) { return BIGHT_LAYER_HOLD; };
    script.encode = [](const uint8_t *, size_t) { return size_t{0}; };
    far.write("up");
    near.write("down");
    settle();
    EXPECT_EQ(near.text + far.text, "");
    bight_layer_step_out(script.layer);
    settle();
    EXPECT_EQ(near.text, "up");
    EXPECT_EQ(far.text, "down");
}

TEST_F(Layers, thatStepOutKeepBackPressure)
{
    start();
    bight_layer_step_out(script.layer);
    settle();
    bight_transport_pause(far.transport);
    EXPECT_EQ(near.write(std::string(1 << 20, 'x')), BIGHT_FLOW_WAIT);
    settle();
    EXPECT_GE(bight_transport_get_pending(near.transport), (1u << 20) - 65536u);
    EXPECT_EQ(bight_transport_get_pending(below.transport), 0u) << "nothing is copied down";
    bight_transport_resume(far.transport);
    settle();
    EXPECT_EQ(far.text.size(), 1u << 20);
    EXPECT_GT(near.drainedCalls, 0u);
    near.onReceived = [this](std::string_view) { bight_transport_pause(near.transport); };
    far.write(std::string(1 << 20, 'y'));
    settle();
    EXPECT_EQ(near.receivedCalls, 1u);
    near.onReceived = nullptr;
    bight_transport_resume(near.transport);
    settle();
    EXPECT_EQ(near.text.size(), 1u << 20);
}

// Between two: a second layer stands on the first, which goes.
TEST_F(Layers, thatStepOutUnderAnotherAreTakenOut)
{
    bight_layer *upper = nullptr;
    Peer top;

    start();
    near.onReceived = nullptr;
    ASSERT_EQ(bight_layer_new(near.transport, &conformance::plainLayer, 0, &upper), BIGHT_OK);
    bight_transport *above = bight_layer_begin(upper, &top);
    settle();
    ASSERT_EQ(top.transport, above);
    ASSERT_EQ(bight_layer_get_below(upper), near.transport);
    near.transport = nullptr;
    top.write("before ");
    far.write("before ");
    settle();
    bight_transport_pause(top.transport);
    far.write("kept ");
    settle();
    script.decode = [this](bight_layer_bytes *) {
        bight_layer_step_out(script.layer);
        return BIGHT_LAYER_MORE;
    };
    bight_transport_resume(top.transport);
    far.write("and more");
    settle();
    EXPECT_EQ(script.releases, 1u);
    EXPECT_EQ(bight_layer_get_below(upper), below.transport);
    EXPECT_FALSE(near.closed) << "it is gone without a word";
    top.write("after");
    settle();
    EXPECT_EQ(far.text, "before after");
    EXPECT_EQ(top.text, "before kept and more");
    bight_transport_close(top.transport);
    settle();
    EXPECT_EQ(top.reason, BIGHT_OK) << top.reasonText;
}

// -- Several, as a listener puts them --

struct Climber {
    bighti_climb climb = {};
    bighti_stairs stairs = {};
    std::vector<bight_layer_factory *> factories;
    Peer *end;
    unsigned done = 0, failed = 0;
    bight_status status = BIGHT_OK;

    explicit Climber(Peer &to) : end(&to) {}
    void begin(bight_transport *transport, std::vector<bight_layer_factory *> layers,
               bight_layer_side side)
    {
        factories = std::move(layers);
        stairs = {factories.data(), factories.size()};
        bighti_climb_init(&climb, side, &stairs, &Climber::onDone, &Climber::onFailed);
        bighti_climb_keep(&climb, transport);
        bighti_climb_begin(&climb);
    }
    static void onDone(bighti_climb *over, bight_transport *top)
    {
        auto *self = reinterpret_cast<Climber *>(over);
        self->done++;
        bight_transport_set_protocol(top, self->end);
        self->end->ops->connected(self->end, top);
    }
    static void onFailed(bighti_climb *over, const bight_error *reason)
    {
        auto *self = reinterpret_cast<Climber *>(over);
        self->failed++;
        self->status = reason != nullptr ? bight_error_get_status(reason) : BIGHT_OK;
    }
};

class Stacks : public tls_test::Tls
{
  protected:
    ~Stacks() override
    {
        for (bight_layer_factory *factory : made_)
            bight_layer_factory_unref(factory);
    }
    bight_layer_factory *toy(const bight_layer_ops &ops)
    {
        bight_layer_factory *factory = nullptr;
        EXPECT_EQ(bight_layer_factory_new(conformance::startLayer,
                                          const_cast<bight_layer_ops *>(&ops), nullptr, &factory),
                  BIGHT_OK);
        made_.push_back(factory);
        return factory;
    }
    bight_layer_factory *tls(bight_tls *context, const char *host)
    {
        bight_layer_factory *factory = nullptr;
        EXPECT_EQ(bight_tls_new_layer(context, host, &factory), BIGHT_OK);
        made_.push_back(factory);
        return factory;
    }
    void climb(const std::vector<bight_layer_factory *> &ofClient,
               const std::vector<bight_layer_factory *> &ofServer)
    {
        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
        settle();
        bight_pair_set_chunk(serverBelow.transport, chunk);
        atServer.begin(serverBelow.transport, ofServer, BIGHT_LAYER_SERVER);
        atClient.begin(clientBelow.transport, ofClient, BIGHT_LAYER_CLIENT);
        settle();
    }
    Climber atClient{client}, atServer{server};

  private:
    std::vector<bight_layer_factory *> made_;
};

TEST_F(Stacks, standOnEachOther)
{
    bight_layer_factory *named = toy(conformance::namedLayer);
    bight_layer_factory *framed = toy(conformance::framedLayer);

    for (unsigned each : {0u, 1u, 7u}) {
        chunk = each;
        forget();
        atClient.done = atServer.done = 0;
        climb({named, tls(clientContext, "server.test"), framed},
              {named, tls(serverContext, nullptr), framed});
        ASSERT_EQ(atClient.done + atServer.done, 2u) << atServer.failed << atClient.failed;
        EXPECT_TRUE(bight_transport_is_tls(server.transport)) << "below the uppermost";
        EXPECT_STREQ(bight_tls_get_version(client.transport), "TLSv1.3");
        EXPECT_STREQ(bight_transport_get_peer(server.transport), "framed:tls:named:192.0.2.7");
        bight_address peer = bight_transport_get_peer_address(server.transport), known;
        ASSERT_EQ(bight_address_parse("192.0.2.7", &known), BIGHT_OK);
        EXPECT_EQ(bight_address_compare(&peer, &known), 0);
        server.echo();
        client.write(std::string(100000, 'x'));
        settle();
        EXPECT_EQ(client.text.size(), 100000u);
        // The layer that has named the peer is gone from between.
        bight_layer *top = bight_layer_find(server.transport, &conformance::framedLayer);
        bight_transport *secured = bight_layer_get_below(top);
        EXPECT_EQ(bight_layer_find(secured, &conformance::namedLayer), nullptr);
        bight_transport_close(client.transport);
        settle();
        EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
        EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED) << server.reasonText;
    }
}

TEST_F(Stacks, ofLayersThatHaveSteppedOutAreTheTransportBelow)
{
    bight_layer_factory *named = toy(conformance::namedLayer);

    clientBelow.transport = nullptr;
    climb({named}, {named});
    ASSERT_EQ(atServer.done, 1u);
    EXPECT_EQ(server.transport, serverBelow.transport);
    EXPECT_EQ(client.transport, clientBelow.transport);
    EXPECT_STREQ(bight_transport_get_peer(server.transport), "named:192.0.2.7");
    client.write("hello");
    settle();
    EXPECT_EQ(server.text, "hello");
}

TEST_F(Stacks, withoutLayersAreDoneAtOnce)
{
    climb({}, {});
    EXPECT_EQ(atServer.done, 1u);
    EXPECT_EQ(server.transport, serverBelow.transport);
}

TEST_F(Stacks, thatFailOnTheWayTellOnce)
{
    climb({toy(conformance::plainLayer)}, {toy(conformance::namedLayer)});
    client.write("GET / HTTP/1.1\r\n\r\n");
    settle();
    EXPECT_EQ(atServer.failed, 1u);
    EXPECT_EQ(atServer.status, BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(atServer.done, 0u);
}

TEST_F(Stacks, aContextOfTheWrongSideIsNoLayer)
{
    bight_layer_factory *plain = toy(conformance::plainLayer);

    ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
    settle();
    bight_layer_factory *wrong = tls(serverContext, nullptr);
    atServer.begin(serverBelow.transport, {plain, wrong}, BIGHT_LAYER_CLIENT);
    EXPECT_EQ(atServer.failed, 0u);
    settle();
    EXPECT_EQ(atServer.failed, 1u);
    EXPECT_EQ(atServer.status, BIGHT_ERROR_INVALID);
    near.freesTransport = far.freesTransport = false; // as those below
    ASSERT_EQ(bight_pair_new(reactor, &near, &far), BIGHT_OK);
    settle();
    atClient.begin(near.transport, {wrong}, BIGHT_LAYER_CLIENT);
    settle();
    EXPECT_EQ(atClient.failed, 1u);
    EXPECT_EQ(atClient.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(atClient.done, 0u);
    EXPECT_TRUE(far.closed) << "the connection was broken off";
}

TEST_F(Stacks, thatAreDroppedTellNobody)
{
    climb({}, {toy(conformance::namedLayer)});
    bighti_climb_drop(&atServer.climb);
    settle();
    EXPECT_EQ(atServer.done + atServer.failed, 0u);
    EXPECT_TRUE(client.closed);
}

} // namespace

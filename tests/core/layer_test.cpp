/* Layers: what bight/layer.h promises beyond what every transport does, for which the chapter of
 * streams holds them: how they begin, and what comes up through them. */
#include "core/layer_support.hpp"

#include <algorithm>

using layer_test::endingOps;
using layer_test::Layers;
using layer_test::Script;
using layer_test::scriptOps;

namespace
{

// -- Beginning --

TEST_F(Layers, areNotMadeOnWhatHasEndedOrHasOne)
{
    bight_layer *other = nullptr;

    start();
    EXPECT_EQ(bight_layer_new(below.transport, &scriptOps, 0, &other), BIGHT_ERROR_STATE);
    bight_transport_close(far.transport);
    EXPECT_EQ(bight_layer_new(far.transport, &scriptOps, 0, &other), BIGHT_ERROR_STATE);
}

TEST_F(Layers, thatAreDiscardedHaveChangedNothing)
{
    make();
    bight_layer_discard(script.layer);
    EXPECT_EQ(script.releases, 1u);
    EXPECT_EQ(script.stops, 0u);
    script = Script();
    far.write("as before");
    settle();
    EXPECT_EQ(below.text, "as before");
    bight_transport_free(below.transport);
}

TEST_F(Layers, tellConnectedInALaterTurn)
{
    start();
    EXPECT_EQ(near.transport, script.above);
    EXPECT_EQ(bight_layer_find(near.transport, &scriptOps), script.layer);
    EXPECT_EQ(bight_layer_find(near.transport, &endingOps), nullptr);
    EXPECT_EQ(bight_layer_find(far.transport, &scriptOps), nullptr);
    EXPECT_EQ(bight_layer_get_below(script.layer), below.transport);
}

TEST_F(Layers, thatShakeHandsAreConnectedWhenTheySaySo)
{
    shake();
    bight_transport_write(script.above, "early", 5);
    settle();
    EXPECT_FALSE(near.connected);
    EXPECT_EQ(script.encodes, 0u);
    far.write("!and more");
    settle();
    EXPECT_TRUE(near.connected);
    EXPECT_EQ(near.text, "and more");
    EXPECT_EQ(far.text, "early");
}

TEST_F(Layers, mayBeConnectedOutsideOfDecode)
{
    shake();
    bight_layer_connected(script.layer);
    EXPECT_FALSE(near.connected) << "told inside the call";
    bight_transport_write(script.above, "early", 5);
    settle();
    EXPECT_TRUE(near.connected);
    EXPECT_EQ(far.text, "early");
}

TEST_F(Layers, haveTheTimeOfTheirHandshake)
{
    shake();
    bight_crank_advance(reactor, BIGHT_SEC(4));
    EXPECT_FALSE(near.closed);
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_EQ(near.reason, BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(near.reasonText, "script handshake with memory:b: not done in 5.0 s");
    EXPECT_TRUE(far.closed);
}

TEST_F(Layers, whoseHandshakeIsCutTellWhatItWas)
{
    shake();
    bight_transport_close(far.transport);
    settle();
    EXPECT_EQ(near.reason, BIGHT_ERROR_TRUNCATED);
    EXPECT_EQ(near.reasonText, "script handshake with memory:b: ended by the peer");
}

TEST_F(Layers, mayFailBeforeTheyHaveBegun)
{
    make();
    script.begun = [this] {
        bight_layer_fail(script.layer, bight_error_new(BIGHT_ERROR_PROTOCOL, "no"));
    };
    begin();
    EXPECT_FALSE(near.connected);
    EXPECT_EQ(near.reason, BIGHT_ERROR_PROTOCOL);
}

// -- Up --

TEST_F(Layers, keepWhatMakesNoWholeInFrontOfWhatComes)
{
    unsigned largest = 0;

    start();
    bight_pair_set_chunk(below.transport, 1);
    script.decode = [&](bight_layer_bytes *bytes) {
        largest = std::max(largest, static_cast<unsigned>(bytes->in.size));
        if (bytes->in.size < 1000)
            return BIGHT_LAYER_MORE;
        bytes->out = {bytes->in.data, 1000};
        bytes->in.data += 1000;
        bytes->in.size -= 1000;
        return BIGHT_LAYER_AGAIN;
    };
    std::string sent;
    for (int i = 0; i < 4000; i++)
        sent += static_cast<char>('a' + i % 23);
    far.write(sent + "tail");
    settle();
    EXPECT_EQ(near.text, sent);
    EXPECT_EQ(near.receivedCalls, 4u);
    EXPECT_EQ(largest, 1000u);
}

TEST_F(Layers, doNotKeepMoreThanTheirLimit)
{
    start();
    bight_layer_set_limit(script.layer, 10);
    script.decode = [](bight_layer_bytes *) { return BIGHT_LAYER_MORE; };
    far.write("0123456789");
    settle();
    EXPECT_FALSE(near.closed);
    far.write("0");
    settle();
    EXPECT_EQ(near.reason, BIGHT_ERROR_LIMIT) << near.reasonText;
}

TEST_F(Layers, areTruncatedWhereTheEndComesInTheMiddle)
{
    start();
    script.decode = [](bight_layer_bytes *) { return BIGHT_LAYER_MORE; };
    far.write("half a wor");
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_EQ(near.reason, BIGHT_ERROR_TRUNCATED) << near.reasonText;
    EXPECT_FALSE(near.ended);
}

TEST_F(Layers, deliverWhatCameBeforeAFaultFirst)
{
    start();
    script.decode = [this](bight_layer_bytes *bytes) {
        bytes->out = {bytes->in.data, 4};
        bight_layer_fail(script.layer, bight_error_new(BIGHT_ERROR_PROTOCOL, "the first"));
        bight_layer_fail(script.layer, bight_error_new(BIGHT_ERROR_LIMIT, "the second"));
        return BIGHT_LAYER_AGAIN;
    };
    far.write("goodbad");
    settle();
    EXPECT_EQ(near.text, "good");
    EXPECT_EQ(near.reason, BIGHT_ERROR_PROTOCOL);
    EXPECT_EQ(script.decodes, 1u);
}

TEST_F(Layers, askForMoreWithoutMoreInput)
{
    unsigned left = 3;

    start();
    script.decode = [&](bight_layer_bytes *bytes) {
        bytes->in.size = 0;
        bytes->out = bight_view_of("x");
        return --left > 0 ? BIGHT_LAYER_AGAIN : BIGHT_LAYER_MORE;
    };
    near.onReceived = [&](std::string_view) {
        if (near.receivedCalls == 1)
            bight_transport_pause(near.transport);
    };
    far.write("go");
    settle();
    EXPECT_EQ(near.text, "x") << "a paused protocol gets no more";
    bight_transport_resume(near.transport);
    settle();
    EXPECT_EQ(near.text, "xxx");
}

TEST_F(Layers, holdBytesAndSlowThePeer)
{
    start();
    script.decode = [](bight_layer_bytes *) { return BIGHT_LAYER_HOLD; };
    far.write("held");
    settle();
    EXPECT_EQ(script.decodes, 1u);
    EXPECT_EQ(far.write(std::string(1 << 20, 'x')), BIGHT_FLOW_WAIT);
    settle();
    EXPECT_EQ(script.decodes, 1u) << "below is paused";
    EXPECT_GT(bight_transport_get_pending(far.transport), 900000u);
    script.decode = nullptr;
    bight_layer_go_on(script.layer);
    EXPECT_EQ(near.text, "");
    settle();
    EXPECT_EQ(near.text.size(), (1u << 20) + 4);
}

TEST_F(Layers, tellTheEndBehindWhatTheyHold)
{
    start();
    script.decode = [](bight_layer_bytes *) { return BIGHT_LAYER_HOLD; };
    far.write("held");
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_FALSE(near.ended);
    script.decode = nullptr;
    bight_layer_go_on(script.layer);
    settle();
    EXPECT_EQ(near.text, "held");
    EXPECT_TRUE(near.ended);
    EXPECT_EQ(near.reason, BIGHT_ERROR_CLOSED);
}

// Both directions of the connection have ended while the program has paused: it hears of it all.
TEST_F(Layers, deliverWhatTheConnectionHasLeftBehind)
{
    start();
    near.onReceived = [this](std::string_view) { bight_transport_pause(near.transport); };
    near.onEnded = [] {};
    script.decode = [](bight_layer_bytes *bytes) {
        bytes->out = {bytes->in.data, 1};
        bytes->in.data++;
        bytes->in.size--;
        return bytes->in.size > 0 ? BIGHT_LAYER_AGAIN : BIGHT_LAYER_MORE;
    };
    far.write("abc");
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_EQ(near.text, "a");
    bight_transport_shutdown(near.transport);
    settle();
    EXPECT_TRUE(far.closed || far.ended);
    for (int i = 0; i < 2; i++) {
        EXPECT_FALSE(near.closed);
        bight_transport_resume(near.transport);
        settle();
    }
    bight_transport_resume(near.transport);
    settle();
    EXPECT_EQ(near.text, "abc");
    EXPECT_TRUE(near.ended);
    EXPECT_TRUE(near.closed);
}

TEST_F(Layers, breakAPeerOffThatDoesNotReadTheirAnswers)
{
    start();
    script.decode = [this](bight_layer_bytes *bytes) {
        std::string pong(1000, 'p');
        bytes->in.size = 0;
        bight_layer_send(script.layer, pong.data(), pong.size());
        return BIGHT_LAYER_MORE;
    };
    for (int i = 0; i < 200; i++) {
        far.write("ping");
        settle();
    }
    EXPECT_FALSE(near.closed) << "a peer that reads: " << near.reasonText;
    bight_transport_pause(far.transport);
    for (int i = 0; i < 200 && !near.closed; i++) {
        far.write("ping");
        settle();
    }
    EXPECT_EQ(near.reason, BIGHT_ERROR_LIMIT);
    EXPECT_EQ(near.reasonText, "memory:b asks for answers and does not read them");
}

// A nested loop in received, and more comes from below meanwhile.
TEST_F(Layers, keepTheOrderWhenTheProgramRunsTheLoop)
{
    unsigned depth = 0;

    start();
    near.onReceived = [&](std::string_view) {
        EXPECT_EQ(depth++, 0u) << "entered again";
        if (near.receivedCalls < 3) {
            far.write(std::to_string(near.receivedCalls));
            settle();
        }
        depth--;
    };
    bight_transport_unread(near.transport, "0", 1);
    settle();
    EXPECT_EQ(near.text, "012");
}

} // namespace

/* Layers: what bight/layer.h promises beyond what every transport does, for which the chapter of
 * streams holds them: what goes down through them, their end, and names. */
#include "core/layer_support.hpp"

#include <algorithm>

using layer_test::endingOps;
using layer_test::Layers;

namespace
{

// -- Down --

TEST_F(Layers, holdWhatIsSentAndSlowTheProgram)
{
    size_t allowed = 10;

    start();
    letDown(allowed);
    EXPECT_EQ(near.write(std::string(100000, 'x')), BIGHT_FLOW_WAIT);
    settle();
    EXPECT_EQ(far.text.size(), 10u);
    EXPECT_EQ(bight_transport_get_bytes_out(near.transport), 10u);
    unsigned before = script.encodes;
    near.write("more");
    settle();
    EXPECT_EQ(script.encodes, before) << "none is offered before it goes on";
    allowed = 1000000;
    bight_layer_go_on(script.layer);
    settle();
    EXPECT_EQ(far.text.size(), 100004u);
    EXPECT_GT(near.drainedCalls, 0u);
}

// What waits is dropped then, and what was taken before must not be taken off it a second time.
TEST_F(Layers, mayFailInTheMiddleOfWhatIsSent)
{
    start();
    script.encode = [&](const uint8_t *bytes, size_t size) {
        if (script.encodes > 1) {
            bight_layer_fail(script.layer, bight_error_new(BIGHT_ERROR_PROTOCOL, "no more"));
            return size_t{0};
        }
        bight_layer_send(script.layer, bytes, size);
        return size;
    };
    bight_transport_pause(near.transport);
    near.write(std::string(10000, 'x'));
    near.write(std::string(200000, 'x'));
    settle();
    EXPECT_EQ(near.reasonText, "no more");
    EXPECT_EQ(script.encodes, 2u);
}

// A slot asks for the next turn and then says that it holds.
TEST_F(Layers, mayGoOnInTheSlotThatHolds)
{
    start();
    script.encode = [&](const uint8_t *bytes, size_t) {
        bight_layer_send(script.layer, bytes, 1);
        bight_layer_go_on(script.layer);
        return size_t{1};
    };
    script.decode = [&](bight_layer_bytes *bytes) {
        bytes->out = {bytes->in.data, 1};
        bytes->in.data++;
        bytes->in.size--;
        bight_layer_go_on(script.layer);
        return bytes->in.size > 0 ? BIGHT_LAYER_HOLD : BIGHT_LAYER_MORE;
    };
    near.write("one by one");
    far.write("and back");
    settle();
    EXPECT_EQ(far.text, "one by one");
    EXPECT_EQ(near.text, "and back");
    EXPECT_EQ(near.receivedCalls, 8u);
}

TEST_F(Layers, mayStepOutInTheSlotThatHolds)
{
    start();
    script.encode = [&](const uint8_t *, size_t) {
        bight_layer_step_out(script.layer);
        return size_t{0};
    };
    near.write("passes");
    settle();
    EXPECT_EQ(far.text, "passes");
}

TEST_F(Layers, closeWhenWhatTheyHoldHasLeft)
{
    size_t allowed = 1;

    start();
    letDown(allowed);
    near.write("last words");
    bight_transport_close(near.transport);
    settle();
    EXPECT_EQ(far.text, "l");
    EXPECT_FALSE(far.ended);
    allowed = 100;
    bight_layer_go_on(script.layer);
    settle();
    EXPECT_EQ(far.text, "last words");
    EXPECT_TRUE(near.closed);
    EXPECT_EQ(near.reason, BIGHT_OK);
}

TEST_F(Layers, sayTheirOwnEndOnceAndBeforeThatOfTheConnection)
{
    unsigned ends = 0;

    script.end = [&] {
        ends++;
        bight_layer_send(script.layer, "BYE", 3);
    };
    far.onEnded = [] {};
    start(endingOps);
    near.write("hello ");
    bight_transport_shutdown(near.transport);
    settle();
    EXPECT_EQ(far.text, "hello BYE");
    EXPECT_FALSE(far.ended) << "the connection goes on";
    bight_transport_close(near.transport);
    settle();
    EXPECT_TRUE(far.ended);
    EXPECT_EQ(ends, 1u);
}

TEST_F(Layers, hearOfTheEndBelowAndMayTakeItForAFault)
{
    script.ended = [this] {
        bight_layer_fail(script.layer, bight_error_new(BIGHT_ERROR_TRUNCATED, "without a BYE"));
    };
    start(endingOps);
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_EQ(near.reasonText, "without a BYE");
    EXPECT_FALSE(near.ended);
}

TEST_F(Layers, sendFromTimersToo)
{
    start();
    bight_layer_send(script.layer, "ping", 4);
    settle();
    EXPECT_EQ(far.text, "ping");
}

// -- Names --

TEST_F(Layers, renameThePeerUntilItIsKnown)
{
    bight_address address;

    ASSERT_EQ(bight_address_parse("192.0.2.7", &address), BIGHT_OK);
    shake();
    EXPECT_EQ(bight_layer_rename(script.layer, true, &address, "who it is"), BIGHT_OK);
    EXPECT_EQ(bight_layer_rename(script.layer, false, &address, nullptr), BIGHT_OK);
    far.write("!");
    settle();
    ASSERT_TRUE(near.connected);
    bight_address peer = bight_transport_get_peer_address(near.transport);
    EXPECT_EQ(bight_address_compare(&peer, &address), 0);
    EXPECT_STREQ(bight_transport_get_peer(near.transport), "who it is");
    EXPECT_STREQ(bight_transport_get_local(near.transport), "tcp:192.0.2.7:0");
    EXPECT_EQ(bight_layer_rename(script.layer, true, &address, "another"), BIGHT_ERROR_STATE);
}

} // namespace

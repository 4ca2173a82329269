/* Layers: what bight/layer.h promises beyond what every transport does, for which the chapter of
 * streams holds them. Over memory, on a clock that stands still. */
#include "adapters/layers.hpp"
#include "core/tls_support.hpp"

extern "C" {
#include "net/climb.h"
}

#include <algorithm>
#include <memory>

using tls_test::Below;
using tls_test::Peer;

namespace
{

// A layer out of lambdas.
struct Script {
    std::function<bight_layer_next(bight_layer_bytes *)> decode;
    std::function<size_t(const uint8_t *, size_t)> encode;
    std::function<void()> begun, end, ended;
    bight_layer *layer = nullptr;
    bight_transport *above = nullptr;
    unsigned decodes = 0, encodes = 0, stops = 0, releases = 0;
    bool lives = false;
};

Script *scriptOf(const bight_layer *layer)
{
    return *static_cast<Script **>(bight_layer_get_state(layer));
}

void call(const std::function<void()> &function)
{
    if (function)
        function();
}

void scriptBegun(bight_layer *layer)
{
    call(scriptOf(layer)->begun);
}

bight_layer_next scriptDecode(bight_layer *layer, bight_layer_bytes *bytes)
{
    Script *self = scriptOf(layer);

    EXPECT_EQ(self->stops, 0u);
    self->decodes++;
    if (self->decode)
        return self->decode(bytes);
    bytes->out = bytes->in;
    bytes->in.size = 0;
    return BIGHT_LAYER_MORE;
}

size_t scriptEncode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    Script *self = scriptOf(layer);

    EXPECT_EQ(self->stops, 0u);
    self->encodes++;
    if (self->encode)
        return self->encode(bytes, size);
    bight_layer_send(layer, bytes, size);
    return size;
}

const bight_layer_ops scriptOps = {sizeof(bight_layer_ops),
                                   "script",
                                   scriptBegun,
                                   scriptDecode,
                                   scriptEncode,
                                   nullptr,
                                   nullptr,
                                   [](bight_layer *layer) { scriptOf(layer)->stops++; },
                                   [](bight_layer *layer) { scriptOf(layer)->releases++; },
                                   nullptr};

const bight_layer_ops endingOps = [] {
    bight_layer_ops ops = scriptOps;
    ops.end = [](bight_layer *layer) { call(scriptOf(layer)->end); };
    ops.ended = [](bight_layer *layer) { call(scriptOf(layer)->ended); };
    return ops;
}();

// The near end has a layer, the far one speaks to it in clear.
class Layers : public testing::Test
{
  protected:
    Layers()
    {
        EXPECT_EQ(bight_pair_new(reactor, &below, &far), BIGHT_OK);
        settle();
    }
    ~Layers() override
    {
        bight_reactor_free(reactor);
        EXPECT_EQ(script.stops, script.lives ? 1u : 0u);
        EXPECT_EQ(script.releases, script.lives ? 1u : 0u);
        EXPECT_FALSE(below.closed);
    }
    void make(const bight_layer_ops &ops = scriptOps)
    {
        ASSERT_EQ(bight_layer_new(below.transport, &ops, sizeof(Script *), &script.layer),
                  BIGHT_OK);
        *static_cast<Script **>(bight_layer_get_state(script.layer)) = &script;
        script.lives = true;
    }
    void begin()
    {
        script.above = bight_layer_begin(script.layer, &near);
        EXPECT_TRUE(near.toldNothing()) << "told inside the call";
        EXPECT_EQ(script.above, bight_layer_get_transport(script.layer));
        settle();
    }
    void start(const bight_layer_ops &ops = scriptOps)
    {
        make(ops);
        begin();
        ASSERT_TRUE(near.connected);
    }
    // A layer that waits for a line, and is connected by it.
    void shake()
    {
        make();
        ASSERT_EQ(bight_layer_expect_handshake(script.layer, BIGHT_SEC(5)), BIGHT_OK);
        script.decode = [this](bight_layer_bytes *bytes) {
            script.decode = nullptr;
            EXPECT_EQ(bytes->in.data[0], '!');
            bytes->in.data++;
            bytes->in.size--;
            bight_layer_connected(script.layer);
            return BIGHT_LAYER_AGAIN;
        };
        begin();
    }
    void settle()
    {
        bight_crank_settle(reactor);
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    Peer near, far;
    Below below;
    Script script;
};

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

// -- Down --

TEST_F(Layers, holdWhatIsSentAndSlowTheProgram)
{
    size_t allowed = 10;

    start();
    script.encode = [&](const uint8_t *bytes, size_t size) {
        size_t part = std::min(size, allowed);
        bight_layer_send(script.layer, bytes, part);
        allowed -= part;
        return part;
    };
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
    script.encode = [&](const uint8_t *bytes, size_t size) {
        size_t part = std::min(size, allowed);
        bight_layer_send(script.layer, bytes, part);
        allowed -= part;
        return part;
    };
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

#include "core/layer_support.hpp"

#include <algorithm>

namespace layer_test
{

namespace
{

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

} // namespace

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

Layers::Layers()
{
    EXPECT_EQ(bight_pair_new(reactor, &below, &far), BIGHT_OK);
    settle();
}

Layers::~Layers()
{
    bight_reactor_free(reactor);
    EXPECT_EQ(script.stops, script.lives ? 1u : 0u);
    EXPECT_EQ(script.releases, script.lives ? 1u : 0u);
    EXPECT_FALSE(below.closed);
}

void Layers::make(const bight_layer_ops &ops)
{
    ASSERT_EQ(bight_layer_new(below.transport, &ops, sizeof(Script *), &script.layer), BIGHT_OK);
    *static_cast<Script **>(bight_layer_get_state(script.layer)) = &script;
    script.lives = true;
}

void Layers::begin()
{
    script.above = bight_layer_begin(script.layer, &near);
    EXPECT_TRUE(near.toldNothing()) << "told inside the call";
    EXPECT_EQ(script.above, bight_layer_get_transport(script.layer));
    settle();
}

void Layers::start(const bight_layer_ops &ops)
{
    make(ops);
    begin();
    ASSERT_TRUE(near.connected);
}

void Layers::shake()
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

void Layers::letDown(size_t &allowed)
{
    script.encode = [this, &allowed](const uint8_t *bytes, size_t size) {
        size_t part = std::min(size, allowed);

        bight_layer_send(script.layer, bytes, part);
        allowed -= part;
        return part;
    };
}

} // namespace layer_test

#include "adapters/layers.hpp"
#include "support/table.hpp"

#include <bight/rate_limit.h>
#include <bight/timer.h>
#include <bight/wire_log.h>

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace
{

constexpr size_t mostInFrame = 8000;
constexpr uint8_t mask = 0x5a;

// One private part for all of them.
struct State {
    bight_layer_side side;
    bight_timer *timer;
    bool waitsUp;
};

State *stateOf(const bight_layer *layer)
{
    return static_cast<State *>(bight_layer_get_state(layer));
}

void advance(bight_view &view, size_t size)
{
    view.data += size;
    view.size -= size;
}

// -- Framed --

bight_layer_next framedDecode(bight_layer *, bight_layer_bytes *bytes)
{
    const uint8_t *in = bytes->in.data;
    size_t size = bytes->in.size >= 2 ? in[0] * 256u + in[1] : 0;

    if (bytes->in.size < 2 || bytes->in.size < 2 + size)
        return BIGHT_LAYER_MORE;
    if (size == 0)
        return BIGHT_LAYER_END;
    for (size_t i = 0; i < size && i < bytes->room; i++)
        bytes->buffer[i] = in[2 + i] ^ mask;
    bytes->out = {bytes->buffer, std::min(size, bytes->room)};
    advance(bytes->in, size + 2);
    return BIGHT_LAYER_AGAIN;
}

size_t framedEncode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    for (size_t done = 0, part; done < size; done += part) {
        uint8_t frame[2 + mostInFrame];

        part = std::min(size - done, mostInFrame);
        frame[0] = static_cast<uint8_t>(part / 256);
        frame[1] = static_cast<uint8_t>(part % 256);
        for (size_t i = 0; i < part; i++)
            frame[2 + i] = bytes[done + i] ^ mask;
        bight_layer_send(layer, frame, part + 2);
    }
    return size;
}

void framedEnd(bight_layer *layer)
{
    bight_layer_send(layer, "\0\0", 2);
}

void framedEnded(bight_layer *layer)
{
    bight_layer_fail(layer, bight_error_new(BIGHT_ERROR_TRUNCATED, "no last frame"));
}

void framedDescribe(bight_layer *, bool, const char *below, char *text, size_t size)
{
    snprintf(text, size, "framed:%s", below);
}

// -- Named --

void namedBegun(bight_layer *layer)
{
    if (stateOf(layer)->side == BIGHT_LAYER_SERVER)
        return;
    bight_layer_send(layer, "PEER 192.0.2.7\n", 15);
    bight_layer_step_out(layer);
}

bight_layer_next namedDecode(bight_layer *layer, bight_layer_bytes *bytes)
{
    auto *end = static_cast<const uint8_t *>(std::memchr(bytes->in.data, '\n', bytes->in.size));
    bight_address address;

    if (end == nullptr)
        return BIGHT_LAYER_MORE;
    std::string line(reinterpret_cast<const char *>(bytes->in.data), end - bytes->in.data);
    if (line.find("PEER ") != 0 || bight_address_parse(line.c_str() + 5, &address) != BIGHT_OK) {
        bight_layer_fail(layer, bight_error_new(BIGHT_ERROR_PROTOCOL, "\"%s\"", line.c_str()));
        return BIGHT_LAYER_MORE;
    }
    if (bight_layer_rename(layer, true, &address, ("named:" + line.substr(5)).c_str()) != BIGHT_OK)
        bight_layer_fail(layer, nullptr);
    advance(bytes->in, line.size() + 1);
    bight_layer_step_out(layer);
    return BIGHT_LAYER_MORE;
}

// -- Slow --

constexpr size_t mostAtOnce = 60000;

void onSlowTimer(bight_timer *, void *data)
{
    auto *layer = static_cast<bight_layer *>(data);

    stateOf(layer)->waitsUp = false;
    bight_layer_go_on(layer);
}

void slowBegun(bight_layer *layer)
{
    bight_reactor *reactor = bight_transport_get_reactor(bight_layer_get_transport(layer));

    if (bight_timer_new(reactor, onSlowTimer, layer, &stateOf(layer)->timer) != BIGHT_OK)
        bight_layer_fail(layer, nullptr);
}

void slowWait(bight_layer *layer)
{
    if (!bight_timer_is_running(stateOf(layer)->timer))
        bight_timer_start(stateOf(layer)->timer, BIGHT_USEC(20));
}

bight_layer_next slowDecode(bight_layer *layer, bight_layer_bytes *bytes)
{
    size_t part = std::min(bytes->in.size, mostAtOnce);

    if (stateOf(layer)->waitsUp) {
        slowWait(layer);
        return BIGHT_LAYER_HOLD;
    }
    bytes->out = {bytes->in.data, part};
    advance(bytes->in, part);
    if (bytes->in.size == 0)
        return BIGHT_LAYER_MORE;
    stateOf(layer)->waitsUp = true;
    slowWait(layer);
    return BIGHT_LAYER_HOLD;
}

size_t slowEncode(bight_layer *layer, const uint8_t *bytes, size_t size)
{
    size_t part = std::min(size, mostAtOnce);

    if (part > 1000)
        part -= 1; // one byte at least is left for the timer
    bight_layer_send(layer, bytes, part);
    if (part < size)
        slowWait(layer);
    return part;
}

void slowStopped(bight_layer *layer)
{
    bight_timer_free(stateOf(layer)->timer);
    stateOf(layer)->timer = nullptr;
}

} // namespace

const bight_layer_ops conformance::plainLayer =
    support::tableOf<bight_layer_ops>([](auto &table) { table.name = "plain"; });
const bight_layer_ops conformance::framedLayer = support::tableOf<bight_layer_ops>([](auto &table) {
    table.name = "framed";
    table.decode = framedDecode;
    table.encode = framedEncode;
    table.end = framedEnd;
    table.ended = framedEnded;
    table.describe = framedDescribe;
});
const bight_layer_ops conformance::namedLayer = support::tableOf<bight_layer_ops>([](auto &table) {
    table.name = "named";
    table.begun = namedBegun;
    table.decode = namedDecode;
});
const bight_layer_ops conformance::slowLayer = support::tableOf<bight_layer_ops>([](auto &table) {
    table.name = "slow";
    table.begun = slowBegun;
    table.decode = slowDecode;
    table.encode = slowEncode;
    table.stopped = slowStopped;
});

bight_status conformance::startLayer(bight_transport *below, bight_layer_side side,
                                     bight_protocol *protocol, void *data, bight_transport **above)
{
    auto *ops = static_cast<const bight_layer_ops *>(data);
    bight_layer *layer;
    bight_status status = bight_layer_new(below, ops, sizeof(State), &layer);

    if (status != BIGHT_OK)
        return status;
    stateOf(layer)->side = side;
    if (ops == &namedLayer)
        status = bight_layer_expect_handshake(layer, BIGHT_SEC(10));
    if (status != BIGHT_OK) {
        bight_layer_discard(layer);
        return status;
    }
    *above = bight_layer_begin(layer, protocol);
    return BIGHT_OK;
}

namespace
{

bight_layer_factory *makeRateLimit()
{
    bight_rate_limit_options options = BIGHT_RATE_LIMIT_OPTIONS_INIT;
    bight_layer_factory *factory = nullptr;

    options.received = options.sent = UINT64_C(2) << 30;
    options.burst = 100000;
    EXPECT_EQ(bight_rate_limit_new_layer(&options, &factory), BIGHT_OK);
    return factory;
}

bight_layer_factory *makeWireLog()
{
    bight_wire_log_options options = BIGHT_WIRE_LOG_OPTIONS_INIT;
    bight_layer_factory *factory = nullptr;

    options.write = [](const char *, size_t, void *) {};
    EXPECT_EQ(bight_wire_log_new_layer(&options, &factory), BIGHT_OK);
    return factory;
}

} // namespace

bight_layer_factory *conformance::makeLayer(const std::string &name)
{
    const std::pair<const char *, const bight_layer_ops *> toys[] = {{"plain", &plainLayer},
                                                                     {"framed", &framedLayer},
                                                                     {"named", &namedLayer},
                                                                     {"slow", &slowLayer}};
    bight_layer_factory *factory = nullptr;

    if (name == "rate")
        return makeRateLimit();
    if (name == "log")
        return makeWireLog();
    for (auto &[each, ops] : toys) {
        if (name != each)
            continue;
        EXPECT_EQ(bight_layer_factory_new(startLayer, const_cast<bight_layer_ops *>(ops), nullptr,
                                          &factory),
                  BIGHT_OK);
    }
    EXPECT_NE(factory, nullptr) << name;
    return factory;
}

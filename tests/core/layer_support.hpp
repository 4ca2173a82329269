// A layer out of lambdas on one end of a pair, over memory, on a clock that stands still.
#ifndef BIGHT_TESTS_CORE_LAYER_SUPPORT_HPP
#define BIGHT_TESTS_CORE_LAYER_SUPPORT_HPP

#include "core/tls_support.hpp"

#include <bight/layer.h>

#include <functional>

namespace layer_test
{

using tls_test::Below;
using tls_test::Peer;

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

extern const bight_layer_ops scriptOps;
extern const bight_layer_ops endingOps; // has the slots `end` and `ended` too

// The near end has a layer, the far one speaks to it in clear.
class Layers : public testing::Test
{
  protected:
    Layers();
    ~Layers() override;

    void make(const bight_layer_ops &ops = scriptOps);
    void begin();
    void start(const bight_layer_ops &ops = scriptOps);
    // A layer that waits for a line, and is connected by it.
    void shake();
    // The layer sends so many bytes and holds the others.
    void letDown(size_t &allowed);
    void settle()
    {
        bight_crank_settle(reactor);
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    Peer near, far;
    Below below;
    Script script;
};

} // namespace layer_test

#endif

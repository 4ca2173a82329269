/* Layers and kinds from outside when memory runs out, and what they take when it does not. */
#include "adapters/layers.hpp"
#include "support/alloc.hpp"
#include "support/peer.hpp"
#include "support/table.hpp"

#include <bight/crank.h>
#include <bight/kind.h>
#include <bight/pair.h>
#include <bight/rate_limit.h>
#include <bight/wire_log.h>

#include <gtest/gtest.h>
#include <string>

namespace
{

// A failed allocation may come before connected. What another stands on is not freed here.
struct End : support::Peer {
    End()
    {
        keepsText = freesTransport = false;
        closesUnconnected = true;
    }
};

bight_layer_factory *makeLayer(const std::string &name)
{
    bight_rate_limit_options rate = BIGHT_RATE_LIMIT_OPTIONS_INIT;
    bight_wire_log_options log = BIGHT_WIRE_LOG_OPTIONS_INIT;
    const char *secrets[] = {"PASS ", nullptr};
    bight_layer_factory *factory = nullptr;
    bight_status status = BIGHT_OK;

    rate.received = rate.sent = 1000000;
    log.write = [](const char *, size_t, void *) {};
    log.secrets = secrets;
    if (name == "rate")
        status = bight_rate_limit_new_layer(&rate, &factory);
    else if (name == "log")
        status = bight_wire_log_new_layer(&log, &factory);
    else
        status = bight_layer_factory_new(
            conformance::startLayer,
            const_cast<bight_layer_ops *>(name == "named" ? &conformance::namedLayer
                                                          : &conformance::framedLayer),
            nullptr, &factory);
    EXPECT_EQ(status == BIGHT_OK, factory != nullptr);
    return factory;
}

// A pair with the same layer on both its ends.
struct World {
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_layer_factory *factory;
    End below[2], ends[2];
    bool begun[2] = {false, false};

    explicit World(const std::string &name) : factory(makeLayer(name)) {}
    World(const World &) = delete;
    World &operator=(const World &) = delete;
    ~World()
    {
        bight_reactor_free(reactor);
        bight_layer_factory_unref(factory);
        for (int i : {0, 1})
            EXPECT_EQ(ends[i].closed, begun[i]);
    }
    bool join()
    {
        if (reactor == nullptr || factory == nullptr ||
            bight_pair_new(reactor, &below[0], &below[1]) != BIGHT_OK)
            return false;
        bight_crank_settle(reactor);
        for (int i : {0, 1}) {
            bight_transport *above = nullptr;
            begun[i] = below[i].transport != nullptr &&
                       bight_layer_factory_start(factory, below[i].transport,
                                                 i == 0 ? BIGHT_LAYER_CLIENT : BIGHT_LAYER_SERVER,
                                                 &ends[i], &above) == BIGHT_OK;
        }
        bight_crank_settle(reactor);
        return begun[0] && begun[1];
    }
    // Lets the other end pause on the way, so that there is something to keep.
    void talk()
    {
        if (ends[0].transport == nullptr || ends[1].transport == nullptr)
            return;
        bight_transport_pause(ends[1].transport);
        bight_transport_write(ends[0].transport, "PASS words\n", 11);
        bight_crank_settle(reactor);
        if (ends[1].transport != nullptr)
            bight_transport_resume(ends[1].transport);
        bight_crank_settle(reactor);
        if (ends[0].transport != nullptr)
            bight_transport_close(ends[0].transport);
        bight_crank_settle(reactor);
    }
};

TEST(LayersWithoutMemory, tellOrAreNotMade)
{
    for (const char *name : {"framed", "named", "rate", "log"}) {
        SCOPED_TRACE(name);
        support::withEachAllocationFailing([name] {
            World world(name);
            world.ends[1].echo();
            if (world.join())
                world.talk();
        });
    }
}

TEST(LayersWithoutMemory, steadyTrafficTakesNone)
{
    for (const char *name : {"framed", "named", "rate", "log"}) {
        SCOPED_TRACE(name);
        World world(name);
        world.ends[1].echo();
        ASSERT_TRUE(world.join());
        auto exchange = [&world] {
            (void)world.ends[0].write("hello");
            bight_crank_settle(world.reactor);
        };
        for (int i = 0; i < 10; i++)
            exchange();
        support::AllocGuard guard;
        for (int i = 0; i < 100; i++)
            exchange();
        EXPECT_EQ(guard.calls(), 0u);
        EXPECT_EQ(world.ends[0].bytes, 550u);
    }
}

const bight_kind_ops sinkOps = support::tableOf<bight_kind_ops>([](auto &table) {
    table.name = "sink";
    table.send = [](bight_kind *, const bight_view *parts, size_t count) {
        ptrdiff_t size = 0;
        for (size_t i = 0; i < count; i++)
            size += static_cast<ptrdiff_t>(parts[i].size);
        return size;
    };
});

TEST(KindsWithoutMemory, tellOrAreNotMade)
{
    support::withEachAllocationFailing([] {
        bight_reactor *reactor = bight_crank_reactor_new();
        bight_kind *kind = nullptr;
        End end;

        if (reactor == nullptr)
            return;
        bool made = bight_kind_new(reactor, &sinkOps, 100, &kind) == BIGHT_OK;
        if (made) {
            bight_kind_ref(kind);
            bight_transport *transport = bight_kind_open(kind, &end);
            bight_transport_pause(transport);
            bight_crank_settle(reactor);
            if (bight_kind_received(kind, "kept", 4) == BIGHT_FLOW_WAIT && !end.closed &&
                end.transport != nullptr)
                bight_transport_resume(end.transport);
            bight_crank_settle(reactor);
            bight_kind_ended(kind);
            bight_kind_unref(kind);
        }
        bight_reactor_free(reactor);
        EXPECT_EQ(end.closed, made);
    });
}

} // namespace

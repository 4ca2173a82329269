// Growing, as growing_test.cpp has it: sources, hosts, protocols, layers and kinds.
#include "growing_support.hpp"
#include "support/peer.hpp"
#include "support/table.hpp"

#include <bight/guest.h>
#include <bight/host.h>
#include <bight/kind.h>
#include <bight/layer.h>
#include <bight/pair.h>
#include <bight/rate_limit.h>
#include <bight/source.h>
#include <bight/threads.h>
#include <bight/wire_log.h>

#include <cstdlib>

namespace
{

using namespace growing;

// What fails through a deferred has no status for a wrong size, and aborts.
bight_status statusOf(bight_deferred *take_deferred)
{
    bight_result result = {};
    bight_status status = BIGHT_ERROR_STATE;

    if (bight_deferred_take(take_deferred, &result))
        status = result.error != nullptr ? bight_error_get_status(result.error) : BIGHT_OK;
    bight_result_free(result);
    bight_deferred_free(take_deferred);
    return status;
}

TEST_F(Growing, sourceFileOptions)
{
    const bight_source_file_options options = BIGHT_SOURCE_FILE_OPTIONS_INIT;
    const Use<bight_source_file_options> use = [this](const bight_source_file_options *given) {
        return statusOf(bight_source_open_file(reactor, "/proc/self/status", given));
    };

    expectOptionsGrow(options, use, true);
}

TEST_F(Growing, sourceSaveOptions)
{
    const bight_source_save_options options = BIGHT_SOURCE_SAVE_OPTIONS_INIT;
    const Use<bight_source_save_options> use = [this](const bight_source_save_options *given) {
        bight_bytes *bytes = bight_bytes_new(nullptr, 0);
        bight_source *source = bight_source_new_bytes(reactor, bytes);
        bight_status status = statusOf(bight_source_to_file(source, "/dev/null", given));

        bight_source_free(source);
        bight_bytes_unref(bytes);
        return status == BIGHT_ERROR_UNSUPPORTED ? BIGHT_OK : status; // it is no file
    };

    expectOptionsGrow(options, use, true);
}

TEST_F(Growing, sourceOps)
{
    const bight_source_ops ops = support::tableOf<bight_source_ops>([](auto &table) {
        table.name = "toy";
        table.read = [](void *) { return bight_deferred_fired(nullptr, nullptr); };
    });
    const Use<bight_source_ops> use = [this](const bight_source_ops *given) {
        bight_source *source = bight_source_new(reactor, given, nullptr);
        bight_status status = statusOf(bight_source_read(source));

        bight_source_free(source);
        return status;
    };

    expectTableGrows(ops, use, true);
}

TEST_F(Growing, workOptions)
{
    const bight_work_options options = BIGHT_WORK_OPTIONS_INIT;
    bight_threads *threads = nullptr;

    ASSERT_EQ(bight_threads_new(reactor, nullptr, &threads), BIGHT_OK);
    EXPECT_DEATH(
        {
            Sized odd(options, sizeof(options));
            odd[0]--;
            bight_deferred_free(bight_threads_run_with(
                threads, odd.as<bight_work_options>(),
                [](bight_work *, void *) { return bight_result_value(nullptr); }, nullptr,
                nullptr));
        },
        "misuse in .*unknown size");
    for (size_t size : {sizeof(options) - sizeof(size_t), sizeof(options) + tailSize}) {
        Sized given(options, size);
        bight_deferred *deferred = bight_threads_run_with(
            threads, given.as<bight_work_options>(),
            [](bight_work *, void *) { return bight_result_value(nullptr); }, nullptr, nullptr);

        EXPECT_NE(deferred, nullptr);
        bight_deferred_cancel(deferred);
        bight_deferred_free(deferred);
    }
    bight_threads_free(threads);
}

TEST_F(Growing, hostOps)
{
    static const bight_host_ops ops = support::tableOf<bight_host_ops>([](auto &table) {
        table.name = "test";
        table.level_triggered = true;
    });
    std::unique_ptr<bight_reactor, void (*)(bight_reactor *)> own(bight_reactor_new(),
                                                                  bight_reactor_free);

    expectTableGrows<bight_host_ops>(ops, [&own](const bight_host_ops *given) {
        bight_status status = bight_host_attach(own.get(), given, nullptr);

        if (status == BIGHT_OK) {
            bight_reactor_dispatch(own.get(), bight_budget{});
            bight_host_detach(own.get());
        }
        return status;
    });
}

TEST_F(Growing, protocolOps)
{
    const bight_protocol_ops ops = {sizeof(bight_protocol_ops),
                                    "test",
                                    support::Peer().ops->connected,
                                    support::Peer().ops->received,
                                    nullptr,
                                    nullptr,
                                    nullptr};

    expectTableGrows<bight_protocol_ops>(
        ops,
        [](const bight_protocol_ops *given) {
            // A reactor of its own, since that of a forked child would have to be rebuilt.
            bight_reactor *own = bight_crank_reactor_new();
            support::Peer one, two;
            one.ops = two.ops = given;
            bight_status status = bight_pair_new(own, &one, &two);

            bight_crank_settle(own);
            bight_transport_write(one.transport, "hello", 5);
            bight_crank_settle(own);
            EXPECT_EQ(two.text, "hello");
            one.order(bight_transport_free);
            two.order(bight_transport_free);
            bight_reactor_free(own);
            return status;
        },
        true);
}

template <typename T>
void expectLayerOptionsGrow(const T &options,
                            bight_status (*make)(const T *, bight_layer_factory **))
{
    expectOptionsGrow<T>(options, [make](const T *given) {
        bight_layer_factory *made = nullptr;
        bight_status status = make(given, &made);

        bight_layer_factory_unref(made);
        return status;
    });
}

TEST_F(Growing, rateLimitOptions)
{
    const bight_rate_limit_options options = BIGHT_RATE_LIMIT_OPTIONS_INIT;

    expectLayerOptionsGrow(options, bight_rate_limit_new_layer);
}

TEST_F(Growing, wireLogOptions)
{
    const bight_wire_log_options options = BIGHT_WIRE_LOG_OPTIONS_INIT;

    expectLayerOptionsGrow(options, bight_wire_log_new_layer);
}

TEST_F(Growing, guestOps)
{
    const bight_guest_ops ops =
        support::tableOf<bight_guest_ops>([](auto &table) { table.name = "test"; });

    expectTableGrows<bight_guest_ops>(ops, [this](const bight_guest_ops *given) {
        bight_guest *guest = nullptr;
        bight_status status = bight_guest_new(reactor, given, nullptr, &guest);

        bight_guest_free(guest);
        return status;
    });
}

TEST_F(Growing, kindOps)
{
    const bight_kind_ops ops = support::tableOf<bight_kind_ops>([](auto &table) {
        table.name = "test";
        table.send = [](bight_kind *, const bight_view *, size_t) { return ptrdiff_t{0}; };
    });

    expectTableGrows<bight_kind_ops>(
        ops,
        [](const bight_kind_ops *given) {
            bight_reactor *own = bight_crank_reactor_new();
            bight_kind *kind = nullptr;
            bight_status status = bight_kind_new(own, given, 0, &kind);

            bight_kind_discard(kind);
            bight_reactor_free(own);
            return status;
        },
        true);
}

TEST_F(Growing, layerOps)
{
    const bight_layer_ops ops =
        support::tableOf<bight_layer_ops>([](auto &table) { table.name = "test"; });

    expectTableGrows<bight_layer_ops>(
        ops,
        [](const bight_layer_ops *given) {
            bight_reactor *own = bight_crank_reactor_new();
            support::Peer one, two, above;
            one.freesTransport = false;
            bight_layer *layer = nullptr;

            EXPECT_EQ(bight_pair_new(own, &one, &two), BIGHT_OK);
            bight_crank_settle(own);
            bight_status status = bight_layer_new(one.transport, given, 0, &layer);
            bight_layer_begin(layer, &above);
            bight_crank_settle(own);
            bight_transport_write(above.transport, "hello", 5);
            bight_crank_settle(own);
            EXPECT_EQ(two.text, "hello");
            above.order(bight_transport_free);
            two.order(bight_transport_free);
            bight_reactor_free(own);
            return status;
        },
        true);
}

} // namespace

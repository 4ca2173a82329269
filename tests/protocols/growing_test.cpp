// Every public structure of options, events or operations can grow: a program that was built with
// an older, smaller one works, and so does one with a newer, larger one that uses nothing new.
#include "base/options.h"
#include "growing_support.hpp"
#include "support/peer.hpp"

#include <bight/endpoint.h>
#include <bight/later.h>
#include <bight/reactor.h>
#include <bight/resolver.h>
#include <bight/scheme.h>
#include <bight/source.h>
#include <bight/threads.h>
#include <bight/tls.h>

#include <cstdlib>
#include <string>

namespace
{

using namespace growing;

// --- the reader ----------------------------------------------------------------------------------

struct Toy {
    size_t size;
    size_t one, two;
};

constexpr Toy toyDefaults = {sizeof(Toy), 10, 20};

TEST(OptionsRead, completesWhatIsSmallerWithDefaults)
{
    Toy given = {2 * sizeof(size_t), 1, 2}, read = {};

    EXPECT_TRUE(bighti_options_read(&given, &toyDefaults, sizeof(read), &read));
    EXPECT_EQ(read.size, sizeof(Toy));
    EXPECT_EQ(read.one, 1u);
    EXPECT_EQ(read.two, 20u);
}

TEST(OptionsRead, ofNothingGivesTheDefaults)
{
    Toy read = {};

    EXPECT_TRUE(bighti_options_read(nullptr, &toyDefaults, sizeof(read), &read));
    EXPECT_EQ(read.two, 20u);
}

TEST(OptionsRead, takesWhatIsLargerIfNothingNewIsAskedFor)
{
    Toy given[2] = {{sizeof(given), 1, 2}, {0, 0, 0}}, read = {};

    EXPECT_TRUE(bighti_options_read(given, &toyDefaults, sizeof(read), &read));
    EXPECT_EQ(read.size, sizeof(Toy));
    EXPECT_EQ(read.two, 2u);
    given[1].two = 1;
    EXPECT_FALSE(bighti_options_read(given, &toyDefaults, sizeof(read), &read));
}

TEST(OptionsRead, slotsThatATableDoesNotHaveAreNone)
{
    const Toy older = {2 * sizeof(size_t), 1, 2}, newer = {sizeof(Toy), 1, 2}, none = {0, 1, 2};

    EXPECT_EQ(BIGHTI_SLOT(&older, Toy, one), 1u);
    EXPECT_EQ(BIGHTI_SLOT(&older, Toy, two), 0u);
    EXPECT_EQ(BIGHTI_SLOT(&newer, Toy, two), 2u);
    EXPECT_EQ(BIGHTI_SLOT(&none, Toy, one), 0u);
}

// --- core ----------------------------------------------------------------------------------------

TEST_F(Growing, reactorOptions)
{
    const bight_reactor_options options = BIGHT_REACTOR_OPTIONS_INIT;

    expectOptionsGrow<bight_reactor_options>(options, [](const bight_reactor_options *given) {
        bight_reactor *made = nullptr;
        bight_status status = bight_reactor_new_with(given, &made);

        bight_reactor_free(made);
        return status;
    });
}

TEST_F(Growing, retryOptions)
{
    const bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

    expectOptionsGrow<bight_retry_options>(
        options,
        [this](const bight_retry_options *given) {
            auto attempt = [](unsigned, void *) { return bight_result_value(nullptr); };
            bight_deferred *deferred = bight_retry(reactor, given, attempt, nullptr);
            bool made = deferred != nullptr;

            bight_deferred_free(deferred);
            return made ? BIGHT_OK : BIGHT_ERROR_NO_MEMORY;
        },
        true);
}

TEST_F(Growing, resolverOptions)
{
    const bight_resolver_options options = BIGHT_RESOLVER_OPTIONS_INIT;

    expectOptionsGrow<bight_resolver_options>(options, [this](const bight_resolver_options *given) {
        bight_resolver *made = nullptr;
        bight_status status = bight_resolver_new(reactor, given, &made);

        bight_resolver_free(made);
        return status;
    });
}

TEST_F(Growing, connectOptions)
{
    const bight_connect_options options = BIGHT_CONNECT_OPTIONS_INIT;

    expectOptionsGrow<bight_connect_options>(options, [this](const bight_connect_options *given) {
        support::Peer nobody;
        bight_status status = BIGHT_OK;
        bight_deferred *deferred =
            bight_connect_with(reactor, "unix:/nonexistent/socket", given, &nobody);
        auto note = [](bight_result in, void *data) {
            *static_cast<bight_status *>(data) = bight_error_get_status(in.error);
            bight_result_free(in);
            return bight_result_value(nullptr);
        };

        bight_deferred_both(deferred, note, &status);
        bight_crank_settle(reactor);
        bight_deferred_free(deferred);
        return status == BIGHT_ERROR_NOT_FOUND ? BIGHT_OK : status; // so it has been tried
    });
}

TEST_F(Growing, listenOptions)
{
    const bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;

    expectOptionsGrow<bight_listen_options>(options, [this](const bight_listen_options *given) {
        bight_listener *listener = nullptr;
        auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
            return nullptr;
        };
        bight_status status = bight_listen_with(reactor, "tcp:127.0.0.1:0", given, serve, nullptr,
                                                nullptr, &listener);

        bight_listener_free(listener);
        return status;
    });
}

TEST_F(Growing, schemeOps)
{
    static const auto connect = [](bight_reactor *, const bight_endpoint *,
                                   const bight_connect_options *, bight_protocol *,
                                   void *) -> bight_deferred * { return nullptr; };
    static const bight_scheme_ops ops = {sizeof(ops), "test",  nullptr, false,   false,
                                         connect,     nullptr, nullptr, nullptr, nullptr};

    expectTableGrows<bight_scheme_ops>(ops, [](const bight_scheme_ops *given) {
        bight_reactor *own = bight_crank_reactor_new();
        bight_status status = bight_reactor_add_scheme(own, given, nullptr, nullptr);

        bight_reactor_free(own);
        return status;
    });
}

TEST_F(Growing, tlsOptions)
{
    const bight_tls_options options = BIGHT_TLS_OPTIONS_INIT;

    expectOptionsGrow<bight_tls_options>(options, [](const bight_tls_options *given) {
        bight_tls *made = nullptr;
        bight_status status = bight_tls_new_client(given, nullptr, &made);

        bight_tls_unref(made);
        return status;
    });
}

TEST_F(Growing, threadsOptions)
{
    const bight_threads_options options = BIGHT_THREADS_OPTIONS_INIT;

    expectOptionsGrow<bight_threads_options>(options, [this](const bight_threads_options *given) {
        bight_threads *made = nullptr;
        bight_status status = bight_threads_new(reactor, given, &made);

        bight_threads_free(made);
        return status;
    });
}

TEST_F(Growing, sourceQueueOptions)
{
    const bight_source_queue_options options = BIGHT_SOURCE_QUEUE_OPTIONS_INIT;
    const Use<bight_source_queue_options> use = [this](const bight_source_queue_options *given) {
        bight_source *source = nullptr;
        bight_source_writer *writer = nullptr;
        bight_status status = bight_source_new_queue(reactor, given, &source, &writer);

        if (status == BIGHT_OK) {
            bight_source_free(source);
            bight_source_writer_free(writer);
        }
        return status;
    };

    expectOptionsGrow(options, use);
}

// --- counters ------------------------------------------------------------------------------------

TEST_F(Growing, statsWriteWhatIsAskedForAndZeroBehindWhatIsKnown)
{
    struct Larger {
        bight_reactor_stats known;
        unsigned char tail[tailSize];
    } larger;

    std::memset(&larger, 0xff, sizeof(larger));
    larger.known.size = sizeof(larger);
    bight_reactor_get_stats(reactor, &larger.known);
    EXPECT_EQ(larger.known.size, sizeof(larger));
    for (unsigned char byte : larger.tail)
        EXPECT_EQ(byte, 0);
    std::memset(&larger, 0xff, sizeof(larger));
    larger.known.size = 2 * sizeof(size_t);
    bight_reactor_get_stats(reactor, &larger.known);
    EXPECT_EQ(reinterpret_cast<unsigned char *>(&larger)[2 * sizeof(size_t)], 0xff);
}

} // namespace
